"""A tried plan in pictures, and as one page that can be passed on."""

import pandas as pd
from markupsafe import Markup

from auditkit.planning import PlanTrial
from auditkit.reporting import charts, parts
from auditkit.reporting.drawing import INK, OVER, SUBJECT, Chart, canvas, legend, svg_of
from auditkit.reporting.parts import Column, records
from auditkit.sampling.simulation import Simulation

#: Simulated samples drawn of each design.
SHOWN = 40

_STYLE = Markup(
    "body{font:16px/1.5 'Segoe UI','Helvetica Neue',Arial,sans-serif;color:#1f2933;"
    "max-width:52rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}"
    "caption{text-align:left;font-weight:600}"
    "th,td{padding:.3rem .7rem;border-bottom:1px solid #cbd2d9;text-align:left;font-weight:400}"
    ".number{text-align:right}figure{margin:1.5rem 0}img{max-width:100%}"
    "figcaption,.source,details{color:#616e7c;font-size:.9rem}"
)

_PAGE = Markup(
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{0}</title>'
    "<style>{1}</style></head><body>\n<h1>{0}</h1>\n{2}\n</body></html>\n"
)


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


def verdicts(trial: PlanTrial) -> Chart:
    """Return the chances of a wrong verdict on a provider, by the number of units sampled."""
    units = int(trial.providers["units"].median())
    return charts.planner(
        trial.by_size(),
        f"exact chances for a provider with {units:,} units in the frame; pass mark "
        f"{_percent(trial.pass_mark)} errors, good {_percent(trial.good_rate)}, "
        f"bad {_percent(trial.bad_rate)}",
    )


def summary_table(trial: PlanTrial) -> pd.DataFrame:
    """Return the worst figures of each design and estimator as they are printed."""
    found = trial.simulation.summary()
    shown = pd.DataFrame({
        "design": found["design"].where(~found["recommended"], found["design"] + " (recommended)"),
        "units": found["n"].map("{:,}".format),
        "estimator": found["estimator"].map(_SHORT),
    })  # fmt: skip
    for name in ("coverage", "lower_coverage", "lower_share", "worthless"):
        shown[name] = found[name].map(lambda share: f"{100 * share:.0f} %")
    return shown


#: The headings of :func:`summary_table`.
HEADINGS = {
    "design": "Design",
    "units": "Units",
    "estimator": "Estimator",
    "coverage": "Interval holds",
    "lower_coverage": "Limit holds",
    "lower_share": "Limit of truth",
    "worthless": "Limit ≤ 0",
}

#: Estimators as a table names them.
_SHORT = {
    "expansion": "Student's t",
    "ratio": "ratio",
    "likelihood": "empirical likelihood",
    "minimum_sum": "minimum sum",
}


def page(trial: PlanTrial, title: str) -> str:
    """Return the trial as one HTML page that needs nothing outside it."""
    run = trial.simulation
    words = ("design", "estimator")
    columns = [
        Column(name, heading, "text" if name in words else "number")
        for name, heading in HEADINGS.items()
    ]
    patterns = "; ".join(dict.fromkeys(each.pattern for each in run.outcomes))
    table = parts.table(
        summary_table(trial),
        columns,
        "How often the two-sided interval and the lower limit hold the truth, what share of it the "
        "limit claims, and how often the limit is worth nothing: the worst of all patterns tried",
        f"patterns: {patterns}. {run.replicates:,} simulated samples of each design, seed "
        f"{run.seed}, {run.generator}; the plan's own seed was not used",
    )
    pictures = (intervals(run), verdicts(trial))
    body = parts.join([parts.paragraph(trial.sentence()), table, *pictures])
    return str(_PAGE.format(title, _STYLE, body))


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
