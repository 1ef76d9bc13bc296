"""Diagnoses of one line together: what may stand first, and what excludes what."""

from collections.abc import Iterator

from auditkit.coding.chart import Chart, Draft
from auditkit.coding.entry import Note
from auditkit.coding.pack import RulesOn
from auditkit.coding.words import mentions
from auditkit.documentation.elements import Em, Problem
from auditkit.model import Direction, Severity, Verdict


def in_order(diagnoses: list[str], draft: Draft, chart: Chart) -> list[Note]:
    """Return what is wrong with the order of a line's diagnoses, and put them right in place."""
    if not diagnoses:
        return []
    notes = list(excluded(diagnoses, draft, chart)) if len(diagnoses) > 1 else []
    if diagnoses[0][0] in chart.rules.once(initials):
        notes += [*never_first(diagnoses, chart), *screening_first(diagnoses, draft, chart)]
    return notes


def initials(rules: RulesOn) -> frozenset[str]:
    """Return the first letters of the diagnoses whose place in the order is asked about."""
    asked = [*rules.value("dx.never_first"), *rules.value("dx.screening")["codes"]]
    return frozenset(code[0] for code in asked)


def wrong(rule: str, why: str) -> Note:
    """Return a note on the diagnoses of a line, which have no direction."""
    return Note(rule, why, Verdict.WRONG_CODE, Direction.NONE)


def never_first(diagnoses: list[str], chart: Chart) -> Iterator[Note]:
    """Say that a manifestation or an external cause stands first; what follows it comes first."""
    barred = tuple(chart.rules.value("dx.never_first"))
    if diagnoses[0].startswith(barred):
        code = diagnoses[0]
        diagnoses.sort(key=lambda each: each.startswith(barred))
        yield wrong("DX-FIRST", f"{code} never stands first.")


def excluded(diagnoses: list[str], draft: Draft, chart: Chart) -> Iterator[Note]:
    """Say that two diagnoses of a line exclude each other; the less definite one falls.

    ICD-10-CM guideline I.A.12.a: not where the conditions are unrelated. One lesion or one problem
    is one condition; where the record holds several, the auditor reads whether they are.
    """
    one_condition = conditions(draft, chart) == 1
    for row in chart.rules.value("dx.excludes1"):
        stands = [code for code in diagnoses if code.startswith(tuple(row["stands"]))]
        falls = [code for code in diagnoses if code.startswith(tuple(row["falls"]))]
        if not stands or not falls:
            continue
        why = f"{falls[0]} is not coded beside {stands[0]} for one condition."
        if one_condition:
            diagnoses[:] = [code for code in diagnoses if code not in falls]
            yield wrong("DX-EXCLUDES1", why)
        else:
            yield Note("DX-EXCLUDES1", why, severity=Severity.ADVISORY)


def conditions(draft: Draft, chart: Chart) -> int:
    """Return how many conditions the record holds for a line: its lesions, or problems."""
    if draft.kind != "em":
        return sum(i in chart.lesions for i in draft.lesions) or len(chart.documented.diagnoses)
    em = chart.documented.em
    return 0 if em is None else sum(p.addressed is not False for p in em.problems)


def screening_first(diagnoses: list[str], draft: Draft, chart: Chart) -> Iterator[Note]:
    """Say that a screening code stands first where screening is not why the service was given.

    ICD-10-CM guideline I.C.21.c.5: first where the visit is for the screening; after the problem
    where it is done during a visit for another.
    """
    table = chart.rules.value("dx.screening")
    if diagnoses[0] not in table["codes"]:
        return
    code = diagnoses[0]
    if draft.kind != "em":
        put_last(diagnoses)
        yield wrong("DX-SCREEN", f"{code} names no lesion; the line treats one.")
        return
    em = chart.documented.em
    problems = [] if em is None else other_problems(em, table["words"])
    if em is None or not problems:
        return
    said = [em.reason_for_visit, *(d.label for d in chart.documented.diagnoses)]
    stated = [each for each in said if each]
    if any(mentions(each, table["words"]) for each in stated):
        return
    if stated:
        named = problems[0].icd10
        if len(diagnoses) == 1 and named is not None:
            diagnoses.insert(0, named)
        else:
            put_last(diagnoses)
        yield wrong("DX-SCREEN", f"{code} stands first; the patient came with a complaint.")
    else:
        rule = chart.rules.rule("DX-SCREEN-ASK")
        why = f"{code} stands first beside a problem evaluated."
        why += "".join(f" Reading: {reading}." for reading in rule.readings)
        yield Note("DX-SCREEN-ASK", why, severity=Severity.PROMPT)


def put_last(diagnoses: list[str]) -> None:
    """Move the first diagnosis behind the others."""
    diagnoses.append(diagnoses.pop(0))


def other_problems(em: Em, words: list[str]) -> list[Problem]:
    """Return the problems evaluated that are not the screening itself."""
    addressed = [p for p in em.problems if p.addressed is not False]
    return [p for p in addressed if not mentions(p.label, words)]
