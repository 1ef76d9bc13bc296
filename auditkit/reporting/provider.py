"""The provider report, section by section, in the order that every report of an audit keeps."""

import pandas as pd
from markupsafe import Markup

from auditkit.reporting import charts, parts, wording
from auditkit.reporting.facts import EM_SERIES, PRACTICE, Facts, open_audit
from auditkit.reporting.parts import Column, Part
from auditkit.scoring.policies import find_policy

#: How many encounter ids are printed beside one rule before the evidence list takes over.
IDS_SHOWN = 12


def provider_facts(audit: str, provider_id: str) -> Facts:
    """Return what the audit found for one provider.

    Args:
        audit: the audit's name, the folder of that name in `reports`.
        provider_id: the opaque id, such as P07.

    Raises:
        SettingsError: if there is no such audit.
        ReportError: if the audit holds no such provider.
    """
    return Facts(open_audit(audit), provider_id)


def title(facts: Facts) -> Part:
    """Return the head of the report: for whom, what, and the figures that lead."""
    about = facts.audit.settings.audit
    over, under = facts.dollars
    lead = facts.leading
    label = wording.MEASURES.get(lead["measure"], "Accuracy") if lead else "Accuracy"
    shown = [
        (
            wording.percent(lead["rate"]) if lead else wording.NOT_KNOWN,
            label,
            f"{100 * lead['level']:.0f} % interval {wording.interval(lead['lower'], lead['upper'])}"
            if lead
            else "not computed",
        ),
        (wording.dollars(over), "Over, in the sample", "billed above what the record supports"),
        (wording.dollars(under), "Under, in the sample", "billed below what the record supports"),
    ]
    banner = (
        parts.paragraph("Privileged and confidential. Prepared at the direction of counsel.",
                        kind="privilege")
        if about.privileged
        else ""
    )  # fmt: skip
    head = Markup(
        '<header class="title">{}<p class="kicker">{}</p><h1>Coding review: {}</h1>'
        '<p class="sub">{} · {}</p></header>'
    ).format(
        banner,
        parts.text(about.name),
        parts.text(facts.name or facts.scope),
        parts.text(f"Provider {facts.scope}"),
        parts.text(f"services of {facts.period}"),
    )
    return Part(
        "Title", head + parts.figures(shown) + parts.paragraph(_in_short(facts), kind="lead")
    )


def _in_short(facts: Facts) -> str:
    """Return the result in two or three sentences."""
    wrong = facts.main_findings["encounter_id"].nunique()
    said = (
        f"{wording.count(facts.n, 'encounter')} of {wording.count(facts.universe)} in the frame "
        f"{'was' if facts.n == 1 else 'were'} reviewed. "
    )
    if not wrong:
        return said + "Every line reviewed was supported as it was billed."
    first = facts.themes.iloc[0]["theme"]
    said += f"{wording.count(wrong, 'encounter')} had at least one difference"
    return said + (f"; the most frequent theme was {_inline(first)}." if first else ".")


def scope(facts: Facts) -> Part:
    """Return what was looked at."""
    results = facts.results
    billed = results[results["line"].notna()]
    about = facts.audit.settings.audit
    return parts.section(
        "scope", "1. Scope",
        parts.terms([
            ("Practice", about.practice),
            ("Provider", f"{facts.name or facts.scope} ({facts.scope})"),
            ("Services of", facts.period),
            ("Payers in the frame", _few(facts.frame["payer"])),
            ("Encounters in the frame", wording.count(facts.universe)),
            ("Encounters reviewed", wording.count(facts.n)),
            ("Lines reviewed", wording.count(len(billed))),
            ("Dollars allowed, reviewed", wording.dollars(billed["billed_dollars"].sum())),
            ("Prepared by", about.prepared_by),
        ]),
        parts.paragraph(
            "This report is about the codes billed and the record that stands behind them. It does "
            "not judge the care given."
        ),
    )  # fmt: skip


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
    strata = _strata(facts)
    table = parts.table(
        strata,
        [Column("stratum", "Stratum"), Column("frame", "In the frame", "number"),
         Column("drawn", "Drawn", "number"), Column("chance", "Chance of each", "number")],
        "Your encounters in the frame and in the sample",
        facts.source("simple random draw by tickets within each stratum"),
    ) if not targeted and len(strata) else ""  # fmt: skip
    return parts.section(
        "why", "2. Why these charts",
        parts.paragraph(plan.reason) if plan.reason else "",
        parts.paragraph(drawn),
        table,
        parts.terms([
            ("Seed", plan.seed.value),
            ("Where the seed comes from", plan.seed.origin),
            ("Recorded", wording.day(plan.seed.recorded_on)),
        ]),
    )  # fmt: skip


