"""The draw: the one door to randomness.

Each unit gets a ticket, the SHA-256 of seed, stratum and unit id; the sample of a stratum is its
n smallest tickets. So the order of the frame does not matter, a larger draw begins with the
smaller, and anyone can check a ticket with a spreadsheet or `sha256sum`. Inclusion is uniform
over seeds (the hash is a random function); the method is that of ballot-level audit sampling,
Rivest, "Consistent Sampling with Replacement", 2018, without replacement.
"""

import hashlib
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from auditkit.errors import FrameError, PlanError
from auditkit.sampling.frame import Frame, frame_hash
from auditkit.sampling.plan import Plan

TAKE_ALL = "take-all"
WHOLE = "all"

SAMPLE_COLUMNS = ("unit_id", "stratum", "selection_order", "ticket", "inclusion_probability")
STRATA_COLUMNS = ("stratum", "units", "sampled", "take_all", "allowed", "paid")


@dataclass(frozen=True, slots=True)
class Sample:
    """The drawn units and the strata that they come from.

    `units` has `SAMPLE_COLUMNS`, in the order of strata and selection; `strata` has
    `STRATA_COLUMNS`, one row per stratum with its size in the frame and in the sample.
    """

    units: pd.DataFrame
    strata: pd.DataFrame
    plan: Plan
    frame_sha256: str


def ticket(seed: str, stratum: str, unit_id: str) -> str:
    """Return the unit's ticket: SHA-256 (FIPS 180-4) of `seed|stratum|unit_id` in UTF-8.

    The units of a stratum with the smallest tickets, compared as text, are its sample.

    Args:
        seed: the plan's seed.
        stratum: the label of the unit's stratum, as in `strata.csv`.
        unit_id: the unit, as in `frame.csv`.

    Returns:
        64 hexadecimal characters in lower case.
    """
    return hashlib.sha256(f"{seed}|{stratum}|{unit_id}".encode()).hexdigest()


def assign_strata(units: pd.DataFrame, plan: Plan) -> pd.Series:
    """Return each unit's stratum label, in the order of *units*."""
    parts = [units[column].astype("str") for column in plan.strata.by]
    if plan.strata.allowed_boundaries:
        parts.append(_bands(units["allowed"], plan.strata.allowed_boundaries))
    label = pd.Series(WHOLE, index=units.index)
    if parts:
        label = parts[0].str.cat(pd.concat(parts[1:], axis=1), sep=" / ") if parts[1:] else parts[0]
    if plan.strata.take_all_above is not None:
        label = label.mask(units["allowed"] > plan.strata.take_all_above, TAKE_ALL)
    return label


def _bands(allowed: pd.Series, boundaries: tuple[float, ...]) -> pd.Series:
    """Return the label of the band that each allowed amount (dollars) falls in."""
    edges = ["0.00", *(f"{b:.2f}" for b in boundaries)]
    labels = [f"{low} to {high}" for low, high in pairwise(edges)]
    labels.append(f"above {edges[-1]}")
    band = np.searchsorted(np.asarray(boundaries), allowed.fillna(0).to_numpy(), side="left")
    return pd.Series([labels[i] for i in band], index=allowed.index)


def draw(plan: Plan, frame: Frame) -> Sample:
    """Draw the sample that *plan* asks for from *frame*.

    Args:
        plan: the sampling plan, with its seed and sizes.
        frame: the frozen frame, one row per sampling unit.

    Returns:
        The sample: `units`, one row per drawn unit, and `strata`, one row per stratum with its
        units in the frame and drawn. Equal plans and frames give equal samples, and a larger
        size begins with the units of the smaller.

    Raises:
        FrameError: if the frame's rows are not those that its hash was taken of, or repeat a unit.
        PlanError: if the plan names a stratum or unit that the frame does not hold, or asks for
            more units than a stratum holds.
    """
    units = frame.units
    if frame_hash(units) != frame.sha256:
        raise FrameError(
            "The frame was changed after it was frozen: its hash is no longer the one recorded. "
            "Build the frame again, and draw with a seed taken after that."
        )
    if units["unit_id"].duplicated().any():
        raise FrameError("The frame lists a unit twice. Build the frame again.")
    if plan.unit != frame.unit:
        raise PlanError(f"The plan draws {plan.unit}s, but the frame lists {frame.unit}s.")
    if plan.purpose == "targeted":
        return _chosen(plan, frame)
    labels = assign_strata(units, plan)
    held = labels.value_counts().sort_index()
    sizes = _sizes(plan, held)
    drawn = [
        _draw_stratum(plan.seed.value, name, units.loc[labels == name, "unit_id"], sizes[name])
        for name in map(str, held.index)
    ]
    picked = pd.concat(drawn, ignore_index=True)
    return Sample(picked, _strata_table(units, labels, sizes), plan, frame.sha256)


