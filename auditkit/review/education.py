"""Education packs: a provider's or coder's own examples by rule, de-identified, with a quiz."""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from auditkit.model import Verdict
from auditkit.places import templates
from auditkit.reporting.wording import theme
from auditkit.review import events as e
from auditkit.review.columns import text_of
from auditkit.review.rules_named import rule_titles
from auditkit.review.standing import WHO

#: The most examples that a pack shows of one rule.
EXAMPLES = 3

_DATE = re.compile(
    r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})\b"
    r"|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d{1,2},? \d{4}\b"
)
_NUMBER = re.compile(r"\b\d{6,}\b|\b[0-9a-f]{16}\b|\b[A-Z]{1,3}[-_]?\d{4,}\b(?<![A-V]\d{4})")
#: How the engine words a line replaced: what was billed, what is supported, and the facts it saw.
_REPLACED = re.compile(
    r"Billed [^;]+; the record supports [^(]+?(?: \((?P<facts>.+)\))?\.(?P<more>(?: .*)?)",
    re.DOTALL,
)
_AGE = re.compile(r"\b(?:9\d|1[01]\d)(?:[- ]year[- ]old)")


@dataclass(frozen=True, slots=True)
class Example:
    """One line of the learner's own: no id, no date, no patient."""

    billed: str
    agreed: str
    verdict: str
    held: str
    would_support: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """All that the review found under one rule, and examples of it."""

    rule_id: str
    family: str
    citation: str
    version: str
    lines: int
    over_dollars: float
    under_dollars: float
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """The lessons of one provider or coder, those of most lines first."""

    learner: str
    reviewed: int
    in_error: int
    lessons: tuple[Lesson, ...]


def education_pack(
    results: pd.DataFrame,
    findings: pd.DataFrame,
    learner: str,
    column: str = "provider_id",
    most: int = EXAMPLES,
) -> Pack:
    """Return the pack of one learner.

    Args:
        results: Line results after review.
        findings: Findings, for what the note held, what would have supported the line, citation
            and the version of the rule on the date of service.
        learner: Which provider or coder.
        column: The column of *results* that names learners: `provider_id`, or one with coders.
        most: The most examples of one rule.

    Raises:
        KeyError: *results* has no such column or learner.
    """
    mine = results[results[column] == learner]
    if mine.empty:
        raise KeyError(f"'{learner}' has no line in this audit (column '{column}')")
    wrong = mine[(mine["verdict"] != Verdict.SUPPORTED.value) & mine["rule_id"].notna()]
    told = _told(findings)
    lessons = [
        _lesson(str(rule), part, told, most) for rule, part in wrong.groupby("rule_id", sort=True)
    ]
    lessons.sort(key=lambda lesson: (-lesson.lines, lesson.rule_id))
    in_error = int((mine["verdict"] != Verdict.SUPPORTED.value).sum())
    return Pack(learner, len(mine), in_error, tuple(lessons))


def deidentified(text: str) -> str:
    """Return *text* without dates, long numbers, record ids and ages above 89.

    A screen of forms (45 CFR 164.514(b)(2) lists what must go); names are not recognised, so a
    person reads a pack before it leaves the practice.
    """
    text = _DATE.sub("[date]", text)
    text = _NUMBER.sub("[number]", text)
    return _AGE.sub("90 or older-year-old", text)


def held(why: str) -> str:
    """Return what the note held, out of a finding's reason.

    The engine's reason repeats the lines billed and supported; the pack says both by itself, and
    a quiz that repeats them would answer its own question. Who judged a line is left out, too.
    """
    for who in WHO.values():
        why = why.removeprefix(who).strip()
    replaced = _REPLACED.fullmatch(why)
    if replaced is None:
        return why
    facts = (replaced["facts"] or "").replace("_", " ")
    told = f"{facts[0].upper()}{facts[1:]}." if facts else ""
    return f"{told}{replaced['more']}".strip()


@cache
def wording() -> Mapping[str, Mapping[str, str]]:
    """Return the library of standard wording, by chapter and name."""
    path = templates() / "education" / "wording.toml"
    return tomllib.loads(path.read_text("utf-8"))


def sentence_of(example: Example) -> str:
    """Return what became of a billed line, in the standard wording."""
    same = example.verdict == Verdict.WRONG_CODE.value and example.billed == example.agreed
    return wording()["verdict"]["same_line" if same else example.verdict].format(
        billed=example.billed, agreed=example.agreed
    )


def pack_markdown(pack: Pack, gaps: pd.DataFrame | None = None) -> str:
    """Return the pack as Markdown, for a notebook or a printed page.

    Args:
        pack: The lessons.
        gaps: What the learner's notes left out, as `auditkit.documentation.gaps.gap_rates` returns
            it; rows of other scopes are not shown.
    """
    said = [f"# Education: {pack.learner}", ""]
    said.append(f"{pack.in_error} of {pack.reviewed} lines reviewed were found in error.")
    said += ["", wording()["opening"]["pack" if pack.lessons else "none"]]
    for lesson in pack.lessons:
        said += ["", f"## {_heading(lesson)}", ""]
        lines = "1 line" if lesson.lines == 1 else f"{lesson.lines} lines"
        said.append(
            f"{lines}; ${lesson.over_dollars:,.2f} over, "
            f"${lesson.under_dollars:,.2f} under. {_source(lesson)}"
        )
        for number, example in enumerate(lesson.examples, start=1):
            said += ["", f"**Example {number}.** {_plain(sentence_of(example))}", ""]
            said += [f"- What the note held: {_plain(example.held)}"] if example.held else []
            if example.would_support:
                said.append(f"- What would have supported it: {_plain(example.would_support)}")
    said += _left_out(gaps, pack.learner)
    said += ["", wording()["closing"]["sample"], "", wording()["closing"]["pack"], ""]
    return "\n".join(said)


