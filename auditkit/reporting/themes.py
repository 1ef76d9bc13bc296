"""Findings by theme, the evidence behind them, and what to write down next time."""

from typing import Any

import pandas as pd
from markupsafe import Markup

from auditkit.reporting import charts, parts, wording
from auditkit.reporting.facts import Facts
from auditkit.reporting.gaps import left_out
from auditkit.reporting.parts import Column, Part, records

#: How many encounter ids are printed beside one rule; the evidence list has all of them.
IDS_SHOWN = 12
#: How many different reasons are printed for one rule.
REASONS_SHOWN = 3
#: How many lines the evidence list prints before it names the files that hold them all.
LINES_SHOWN = 400


def findings(facts: Facts) -> Part:
    """Return the findings by theme, each rule with its citation and what would support the code."""
    themes = facts.themes
    if themes.empty:
        body: list[object] = [parts.note("There are no findings.", kind="good")]
    else:
        picture = charts.pareto(
            facts.top_themes("total")[["theme", "over", "under", "neutral"]],
            facts.source("main finding of each line in error"),
        )
        body = [picture, *(_theme(facts, row) for row in records(themes))]
    return parts.section("findings", "5. Findings by theme", *body, _remarks(facts))


def _of_family(facts: Facts, family: str) -> pd.DataFrame:
    mine = facts.main_findings
    return mine[mine["family"].fillna("other") == family]


def _theme(facts: Facts, row: dict[str, Any]) -> Markup:
    """Return one theme: its count and dollars, then each rule that was met."""
    mine = _of_family(facts, row["family"])
    money = [
        f"{wording.dollars(row[key])} {side}"
        for key, side in (("dollars_over", "over"), ("dollars_under", "under"))
        if row[key]
    ]
    said = f"{wording.count(len(mine), 'finding')}; {wording.listed(money) or 'no dollars'}"
    rules = [_rule(group) for _, group in mine.groupby("rule_id", sort=True)]
    return parts.heading(row["theme"], parts.paragraph(said, kind="quiet"), *rules)


def _rule(group: pd.DataFrame) -> Markup:
    """Return one rule: what was found and where, the reason, the citation, what would support."""
    first = group.iloc[0]
    verdicts = wording.listed(
        f"{wording.word_of(wording.VERDICTS, verdict)} ({number})"
        for verdict, number in group["verdict"].value_counts().items()
    )
    reasons = group["why"].dropna().drop_duplicates().head(REASONS_SHOWN)
    whys = [wording.plain(each) for each in reasons]
    support = wording.plain(first["would_support"])
    since = (
        f", version of {wording.clean(first['version'])}" if wording.clean(first["version"]) else ""
    )
    citation = wording.shorten(first["citation"])
    body = parts.join([
        parts.paragraph(parts.strong(verdicts[:1].upper() + verdicts[1:])),
        parts.bullets(whys) if len(whys) > 1 else parts.paragraph(*whys),
        parts.paragraph(
            Markup("<em>Would have supported the code:</em>"), support
        ) if support else "",
        parts.paragraph(f"Rule {wording.clean(first['rule_id'])}{since}. {citation}.", kind="cite"),
        parts.paragraph(_encounters(group), kind="cite"),
    ])  # fmt: skip
    return Markup('<div class="rule">{}</div>').format(body)


def _encounters(group: pd.DataFrame) -> str:
    """Return the ids of the encounters that a rule was met in, as many as are printed."""
    ids = [wording.clean(each) for each in group["encounter_id"].drop_duplicates()]
    shown = ", ".join(ids[:IDS_SHOWN])
    if len(ids) > IDS_SHOWN:
        shown += f" and {len(ids) - IDS_SHOWN} more, listed in section 6"
    return f"{'Encounter' if len(ids) == 1 else 'Encounters'} {shown}"


def _remarks(facts: Facts) -> object:
    """Return the advisory findings and prompts, which are no errors and carry no dollars."""
    found = facts.remarks
    if found.empty:
        return ""
    items = [
        Markup('{} <span class="quiet">({}, {})</span>').format(
            parts.text(wording.plain(group.iloc[0]["why"])),
            parts.text(rule),
            wording.count(group["encounter_id"].nunique(), "encounter"),
        )
        for rule, group in found.groupby("rule_id", sort=True)
    ]
    intro = "These are remarks. They lower no score and carry no dollars."
    return parts.heading(
        "For attention, not scored", parts.paragraph(intro, kind="quiet"), parts.bullets(items)
    )


