"""The seed, recorded once: after the frame is frozen, with its origin, its time and a name."""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w

from auditkit.audit import PLAN, Audit
from auditkit.errors import PlanError
from auditkit.files import write_text, writing
from auditkit.lock import alone
from auditkit.pipeline import run
from auditkit.sampling.plan import Plan, Seed, plan_of, read_plan, refuse_early_seed
from auditkit.universe import frozen_at

_WORDS = {
    "dice": "dice",
    "beacon": "a published beacon",
    "counsel": "a number that counsel gave",
    "computer": "the operating system's random source, taken after the frame was frozen",
}

#: The fewest throws of a seed from dice: with ten faces, one of 100,000 samples.
THROWS = 5


def record_seed(
    folder: Path | str,
    source: str,
    by: str,
    value: str | None = None,
    at: datetime | None = None,
    round: str = "",
    origin: str = "",
    now: datetime | None = None,
) -> Plan:
    """Freeze the frame if it is not, then write the seed into the audit's `plan.toml`.

    Args:
        folder: the audit's folder; its plan has no seed yet.
        source: `dice`, `beacon`, `counsel` or `computer`.
        by: who records it.
        value: the seed; from the computer it is drawn here and must be left out.
        at: when the value came to be, with its time zone: the throw, the beacon's own time stamp,
            counsel's message. Now, when left out.
        round: the beacon's round or pulse.
        origin: where the seed came from, in words; the source's name when left out.
        now: the time; the clock's when left out.

    Returns:
        The plan with its seed.

    Raises:
        PlanError: if the plan has a seed already, if the seed is older than the frame or lies in
            the future, or if something about its origin is missing.
        StageError: if another run is at work on this audit.
    """
    audit = Audit(Path(folder))
    _refuse_second(audit)
    run(audit.folder, until="frame")
    now = now or datetime.now(UTC).replace(microsecond=0)
    seed = _seed(source, by, _value(source, value), at or now, round, origin, now)
    refuse_early_seed(seed, frozen_at(audit))
    with alone(audit.folder), writing(audit.path(PLAN)):
        # Whoever recorded a seed in the meantime was first.
        _refuse_second(audit)
        written = audit.path(PLAN).read_text(encoding="utf-8-sig").rstrip("\n")
        entry = seed.model_dump(exclude_defaults=True, mode="python")
        text = f"{written}\n\n{tomli_w.dumps({'seed': entry})}"
        write_text(audit.path(PLAN), text)
    return read_plan(audit.path(PLAN))


def _refuse_second(audit: Audit) -> None:
    """Refuse a second seed.

    Raises:
        PlanError: if the plan has one.
    """
    if read_plan(audit.path(PLAN)).recorded_seed is not None:
        raise PlanError(
            "The plan has a seed already. A seed is taken once: one that may be taken again can be "
            "chosen. Who must draw again says why in plan.toml, [papers] deviations."
        )


def _value(source: str, value: str | None) -> str:
    """Return the seed's value, drawn here when the computer is its source.

    Raises:
        PlanError: if the computer's value was named, or another source's was not.
    """
    if source == "computer":
        if value is not None:
            raise PlanError("A seed from the computer is drawn when it is recorded; give no value.")
        return secrets.token_hex(16)
    if value is None:
        raise PlanError(f"A seed from {source} needs its value.")
    if source == "dice" and len("".join(value.split())) < THROWS:
        raise PlanError(
            f"A seed from dice needs {THROWS} throws or more, and eight are better: of fewer, "
            "somebody could have tried each beforehand. Nothing was written; go on throwing and "
            "give all throws in their order."
        )
    return value


def _seed(
    source: str, by: str, value: str, at: datetime, round: str, origin: str, now: datetime
) -> Seed:
    """Return the seed, or say what about it is not accepted."""
    entries: dict[str, Any] = {
        "value": value,
        "source": source,
        "origin": origin or _WORDS.get(source, source),
        "at": at,
        "by": by,
        "round": round,
        "recorded_on": now.date(),
    }
    if source == "fixed":
        raise PlanError(
            "A fixed seed is not recorded after the frame: write it into plan.toml yourself, with "
            'source = "fixed"; the papers say that it could have been chosen.'
        )
    if at.tzinfo is not None and at > now:
        raise PlanError(
            "The seed's time lies in the future. Give the time at which it came to be, with its "
            "time zone, such as 2025-01-31T14:05:00+00:00; or mend this machine's clock."
        )
    return plan_of({"purpose": "random", "size": {"per_stratum": 1}, "seed": entries}).seed