def _heading(lesson: Lesson) -> str:
    title = rule_titles(None).get(lesson.rule_id)
    return _plain(f"{lesson.rule_id}: {title or theme(lesson.family)}")


def _left_out(gaps: pd.DataFrame | None, learner: str) -> list[str]:
    """Return what the learner's notes left out, most often first."""
    if gaps is None:
        return []
    mine = gaps[(gaps["scope"] == learner) & (gaps["units_with_gap"] > 0)]
    if mine.empty:
        return []
    said = ["", "## What the notes left out", ""]
    for row in mine.sort_values(["units_with_gap", "rate"], ascending=False).to_dict("records"):
        said.append(
            f"- {_plain(row['service'])}: {_plain(row['label'])}, in {row['units_with_gap']} of "
            f"{row['units']} notes ({row['rate']:.0%}; limits {row['lower']:.0%} to "
            f"{row['upper']:.0%}). {_plain(row['asks'])}"
        )
    return said


@dataclass(frozen=True, slots=True)
class Question:
    """One question: what is asked, the choices in the order shown, the right one, and why."""

    asks: str
    choices: tuple[str, ...]
    answer: int
    because: str


def quiz(pack: Pack, most: int = 8) -> tuple[Question, ...]:
    """Return questions about the pack's own examples, always in the same order.

    Two kinds: which line a note supports, and what a future note would need. Wrong choices come
    from other lines and rules of the same pack; a question needs two choices at least.
    """
    examples = [example for lesson in pack.lessons for example in lesson.examples]
    lines = sorted({line for example in examples for line in (example.billed, example.agreed)})
    wants = sorted({example.would_support for example in examples} - {""})
    found: list[Question] = []
    for lesson in pack.lessons:
        for example in lesson.examples:
            found += _questions(lesson, example, lines, wants)
    return tuple(found[:most])


def _questions(
    lesson: Lesson, example: Example, lines: Sequence[str], wants: Sequence[str]
) -> list[Question]:
    because = f"{sentence_of(example)} {_source(lesson)}"
    asked = []
    if example.held and example.agreed != example.billed and not _answers(example):
        asks = f"The note held: {example.held} Billed was {example.billed}. What is supported?"
        asked.append(_question(asks, example.agreed, [example.billed, *lines], because))
    if example.would_support and len(wants) > 1:
        asks = f"Billed was {example.billed}. What would a future note need to support it?"
        asked.append(_question(asks, example.would_support, wants, because))
    return [each for each in asked if len(each.choices) > 1]


def _answers(example: Example) -> bool:
    """Return whether what the note held names the code that is asked for."""
    code = example.agreed[:5]
    return code in example.held and not example.billed.startswith(code)


def _question(asks: str, right: str, others: Sequence[str], because: str) -> Question:
    wrong = list(dict.fromkeys(each for each in others if each != right))[:3]
    # The order follows from a hash of question and choice, so that it shows no pattern.
    choices = sorted([right, *wrong], key=lambda c: hashlib.sha256(f"{asks}|{c}".encode()).digest())
    return Question(asks, tuple(choices), choices.index(right), because)


def _told(findings: pd.DataFrame) -> dict[tuple[str, int | None, str], dict[str, str]]:
    names = ("why", "would_support", "citation", "version")
    found: dict[tuple[str, int | None, str], dict[str, str]] = {}
    for row in findings.to_dict("records"):
        key = (row["encounter_id"], _line(row["line"]), text_of(row["rule_id"]))
        found.setdefault(key, {name: text_of(row.get(name)) for name in names})
    return found


def _line(value: Any) -> int | None:
    return None if pd.isna(value) else int(float(value))


def _lesson(
    rule: str,
    part: pd.DataFrame,
    told: Mapping[tuple[str, int | None, str], Mapping[str, str]],
    most: int,
) -> Lesson:
    examples: list[Example] = []
    sources = []
    for row in part.to_dict("records"):
        said = told.get((row["encounter_id"], _line(row["line"]), rule), {})
        sources.append((said.get("citation", ""), said.get("version", "")))
        example = Example(
            billed=_written(row, "billed") or "nothing",
            agreed=_written(row, "agreed") or "nothing",
            verdict=row["verdict"],
            held=deidentified(held(said.get("why", ""))),
            would_support=deidentified(said.get("would_support", "")),
        )
        if example not in examples:
            examples.append(example)
    citation, version = max(sources, key=lambda each: (bool(each[0]), each[1]))
    return Lesson(
        rule_id=rule,
        family=text_of(part["family"].iloc[0]),
        citation=citation,
        version=version,
        lines=len(part),
        over_dollars=float(part["dollars"].clip(lower=0).sum()),
        under_dollars=abs(float(part["dollars"].clip(upper=0).sum())),
        examples=tuple(examples[:most]),
    )


def _written(row: Mapping[Any, Any], side: str) -> str:
    code, modifiers = text_of(row[f"{side}_code"]), text_of(row[f"{side}_modifiers"])
    if not code or "+" in code:
        return code
    line = e.CodedLine(code=code, units=float(row[f"{side}_units"]))
    text = "-".join((line.code, *modifiers.replace(",", " ").split()))
    return text if line.units == 1 else f"{text} x{line.units:g}"


def _source(lesson: Lesson) -> str:
    if not lesson.citation:
        return f"Rule {lesson.rule_id}."
    in_force = f", in force since {lesson.version}" if lesson.version else ""
    return f"Rule {lesson.rule_id}: {lesson.citation}{in_force}."


def _plain(text: str) -> str:
    """Return *text* for Markdown: no markup of its own."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", text)
    return escaped.replace("\n", " ")
