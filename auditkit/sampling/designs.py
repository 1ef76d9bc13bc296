"""Sampling designs to be tried on a frame: sizes, and strata if there are any."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from auditkit.errors import PlanError
from auditkit.sampling._batch import Stratum
from auditkit.sampling.draw import assign_strata, draw
from auditkit.sampling.frame import Frame
from auditkit.sampling.plan import Plan, Seed
from auditkit.stats import _check

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

_ANY_SEED = Seed(value="0", origin="sizes only", source="fixed", recorded_on=date(2000, 1, 1))


@dataclass(frozen=True, slots=True)
class Design:
    """A sampling design to be tried.

    Attributes:
        name: How tables and sentences call it.
        sizes: Units to sample; by stratum label when the design is stratified.
        strata: Stratum label of every unit of the frame, in frame order; None for none.
    """

    name: str
    sizes: int | Mapping[Any, int]
    strata: tuple[Hashable, ...] | None = None


def design_of(plan: Plan, frame: Frame, name: str = "the plan") -> Design:
    """Return the design that *plan* draws from *frame*, to be simulated with its amounts.

    Args:
        plan: The sampling plan.
        frame: The frozen frame; simulate with ``frame.units["paid"]`` or ``["allowed"]``.
        name: How tables and sentences call the design.

    Raises:
        PlanError: A targeted plan, which no simulation can vouch for; or sizes that do not fit.
        FrameError: A frame that was changed after it was frozen.
    """
    if plan.purpose == "targeted":
        raise PlanError("A targeted plan chooses its units; nothing can be projected from it.")
    # A plan is tried before its seed exists; sizes do not depend on the seed, so any will do.
    seeded = plan.model_copy(update={"recorded_seed": plan.recorded_seed or _ANY_SEED})
    strata = draw(seeded, frame).strata
    sizes = {
        str(label): int(n) for label, n in zip(strata["stratum"], strata["sampled"], strict=True)
    }
    labels = tuple(str(label) for label in assign_strata(frame.units, plan))
    return Design(name, sizes, labels)


def read_designs(
    plan: int | Mapping[Any, int] | Design | Sequence[Design], strata: Iterable[Hashable] | None
) -> list[Design]:
    """Return the designs that a planner's argument names.

    Raises:
        PlanError: No design, two of one name, or strata without sizes by stratum.
    """
    if isinstance(plan, Design):
        return [plan]
    if isinstance(plan, Mapping):
        if strata is None:
            raise PlanError(
                "'strata' must give the stratum of every unit when 'plan' is by stratum."
            )
        total = sum(plan.values())
        return [Design(f"a stratified sample of {total:,}", plan, tuple(strata))]
    if isinstance(plan, (int, np.integer)) and not isinstance(plan, bool):
        if strata is not None:
            raise PlanError("'plan' must give a size for each stratum when 'strata' is given.")
        return [Design(f"a random sample of {plan:,}", int(plan))]
    designs = list(plan) if isinstance(plan, Sequence) else []
    if not designs or not all(isinstance(each, Design) for each in designs):
        raise PlanError("'plan' must be a size, sizes by stratum, or one or more Design values.")
    if len({each.name for each in designs}) != len(designs):
        raise PlanError("'plan' repeats the name of a design; give each its own.")
    return designs


def cut(design: Design, paid: Array) -> tuple[Stratum, ...]:
    """Return the strata of the design over the frame, each in order of amount.

    Raises:
        PlanError: A stratum without a size, a size without a stratum or above what it holds, or
            one unit of several.
    """
    if design.strata is None:
        labels: tuple[Hashable, ...] = ("all",) * len(paid)
        if isinstance(design.sizes, Mapping):
            raise PlanError(f"{design.name}: 'strata' is missing, but sizes are by stratum.")
        sizes: Mapping[Any, int] = {"all": design.sizes}
    else:
        labels = tuple(design.strata)
        if not isinstance(design.sizes, Mapping):
            raise PlanError(f"{design.name}: give a size for each stratum.")
        sizes = design.sizes
    if len(labels) != len(paid):
        raise PlanError(
            f"{design.name}: 'strata' names {len(labels):,} units, the frame has {len(paid):,}."
        )
    codes, names = pd.factorize(pd.Series(list(labels), dtype="object"))
    held = set(names)
    if unknown := [label for label in sizes if label not in held]:
        raise PlanError(f"{design.name}: the frame has no stratum {unknown[0]!r}.")
    return tuple(
        _stratum(design.name, name, np.flatnonzero(codes == code), paid, sizes)
        for code, name in enumerate(names)
    )


def _stratum(
    design: str, label: Any, units: Rows, paid: Array, sizes: Mapping[Any, int]
) -> Stratum:
    if label not in sizes:
        raise PlanError(f"{design}: stratum {label!r} has no size.")
    n = _check.whole(f"plan[{label!r}]", sizes[label], at_least=1)
    if n > len(units):
        raise PlanError(f"{design}: {n:,} units asked of stratum {label!r}, it has {len(units):,}.")
    if n == 1 < len(units):
        raise PlanError(
            f"{design}: one unit of {len(units):,} in stratum {label!r} leaves no variance to "
            "estimate. Sample two or more, or merge the stratum."
        )
    ordered = units[np.argsort(paid[units], kind="stable")]
    amounts = paid[ordered]
    return Stratum(str(label), ordered, amounts, np.concatenate([[0.0], np.cumsum(amounts)]), n)