def _strata(facts: Facts) -> pd.DataFrame:
    """Return the scope's units by stratum: in the frame, drawn, and each unit's chance."""
    sample, strata = facts.audit.sample, facts.audit.strata.set_index("stratum")
    mine = sample[sample["unit_id"].isin(facts.frame["unit_id"])]
    drawn = mine.groupby("stratum", sort=True).size()
    rows = []
    for stratum, number in drawn.items():
        whole = strata.loc[stratum]
        rows.append({
            "stratum": "All encounters" if stratum == "all" else wording.shorten(stratum, 60),
            "frame": wording.count(whole["units"]),
            "drawn": wording.count(number),
            "chance": wording.percent(whole["sampled"] / whole["units"]),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=["stratum", "frame", "drawn", "chance"])


def method(facts: Facts) -> Part:
    """Return how the charts were read and scored."""
    policy = find_policy(facts.audit.settings.scoring.policy)
    return parts.section(
        "method", "3. Method",
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
            ("Chart not abstracted", _not_abstracted(facts)),
        ]),
    )  # fmt: skip


def _not_abstracted(facts: Facts) -> str:
    review = facts.audit.settings.review
    if review.not_abstracted != "missing":
        return ""
    return f"counted as a missing record, by decision: {review.reason or 'no reason given'}"


def result(facts: Facts) -> Part:
    """Return the rates with their intervals, the dollars, and what can be said of the group."""
    return parts.section(
        "result", "4. Result",
        _rates(facts), _comparison(facts), _dollars(facts), _estimate(facts),
    )  # fmt: skip


def _rates(facts: Facts) -> object:
    rows, methods, level = [], [], 0.95
    for measure in wording.MEASURES:
        own, group = facts.score(measure), facts.score(measure, PRACTICE)
        if own is None:
            continue
        rows.append({
            "label": wording.MEASURES[measure], "rate": own["rate"], "lower": own["lower"],
            "upper": own["upper"], "group_rate": group["rate"] if group else float("nan"),
            "better": "lower" if measure in wording.ERROR_RATES else "higher",
        })  # fmt: skip
        methods.append(f"{wording.MEASURES[measure].lower()}: {own['method']}")
        level = own["level"]
    if not rows:
        return parts.note("No rate could be computed for this provider.", kind="caution")
    note = facts.source(
        f"{100 * level:.0f} % two-sided intervals ({'; '.join(methods)})",
        policy=facts.audit.settings.scoring.policy,
    )
    return charts.rates(pd.DataFrame(rows), "This provider", "the practice", note)


def _comparison(facts: Facts) -> object:
    own, measure = facts.leading, facts.leading["measure"] if facts.leading else ""
    group = facts.score(measure, PRACTICE) if own else None
    if own is None or group is None:
        return ""
    said = wording.told_apart(own["lower"], own["upper"], group["rate"])
    return parts.note(
        parts.strong(said),
        f"This provider {wording.percent(own['rate'])} "
        f"({wording.interval(own['lower'], own['upper'])}), the practice "
        f"{wording.percent(group['rate'])}.",
    )


def _dollars(facts: Facts) -> object:
    themes = facts.themes
    themes = themes[(themes["dollars_over"] > 0) | (themes["dollars_under"] > 0)]
    if themes.empty:
        return parts.note("No dollars were billed above or below what the record supports.",
                          kind="good")  # fmt: skip
    table = themes.rename(columns={"over": "_o", "under": "_u"}).rename(
        columns={"dollars_over": "over", "dollars_under": "under"}
    )
    table = table.assign(size=table["over"] + table["under"]).sort_values("size", ascending=False)
    return charts.over_and_under(
        table[["theme", "over", "under"]],
        facts.source("billed less supported, per line, at the claim's allowed amounts"),
    )


def _estimate(facts: Facts) -> object:
    return parts.paragraph(
        "Dollars above are those of the encounters reviewed. An overpayment estimate is made for "
        "the practice as a whole only, and stands in the practice report.",
        kind="quiet",
    )


def findings(facts: Facts) -> Part:
    """Return the findings by theme, each rule with its citation and what would support the code."""
    themes = facts.themes
    if themes.empty:
        body: list[object] = [parts.note("There are no findings.", kind="good")]
    else:
        body = [
            charts.pareto(themes[["theme", "over", "under", "neutral"]],
                          facts.source("main finding of each line in error")),
            *(_theme(facts, row) for row in themes.to_dict("records")),
        ]  # fmt: skip
    return parts.section("findings", "5. Findings by theme", *body, _remarks(facts))


