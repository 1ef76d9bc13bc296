"""A tried plan in pictures: intervals of simulated samples, and chances of a wrong verdict."""

import pandas as pd

from auditkit.reporting import charts
from auditkit.reporting.drawing import INK, OVER, SUBJECT, Chart, canvas, legend, svg_of
from auditkit.reporting.parts import Column, records
from auditkit.sampling.simulation import Simulation

#: Simulated samples drawn of each design.
SHOWN = 40


def intervals(simulation: Simulation) -> Chart:
    """Return what samples would say under the plan and under the recommended design.

    Each line is the interval that one simulated sample gives, by Student's t and the first
    pattern; those that miss the true overpayment stand out.
    """
    told = simulation.intervals
    first = simulation.outcomes[0]
    recommended = simulation.recommended()
    names = list(dict.fromkeys([first.design, recommended[0] if recommended else first.design]))
    same = (told["pattern"] == first.pattern) & (told["estimator"] == first.estimator)
    truth = float(told.loc[same, "truth"].iloc[0])
    with canvas(1.9 * len(names), left=0.3, right=0.3, bottom=0.5) as (figure, axes):
        for block, name in enumerate(names):
            rows = told[same & (told["design"] == name)].head(SHOWN).sort_values("point")
            base = -block * (SHOWN + 8)
            for place, row in enumerate(records(rows)):
                colour, width = (SUBJECT, 1.4) if row["covers"] else (OVER, 2.2)
                ends = [row["lower"] / row["truth"], row["upper"] / row["truth"]]
                axes.plot(ends, [base - place, base - place], color=colour, lw=width)
            axes.annotate(
                name, (0, base + 2.2), xycoords=("axes fraction", "data"), fontweight="bold"
            )
        axes.axvline(1.0, color=INK, lw=1.4)
        axes.set(yticks=[], xlabel="Overpayment by the sample, over the true overpayment", xlim=0)
        axes.set_ylim(top=8)
        axes.grid(axis="y", visible=False)
        axes.spines["left"].set_visible(False)
        legend(figure, axes, [
            axes.plot([], [], color=SUBJECT, label="interval holds the truth")[0],
            axes.plot([], [], color=OVER, lw=2.2, label="interval misses it")[0],
        ])  # fmt: skip
        svg = svg_of(figure)
    shown = simulation.summary()
    shown = shown.loc[shown["estimator"] == first.estimator].reset_index(drop=True)
    for name in ("coverage", "lower_coverage"):
        shown[name] = shown[name].map(_percent)
    level = _percent(simulation.level)
    held = "; ".join(f"{row['design']}: {row['coverage']}" for row in records(shown))
    return Chart(
        svg,
        f"Intervals of {SHOWN} simulated samples under {' and under '.join(names)}, around the "
        f"true overpayment. Share of intervals that hold it, in the worst pattern: {held}.",
        f"Each line is the two-sided {level} interval of one simulated sample, with "
        f"{first.pattern}. A sample is drawn once: nobody knows which of these lines it will be.",
        f"{simulation.replicates:,} simulated samples of a frame of {simulation.universe:,} units, "
        f"seed {simulation.seed}; true overpayment ${truth:,.0f}",
        shown[["design", "n", "coverage", "lower_coverage"]],
        (
            Column("design", "Design"),
            Column("n", "Units", "number"),
            Column("coverage", f"{level} interval holds", "number"),
            Column("lower_coverage", f"{level} lower limit holds", "number"),
        ),
    )


def verdicts(
    by_size: pd.DataFrame, units: int, good_rate: float, bad_rate: float, pass_mark: float
) -> Chart:
    """Return the chances of a wrong verdict on a provider, by the number of units sampled.

    Args:
        by_size: `n`, `pass_bad` and `fail_good`.
        units: The provider's units in the frame.
        good_rate: True error rate of a provider who should pass.
        bad_rate: True error rate of a provider who should fail.
        pass_mark: A provider passes with an error rate in the sample of at most this.
    """
    return charts.planner(
        by_size,
        f"exact chances for a provider with {units:,} units in the frame; pass mark "
        f"{_percent(pass_mark)} errors, good {_percent(good_rate)}, bad {_percent(bad_rate)}",
    )


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
