"""The sections that every report of an audit shares, in the order that all of them keep."""

from typing import Any

import pandas as pd
from markupsafe import Markup

from auditkit.reporting import parts, wording
from auditkit.reporting.facts import LONGEST_NAME, PRACTICE, Facts
from auditkit.reporting.parts import Column, Part, records
from auditkit.scoring.policies import find_policy

#: What the privilege banner says unless the branding words it otherwise.
PRIVILEGE = "Privileged and confidential. Prepared at the direction of counsel."


def scope(facts: Facts) -> Part:
    """Return what was looked at."""
    about = facts.audit.settings.audit
    billed = facts.results[facts.results["line"].notna()]
    who = "" if facts.is_practice else f"{facts.name or facts.scope} ({facts.scope})"
    providers = wording.count(facts.results["provider_id"].nunique()) if facts.is_practice else ""
    return parts.section(
        "scope",
        "1. Scope",
        parts.terms([
            ("Practice", wording.shorten(about.practice, LONGEST_NAME)),
            ("Provider", who),
            ("Providers reviewed", providers),
            ("Services of", facts.period),
            ("Payers in the frame", _most_frequent(facts.frame["payer"])),
            ("Encounters in the frame", wording.count(facts.universe)),
            ("Encounters reviewed", wording.count(facts.n)),
            ("No record received", _without_record(facts)),
            ("Lines reviewed", wording.count(len(billed))),
            ("Dollars allowed, reviewed", wording.dollars(billed["billed_dollars"].sum())),
            ("Prepared by", wording.shorten(about.prepared_by, LONGEST_NAME)),
        ]),
        parts.paragraph(
            "This report is about the codes billed and the record that stands behind them. It does "
            "not judge the care given."
        ),
    )  # fmt: skip


def _without_record(facts: Facts) -> str:
    """Return of how many encounters no record was received; nothing where all were."""
    if not facts.without_record:
        return ""
    said = wording.count(facts.without_record, "encounter")
    return f"{said}, counted as errors in full"


def why_these_charts(facts: Facts) -> Part:
    """Return how the charts were chosen, and what that allows to be said."""
    plan = facts.audit.plan
    targeted = plan.purpose == "targeted"
    drawn = (
        "The charts were chosen for cause. They show what was found in them, and nothing about the "
        "charts that were not read; no rate or amount is projected from them."
        if targeted
        else f"The charts were drawn {wording.PURPOSES[plan.purpose]} from a list of encounters "
        "that was frozen before the draw. Nobody picked them, and each had a known chance."
    )
    return parts.section(
        "why",
        "2. Why these charts",
        parts.paragraph(plan.reason),
        parts.paragraph(drawn),
        "" if targeted else _strata_table(facts),
        parts.terms([
            ("Seed", plan.seed.value),
            ("Where the seed comes from", plan.seed.origin),
            ("Recorded", wording.day(plan.seed.recorded_on)),
        ]),
    )  # fmt: skip


def _strata_table(facts: Facts) -> object:
    """Return the scope's strata: units in the frame, drawn, and the chance of each."""
    sample = facts.audit.sample
    sizes = {row["stratum"]: row for row in records(facts.audit.strata)}
    mine = sample[sample["unit_id"].isin(facts.frame["unit_id"])]
    drawn = mine.groupby("stratum", sort=True).size()
    rows = [
        {
            "stratum": "All encounters" if name == "all" else wording.shorten(name, 60),
            "frame": wording.count(sizes[name]["units"]),
            "drawn": wording.count(number),
            "chance": wording.percent(sizes[name]["sampled"] / sizes[name]["units"]),
        }
        for name, number in drawn.items()
    ]
    if not rows:
        return ""
    if len(rows) > parts.LONG:
        chances = [sizes[name]["sampled"] / sizes[name]["units"] for name in drawn.index]
        least, most = wording.percent(min(chances)), wording.percent(max(chances))
        chance = f"is {least}" if least == most else f"lies between {least} and {most}"
        said = wording.count(len(rows), "stratum", "strata")
        return parts.paragraph(
            f"{said}; the chance of an encounter {chance}. strata.csv lists them all."
        )
    return parts.table(
        pd.DataFrame(rows),
        [
            Column("stratum", "Stratum"),
            Column("frame", "In the frame", "number"),
            Column("drawn", "Drawn", "number"),
            Column("chance", "Chance of each", "number"),
        ],
        "Encounters in the frame and in the sample",
        facts.source("simple random draw by tickets within each stratum"),
    )


