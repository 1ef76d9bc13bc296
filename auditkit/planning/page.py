"""A tried plan as one page that can be passed on."""

import pandas as pd
from markupsafe import Markup

from auditkit.planning.trial import PlanTrial
from auditkit.reporting import parts
from auditkit.reporting.parts import Column

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
    body = parts.join([parts.paragraph(trial.sentence()), table, *trial.pictures()])
    return str(_PAGE.format(title, _STYLE, body))
