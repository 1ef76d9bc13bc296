"""A sampling plan tried on its own frame before any chart is pulled.

Errors are made up at a stated rate, thousands of samples are drawn under the plan and under two
alternatives, and each is estimated as the real one would be. The plan's seed is not used: trying
a plan must not show which units it will draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from auditkit.audit import Audit
from auditkit.errors import PlanError
from auditkit.sampling.designs import Design, design_of
from auditkit.sampling.draw import assign_strata
from auditkit.sampling.frame import Frame
from auditkit.sampling.patterns import ErrorPattern, all_or_nothing, clustered, mixed
from auditkit.sampling.plan import Plan
from auditkit.sampling.planner import simulate
from auditkit.sampling.simulation import Simulation
from auditkit.stats import cumulative_root_f, error_moments, fixed_sample, optimum
from auditkit.universe import frozen_frame

if TYPE_CHECKING:
    from auditkit.reporting.drawing import Chart

#: Strata by amount that the alternative design uses, and the fewest units in each.
BANDS, FEWEST_IN_BAND = 4, 10

#: What stands in an estimate beside Student's t, and Student's t.
ESTIMATORS = ("expansion", "likelihood", "minimum_sum")


@dataclass(frozen=True, slots=True)
class PlanTrial:
    """What a plan can and cannot tell.

    Attributes:
        simulation: Coverage, widths and the recommendation, for the plan and two alternatives.
        providers: One row per provider: `provider_id`, `units` in the frame, `sampled`,
            `fail_good` and `pass_bad` (chances of a wrong verdict on that provider, exact).
        good_rate: True error rate of a provider who should pass.
        bad_rate: True error rate of a provider who should fail.
        pass_mark: A provider passes with an error rate in the sample of at most this.
    """

    simulation: Simulation
    providers: pd.DataFrame
    good_rate: float
    bad_rate: float
    pass_mark: float

    def sentence(self) -> str:
        """Return what the plan says of the practice, then of each provider, in plain words."""
        return f"{self.simulation.recommendation()} {self._of_providers()}"

    def _of_providers(self) -> str:
        charts, units = _span(self.providers["sampled"]), _span(self.providers["units"])
        return (
            f"Of each provider the plan takes {charts} of {units} units. With a pass mark of "
            f"{100 * self.pass_mark:g} % errors, one whose true rate is {100 * self.good_rate:g} % "
            f"fails in {_share_span(self.providers['fail_good'])} of samples, and one at "
            f"{100 * self.bad_rate:g} % passes in {_share_span(self.providers['pass_bad'])}."
        )

    def pictures(self) -> tuple[Chart, Chart]:
        """Return two pictures: intervals of simulated samples, and chances of a wrong verdict."""
        from auditkit.planning.pictures import intervals, verdicts

        rates = (self.good_rate, self.bad_rate, self.pass_mark)
        return intervals(self.simulation), verdicts(self.by_size(), self._middling(), *rates)

    def by_size(self, sizes: Sequence[int] = (5, 10, 20, 30, 50, 80, 120)) -> pd.DataFrame:
        """Return the chances of a wrong verdict on a provider of middling size, by units sampled.

        Returns:
            ``n``, ``pass_bad`` and ``fail_good``; sizes that the provider cannot give are left out.
        """
        rates = (self.good_rate, self.bad_rate, self.pass_mark)
        return verdict_chances(self._middling(), sizes, *rates)

    def _middling(self) -> int:
        return int(self.providers["units"].median())


def simulate_plan(
    source: Audit | Frame,
    plan: Plan | None = None,
    patterns: Sequence[ErrorPattern] = (),
    rate: float = 0.10,
    good_rate: float = 0.05,
    bad_rate: float = 0.20,
    pass_mark: float = 0.10,
    estimators: Sequence[str] = ESTIMATORS,
    replicates: int = 2_000,
    seed: int = 20250101,
) -> PlanTrial:
    """Try a sampling plan on its frame: what it can tell, and what to use instead if too little.

    Beside the plan stand the plan with twice the units, and the same number of units in strata by
    allowed amount.

    Args:
        source: An audit whose frame is frozen, or a frame.
        plan: The plan; the audit's own when left out.
        patterns: How overpayments may lie; at *rate* in full, partly in full, and in full mostly
            among large amounts, when left out.
        rate: Share of units expected to be overpaid.
        good_rate: True error rate of a provider who should pass.
        bad_rate: True error rate of a provider who should fail.
        pass_mark: A provider passes with an error rate in the sample of at most this.
        estimators: Names from `expansion`, `ratio`, `likelihood`, `minimum_sum`.
        replicates: Samples drawn under each design.
        seed: Seed of the simulation, a whole number; never the seed of the draw.

    Raises:
        PlanError: A targeted plan, a frame without a plan, units without an allowed amount, sizes
            that the frame cannot give, or a bad rate that is not above the good one.
        StatisticsError: A rate, a count or an estimator that is not accepted.
        InputError: An audit whose frame is not frozen yet.
    """
    frame = frozen_frame(source) if isinstance(source, Audit) else source
    plan = plan or (source.plan if isinstance(source, Audit) else None)
    if plan is None:
        raise PlanError("A frame alone has no plan: give 'plan', such as plan_of({...}).")
    amounts = frame.units["allowed"]
    if amounts.isna().any():
        raise PlanError(
            f"{int(amounts.isna().sum()):,} units of the frame have no allowed amount, so no "
            "overpayment can be made up for them. Read claims with allowed amounts, or leave "
            "these units out by a frame rule."
        )
    if not good_rate < bad_rate:
        raise PlanError(
            f"'bad_rate' must be above 'good_rate' (got {bad_rate:g} and {good_rate:g})."
        )
    providers = _providers(plan, frame, good_rate, bad_rate, pass_mark)
    found = simulate(
        amounts.to_numpy(),
        _designs(plan, frame, rate),
        patterns or (all_or_nothing(rate), mixed(rate), clustered(rate)),
        estimators=estimators,
        level=plan.confidence,
        good_rate=good_rate,
        bad_rate=bad_rate,
        pass_mark=pass_mark,
        replicates=replicates,
        seed=seed,
    )
    return PlanTrial(found, providers, good_rate, bad_rate, pass_mark)


def _designs(plan: Plan, frame: Frame, rate: float) -> list[Design]:
    """Return the plan, the plan with twice the units, and as many units by amount."""
    own = design_of(plan, frame)
    assert isinstance(own.sizes, dict)
    held = pd.Series(own.strata).value_counts()
    twice = {name: min(2 * n, int(held[name])) for name, n in own.sizes.items()}
    designs = [own]
    if twice != own.sizes:
        designs.append(replace(own, name="the plan doubled", sizes=twice))
    bands = _by_amount(frame, sum(own.sizes.values()), rate)
    return [*designs, bands] if bands else designs


def _by_amount(frame: Frame, n: int, rate: float) -> Design | None:
    """Return a design of *n* units in strata by allowed amount, or None where none can be made."""
    amounts = frame.units["allowed"]
    if n < 2 * BANDS or n >= len(amounts) or amounts.nunique() < 10 * BANDS or not 0 < rate <= 1:
        return None
    cuts = cumulative_root_f(amounts, BANDS)
    band = cuts.stratum_of(amounts)
    grouped = amounts.groupby(band).agg(["size", "mean", "std"]).fillna(0.0)
    spread = [error_moments(rate, row["mean"], row["std"])[1] for _, row in grouped.iterrows()]
    least = max(2, min(FEWEST_IN_BAND, n // (2 * len(grouped))))
    sizes = optimum(grouped["size"], spread, n, minimum=least)
    names = {number: f"amount band {number}" for number in grouped.index}
    return Design(
        "strata by amount",
        {names[number]: int(size) for number, size in zip(grouped.index, sizes, strict=True)},
        tuple(names[number] for number in band),
    )


def _providers(
    plan: Plan, frame: Frame, good_rate: float, bad_rate: float, pass_mark: float
) -> pd.DataFrame:
    """Return the chances of a wrong verdict on each provider, by the units it may expect."""
    own = design_of(plan, frame)
    assert isinstance(own.sizes, dict)
    labels = assign_strata(frame.units, plan).astype("str")
    chance = labels.map(own.sizes) / labels.map(labels.value_counts())
    by_provider = chance.groupby(frame.units["provider_id"]).agg(["sum", "size"])
    rows = []
    for provider, expected, units in by_provider.itertuples(name=None):
        sampled = min(units, max(1, round(expected)))
        chances = _chances(sampled, units, pass_mark, good_rate, bad_rate)
        rows.append({"provider_id": provider, "units": units, "sampled": sampled, **chances})
    return pd.DataFrame(rows)


def verdict_chances(
    units: int,
    sizes: Sequence[int],
    good_rate: float = 0.05,
    bad_rate: float = 0.20,
    pass_mark: float = 0.10,
) -> pd.DataFrame:
    """Return the exact chances of a wrong verdict on a provider, by units sampled.

    Args:
        units: The provider's units in the frame.
        sizes: Numbers of units sampled; those above *units* are left out.
        good_rate: True error rate of a provider who should pass.
        bad_rate: True error rate of a provider who should fail.
        pass_mark: A provider passes with an error rate in the sample of at most this.

    Returns:
        ``n``, ``pass_bad`` and ``fail_good``.

    Raises:
        StatisticsError: A rate or a count that is not accepted.
    """
    return pd.DataFrame([
        {"n": n, **_chances(n, units, pass_mark, good_rate, bad_rate)} for n in sizes if n <= units
    ])  # fmt: skip


def _chances(
    n: int, units: int, pass_mark: float, good_rate: float, bad_rate: float
) -> dict[str, float]:
    """Return the exact chances that *n* of *units* pass a bad provider and fail a good one."""
    rule = fixed_sample(n, pass_mark, good_rate, bad_rate, units)
    return {
        "pass_bad": rule.chances(bad_rate).accept,
        "fail_good": rule.chances(good_rate).fail,
    }


def _span(counts: pd.Series) -> str:
    low, high = int(counts.min()), int(counts.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _share_span(shares: pd.Series) -> str:
    low, high = round(100 * float(shares.min())), round(100 * float(shares.max()))
    return f"{low} %" if low == high else f"{low} to {high} %"