def method(facts: Facts) -> Part:
    """Return how the charts were read and scored."""
    policy = find_policy(facts.audit.settings.scoring.policy)
    review = facts.audit.settings.review
    open_charts = (
        f"counted as a missing record, by decision: {review.reason or 'no reason given'}"
        if review.not_abstracted == "missing"
        else ""
    )
    return parts.section(
        "method",
        "3. Method",
        parts.steps([
            "The record of each encounter was abstracted into documented elements.",
            "From those elements alone the supported codes, units and modifiers were derived, "
            "under the rules in force on the date of service.",
            "The lines billed were compared with the lines supported. Each difference is a finding "
            "with its rule and citation.",
            "Dollars are the difference between the amount allowed as billed and as supported.",
        ]),
        parts.terms([
            ("Scoring policy", f"{policy.title} ({policy.id})"),
            ("Counts as right", f"{policy.numerator}, of {policy.denominator}"),
            ("Missing record", "counts as an error in full, and is shown apart"),
            ("Intervals", "two-sided, exact where the measure allows it; named below each figure"),
            ("Chart not abstracted", open_charts),
            ("Review", facts.audit.review["sentence"]),
        ]),
    )  # fmt: skip


def rates_table(facts: Facts) -> tuple[pd.DataFrame, str]:
    """Return the scope's rates beside those of the practice, and their source note.

    Args:
        facts: whose rates.

    Returns:
        label, rate, lower, upper, group_rate, better; empty when nothing was computed.
    """
    rows: list[dict[str, Any]] = []
    methods: dict[str, list[str]] = {}
    level = 0.95
    for measure, label in wording.MEASURES.items():
        own, other = facts.score(measure), facts.score(measure, PRACTICE)
        if own is None:
            continue
        level = own["level"]
        methods.setdefault(str(own["method"]), []).append(label.lower())
        rows.append({
            "label": label,
            "rate": own["rate"],
            "lower": own["lower"],
            "upper": own["upper"],
            "group_rate": other["rate"] if other else float("nan"),
            "better": "lower" if measure in wording.ERROR_RATES else "higher",
        })  # fmt: skip
    said = "; ".join(f"{how}: {wording.listed(which)}" for how, which in methods.items())
    note = facts.source(f"{100 * level:.0f} % two-sided intervals ({said})", policy=facts.policy)
    return pd.DataFrame(rows), note


def dispute(facts: Facts, number: int = 9) -> Part:
    """Return how a provider can disagree."""
    whose = "a provider's" if facts.is_practice else "the"
    return parts.section(
        "dispute",
        f"{number}. How to dispute a finding",
        parts.steps([
            f"Name the encounter id and the line from {whose} evidence list.",
            "Say which documented element is relied on, and where in the record it stands.",
            "Send it to the compliance office within the time that the practice's policy gives.",
        ]),
        parts.paragraph(
            "Someone other than the first reader decides. The original finding is kept, the "
            "decision is added beside it, and scores are shown before and after."
        ),
    )  # fmt: skip


def limits(facts: Facts, number: int = 10) -> Part:
    """Return what the report cannot say."""
    said = [
        f"It rests on {wording.count(facts.n, 'encounter')}. The intervals say how much that "
        "leaves open; a rate without its interval should not be quoted.",
        "Readers differ. An audit that does not measure its own readers reports them as much as "
        "the providers.",
        "Supported codes follow from the elements abstracted. What the record does not state "
        "cannot support a code, even where the work was done.",
        "Code numbers carry short labels of our own; the CPT book decides.",
        "This is no legal advice.",
    ]
    if facts.audit.plan.purpose == "targeted":
        said.insert(1, "The charts were chosen for cause. Rates describe these charts only.")
    return parts.section("limits", f"{number}. Limits", parts.bullets(said))


def glossary(facts: Facts, number: int = 11) -> Part:
    """Return the words used."""
    return parts.section("glossary", f"{number}. Glossary", parts.terms(wording.GLOSSARY.items()))


def closing(facts: Facts, first: int = 9) -> Part:
    """Return how to dispute, the limits and the glossary, which end every report.

    Args:
        facts: the facts of the audit.
        first: the number of the first of the three sections.
    """
    three = [dispute(facts, first), limits(facts, first + 1), glossary(facts, first + 2)]
    return Part("Closing", parts.join(three))


def masthead(facts: Facts, kind: str, of: str, sub: str = "") -> Markup:
    """Return the head of a document: privilege, brand, audit, kind, whom it is about, of when."""
    return parts.masthead(
        banner(facts),
        facts.audit.settings.audit.name,
        kind,
        of,
        sub or f"Services of {facts.period}",
        facts.brand.mark(),
    )


def banner(facts: Facts) -> object:
    """Return the privilege banner where the settings or the branding ask for one."""
    said = facts.brand.privilege or (PRIVILEGE if facts.audit.settings.audit.privileged else "")
    if not said:
        return ""
    return parts.paragraph(said, kind="privilege")


def _most_frequent(values: pd.Series, limit: int = 8) -> str:
    """Return the distinct values in a line, the most frequent first."""
    names = [wording.shorten(v, 40) for v in values.dropna().value_counts().index]
    if len(names) <= limit:
        return wording.listed(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"
