"""What a simulated sampling plan showed: coverage, widths, chances and a recommendation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

#: A lower limit at or below zero more often than this makes a plan useless for recovery.
USELESS = 0.10

#: Student's t is what contractors and courts expect: another estimator must claim this much more
#: of the true overpayment to be recommended in its place.
CUSTOM = 0.05

#: Estimators in words.
WORDS = {
    "expansion": "the mean per unit with Student's t",
    "ratio": "the ratio to the amount paid",
    "likelihood": "empirical likelihood",
    "minimum_sum": "the minimum-sum method",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one design and one estimator do under one pattern of error.

    Shares and chances are fractions of the simulated samples; dollars are means over them.

    Attributes:
        design: Name of the design.
        pattern: The pattern in words.
        estimator: A name of ``ESTIMATORS``.
        n: Units sampled.
        truth: True overpayment.
        coverage: How often the two-sided interval holds the truth.
        lower_coverage: How often the lower limit of the one-sided interval is at most the truth.
        noise: Standard error of both, from the number of replicates.
        point: Mean point estimate.
        width: Mean width of the two-sided interval.
        lower: Mean lower limit of the one-sided interval.
        lower_share: That over the truth: what share of the truth can be claimed; None when the
            truth is zero.
        worthless: How often that lower limit is zero or less.
    """

    design: str
    pattern: str
    estimator: str
    n: int
    truth: float
    coverage: float
    lower_coverage: float
    noise: float
    point: float
    width: float
    lower: float
    lower_share: float | None
    worthless: float


@dataclass(frozen=True, slots=True)
class PassChance:
    """How a pass mark treats a bad and a good provider under one design.

    Attributes:
        design: Name of the design.
        n: Units sampled.
        pass_mark: A provider passes with an estimated error rate of at most this.
        bad_rate: True error rate of the bad provider.
        pass_bad: Chance that the bad provider passes.
        good_rate: True error rate of the good provider.
        fail_good: Chance that the good provider fails.
    """

    design: str
    n: int
    pass_mark: float
    bad_rate: float
    pass_bad: float
    good_rate: float
    fail_good: float


@dataclass(frozen=True, slots=True)
class Simulation:
    """The result of :func:`simulate`.

    Attributes:
        outcomes: One entry per design, pattern and estimator.
        passes: One entry per design.
        level: Confidence level that was asked for.
        universe: Units in the frame.
        replicates: Samples simulated for each design.
        populations: Made-up populations they were drawn from.
        seed: Seed of the generator.
        generator: Generator and version, for the record.
        intervals: Tidy data of the first intervals of each outcome, for a picture.
    """

    outcomes: tuple[Outcome, ...]
    passes: tuple[PassChance, ...]
    level: float
    universe: int
    replicates: int
    populations: int
    seed: int
    generator: str
    intervals: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Return one row per outcome."""
        return pd.DataFrame([_row(each) for each in self.outcomes])

    def summary(self) -> pd.DataFrame:
        """Return one row per design and estimator: its worst figures over all patterns.

        Returns:
            ``design``, ``n``, ``estimator``, the lowest ``coverage``, ``lower_coverage`` and
            ``lower_share``, the highest ``worthless``, and whether it is ``recommended``.
        """
        found = self.table()
        worst = found.groupby(["design", "n", "estimator"], sort=False).agg(
            coverage=("coverage", "min"),
            lower_coverage=("lower_coverage", "min"),
            lower_share=("lower_share", "min"),
            worthless=("worthless", "max"),
        )
        rows = worst.reset_index()
        chosen = [
            self.recommended() == key for key in zip(rows["design"], rows["estimator"], strict=True)
        ]
        return rows.assign(recommended=chosen)

    def pass_table(self) -> pd.DataFrame:
        """Return one row per design: chances of passing a bad and failing a good provider."""
        return pd.DataFrame([_row(each) for each in self.passes])

    def recommended(self) -> tuple[str, str] | None:
        """Return design and estimator to use, or None when none of those tried will do.

        Under every pattern the lower limit must hold as often as its confidence states, within
        the noise of the simulation, and be above zero 9 times out of 10. Of these the design
        with fewest units is taken, and the estimator that can claim most in its worst pattern;
        of designs with as many units, too. Student's t is kept unless another estimator claims
        at least :data:`CUSTOM` more.
        """
        fit: dict[tuple[str, str], list[Outcome]] = {}
        for each in self.outcomes:
            fit.setdefault((each.design, each.estimator), []).append(each)
        good = {key: rows for key, rows in fit.items() if all(map(self._sound, rows))}
        if not good:
            return None

        def worth(key: tuple[str, str]) -> tuple[int, float]:
            custom = CUSTOM if key[1] == "expansion" else 0.0
            return good[key][0].n, -_worst_share(good[key]) - custom

        return min(good, key=worth)

    def recommendation(self) -> str:
        """Return what to do, in plain sentences."""
        chosen = self.recommended()
        if chosen is None:
            return f"{self._trouble()} None of the designs tried will do: {self._advice()}"
        design, estimator = chosen
        rows = [o for o in self.outcomes if (o.design, o.estimator) == chosen]
        worst = min(rows, key=lambda o: o.coverage)
        text = (
            f"Use {design} ({rows[0].n:,} of {self.universe:,} units) and {WORDS[estimator]}: "
            f"its lower limit held in at least {_percent(min(o.lower_coverage for o in rows))} of "
            f"{self.replicates:,} simulated samples (its confidence is {_percent(self.level)}) and "
            f"claims {_percent(_worst_share(rows))} of the true overpayment on average."
        )
        if worst.coverage < self.level - 0.02:
            text += (
                f" Read the two-sided interval with care: with {worst.pattern} it held the truth "
                f"in {_percent(worst.coverage)} only."
            )
        return text

    def sentence(self) -> str:
        """Return what the plan can and cannot tell, then the recommendation."""
        passes = " ".join(
            f"With {p.design} and a pass mark of {_percent(p.pass_mark)} errors, a provider at "
            f"{_percent(p.bad_rate)} passes in {_percent(p.pass_bad)} of samples and one at "
            f"{_percent(p.good_rate)} fails in {_percent(p.fail_good)}."
            for p in self.passes
        )
        return f"{passes} {self.recommendation()}"

    def _sound(self, outcome: Outcome) -> bool:
        if outcome.truth == 0:
            return True
        held = outcome.lower_coverage >= self.level - 3.0 * outcome.noise
        return held and outcome.worthless <= USELESS

    def _trouble(self) -> str:
        short = [o for o in self.outcomes if o.lower_coverage < self.level - 3.0 * o.noise]
        if short:
            worst = min(short, key=lambda o: o.lower_coverage)
            return (
                f"With {worst.design}, {worst.pattern} and {WORDS[worst.estimator]}, the lower "
                f"limit held in {_percent(worst.lower_coverage)} of samples only, not "
                f"{_percent(self.level)}."
            )
        worst = max((o for o in self.outcomes if o.truth > 0), key=lambda o: o.worthless)
        return (
            f"With {worst.design}, {worst.pattern} and {WORDS[worst.estimator]}, the lower limit "
            f"is zero or less in {_percent(worst.worthless)} of samples: nothing could be claimed."
        )

    def _advice(self) -> str:
        tried = {outcome.estimator for outcome in self.outcomes}
        if "minimum_sum" not in tried:
            return "sample more units, stratify by amount, or try the estimator 'minimum_sum'."
        return "sample more units or stratify by amount."


def _worst_share(rows: list[Outcome]) -> float:
    return min((o.lower_share for o in rows if o.lower_share is not None), default=0.0)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _row(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}
