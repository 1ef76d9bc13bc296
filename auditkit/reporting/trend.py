"""The trend report across audits: rates over time, repeat findings, education and its effect."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from scipy import stats

from auditkit.audit import Audit
from auditkit.errors import ReportError
from auditkit.reporting import charts, parts, wording
from auditkit.reporting.facts import PRACTICE, Facts
from auditkit.reporting.group import group_of, next_dates
from auditkit.reporting.jobs import ROOT
from auditkit.reporting.parts import Column, Part, records
from auditkit.reporting.register import audits_in, read_education, register, repeats
from auditkit.reporting.sections import masthead
from auditkit.stats.binomial import clopper_pearson
from auditkit.stats.comparison import compare_rates
from auditkit.stats.control import p_chart

__all__ = ["education_effect", "follow_up", "history", "limits", "rates", "repeated", "title"]

#: Level of the intervals in the tables of this report.
LEVEL = 0.95


@dataclass(frozen=True)
class History:
    """The audits of one folder, in the order of their periods."""

    root: Path
    audits: tuple[Audit, ...]

    @cached_property
    def register(self) -> pd.DataFrame:
        """One row for each audit and provider, and for its practice."""
        return register(self.audits)

    @cached_property
    def latest(self) -> Facts:
        """The practice in the latest audit."""
        return Facts(self.audits[-1], PRACTICE)

    def source(self, method: str) -> str:
        """Return a source note: method, audits, n and the policies."""
        whole = self.register[self.register["npi"] == ""]
        policies = ", ".join(sorted(whole["policy"].unique()))
        n = wording.count(whole["reviewed"].sum())
        names = wording.listed(whole["audit"])
        return f"{method}; policy {policies}; n = {n} encounters in the audits {names}."


def history(audit: str) -> History:
    """Return the audits beside the one called *audit*, up to and with it.

    Args:
        audit: the name of the latest audit, a folder in `reports`.

    Raises:
        ReportError: if there are fewer than two.
    """
    root = Path(os.environ.get(ROOT, "reports"))
    found = audits_in(root)
    names = [each.folder.name for each in found]
    if audit in names:
        found = found[: names.index(audit) + 1]
    if len(found) < 2:
        raise ReportError(
            f"A trend needs two scored audits or more in {root.name}; there is {len(found)}."
        )
    return History(root, tuple(found))


def title(told: History) -> Part:
    """Return the head of the report and its result in a few words."""
    whole = told.register[told.register["npi"] == ""]
    first, last = records(whole)[0], records(whole)[-1]
    top = masthead(
        told.latest, "Trend across audits", told.latest.name,
        f"{len(told.audits)} audits, {first['period_from']} to {last['period_to']}",
    )  # fmt: skip
    before, now = (wording.percent(each["rate_in_error"]) for each in (first, last))
    said = (
        f"Encounters in error were {now} in {first['audit']} and again in {last['audit']}."
        if before == now
        else f"Encounters in error went from {before} in {first['audit']} to {now} in "
        f"{last['audit']}. Whether that is more than chance, the picture below says."
    )
    return Part("Title", top + parts.paragraph(said, kind="lead"))


def rates(told: History) -> Part:
    """Return the practice's error rate across the audits, with the limits of chance."""
    whole = told.register[told.register["npi"] == ""]
    chart = p_chart(whole["in_error"], whole["reviewed"], labels=whole["audit"].tolist())
    note = told.source("encounters in error of those reviewed, not weighted; exact 3-sigma limits")
    shown = charts.run(chart, "Encounters in error", note)
    rows = []
    for row in records(whole):
        lower, upper = clopper_pearson(row["in_error"], row["reviewed"], LEVEL)
        rows.append({
            "audit": row["audit"],
            "period": f"{row['period_from']} to {row['period_to']}",
            "found": f"{wording.count(row['in_error'])} of {wording.count(row['reviewed'])}",
            "rate": wording.percent(row["rate_in_error"]),
            "interval": wording.interval(lower, upper),
            "over": wording.dollars(row["over"]),
            "under": wording.dollars(row["under"]),
        })  # fmt: skip
    columns = [
        Column("audit", "Audit"),
        Column("period", "Services of"),
        Column("found", "In error", "number"),
        Column("rate", "Rate", "number"),
        Column("interval", "95 % interval", "number"),
        Column("over", "Over, sample", "number"),
        Column("under", "Under, sample", "number"),
    ]
    table = parts.table(rows, columns, "The audits", told.source("Clopper-Pearson intervals"))
    return parts.section("rates", "1. Rates over time", shown, table)


