"""A model as one more reader: its lines beside people's, before, during and after it is in use."""

from collections.abc import Iterable
from datetime import date

import pandas as pd

from auditkit.audit import Audit
from auditkit.documentation.assisted import ModelReading
from auditkit.errors import InputError
from auditkit.results import compare
from auditkit.review.agreement import agreement_table, engine_readings

#: The phases of a model's use, in order.
PHASES = ("before", "during", "after")


def model_readings(audit: Audit, readings: Iterable[ModelReading]) -> pd.DataFrame:
    """Return the lines that follow from what a model proposed, in the form of a reader's readings.

    Its elements are coded by the rules, as a person's are. Lines that they leave open are no
    reading of the model's, and neither are charts for which it proposed nothing usable.

    Args:
        audit: An audit whose charts were collected.
        readings: The readings of one model in one version.

    Raises:
        InputError: There is none, or they are of several models or versions.
    """
    readings = [each for each in readings if not each.failed]
    named = {f"{each.model} {each.version}" for each in readings}
    if len(named) != 1:
        raise InputError("Give the readings of one model in one version, at least one usable.")
    documented = {each.encounter_id: each.documented() for each in readings}
    lines = compare(audit, documented)["engine_results.csv"]
    settled = lines["encounter_id"].isin(documented) & ~lines["prompt"].astype("bool")
    return engine_readings(lines[settled], named.pop())


def agreement_by_phase(
    model: pd.DataFrame,
    first: pd.DataFrame,
    second: pd.DataFrame,
    began: date,
    ended: date | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how far a model agrees with readers before, during and after its use.

    Beside it stands how far readers agree with each other in the same phase: people who see a
    model's proposals may come to agree with it, and less with each other.

    Args:
        model: The model's lines, see :func:`model_readings`.
        first: First readings, see `auditkit.review.agreement.readings`; the time at which a chart
            was begun decides its phase.
        second: Second readings of the double-read share.
        began: The first day on which readers saw the model's proposals (UTC).
        ended: The first day on which they no longer did; None while it is in use.
        level: Confidence level of the limits.

    Returns:
        phase, pair (`model and first reader`, `second and first reader`), and the columns of
        `auditkit.review.agreement.agreement_table`. A phase without lines read by both has rows
        with n = 0, whose note says so.

    Raises:
        InputError: The use ends before it begins.
    """
    if ended is not None and ended < began:
        raise InputError("The use of a model cannot end before it begins; check the two dates.")
    at = pd.to_datetime(first["at"], utc=True).dt.tz_localize(None)
    # A chart belongs to one phase, that in which its reading began.
    at = at.groupby(first["encounter_id"]).transform("min")
    phase = pd.Series("during", index=first.index).mask(at < pd.Timestamp(began), "before")
    if ended is not None:
        phase = phase.mask(at >= pd.Timestamp(ended), "after")
    tables = []
    for name in PHASES:
        part = first[phase == name]
        for pair, other in (("model and first reader", model), ("second and first reader", second)):
            table = agreement_table(other, part, level)
            table.insert(0, "pair", pair)
            table.insert(0, "phase", name)
            tables.append(table)
    return pd.concat(tables, ignore_index=True)
