"""How documents look: one main heading in print, nothing torn apart, large groups readable."""

import re
import shutil
import subprocess
from itertools import combinations

import pandas as pd
import pytest
from reporting_audit import build

from auditkit.audit import Audit
from auditkit.reporting import charts, drawing, group, letter, parts, pdf, projection, trend
from auditkit.reporting.charts import groups
from auditkit.reporting.facts import PRACTICE, Facts
from auditkit.reporting.html import Page, export_html, page_of
from auditkit.reporting.parts import Column, Part
from auditkit.stats.comparison import compare_rates

prints = pytest.mark.skipif(
    pdf._weasyprint() is None or shutil.which("pdfinfo") is None,
    reason="WeasyPrint or poppler is not installed",
)


def printed(tmp_path, *shown):
    """Return the path of the parts as PDF, below a document's head."""
    head = Part("Title", parts.masthead("", "Q3", "Coding review", "Dr. A", "Services of July"))
    page = tmp_path / "page.html"
    page.write_text(export_html(page_of([head, *shown]), Page("the end")), "utf-8")
    return pdf.write_pdf(page, engine="weasyprint")


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@prints
def test_the_pdf_has_one_main_heading(tmp_path):
    """Whom a document is about stands inside its heading, not as a heading in the heading."""
    made = printed(tmp_path, parts.section("scope", "1. Scope", parts.paragraph("Text.")))
    tags = [line.split()[0] for line in output_of("pdfinfo", "-struct", made).splitlines()]

    assert tags.count("H1") == 1 and tags.count("H2") == 1
    assert "Coding review Dr. A" in output_of("pdfinfo", made)


@prints
def test_no_table_is_parted_from_its_heading_and_no_page_holds_the_footer_alone(tmp_path):
    """Wherever a table begins on a page, its first row stands below its caption there."""
    rows = [{"a": f"row {n} of it", "b": n} for n in range(parts.SHORT + 1)]
    columns = [Column("a", "What"), Column("b", "Number", "number")]
    parted = []
    for filler in range(14, 24, 2):
        lines = [parts.paragraph(f"Line {n}.") for n in range(filler)]
        table = parts.table(rows, columns, "What the table shows")
        made = printed(tmp_path, Part("x", parts.join([*lines, table])))
        pages = output_of("pdftotext", "-layout", made, "-").split("\f")[:-1]
        whole = [p for p in pages if "What the table shows" in p and "row 0 of it" in p]
        parted += [filler] if not whole or "row" not in pages[-1] else []

    assert parted == []


def test_what_belongs_on_one_line_is_kept_there():
    """No line ends behind the stroke of E/M or the sign of n; the text stays escaped."""
    shown = parts.text(
        "E/M level <b>, n = 30 of N = 1,200, 95 % limits, in 2024-q3 or on 2024-07-01, 99213-25"
    )

    joint = '<span class="join"></span>'
    assert f"E/{joint}M level &lt;b&gt;, n\xa0=\xa030 of N\xa0=\xa01,200, 95\xa0% " in shown
    assert f"in 2024-{joint}q3 or on 2024-{joint}07-{joint}01, 99213-25" in shown


def crowd(apart):
    """Return 300 providers of 30 encounters, ten in error but for those told apart."""
    names = [f"Q{n:03d}" for n in range(300)]
    errors = [30 if name in apart else 9 + n % 3 for n, name in enumerate(names)]
    return compare_rates(errors, [30] * 300, names=names)


def test_a_crowd_is_drawn_by_its_numbers_and_names_those_told_apart():
    """Providers with the same figures are one dot with their number; the table has everyone."""
    shown = charts.funnel(crowd({"Q007", "Q150"}), "Errors", "s")
    written = re.findall(r"<text[^>]*>([^<]*)</text>", shown.svg)

    assert {each for each in written if "Q" in each} == {"Q007, Q150"}
    assert {"2", "99", "100"} <= set(written)
    assert len(shown.table) == 300 and len(shown.alt) < 400 and "Q007" in shown.alt
    assert "Only those told apart are named" in shown.caption
    assert "how many providers share" in shown.caption


def test_a_crowd_without_anyone_told_apart_names_nobody():
    """Nobody is named, and the words for a reader who cannot see it say how many there are."""
    shown = charts.funnel(crowd(set()), "Errors", "s")

    assert "300 providers, none told apart" in shown.alt
    assert "named" not in shown.caption and not re.search(r">[^<]*Q\d", shown.svg)


