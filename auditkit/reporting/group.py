"""The providers of an audit beside each other: who can be told apart, and who is looked at when."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from auditkit.audit import Audit
from auditkit.reporting import charts, parts, wording
from auditkit.reporting.facts import PRACTICE, Facts
from auditkit.reporting.parts import Column, records
from auditkit.scoring.bands import next_audit
from auditkit.stats.binomial import clopper_pearson
from auditkit.stats.comparison import Comparison, compare_rates

#: More providers than this do not fit one picture with a row for each.
ROWS = 40
_VISITS = frozenset((*(f"9920{i}" for i in range(2, 6)), *(f"9921{i}" for i in range(1, 6))))


@dataclass(frozen=True, slots=True)
class Group:
    """The reviewed providers: their facts in the order of ids, and their comparison.

    `comparison` is of encounters with a counted error; None with fewer than two providers.
    """

    facts: Facts
    providers: tuple[Facts, ...]
    comparison: Comparison | None


def group_of(facts: Facts) -> Group:
    """Return the providers of the audit that *facts* are of, compared with each other."""
    ids = sorted(facts.audit.line_results["provider_id"].unique())
    people = tuple(Facts(facts.audit, each) for each in ids)
    counted = [_errors(each) for each in people]
    comparison = None
    if len(people) > 1 and all(counted):
        wrong = [found[0] for found in counted if found]
        reviewed = [found[1] for found in counted if found]
        comparison = compare_rates(wrong, reviewed, names=ids)
    return Group(facts, people, comparison)


def _errors(facts: Facts) -> tuple[int, int] | None:
    """Return encounters with a counted error and encounters reviewed, under encounter scoring."""
    score = facts.score("encounter_accuracy")
    if score is None:
        return None
    reviewed = round(float(score["denominator"]))
    return reviewed - round(float(score["numerator"])), reviewed


def pictures(group: Group) -> list[object]:
    """Return the providers' pictures: one row each where they fit, and the funnel.

    Where they do not fit, only those told apart from the group have a row.
    """
    if group.comparison is None:
        return []
    apart = {m.name for m in group.comparison.members if m.distinguished}
    chance = group.facts.source(
        "limits of chance: exact binomial; those for all together after Šidák; rates drawn towards "
        "the group by the beta-binomial distribution",
        policy=group.facts.policy,
    )
    shown: list[object] = []
    lead = group.facts.leading
    if lead is not None:
        people = [each for each in group.providers if each.leading]
        all_fit = len(people) <= ROWS
        # With a row for those told apart alone, the others are seen in the funnel.
        drawn = people if all_fit else [each for each in people if each.scope in apart][:ROWS]
        what = wording.MEASURES.get(lead["measure"], wording.theme(lead["measure"]))
        note = group.facts.source("exact intervals", policy=group.facts.policy)
        rows = pd.DataFrame([_row(each, apart) for each in drawn])
        if drawn:
            shown.append(charts.forest(rows, lead["rate"], "the practice", what, note, len(people)))
    if 0 < group.comparison.group_rate < 1:
        shown.append(charts.funnel(group.comparison, "Encounters in error", chance))
    else:
        share = "Every" if group.comparison.group_rate else "No"
        shown.append(parts.note(f"{share} encounter reviewed is in error, so no provider differs."))
    return shown


def _row(facts: Facts, apart: set[str]) -> dict[str, Any]:
    lead = facts.leading or {}
    return {
        "label": f"{facts.scope} {facts.name}".strip(),
        "n": facts.n,
        "rate": lead["rate"],
        "lower": lead["lower"],
        "upper": lead["upper"],
        "apart": facts.scope in apart,
    }


def next_dates(group: Group) -> object:
    """Return when each provider is looked at again, under the bands in use."""
    drawn = group.facts.audit.plan.seed.recorded_on
    bands = group.facts.audit.settings.scoring.bands
    rows = []
    for each in group.providers:
        lead = each.leading
        if lead is None or not lead["lower"] <= lead["rate"] <= lead["upper"]:
            continue
        due = next_audit(lead["rate"], lead["lower"], lead["upper"], drawn, bands)
        rows.append({
            "who": f"{each.scope} {each.name}".strip(),
            "rate": wording.percent(lead["rate"]),
            "band": due.band if due.decided else f"{due.band}; insufficient to judge",
            "action": due.action,
            "on": wording.day(due.on),
        })  # fmt: skip
    note = f"bands {bands}, months counted from the day of the seed, {wording.day(drawn)}"
    caption = "When each provider is looked at again"
    if not rows:
        return ""
    shared = [
        Column("band", "Band"),
        Column("action", "Action"),
        Column("on", "Next audit"),
    ]
    if len(rows) <= parts.LONG:
        columns = [Column("who", "Provider"), Column("rate", "Score", "number"), *shared]
        return parts.table(rows, columns, caption, note)
    counted = pd.DataFrame(rows).groupby(["band", "action", "on"], sort=False).size()
    summed = counted.rename("n").reset_index().assign(n=lambda t: t["n"].map(wording.count))
    return parts.table(summed, [*shared, Column("n", "Providers", "number")], caption, note)


def modifier_25(audit: Audit, group: Group) -> object:
    """Return how often each provider's sampled visits were billed with modifier 25."""
    lines = audit.lines
    modifiers = [c for c in ("mod1", "mod2", "mod3", "mod4") if c in lines]
    visits = lines[lines["code"].isin(_VISITS)]
    if visits.empty or not modifiers:
        return ""
    with_25 = (visits[modifiers] == "25").any(axis=1)
    counted = with_25.groupby(visits["provider_id"]).agg(["sum", "size"])
    names = {each.scope: f"{each.scope} {each.name}".strip() for each in group.providers}
    rows = []
    for provider, row in zip(counted.index, records(counted), strict=True):
        hits, n = int(row["sum"]), int(row["size"])
        lower, upper = clopper_pearson(hits, n, 0.95)
        rows.append({
            "label": names.get(provider, provider), "count": hits, "n": n, "rate": hits / n,
            "lower": lower, "upper": upper,
        })  # fmt: skip
    if len(rows) > ROWS:
        return ""
    note = group.facts.source("visits billed in the sample; Clopper-Pearson 95 % intervals")
    return charts.modifier_25(pd.DataFrame(rows), float(with_25.mean()), "the sample", note)


def practice_of(facts: Facts) -> Facts:
    """Return the facts of the practice that *facts* belong to."""
    return facts if facts.is_practice else Facts(facts.audit, PRACTICE)