def _draw_stratum(seed: str, stratum: str, unit_ids: pd.Series, size: int) -> pd.DataFrame:
    """Return the *size* units of one stratum with the smallest tickets, in that order."""
    prefix = hashlib.sha256(f"{seed}|{stratum}|".encode())

    def finish(unit_id: str) -> str:
        digest = prefix.copy()
        digest.update(unit_id.encode())
        return digest.hexdigest()

    tickets = sorted((finish(unit_id), unit_id) for unit_id in unit_ids)[:size]
    rows = [
        (unit_id, stratum, place, number, size / len(unit_ids))
        for place, (number, unit_id) in enumerate(tickets, start=1)
    ]
    return pd.DataFrame(rows, columns=list(SAMPLE_COLUMNS))


def _sizes(plan: Plan, held: pd.Series) -> dict[str, int]:
    """Return the number of units to draw from each stratum.

    Raises:
        PlanError: for an unknown stratum or a size above what the stratum holds.
    """
    size = plan.size
    sampled = held.drop(TAKE_ALL, errors="ignore")
    whole = {TAKE_ALL: int(held[TAKE_ALL])} if TAKE_ALL in held.index else {}
    if size.by_stratum:
        wanted = {str(k): v for k, v in size.by_stratum.items()}
        _check_named(wanted, sampled)
        return wanted | whole
    if size.per_stratum is not None:
        short = {str(s): int(n) for s, n in sampled.items() if n < size.per_stratum}
        if short and not plan.strata.by and not plan.strata.allowed_boundaries:
            raise PlanError(
                f"The plan asks for {size.per_stratum} units, but the frame holds "
                f"{int(sampled.sum())}. Ask for that many at most."
            )
        return {str(s): min(int(n), size.per_stratum) for s, n in sampled.items()} | whole
    return _proportional(int(size.total or 0), size.minimum_per_stratum, sampled) | whole


def _check_named(wanted: dict[str, int], held: pd.Series) -> None:
    """Raise if the sizes do not name each stratum once, or ask for more than a stratum holds."""
    names = {str(name) for name in held.index}
    if unknown := sorted(set(wanted) - names):
        raise PlanError(
            f"size.by_stratum names {', '.join(unknown)}, which the frame does not hold. "
            f"Strata: {', '.join(sorted(names))}."
        )
    if missing := sorted(names - set(wanted)):
        raise PlanError(
            f"size.by_stratum leaves out {', '.join(missing)}. Give each stratum a size; a "
            "stratum that is not sampled must leave the frame by a frame rule, or the projection "
            "would not cover it."
        )
    for name, n in sorted(wanted.items()):
        if n > held[name]:
            raise PlanError(
                f"The plan asks for {n} units of stratum '{name}', which holds {held[name]}."
            )
        if n == 0:
            raise PlanError(f"The plan takes no unit of stratum '{name}'; take 1 at least.")


def _proportional(total: int, minimum: int, held: pd.Series) -> dict[str, int]:
    """Return sizes in proportion to the strata, each at least *minimum* or the whole stratum.

    Units are given out one rule at a time: the minimum first, then to the stratum that is
    furthest below its share and has room; ties go to the stratum that sorts first.
    """
    everything = int(held.sum())
    if total > everything:
        raise PlanError(
            f"The plan asks for {total} units, but the frame holds {everything} outside the "
            "take-all stratum. Ask for that many at most."
        )
    room = {str(s): int(n) for s, n in held.items()}
    sizes = {s: min(n, max(minimum, total * n // everything)) for s, n in room.items()}
    if sum(min(n, minimum) for n in room.values()) > total:
        raise PlanError(
            f"{minimum} units in each of {len(room)} strata are more than the total of {total}. "
            "Raise size.total, lower size.minimum_per_stratum, or use fewer strata."
        )
    while (left := total - sum(sizes.values())) != 0:
        step = 1 if left > 0 else -1
        movable = [
            s for s in sorted(room) if (sizes[s] < room[s] if step > 0 else sizes[s] > minimum)
        ]
        chosen = max(movable, key=lambda s: step * (total * room[s] / everything - sizes[s]))
        sizes[chosen] += step
    return sizes


def _strata_table(units: pd.DataFrame, labels: pd.Series, sizes: dict[str, int]) -> pd.DataFrame:
    """Return one row per stratum: its units, how many are drawn, and its dollars."""
    grouped = units.groupby(labels.rename("stratum"), sort=True)
    table = grouped[["allowed", "paid"]].sum().round(2)
    table["units"] = grouped.size()
    table["sampled"] = pd.Series(sizes)
    table["take_all"] = table["units"] == table["sampled"]
    return table.reset_index()[list(STRATA_COLUMNS)]


def _chosen(plan: Plan, frame: Frame) -> Sample:
    """Return the units that a targeted plan names; their probabilities are not known."""
    held = set(frame.units["unit_id"])
    if unknown := [u for u in plan.targeted_units if u not in held]:
        raise PlanError(
            f"targeted_units names {len(unknown)} unit(s) that the frame does not hold."
        )
    rows = [
        (unit_id, "targeted", place, ticket(plan.seed.value, "targeted", unit_id), float("nan"))
        for place, unit_id in enumerate(sorted(set(plan.targeted_units)), start=1)
    ]
    labels = pd.Series("targeted", index=frame.units.index)
    strata = _strata_table(frame.units, labels, {"targeted": len(rows)})
    return Sample(pd.DataFrame(rows, columns=list(SAMPLE_COLUMNS)), strata, plan, frame.sha256)