def test_more_dots_told_apart_than_can_be_named_are_counted():
    """The names of the farthest stand in the picture, and the caption says of how many."""
    counts = {30 + n: 30 + n for n in range(25)} | {100 + n: 25 + n // 4 for n in range(100)}
    comparison = compare_rates(
        list(counts.values()), list(counts), names=[f"Q{n:03d}" for n in counts]
    )
    apart = sum(member.distinguished for member in comparison.members)
    shown = charts.funnel(comparison, "Errors", "s")
    names = [each for each in re.findall(r">([^<]*)</text>", shown.svg) if "Q" in each]

    assert apart > groups.NAMES == len(names)
    assert f"The {groups.NAMES} dots farthest from the group are named, of {apart}." in (
        shown.caption
    )


def test_names_stand_beside_each_other():
    """Names of providers with nearly the same figures do not cover each other."""
    comparison = compare_rates([11, 12, 12, 13, 14], [30] * 5, names=[f"P{n}" for n in range(5)])
    with drawing.canvas(2.5, left=0.65, right=0.15, bottom=0.5) as (figure, axes):
        groups._limits(axes, comparison)
        dots = groups._dots(axes, comparison.members)
        groups._names(axes, dots, dots)
        figure.canvas.draw()
        boxes = [text.get_window_extent() for text in axes.texts]

    assert 5 == len(boxes)
    assert not [one for one, other in combinations(boxes, 2) if one.overlaps(other)]


def test_high_rates_use_the_whole_height():
    """A scale for rates that are all high does not begin at nothing."""
    high = charts.funnel(compare_rates([96, 97, 98], [100] * 3, ["A", "B", "C"]), "w", "s")
    low = charts.funnel(compare_rates([6, 7, 8], [100] * 3, ["A", "B", "C"]), "w", "s")

    assert ">0 %<" in low.svg and ">0 %<" not in high.svg


def test_those_told_apart_have_rows_where_not_everyone_has(tmp_path):
    """In a group too large for a row each, the rows are of those told apart, and it is said."""
    folder = build(tmp_path / "q", providers=45, per_provider=12, frame_per_provider=14)
    scores = pd.read_csv(folder / "scores.csv")
    worst = (scores["scope"] == "P07") & (scores["measure"] == "encounter_accuracy")
    scores.loc[worst, ["numerator", "rate", "lower", "upper"]] = [0.0, 0.0, 0.0, 0.2]
    scores.to_csv(folder / "scores.csv", index=False)

    rows, everyone = group.pictures(group.group_of(Facts(Audit(folder), PRACTICE)))

    assert ["P07 Dr. Sample G"] == list(rows.table["label"])
    assert "1 of 45 providers is drawn" in rows.caption and 45 == len(everyone.table)


def test_repeat_findings_of_many_are_counted_by_theme(tmp_path, monkeypatch):
    """Where a row for each would be too long, the providers of each theme are counted."""
    for name, seed in (("2024-q1", 1), ("2024-q2", 1)):
        build(tmp_path / name, providers=4, per_provider=20, error_share=0.9, seed=seed)
    monkeypatch.setenv("AUDITKIT_REPORTS", str(tmp_path))
    monkeypatch.setattr(parts, "LONG", 2)
    told = trend.history("2024-q2")
    found = trend.repeats(told.audits)

    shown = str(trend.repeated(told).html)
    cells = re.findall(r'scope="row"[^>]*>(.*?)</th><td[^>]*>(\d+)</td>', shown)

    assert len(found) == sum(int(n) for _, n in cells)
    assert f"{len(found)} themes together" in shown and "Dr. Sample A" not in shown


def test_methods_are_not_compared_where_none_can_say_more(tmp_path):
    """Without any difference found, no picture of zeros stands beside the caution."""
    facts = Facts(Audit(build(tmp_path / "none", error_share=0.0)), PRACTICE)

    assert "<figure" not in str(projection.methods(facts))
    assert "none of them can say more" in str(projection.methods(facts))


def test_a_letter_to_the_only_provider_compares_nothing(tmp_path):
    """It says that there is nobody to compare with, and its pictures show no group."""
    facts = Facts(Audit(build(tmp_path / "one", providers=1)), "P01")

    assert "There is no other provider" in str(letter.opening(facts).html)
    assert "the practice" not in str(letter.pictures(facts).html).lower()


def test_labels_of_wide_letters_fit_the_axis():
    """A label is cut by the width of its letters, and one that fits is left whole."""
    greek = drawing.fit("P01 Άλκηστις Παπαδοπούλου-Κωνσταντινίδου")
    wide = drawing.fit("P02 " + "皮" * 40)

    assert "Encounters without counted error" == drawing.fit("Encounters without counted error")
    assert greek.startswith("P01 Άλκηστις Παπαδοπ") and greek.endswith("…")
    assert 13 <= len(wide) <= 17
