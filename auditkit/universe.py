"""The universe of claim lines that an audit rests on, and the frame that was frozen from it."""

from datetime import datetime

import pandas as pd

from auditkit.audit import Audit
from auditkit.claims import encounters, read_claims
from auditkit.errors import InputError, Problem, StageError
from auditkit.files import read_given_table, read_json
from auditkit.privacy import read_key
from auditkit.sampling.frame import Frame, frame_hash
from auditkit.spreadsheet import refuse_formulas


def claim_lines(audit: Audit) -> pd.DataFrame:
    """Return every line of the claims file; `attrs["auditkit"]` says what was left out of it.

    Raises:
        InputError: with every problem of the claims file.
    """
    inputs = audit.settings.inputs
    mapping = audit.input_path(inputs.mapping) if inputs.mapping else None
    return read_claims(audit.input_path(inputs.claims), mapping=mapping)


def universe(audit: Audit, lines: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return every line of the claims file, with `encounter_id` and `provider_id`.

    Args:
        audit: the audit.
        lines: the result of `claim_lines`, where it is at hand.

    Raises:
        InputError: with every problem of the claims file, or if a provider is not in the list.
    """
    inputs = audit.settings.inputs
    lines = claim_lines(audit) if lines is None else lines
    key = read_key(audit.input_path(audit.settings.privacy.key_file))
    refuse_formulas(inputs.claims, lines["payer"])
    lines = encounters(lines, key=key)
    known = provider_ids(audit, lines)
    return lines.assign(
        provider_id=lines["rendering_npi"].map(known.set_index("npi")["provider_id"])
    )


def provider_ids(audit: Audit, lines: pd.DataFrame) -> pd.DataFrame:
    """Return provider_id, npi and name of each rendering provider, in the order of NPI.

    Raises:
        InputError: if `providers.csv` leaves out a provider that the claims name.
    """
    billed = sorted(lines["rendering_npi"].unique())
    names = pd.DataFrame({"npi": billed, "name": [""] * len(billed)})
    source = audit.settings.inputs.providers
    if source:
        listed = read_given_table(audit.input_path(source))
        if missing := {"npi", "name"} - set(listed.columns):
            raise InputError(f"{source} lacks the column(s) {', '.join(sorted(missing))}.")
        refuse_formulas(source, listed["name"])
        if absent := sorted(set(billed) - set(listed["npi"])):
            problem = Problem(
                source, None, "npi", f"{len(absent)} provider(s) of the claims are not listed: "
                f"{', '.join(absent[:5])}", "one row for each rendering NPI",
            )  # fmt: skip
            raise InputError("The list of providers is incomplete.", [problem])
        names = listed.loc[listed["npi"].isin(billed), ["npi", "name"]].drop_duplicates("npi")
        names = names.sort_values("npi", ignore_index=True)
    width = max(2, len(str(len(names))))
    names.insert(0, "provider_id", [f"P{i:0{width}d}" for i in range(1, len(names) + 1)])
    return names


def frozen_frame(audit: Audit) -> Frame:
    """Return the frame as it was frozen, with the hash of its file."""
    units = audit.frame
    return Frame(units, audit.plan.unit, audit.attrition, frame_hash(units))


def frozen_at(audit: Audit) -> datetime:
    """Return when the frame was frozen, as the record of the run says.

    Raises:
        StageError: if the record does not say.
    """
    try:
        return datetime.fromisoformat(read_json(audit.path("run.json"))["stages"]["frame"]["at"])
    except (KeyError, TypeError, ValueError) as error:
        raise StageError(
            "run.json does not say when the frame was frozen. Run `auditkit frame` again."
        ) from error
