"""The findings workbook: summary, findings, lines, method and glossary as XLSX.

Everything is written as text or number; what looks like a formula or a link stays text. The same
audit gives the same bytes.
"""

import io
from datetime import datetime
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from auditkit.audit import Audit
from auditkit.files import write_bytes
from auditkit.reporting import wording
from auditkit.reporting.brand import brand_of
from auditkit.reporting.facts import PRACTICE, Facts
from auditkit.reporting.parts import records
from auditkit.review.gate import refusal
from auditkit.scoring.policies import find_policy
from auditkit.spreadsheet import begins_like_a_formula

WORKBOOK = "findings.xlsx"
#: Noted as the day of making, so that the bytes do not depend on the clock.
_MADE = datetime(2000, 1, 1)
#: The longest text that a cell of a workbook can hold.
_LONGEST = 32_000

#: Text that begins so is taken for a formula when a cell is edited or exported.

_FINDINGS = {
    "encounter_id": ("Encounter", 19),
    "provider_id": ("Provider", 9),
    "line": ("Line", 6),
    "theme": ("Theme", 24),
    "rule_id": ("Rule", 14),
    "severity": ("Severity", 10),
    "verdict": ("Verdict", 22),
    "direction": ("Direction", 10),
    "category": ("Error category", 22),
    "main": ("Main", 7),
    "dollars": ("Billed less supported", 14),
    "billed": ("Billed", 14),
    "agreed": ("Supported", 14),
    "why": ("Why", 60),
    "would_support": ("Would have supported the code", 60),
    "citation": ("Citation", 34),
    "version": ("Version", 12),
}
_LINES = {
    "encounter_id": ("Encounter", 19),
    "provider_id": ("Provider", 9),
    "stratum": ("Stratum", 14),
    "line": ("Line", 6),
    "billed_code": ("Billed code", 11),
    "billed_modifiers": ("Modifiers", 11),
    "billed_units": ("Units", 7),
    "agreed_code": ("Supported code", 13),
    "agreed_modifiers": ("Modifiers ", 11),
    "agreed_units": ("Units ", 7),
    "verdict": ("Verdict", 22),
    "direction": ("Direction", 10),
    "rule_id": ("Rule", 14),
    "billed_dollars": ("Allowed as billed", 13),
    "agreed_dollars": ("Allowed as supported", 13),
    "dollars": ("Billed less supported", 14),
}
_SCORES = {
    "scope": ("Scope", 11),
    "measure": ("Measure", 30),
    "policy": ("Policy", 26),
    "numerator": ("Numerator", 12),
    "denominator": ("Denominator", 12),
    "rate": ("Rate", 9),
    "lower": ("Lower limit", 11),
    "upper": ("Upper limit", 11),
    "level": ("Level", 8),
    "method": ("Method", 70),
}
#: Points of one line in a row, and characters that a printed page holds side by side.
_LINE, _PAGE_WIDTH = 15.0, 200
#: Columns at the left that say which row it is.
_KEYS = 3
_MONEY = {"dollars", "billed_dollars", "agreed_dollars"}
_RATES = {"rate", "lower", "upper", "level"}


def write_workbook(audit: Audit) -> str:
    """Write `findings.xlsx` into the audit's folder, unless it is there, and return its name."""
    path, content = audit.path(WORKBOOK), workbook_bytes(audit)
    if not (path.is_file() and path.read_bytes() == content):
        write_bytes(path, content)
    return WORKBOOK


def workbook_bytes(audit: Audit) -> bytes:
    """Return the findings workbook of a scored audit as the bytes of an XLSX file."""
    stream = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True,
               "strings_to_numbers": False, "nan_inf_to_errors": False}  # fmt: skip
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({
            "title": "Findings", "created": _MADE, "author": "", "company": "",
            "subject": wording.shorten(audit.settings.audit.name, 120),
        })  # fmt: skip
        sheets = _Sheets(book, brand_of(audit).look.colour)
        facts = Facts(audit, PRACTICE)
        _summary(sheets, facts)
        found = audit.findings.assign(theme=audit.findings["family"].map(wording.theme))
        sheets.table("Findings", _in_words(found), _FINDINGS, facts.source("one row per finding"))
        lines = _in_words(audit.line_results)
        sheets.table("Lines", lines, _LINES, facts.source("one row per compared line"))
        _method(sheets, facts)
        sheets.pairs("Glossary", [("Word", "Meaning"), *wording.GLOSSARY.items()], heading=True)
    return stream.getvalue()