def evidence_table(results: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of *results* that differ, as they are printed.

    Returns:
        encounter, provider, line, billed, agreed, verdict, rule, dollars, all text.
    """
    wrong = results[results["verdict"] != "supported"]
    wrong = wrong.sort_values(["provider_id", "encounter_id", "line"], na_position="last")
    rows = [
        {
            "encounter": wording.clean(row["encounter_id"]),
            "provider": wording.clean(row["provider_id"]),
            "line": "not billed" if pd.isna(row["line"]) else str(int(row["line"])),
            "billed": line_words(row, "billed"),
            "agreed": line_words(row, "agreed"),
            "verdict": wording.word_of(wording.VERDICTS, row["verdict"]),
            "rule": wording.clean(row["rule_id"]),
            "dollars": wording.difference(row["dollars"]),
        }
        for row in records(wrong)
    ]
    columns = ["encounter", "provider", "line", "billed", "agreed", "verdict", "rule", "dollars"]
    return pd.DataFrame(rows, columns=columns)


def line_words(row: dict[str, Any], side: str) -> str:
    """Return one side of a line result as code, modifiers and units: "11102-59 ×2"."""
    code = wording.clean(row[f"{side}_code"])
    if not code:
        return "none"
    modifiers = wording.clean(row[f"{side}_modifiers"]).replace(",", " ").split()
    units = row[f"{side}_units"]
    said = "-".join([code, *modifiers])
    return said if pd.isna(units) or float(units) == 1 else f"{said} ×{float(units):g}"


def evidence(facts: Facts) -> Part:
    """Return every line that differs, by encounter id; no patient is named."""
    table = evidence_table(facts.results)
    columns = [
        Column("encounter", "Encounter", "code"),
        *([Column("provider", "Provider")] if facts.is_practice else []),
        Column("line", "Line"),
        Column("billed", "Billed", "code"),
        Column("agreed", "Supported", "code"),
        Column("verdict", "Verdict"),
        Column("rule", "Rule", "code"),
        Column("dollars", "Billed less supported", "number"),
    ]
    whole, right = len(facts.results), len(facts.results) - len(table)
    said = (
        f"{wording.count(right, 'line')} of {wording.count(whole)} compared "
        f"{'was' if right == 1 else 'were'} supported as billed and "
        f"{'is' if right == 1 else 'are'} not listed."
        if right
        else f"None of {wording.count(whole, 'line')} compared was supported as billed."
    )
    said += " Encounter ids are keyed: the compliance office can find the chart, nobody else can."
    if len(table) > LINES_SHOWN:
        largest = facts.results[facts.results["verdict"] != "supported"]["dollars"].abs()
        kept = largest.sort_values(ascending=False, kind="stable").index[:LINES_SHOWN]
        table = evidence_table(facts.results.loc[kept])
        said += (
            f" The {LINES_SHOWN} with most dollars stand here; findings.xlsx and line_results.csv "
            "list them all."
        )
    shown = (
        parts.table(
            table,
            columns,
            "Lines that differ from what the record supports",
            facts.source("one row per line"),
        )
        if len(table)
        else parts.note("Every line was supported as billed.", kind="good")
    )
    return parts.section("evidence", "6. Evidence list", parts.paragraph(said), shown)


def education(facts: Facts) -> Part:
    """Return what to write down next time: theme by theme, then what the notes left out."""
    points = []
    for row in records(facts.themes):
        advice = _of_family(facts, row["family"])["would_support"].dropna().drop_duplicates()
        lines = [wording.plain(each) for each in advice.head(REASONS_SHOWN)]
        if lines:
            points.append(parts.heading(row["theme"], parts.bullets(lines)))
    if left := left_out(facts):
        points.append(left)
    if not points:
        nothing = parts.paragraph("There is nothing to add to present practice.")
        return parts.section("education", "8. Education", nothing)
    warning = parts.note(
        "This is about future documentation. Do not change a closed note because of this report; "
        "where a late entry is proper, follow the practice's own policy."
    )
    return parts.section("education", "8. Education", *points, warning)