def repeated(told: History) -> Part:
    """Return the themes that came back in the same provider."""
    found = repeats(told.audits)
    if found.empty:
        body: object = parts.note("No theme came back in the same provider.", kind="good")
    else:
        rows = [
            {**row, "theme": wording.theme(row["family"]), "name": wording.shorten(row["name"], 60)}
            for row in records(found)
        ]
        columns = [
            Column("name", "Provider"),
            Column("theme", "Theme"),
            Column("audits", "Audits"),
            Column("found", "Findings in each", "number"),
        ]
        note = told.source("main findings")
        body = parts.table(rows, columns, "Repeat findings", note)
        if len(rows) > parts.LONG:
            body = _repeats_by_theme(found, note)
    return parts.section("repeats", "2. Repeat findings", body)


def _repeats_by_theme(found: pd.DataFrame, note: str) -> object:
    """Return of how many providers each theme came back, where a row for each would be too long."""
    counted = found["family"].map(wording.theme).value_counts()
    rows = [{"theme": theme, "n": wording.count(n)} for theme, n in counted.items()]
    columns = [Column("theme", "Theme"), Column("n", "Providers", "number")]
    said = parts.paragraph(
        f"{wording.count(found['npi'].nunique(), 'provider')} had a theme more than once, "
        f"{wording.count(len(found))} themes together; findings.csv of each audit lists them."
    )
    return parts.join([said, parts.table(rows, columns, "Providers with repeat findings", note)])


def education_effect(told: History) -> Part:
    """Return what came after education, beside what was to be expected without it."""
    given = read_education(told.root)
    rows = [row for row in (_effect(told, each) for each in records(given)) if row]
    intro = parts.paragraph(
        "Providers are chosen for education because they did badly, and some of that was chance. "
        "They would do better next time without any. What is expected is therefore the earlier "
        "rate drawn towards the group; only a rate outside the interval is more than that."
    )
    if not rows:
        nothing = parts.paragraph(
            "No education between two audits of the same provider is on record. Keep it in "
            "education.csv beside the audits: npi, on, topic, given_by.",
            kind="quiet",
        )
        return parts.section("education", "3. Education and its effect", intro, nothing)
    columns = [
        Column("name", "Provider"),
        Column("topic", "Education"),
        Column("before", "Before", "number"),
        Column("expected", "Expected after", "number"),
        Column("after", "After", "number"),
        Column("reading", "Reading"),
    ]
    note = told.source(
        "beta-binomial: earlier rate drawn towards the group, limits of a new sample"
    )
    table = parts.table(rows, columns, "Education, and the next audit", note)
    return parts.section("education", "3. Education and its effect", intro, table)


def _effect(told: History, given: dict[str, Any]) -> dict[str, object] | None:
    """Return one education with the audits before and after it, or None where one is missing."""
    people = told.register[told.register["npi"] != ""]
    mine = people[people["npi"] == str(given["npi"])]
    month = f"{given['on']:%Y-%m}"
    before, after = mine[mine["period_to"] <= month], mine[mine["period_from"] >= month]
    if before.empty or after.empty:
        return None
    old, new = records(before)[-1], records(after)[0]
    group = people[people["audit"] == old["audit"]]
    if len(group) < 2:
        return None
    found = compare_rates(group["in_error"], group["reviewed"], names=group["npi"].tolist())
    expected = next(each for each in found.members if each.name == old["npi"])
    # What a new sample of the same size shows: the posterior of the rate, and then the draw.
    shapes = found.prior[0] + old["in_error"], found.prior[1] + old["reviewed"] - old["in_error"]
    chance = stats.betabinom(int(new["reviewed"]), *shapes)
    fewest, most = chance.ppf((1 - LEVEL) / 2), chance.ppf((1 + LEVEL) / 2)
    inside = fewest <= new["in_error"] <= most
    side = "better" if new["in_error"] < fewest else "worse"
    limits_of_chance = wording.interval(fewest / new["reviewed"], most / new["reviewed"])
    return {
        "name": wording.shorten(old["name"], 60),
        "topic": f"{wording.shorten(given['topic'], 80)} ({given['on']:%Y-%m-%d})",
        "before": f"{wording.percent(old['rate_in_error'])} ({old['audit']})",
        "expected": f"{wording.percent(expected.shrunken)} ({limits_of_chance})",
        "after": f"{wording.percent(new['rate_in_error'])} ({new['audit']})",
        "reading": "no more than expected without it" if inside else f"{side} than expected",
    }


def follow_up(told: History) -> Part:
    """Return when each provider is looked at again, after the latest audit."""
    dates = next_dates(group_of(told.latest)) or parts.paragraph("No provider has a score.")
    return parts.section("follow-up", "4. Next audits", dates)


def limits(told: History) -> Part:
    """Return what a trend cannot say."""
    return parts.section("limits", "5. Limits", parts.bullets([
        "Audits differ in frame, rules and readers as well as in coding.",
        "Rates here are those of the samples, not weighted, so that they can be compared.",
        "A fall after education is no proof of its effect; there is no group without education.",
        "Few audits hide slow change.",
    ]))  # fmt: skip
