"""The sampling plan and the work papers in words, made from the plan and the results themselves.

Twenty-four items are what Medicare's program integrity manual (chapter 8, section 8.4), the OIG's
protocols and the courts' decisions ask a sampling plan (1 to 14) and its work papers (15 to 24) to
hold. Every figure is read from the audit's files, so text and numbers cannot disagree; an item
that cannot be filled is an error that names it.
"""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from auditkit import __version__
from auditkit.audit import PLAN, Audit
from auditkit.errors import PlanError
from auditkit.files import read_json, sha256_of
from auditkit.pipeline import run_record
from auditkit.reporting.wording import dollars
from auditkit.review.gate import refusal
from auditkit.review.joined import review_state
from auditkit.review.rebuttal import ledger
from auditkit.scored import BEFORE_REBUTTAL

#: More providers or strata than this are summed up, and the file that lists them is named.
LISTED = 40


@dataclass(frozen=True, slots=True)
class Item:
    """One numbered item of the sampling plan or the work papers."""

    number: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    title: str
    say: Callable[[Audit], str]
    fill: str = ""


def plan_items(audit: Audit) -> tuple[Item, ...]:
    """Return items 1 to 14, the sampling plan; the frame must be frozen and the sample drawn.

    Raises:
        PlanError: naming every item that `plan.toml` or `audit.toml` leaves empty.
    """
    return _filled(audit, _PLAN_ENTRIES)


def paper_items(audit: Audit) -> tuple[Item, ...]:
    """Return items 15 to 24, the work papers; the audit must be scored.

    Raises:
        PlanError: naming every item that `plan.toml` or `audit.toml` leaves empty.
    """
    return _filled(audit, _PAPER_ENTRIES)


def _filled(audit: Audit, entries: tuple[_Entry, ...]) -> tuple[Item, ...]:
    """Return the items, or refuse with the list of those that are empty."""
    items, missing = [], []
    for entry in entries:
        text = entry.say(audit).strip()
        if text:
            items.append(Item(entry.number, entry.title, text))
        else:
            missing.append(f"  item {entry.number}, {entry.title}: fill {entry.fill}")
    if missing:
        raise PlanError("The sampling plan is not complete:\n" + "\n".join(missing))
    return tuple(items)


def _objective(audit: Audit) -> str:
    plan = audit.plan
    return " ".join(part for part in (plan.objective, plan.reason) if part)


def _provider_and_period(audit: Audit) -> str:
    rules, papers = audit.settings.frame, audit.plan.papers
    if not papers.billing_identifiers:
        return ""
    listed = audit.providers
    called = listed["name"].fillna(listed["provider_id"])
    names = ", ".join(f"{n} ({npi})" for n, npi in zip(called, listed["npi"], strict=True))
    if len(listed) > LISTED:
        names = f"{len(listed):,}, each with its NPI in providers.csv"
    period = (
        f"dates of service {rules.dos_from or 'from the first'} to {rules.dos_to or 'the last'}"
    )
    return (
        f"{audit.settings.audit.practice}, {papers.billing_identifiers}; {period}. "
        f"Rendering providers: {names}."
    )


def _universe(audit: Audit) -> str:
    papers = audit.plan.papers
    if not (papers.source_system and papers.extracted_on):
        return ""
    first, steps = audit.attrition.iloc[0], audit.attrition.iloc[1:]
    rules = "; ".join(
        f"{row.rule}: {row.units:,} units, ${row.allowed:,.2f} allowed"
        for row in steps.itertuples()
    )
    return (
        f"Every billed line of {audit.settings.inputs.claims.split('/')[-1]}, extracted from "
        f"{papers.source_system} on {papers.extracted_on}: {first['units']:,} units, "
        f"{first['lines']:,} lines, ${first['allowed']:,.2f} allowed, ${first['paid']:,.2f} paid. "
        f"{_left_unread(audit)}Rules, one after another, and what each left: {rules}."
    )


def _left_unread(audit: Audit) -> str:
    """Return how many lines of the claims file could not be used, if any."""
    aside = audit.reading.get("set_aside", 0)
    if not aside:
        return ""
    return f"{aside:,} lines of the file could not be used and are not in it (reading.json). "