def _in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return *table* with the words of the closed vocabularies in plain English."""
    told = table.copy()
    for column, words in (
        ("verdict", wording.VERDICTS),
        ("direction", wording.DIRECTIONS),
        ("category", wording.CATEGORIES),
    ):
        if column in told:
            told[column] = [wording.word_of(words, value) for value in told[column]]
    if "main" in told:
        told["main"] = ["yes" if value is True else "no" for value in told["main"]]
    return told


def _lines(value: object, width: int) -> int:
    """Return how many lines a cell's text takes in a column of *width* characters."""
    if not isinstance(value, str):
        return 1
    text = wording.shorten(value, _LONGEST)
    # A row cannot be higher than 409 points.
    return min(27, max(1, sum(-(-len(part) * 11 // (width * 10)) for part in text.split("\n"))))


def _summary(sheets: "_Sheets", facts: Facts) -> None:
    """Write what the audit is, the leading figures, and every score with its interval."""
    audit, about = facts.audit, facts.audit.settings.audit
    over, under = facts.dollars
    banner = facts.brand.privilege or ("Privileged and confidential." if about.privileged else "")
    pairs: list[tuple[str, Any]] = [
        ("Audit", about.name),
        ("Practice", facts.name),
        ("Privilege", banner),
        ("Services of", facts.period),
        ("Encounters reviewed (n)", facts.n),
        ("Encounters in the frame (N)", facts.universe),
        ("Over, in the sample", over),
        ("Under, in the sample", under),
    ]
    if "refused" in audit.estimate:
        pairs.append(("Projection", f"none: {refusal(audit.estimate)}"))
    else:
        for name in ("overpayment", "underpayment", "net"):
            found = audit.estimate[name]
            level = f"{100 * found['level']:.0f} %"
            label = name.capitalize()
            pairs += [
                (f"{label}, estimate for the frame", found["point"]),
                (f"{label}, two-sided {level} lower limit", found["lower"]),
                (f"{label}, two-sided {level} upper limit", found["upper"]),
                (f"{label}, one-sided {level} lower limit", found["lower_one_sided"]),
            ]
    shown = [(label, value) for label, value in pairs if value != ""]
    sheets.pairs("Summary", shown, widths=(42, 60))
    sheets.table("Scores", facts.scores, _SCORES, facts.source("limits two-sided"))


def _method(sheets: "_Sheets", facts: Facts) -> None:
    """Write how the figures were made."""
    plan, policy = facts.audit.plan, find_policy(facts.policy)
    sheets.pairs("Method", [
        ("Item", "How"),
        ("Purpose", f"charts drawn {wording.PURPOSES[plan.purpose]}"),
        ("Reason", plan.reason),
        ("Seed", plan.seed.value),
        ("Where the seed comes from", plan.seed.origin),
        ("Seed recorded on", wording.day(plan.seed.recorded_on)),
        ("Scoring policy", f"{policy.title} ({policy.id})"),
        ("Counts as right", f"{policy.numerator}, of {policy.denominator}"),
        ("Dollars", "allowed as billed less allowed as supported; plus is over, minus is under"),
        ("Missing record", "an error in full"),
        ("Advisory findings and prompts", "carry no dollars and lower no score"),
        ("Encounter ids", "keyed; the compliance office can find the chart"),
    ], heading=True)  # fmt: skip


class _Sheets:
    """Sheets of one look: headings frozen and filtered, set up for print."""

    def __init__(self, book: xlsxwriter.Workbook, colour: str) -> None:
        self._book = book
        base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
        self._text = book.add_format({**base, "text_wrap": True, "num_format": "@", "indent": 1})
        self._quoted = book.add_format(
            {**base, "text_wrap": True, "quote_prefix": True, "indent": 1}
        )
        self._money = book.add_format({**base, "num_format": '#,##0.00;[Red]-#,##0.00;"0.00"'})
        self._rate = book.add_format({**base, "num_format": "0.0%"})
        self._number = book.add_format({**base, "num_format": "0.##"})
        self._count = book.add_format({**base, "num_format": "#,##0", "align": "left"})
        self._amount = book.add_format({**base, "num_format": "$#,##0.00", "align": "left"})
        self._label = book.add_format({**base, "bold": True, "text_wrap": True})
        self._head = book.add_format({
            **base, "bold": True, "font_color": "white", "bg_color": colour, "text_wrap": True,
            "valign": "vcenter",
        })  # fmt: skip

    def table(
        self, name: str, frame: pd.DataFrame, columns: dict[str, tuple[str, int]], source: str
    ) -> None:
        """Write *frame* as a sheet with filters, frozen headings and a source note for print."""
        sheet = self._sheet(name)
        shown = [column for column in columns if column in frame]
        for place, column in enumerate(shown):
            heading, width = columns[column]
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, heading.strip(), self._head)
        for number, row in enumerate(records(frame[shown]), start=1):
            for place, column in enumerate(shown):
                self._cell(sheet, number, place, column, row[column])
            # Not every program fits rows to wrapped text by itself.
            sheet.set_row(number, _LINE * max(_lines(row[c], columns[c][1]) for c in shown))
        self._fit_print(sheet, [columns[column][1] for column in shown])
        sheet.set_row(0, 32)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(1, len(frame)), len(shown) - 1)
        sheet.repeat_rows(0)
        sheet.set_footer(f"&L&8{source.replace('&', '&&')[:180]}&R&8&P of &N")

    def _fit_print(self, sheet: Worksheet, widths: list[int]) -> None:
        """Print on pages wide enough to be read; on all but the first the row's keys come again."""
        if sum(widths) <= _PAGE_WIDTH:
            return
        breaks, across, keys = [], 0, sum(widths[:_KEYS])
        for place, width in enumerate(widths):
            if across + width > _PAGE_WIDTH:
                breaks.append(place)
                across = keys
            across += width
        sheet.fit_to_pages(len(breaks) + 1, 0)
        sheet.set_v_pagebreaks(breaks)
        sheet.repeat_columns(0, _KEYS - 1)

    def pairs(
        self,
        name: str,
        pairs: list[tuple[str, Any]],
        widths: tuple[int, int] = (34, 90),
        heading: bool = False,
    ) -> None:
        """Write labels and values in two columns; the first pair is a heading if so asked."""
        sheet = self._sheet(name)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        for number, (label, value) in enumerate(pairs):
            if heading and number == 0:
                sheet.write_string(0, 0, label, self._head)
                sheet.write_string(0, 1, str(value), self._head)
                continue
            sheet.write_string(number, 0, wording.shorten(label, 200), self._label)
            if isinstance(value, int):
                sheet.write_number(number, 1, value, self._count)
            elif isinstance(value, float):
                sheet.write_number(number, 1, value, self._amount)
            else:
                self._write_text(sheet, number, 1, value)
        sheet.freeze_panes(1 if heading else 0, 1)
        sheet.set_footer("&R&8&P of &N")

    def _sheet(self, name: str) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(1)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        sheet.set_header(f"&L&8{name}")
        return sheet

    def _cell(self, sheet: Worksheet, row: int, place: int, column: str, value: object) -> None:
        """Write one value: numbers as numbers, everything else as text."""
        if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
            return
        if isinstance(value, int | float) and not isinstance(value, bool):
            look = self._money if column in _MONEY else self._number
            sheet.write_number(row, place, value, self._rate if column in _RATES else look)
            return
        self._write_text(sheet, row, place, value)

    def _write_text(self, sheet: Worksheet, row: int, place: int, value: object) -> None:
        """Write text; what a spreadsheet might take for a formula is quoted as well."""
        said = wording.shorten(value, _LONGEST)
        look = self._quoted if begins_like_a_formula(said) else self._text
        sheet.write_string(row, place, said, look)