def _theme(facts: Facts, row: dict[str, object]) -> Markup:
    """Return one theme: its count and dollars, then each rule that was met."""
    mine = facts.main_findings
    mine = mine[mine["family"].fillna("other") == row["family"]]
    money = []
    if row["dollars_over"]:
        money.append(f"{wording.dollars(float(row['dollars_over']))} over")  # type: ignore[arg-type]
    if row["dollars_under"]:
        money.append(f"{wording.dollars(float(row['dollars_under']))} under")  # type: ignore[arg-type]
    said = wording.count(len(mine), "finding")
    said += f"; {wording.listed(money)}" if money else "; no dollars"
    rules = [_rule(group) for _, group in mine.groupby("rule_id", sort=True)]
    return parts.heading(row["theme"], parts.paragraph(said, kind="quiet"), *rules)


def _rule(group: pd.DataFrame) -> Markup:
    """Return one rule: what was found and where, the reason, the citation, what would support."""
    first = group.iloc[0]
    ids = [wording.clean(i) for i in group["encounter_id"].drop_duplicates()]
    shown = ", ".join(ids[:IDS_SHOWN])
    if len(ids) > IDS_SHOWN:
        shown += f" and {len(ids) - IDS_SHOWN} more, listed in section 6"
    verdicts = wording.listed(
        f"{wording.word_of(wording.VERDICTS, v)} ({n})"
        for v, n in group["verdict"].value_counts(sort=True).items()
    )
    whys = [wording.shorten(w) for w in group["why"].dropna().drop_duplicates().head(3)]
    since = f", version of {first['version']}" if wording.clean(first["version"]) else ""
    support = wording.shorten(first["would_support"])
    return Markup('<div class="rule">{}</div>').format(parts.join([
        parts.paragraph(parts.strong(verdicts[:1].upper() + verdicts[1:]), kind="verdict"),
        parts.bullets(whys) if len(whys) > 1 else parts.paragraph(*whys),
        parts.paragraph(
            Markup("<em>Would have supported the code, in future documentation:</em>"), support
        ) if support else "",
        parts.paragraph(
            f"Rule {wording.clean(first['rule_id'])}{since}. {wording.shorten(first['citation'])}.",
            kind="cite",
        ),
        parts.paragraph(f"{'Encounter' if len(ids) == 1 else 'Encounters'} {shown}", kind="cite"),
    ]))  # fmt: skip


def _remarks(facts: Facts) -> object:
    """Return the advisory findings and prompts, which are no errors and carry no dollars."""
    found = facts.remarks
    if found.empty:
        return ""
    items = [
        Markup("{} <span class=\"quiet\">({}, {})</span>").format(
            parts.text(wording.shorten(group.iloc[0]["why"])),
            parts.text(rule), wording.count(group["encounter_id"].nunique(), "encounter"),
        )
        for rule, group in found.groupby("rule_id", sort=True)
    ]  # fmt: skip
    return parts.heading(
        "For attention, not scored",
        parts.paragraph(
            "These are remarks. They lower no score and carry no dollars.", kind="quiet"
        ),
        parts.bullets(items),
    )


def evidence(facts: Facts) -> Part:
    """Return every line that differs, by encounter id; no patient is named."""
    wrong = facts.results[facts.results["verdict"] != "supported"]
    wrong = wrong.sort_values(["encounter_id", "line"], na_position="last")
    table = pd.DataFrame({
        "encounter": wrong["encounter_id"],
        "line": wrong["line"].map(lambda v: "not billed" if pd.isna(v) else str(int(v))),
        "billed": [_code(a, b, c) for a, b, c in zip(
            wrong["billed_code"], wrong["billed_modifiers"], wrong["billed_units"], strict=True)],
        "agreed": [_code(a, b, c) for a, b, c in zip(
            wrong["agreed_code"], wrong["agreed_modifiers"], wrong["agreed_units"], strict=True)],
        "verdict": [wording.word_of(wording.VERDICTS, v) for v in wrong["verdict"]],
        "rule": wrong["rule_id"].map(wording.clean),
        "dollars": wrong["dollars"].map(lambda v: _signed(v)),
    })  # fmt: skip
    columns = [
        Column("encounter", "Encounter", "code"), Column("line", "Line"),
        Column("billed", "Billed", "code"), Column("agreed", "Supported", "code"),
        Column("verdict", "Verdict"), Column("rule", "Rule", "code"),
        Column("dollars", "Billed less supported", "number"),
    ]  # fmt: skip
    whole = len(facts.results)
    return parts.section(
        "evidence", "6. Evidence list",
        parts.paragraph(
            f"{wording.count(whole - len(wrong), 'line')} of {wording.count(whole)} compared "
            f"{'was' if whole - len(wrong) == 1 else 'were'} supported as billed and "
            f"{'is' if whole - len(wrong) == 1 else 'are'} not listed. Encounter ids are keyed: "
            "your compliance office can find the chart, nobody else can."
        ),
        parts.table(table, columns, "Lines that differ from what the record supports",
                    facts.source("one row per line")) if len(table) else
        parts.note("Every line was supported as billed.", kind="good"),
    )  # fmt: skip