def _unit(audit: Audit) -> str:
    words = {
        "encounter": "An encounter: one patient, one rendering provider, one date of service.",
        "claim": "A claim, as it was sent to the payer.",
        "line": "A billed line of a claim.",
    }
    return words[audit.plan.unit]


def _frame(audit: Audit) -> str:
    units = audit.frame
    return (
        f"frame.csv: {len(units):,} units, ${units['allowed'].sum():,.2f} allowed. It differs from "
        "the universe by the rules of item 4 and by nothing else. Unique key: unit_id, a keyed "
        "hash. Sort order: by unit_id, ascending; the draw does not depend on it. SHA-256: "
        f"{sha256_of(audit.path('frame.csv'))}."
    )


def _characteristic(audit: Audit) -> str:
    review = audit.settings.review
    open_charts = (
        "An unfinished chart stops the projection."
        if review.not_abstracted == "refuse"
        else f"A chart that nobody abstracted counts as a missing record, because {review.reason}."
    )
    return (
        "The allowed amount billed less the allowed amount that the record supports, for each "
        "unit. Overpayments and underpayments are measured apart and never netted in the "
        "overpayment. A partly supported line errs by the difference. A missing record is an error "
        f"in full. {open_charts}"
    )


def _design(audit: Audit) -> str:
    plan = audit.plan
    if plan.purpose == "targeted":
        return "Targeted: the units were chosen for cause. Nothing is projected."
    strata = audit.strata
    rows = "; ".join(
        f"{r.stratum}: {r.sampled:,} of {r.units:,} units (${r.allowed:,.2f} allowed)"
        f"{', taken whole' if r.take_all else ''}"
        for r in strata.itertuples()
    )
    if len(strata) > LISTED:
        rows = (
            f"{len(strata):,} strata, the smallest of {strata['units'].min():,} units, "
            f"{strata['sampled'].sum():,} drawn in all; strata.csv lists each"
        )
    by = ", ".join(plan.strata.by) or "no column"
    kind = "Stratified random sample" if len(strata) > 1 else "Simple random sample"
    return f"{kind} without replacement, strata by {by}. {rows}. Allocation: {_allocation(audit)}."


def _allocation(audit: Audit) -> str:
    size = audit.plan.size
    if size.per_stratum is not None:
        return f"{size.per_stratum} units in each stratum, or the whole stratum where it is smaller"
    if size.total is not None:
        return (
            f"{size.total} units in proportion to the strata, {size.minimum_per_stratum} at least"
        )
    return "sizes named for each stratum"


def _random_numbers(audit: Audit) -> str:
    seed = audit.plan.seed
    draws = run_record(audit)["draws"]
    return (
        f"auditkit {__version__} (Python {platform.python_version()}). The ticket of a unit is "
        "SHA-256 of seed, stratum and unit id; no random number generator is used. Seed: "
        f"'{seed.value}', {seed.sentence()}. "
        f"This is draw {draws} of this audit."
    )


def _mapping(audit: Audit) -> str:
    return (
        "None is needed: a ticket is made of the unit's own id. The units of a stratum with the "
        "smallest tickets are its sample, in the order of their tickets; sample.csv lists them."
    )


def _estimator(audit: Audit) -> str:
    if audit.plan.purpose == "targeted":
        return "None: a targeted sample is not projected."
    level = audit.plan.confidence
    return (
        "Stratified expansion: the sum over strata of units in the stratum times the mean of its "
        "sampled units (Cochran 1977, 5.3), with Student's t and the finite population "
        f"correction. Two-sided {level:.0%} interval; the lower limit of the one-sided {level:.0%} "
        "interval is the figure proposed for demand. Amounts are rounded to the cent only when "
        "printed."
    )


def _people(audit: Audit) -> str:
    papers = audit.plan.papers
    if not (papers.statistician and papers.qualifications and papers.approved_on):
        return ""
    if papers.approved_on > audit.plan.seed.recorded_on:
        raise PlanError(
            "plan.toml, [papers] approved_on is later than the day on which the seed was recorded. "
            "A plan is approved before the selection; correct the date or draw anew."
        )
    return (
        f"{papers.statistician}, {papers.qualifications}. Approved on {papers.approved_on}, before "
        "the selection."
    )


def _frozen(audit: Audit) -> str:
    at = run_record(audit)["stages"]["frame"]["at"]
    return f"frame.csv, frozen at {at} (UTC); SHA-256 {sha256_of(audit.path('frame.csv'))}."


def _selected(audit: Audit) -> str:
    return (
        f"sample.csv: {len(audit.sample):,} units with stratum, selection order, ticket and "
        f"inclusion probability; SHA-256 {sha256_of(audit.path('sample.csv'))}."
    )


def _results(audit: Audit) -> str:
    charts = audit.charts["status"].value_counts()
    states = ", ".join(f"{n:,} {str(s).replace('_', ' ')}" for s, n in charts.items())
    reviewer = audit.plan.papers.reviewed_by
    if not reviewer:
        return ""
    return (
        f"line_results.csv and findings.csv, by {reviewer}: {states}. Each finding names its rule, "
        f"the rule's version on the date of service and its citation. {audit.review['sentence']}"
    )


def _spares(audit: Audit) -> str:
    drawn, allotted = len(audit.sample), int(audit.strata["sampled"].sum())
    if drawn != allotted:
        return (
            f"sample.csv holds {drawn:,} units and strata.csv allots {allotted:,}; "
            f"{abs(drawn - allotted):,} differ and are to be explained among the deviations."
        )
    missing = int((audit.charts["status"] == "record_missing").sum())
    return (
        f"None: the plan allots {allotted:,} units and sample.csv holds these {drawn:,}. "
        f"{missing:,} of their records were missing; they count as errors and none was replaced."
    )


def _reversals(audit: Audit) -> str:
    """Return what the rebuttal changed, from the review's log and the two projections."""
    state = review_state(audit.folder)
    if state is None:
        return "No review was recorded, so no finding was disputed and none could be reversed."
    table = ledger(state, audit.engine_results)
    counts = table["decision"].value_counts()
    disputed = int((table["response"] == "disputes").sum())
    said = (
        f"{disputed:,} of {len(table):,} answered finding(s) were disputed: "
        f"{counts.get('overturned', 0):,} reversed, {counts.get('upheld', 0):,} upheld, "
        f"{counts.get('open', 0):,} open."
    )
    if not audit.path(BEFORE_REBUTTAL).is_file():
        return f"{said} No finding was reversed, so the estimate stands as first computed."
    before, after = read_json(audit.path(BEFORE_REBUTTAL)), audit.estimate
    if "refused" in before or "refused" in after:
        return f"{said} Nothing is projected, before or after; see item 19."
    return f"{said} Overpayment before the reversals: {_over(before)}. After: {_over(after)}."


def _over(found: dict[str, Any]) -> str:
    over = found["overpayment"]
    return (
        f"point estimate ${over['point']:,.2f}, one-sided lower limit "
        f"${over['lower_one_sided']:,.2f}"
    )


def _computation(audit: Audit) -> str:
    found = audit.estimate
    if "refused" in found:
        return f"No projection: {refusal(found)}."
    parts = []
    for name in ("overpayment", "underpayment", "net"):
        each = found[name]
        skew = each["sampled_skewness"]
        kind, used = each["quantile_kind"], each["quantile"]
        quantile = "no quantile" if used is None else f"{kind} = {used:.6f}"
        degrees = "" if each["df"] is None else f" on {each['df']:,.0f} degrees of freedom"
        parts.append(
            f"{each['quantity'].capitalize()}: n = {each['n']:,}, non-zero "
            f"{each['sampled_nonzero']:,}, sampled sum {dollars(each['sampled_total'])}, mean "
            f"{dollars(each['sampled_mean'])}, sd {dollars(each['sampled_sd'])}, skewness "
            f"{'not defined' if skew is None else f'{skew:.3f}'}; point estimate "
            f"{dollars(each['point'])}, standard error {dollars(each['se'])}, "
            f"{quantile}{degrees}, {_limits(each)}."
        )
        parts += [f"Note: {warning}" for warning in each["warnings"]]
    told = found["overpayment"].get("sensitivity_sentence")
    if told and _spread(found["overpayment"]):
        parts.append(told)
    return "\n\n".join(parts)