def _code(code: object, modifiers: object, units: object) -> str:
    """Return a line as code, modifiers and units: "11102-59 ×2"."""
    if not wording.clean(code):
        return "none"
    said = wording.clean(code)
    if wording.clean(modifiers):
        said += "-" + "-".join(wording.clean(modifiers).replace(",", " ").split())
    number = float(units) if wording.clean(units) else 1.0  # type: ignore[arg-type]
    return said if number == 1 else f"{said} ×{number:g}"


def _signed(amount: float) -> str:
    """Return dollars with a plus for over and a minus for under."""
    if pd.isna(amount) or round(float(amount), 2) == 0:
        return "$0.00"
    return ("+" if amount > 0 else "") + wording.dollars(float(amount))


def em_distribution(facts: Facts) -> Part:
    """Return how often each E/M code was billed, beside the practice."""
    pictures: list[object] = []
    for kind in EM_SERIES:
        table = facts.em_levels(kind)
        if table["count"].sum():
            note = facts.source("as billed, not only the sample", whole_frame=True)
            pictures.append(charts.em_levels(table, "This provider", "the practice", note, kind))
    return parts.section(
        "em", "7. E/M levels beside the practice",
        *(pictures or [parts.note("No office visits were billed in the frame.")]),
    )  # fmt: skip


def education(facts: Facts) -> Part:
    """Return what to write down next time, theme by theme."""
    points: list[object] = []
    for row in facts.themes.to_dict("records"):
        mine = facts.main_findings
        mine = mine[mine["family"].fillna("other") == row["family"]]
        advice = mine["would_support"].dropna().drop_duplicates().head(3)
        if len(advice):
            points.append(parts.heading(row["theme"], parts.bullets(map(wording.shorten, advice))))
    return parts.section(
        "education", "8. Education",
        *(points or [parts.paragraph("There is nothing to add to present practice.")]),
        parts.note(
            "This is about future documentation. Do not change a closed note because of this "
            "report; where a late entry is proper, follow the practice's own policy.",
        ) if points else "",
    )  # fmt: skip


def dispute(facts: Facts) -> Part:
    """Return how the provider can disagree."""
    return parts.section(
        "dispute", "9. How to dispute a finding",
        parts.steps([
            "Name the encounter id and the line from the evidence list.",
            "Say which documented element you rely on, and where in the record it stands.",
            "Send it to the compliance office within the time that your policy gives.",
        ]),
        parts.paragraph(
            "Someone other than the first reader decides. The original finding is kept, the "
            "decision is added beside it, and scores are shown before and after."
        ),
    )  # fmt: skip


def limits(facts: Facts) -> Part:
    """Return what the report cannot say."""
    said = [
        f"It rests on {wording.count(facts.n, 'encounter')}. The intervals say how much that "
        "leaves open; a rate without its interval should not be quoted.",
        "Readers differ. Where records were read twice, the practice report gives the agreement.",
        "Supported codes follow from the elements abstracted. What the record does not state "
        "cannot support a code, even where the work was done.",
        "Code numbers carry short labels of our own; the CPT book decides. This is no legal advice.",
    ]
    if facts.audit.plan.purpose == "targeted":
        said.insert(1, "The charts were chosen for cause. Rates describe these charts only.")
    return parts.section("limits", "10. Limits", parts.bullets(said))


def glossary(facts: Facts) -> Part:
    """Return the words used."""
    return parts.section("glossary", "11. Glossary", parts.terms(wording.GLOSSARY.items()))


def _few(values: pd.Series, limit: int = 8) -> str:
    """Return the distinct values in a line, the most frequent first."""
    names = [wording.shorten(v, 40) for v in values.dropna().value_counts().index]
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return wording.listed(names[:limit]) + more if not more else ", ".join(names[:limit]) + more


def _inline(words: object) -> str:
    """Return a heading as it stands inside a sentence."""
    text = wording.clean(words)
    return text if text[:2].isupper() or text[1:2] == "/" else text[:1].lower() + text[1:]