def _spread(found: dict[str, Any]) -> bool:
    """Return whether limits mean something: the sampled amounts differ, or all were read."""
    return bool(found["se"] > 0 or found["n"] == found["universe"])


def _limits(found: dict[str, Any]) -> str:
    if not _spread(found):
        return "limits not estimable, because no sampled amount differs from another"
    return (
        f"two-sided {found['level']:.0%} interval {dollars(found['lower'])} to "
        f"{dollars(found['upper'])}, one-sided lower limit {dollars(found['lower_one_sided'])}"
    )


def _deviations(audit: Audit) -> str:
    noted = list(audit.plan.papers.deviations)
    draws = int(run_record(audit)["draws"])
    if audit.plan.seed.source == "fixed":
        noted.append("the seed was known before the frame was frozen, so it could have been chosen")
    if draws > 1:
        noted.append(f"the sample was drawn {draws} times; the last draw is the one reported")
    if audit.settings.review.not_abstracted == "missing":
        noted.append("charts that nobody abstracted were counted as missing records")
    noted += [f"a rule of the review was set aside: {each}" for each in audit.review["overrides"]]
    return "; ".join(noted) + "." if noted else "None."


def _reasonableness(audit: Audit) -> str:
    units = audit.frame
    drawn = units[units["unit_id"].isin(audit.sample["unit_id"])]
    return (
        f"Mean allowed amount: frame ${units['allowed'].mean():,.2f}, sample "
        f"${drawn['allowed'].mean():,.2f}. Units by stratum agree with strata.csv: "
        f"{len(drawn):,} drawn of {len(units):,}."
    )


def _replication(audit: Audit) -> str:
    return (
        f"`auditkit verify {audit.folder.name}` draws and computes everything again and compares "
        "it with the files. manifest.json holds the SHA-256 of each file. A ticket can be checked "
        "with any tool that makes a SHA-256."
    )


_PAPERS = f"{PLAN}, [papers]"

_PLAN_ENTRIES = (
    _Entry(1, "Objective", _objective, f"{PLAN}, objective"),
    _Entry(2, "Provider and period", _provider_and_period, f"{_PAPERS} billing_identifiers"),
    _Entry(3, "Authority or trigger", lambda a: a.plan.papers.authority, f"{_PAPERS} authority"),
    _Entry(4, "Universe", _universe, f"{_PAPERS} source_system and extracted_on"),
    _Entry(5, "Sampling unit", _unit),
    _Entry(6, "Sampling frame", _frame),
    _Entry(7, "Characteristic measured and error rules", _characteristic),
    _Entry(8, "Design, strata and allocation", _design),
    _Entry(
        9, "Why this sample size", lambda a: a.plan.papers.size_rationale,
        f"{_PAPERS} size_rationale",
    ),
    _Entry(10, "Source of random numbers", _random_numbers),
    _Entry(11, "From number to unit", _mapping),
    _Entry(
        12, "Replacement", lambda a: a.plan.papers.replacement_policy,
        f"{_PAPERS} replacement_policy",
    ),
    _Entry(13, "Estimator and confidence", _estimator),
    _Entry(
        14, "Statistician and approval", _people,
        f"{_PAPERS} statistician, qualifications and approved_on",
    ),
)  # fmt: skip

_PAPER_ENTRIES = (
    _Entry(15, "Frozen frame", _frozen),
    _Entry(16, "Selected units", _selected),
    _Entry(17, "Spares used", _spares),
    _Entry(18, "Review of each unit", _results, f"{_PAPERS} reviewed_by"),
    _Entry(19, "Computation", _computation),
    _Entry(20, "Deviations from the plan", _deviations),
    _Entry(21, "Sample against frame", _reasonableness),
    _Entry(22, "Estimate after reversals on appeal", _reversals),
    _Entry(23, "Offsets for refunds and cancelled claims", lambda a: a.plan.papers.offsets,
           f"{_PAPERS} offsets"),
    _Entry(24, "Replication", _replication),
)  # fmt: skip
