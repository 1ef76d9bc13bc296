"""HTML, PDF and workbook: whole by themselves, accessible, harmless, the same bytes each time."""

import re
import subprocess
import zipfile
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise

import nbformat
import numpy as np
import pandas as pd
import pytest
import python_calamine
from markupsafe import Markup
from nbformat.v4 import new_code_cell, new_notebook, new_output
from reporting_audit import build
from test_reporting_provider import HOSTILE

from auditkit.audit import Audit
from auditkit.errors import ReportError
from auditkit.reporting import (
    charts,
    client,
    drawing,
    executive,
    letter,
    parts,
    pdf,
    practice,
    provider,
    wording,
)
from auditkit.reporting.brand import contrast
from auditkit.reporting.facts import PRACTICE, Facts
from auditkit.reporting.html import Page, export_html, page_of
from auditkit.reporting.scrub import scrub
from auditkit.reporting.workbook import workbook_bytes
from auditkit.stats.comparison import compare_rates
from auditkit.stats.control import p_chart

DOCUMENTS = {
    "provider": (provider, "title scope why_these_charts method result findings evidence "
                 "em_distribution education dispute limits glossary"),
    "practice": (practice, "title scope why_these_charts method result providers findings evidence "
                 "em_distribution education follow_up closing"),
    "executive": (executive, "title picture main_themes decisions sure"),
    "client": (client, "cover basis scope method result providers findings evidence closing"),
    "letter": (letter, "opening comparison pictures reading"),
}  # fmt: skip


def page(audit, kind):
    """Return one whole document as HTML."""
    module, sections = DOCUMENTS[kind]
    facts = Facts(audit, "P01" if kind in ("provider", "letter") else PRACTICE)
    shown = [getattr(module, name)(facts) for name in sections.split()]
    return export_html(page_of(shown), Page("the end", "0" * 64, facts.brand.css()))


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    return Audit(build(tmp_path_factory.mktemp("reports") / "q3", per_provider=15))


@pytest.fixture(scope="module", params=DOCUMENTS)
def document(request, audit):
    return page(audit, request.param)


class Accessible(HTMLParser):
    """What an accessibility checker looks at."""

    def __init__(self, text):
        super().__init__()
        self.levels, self.ids, self.refs, self.faults = [], [], [], []
        self.lang = self.title = None
        self._open, self._table = [], None
        self.landmarks, self.attributes = [], set()
        self.feed(text)

    def handle_starttag(self, tag, pairs):
        given = dict(pairs)
        self.attributes |= set(given)
        if tag == "html":
            self.lang = given.get("lang")
        if "id" in given:
            self.ids.append(given["id"])
        for name in ("aria-labelledby", "aria-describedby"):
            if name in given:
                self.refs.append(given[name])
        if tag == "a" and given.get("href", "").startswith("#"):
            self.refs.append(given["href"][1:])
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "img" and not given.get("alt", "").strip():
            self.faults.append("a picture without words")
        if tag in ("main", "header", "footer", "nav"):
            self.landmarks.append(tag)
        if tag == "table":
            self._table = {"caption": False, "cols": 0, "rows": 0}
        if tag == "caption":
            self._table["caption"] = True
        if tag == "th":
            if given.get("scope") not in ("col", "row"):
                self.faults.append("a heading cell without scope")
            self._table["cols" if given.get("scope") == "col" else "rows"] += 1
        if tag in ("div",) and given.get("role") == "region" and not given.get("aria-label"):
            self.faults.append("a region without a name")
        if tag in ("script", "iframe", "object", "embed", "form", "input", "link"):
            self.faults.append(f"<{tag}>")
        self._open.append(tag)

    def handle_endtag(self, tag):
        if tag == "table":
            if not (self._table["caption"] and self._table["cols"] and self._table["rows"]):
                self.faults.append("a table without caption or headings")
            self._table = None

    def handle_data(self, data):
        if self._open and self._open[-1] == "title":
            self.title = data


def test_every_document_is_accessible(document):
    """Language, title, one h1, headings in steps, named regions, captions, scopes, alt text."""
    found = Accessible(document)

    assert found.faults == []
    assert found.lang == "en" and found.title
    assert found.levels.count(1) == 1 and found.levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(found.levels))
    assert len(found.ids) == len(set(found.ids))
    assert set(found.refs) <= set(found.ids)
    assert found.landmarks.count("main") == 1


def test_every_document_stands_alone(document):
    """No address outside the page, no script, and a policy that forbids both."""
    without = re.sub(r"data:image/[^\"]+", "", document)

    assert not re.search(r"https?://|//[a-z]+\.|url\(|@import|<script|javascript:", without, re.I)
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in document
    for encoded in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", document):
        import base64

        svg = base64.b64decode(encoded).decode()
        assert not re.search(r"<script|<image|href=\"(?!#)|url\((?!#)", svg)


def test_text_colours_reach_the_contrast_of_the_guidelines():
    """Every text colour of the style sheet reaches 4.5 on white and on its own tint."""
    css = (drawing.resources.files("auditkit.reporting") / "assets" / "report.css").read_text()
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", css))
    grounds = ["#ffffff", colours["tint"], colours["brand-tint"], colours["good-tint"],
               colours["caution-tint"]]  # fmt: skip

    for name in ("ink", "muted", "quiet", "brand"):
        for ground in grounds[:3]:
            assert contrast(colours[name], ground) >= 4.5, (name, ground)
    for colour in (drawing.INK, drawing.MUTED):
        assert contrast(colour, "#ffffff") >= 4.5
    for colour in (drawing.SUBJECT, drawing.OVER):
        assert contrast(colour, "#ffffff") >= 3


def test_over_and_under_differ_without_colour():
    """In grey the two sides still differ, and one is hatched as well."""
    assert contrast(drawing.OVER, drawing.UNDER) >= 2
    assert drawing.BAR_UNDER["hatch"] and "hatch" not in drawing.BAR_OVER


def test_hostile_text_is_only_text_in_every_document(tmp_path):
    """Names, reasons and practice: no element, attribute or reordering mark gets through."""
    texts = list(HOSTILE.values())
    audit = Audit(build(
        tmp_path / "a", providers=len(texts), per_provider=4, error_share=1.0, names=texts,
        why=" ".join(each for each in texts if len(each) < 100), practice=HOSTILE["script"],
    ))  # fmt: skip

    for kind in DOCUMENTS:
        document = page(audit, kind)
        found = Accessible(document)
        assert found.faults == []
        assert found.attributes <= {
            "alt", "aria-hidden", "aria-label", "aria-labelledby", "charset", "class", "content",
            "href", "http-equiv", "id", "lang", "name", "role", "scope", "src", "tabindex",
        }  # fmt: skip
        assert not set(document) & {"\u202e", "\u202c", "\u2067", "\u2069", "\x00", "\x1b"}


def cells(book, sheet):
    """Return a sheet's rows as python-calamine, another reader, sees them."""
    return (
        python_calamine.CalamineWorkbook.from_filelike(BytesIO(book))
        .get_sheet_by_name(sheet)
        .to_python()
    )


def test_the_workbook_holds_the_tables_of_the_audit(audit):
    """Another reader finds every finding, line, score and estimate, number for number.

    Limits of no width are no limits, and are left empty.
    """
    book = workbook_bytes(audit)
    findings = pd.read_csv(audit.path("findings.csv"))
    lines = pd.read_csv(audit.path("line_results.csv"))
    scores = pd.read_csv(audit.path("scores.csv"))
    scores.loc[scores["lower"] == scores["upper"], ["lower", "upper"]] = np.nan
    shown = {name: cells(book, name) for name in ("Findings", "Lines", "Scores")}

    for name, table, columns in (
        ("Findings", findings, {"Billed less supported": "dollars"}),
        (
            "Lines",
            lines,
            {"Allowed as billed": "billed_dollars", "Billed less supported": "dollars"},
        ),
        ("Scores", scores, {"Rate": "rate", "Lower limit": "lower", "Upper limit": "upper"}),
    ):
        head, *rows = shown[name]
        assert len(rows) == len(table)
        for heading, column in columns.items():
            place = head.index(heading)
            got = [np.nan if row[place] == "" else row[place] for row in rows]
            assert np.allclose(np.array(got, float), table[column], equal_nan=True, atol=1e-12)
    summary = dict(row[:2] for row in cells(book, "Summary"))
    over = audit.estimate["overpayment"]
    for label, key in (
        ("Overpayment, estimate for the frame", "point"),
        ("Overpayment, one-sided 90 % lower limit", "lower_one_sided"),
    ):
        assert summary[label] == pytest.approx(over[key], rel=1e-14)
    assert summary["Encounters reviewed (n)"] == 45


def test_the_workbook_is_set_up_to_be_read_and_printed(audit):
    """Filters, frozen headings, repeated rows, one page wide, page numbers."""
    with zipfile.ZipFile(BytesIO(workbook_bytes(audit))) as book:
        sheet = book.read("xl/worksheets/sheet3.xml").decode()
        names = book.read("xl/workbook.xml").decode()

    assert "<autoFilter" in sheet and 'state="frozen"' in sheet
    assert 'fitToHeight="0"' in sheet and 'orientation="landscape"' in sheet
    assert "&amp;P of &amp;N" in sheet and "_xlnm.Print_Titles" in names


def test_the_same_audit_gives_the_same_workbook(audit):
    """The bytes do not depend on the clock."""
    assert workbook_bytes(audit) == workbook_bytes(Audit(audit.folder))


@pytest.mark.parametrize(
    "text",
    ["=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", "-2+3", "http://x.example", "=1" + "x" * 40_000],
)
def test_hostile_text_in_the_workbook_stays_text(tmp_path, text):
    """No formula, no link; what looks like one is text, quoted, and fits its cell."""
    audit = Audit(build(tmp_path / "a", providers=1, per_provider=4, error_share=1.0, why=text,
                        names=[text], practice=text[:200]))  # fmt: skip

    with zipfile.ZipFile(BytesIO(workbook_bytes(audit))) as book:
        xml = "".join(book.read(name).decode() for name in book.namelist() if name.endswith("xml"))

    assert "<f>" not in xml and "<hyperlink" not in xml
    assert ('quotePrefix="1"' in xml) == (text[0] in "=+-@")
    rows = cells(workbook_bytes(audit), "Findings")
    why = [row[rows[0].index("Why")] for row in rows[1:]]
    assert any(each.startswith(text[:30]) for each in why)
    assert max(map(len, why)) <= 32_767


def test_pictures_need_words(audit):
    """A figure without alternative text is refused, with the cell that shows it."""
    shown = new_output("display_data", {"image/png": "iVBORw0KGgo="})
    cell = new_code_cell("plt.plot()", outputs=[shown])

    with pytest.raises(ReportError, match="Cell 1 shows a picture without alternative text"):
        export_html(new_notebook(cells=[cell]), Page("x"))
    cell.metadata["alt"] = 'a "line"'
    document = export_html(new_notebook(cells=[cell]), Page("x"))
    assert 'alt="a &#34;line&#34;"' in document or 'alt="a &quot;line&quot;"' in document


def test_a_page_that_would_load_something_is_refused():
    """A link to the outside in a template notebook stops the export."""
    shown = parts.Part("x", Markup('<img src="https://x.example/a.png" alt="a">'))

    with pytest.raises(ReportError, match="load something from outside"):
        export_html(page_of([shown]), Page("x"))


def test_what_a_notebook_says_beside_its_results_is_left_out():
    """Errors, warnings, scripts and widgets of a notebook do not reach the page; code neither."""
    outputs = [
        new_output("stream", name="stderr", text="/home/someone/secret.py: warning"),
        new_output("display_data", {"application/javascript": "alert(1)"}),
        new_output("error", ename="E", evalue="secret", traceback=["secret"]),
        new_output("display_data", {"text/html": "<p>kept</p>"}),
    ]
    notebook = new_notebook(cells=[new_code_cell("secret_code()", outputs=outputs)])

    document = export_html(notebook, Page("x"))

    assert "kept" in document
    assert "secret" not in document and "alert" not in document


def test_scrubbing_takes_out_what_identifies_the_run():
    """Paths, times, parameters, ids and the machine's kernel go; results and tags stay."""
    notebook = nbformat.from_dict({
        "nbformat": 4, "nbformat_minor": 5,
        "metadata": {"papermill": {"parameters": {"x": "secret"}, "start_time": "2024"},
                     "kernelspec": {"name": "secret-env", "display_name": "secret"},
                     "widgets": {"secret": 1}},
        "cells": [{
            "cell_type": "code", "id": "random", "source": "x = 1", "execution_count": 1,
            "metadata": {"tags": ["injected-parameters"], "papermill": {"start_time": "2024"},
                         "execution": {"iopub.status.busy": "2024"}},
            "outputs": [{"output_type": "stream", "name": "stderr", "text": "secret"}],
        }],
    })  # fmt: skip

    clean = scrub(notebook, "hash")

    nbformat.validate(clean)
    text = nbformat.writes(clean)
    assert "secret" not in text and "2024" not in text and "random" not in text
    assert clean.metadata.auditkit.made_from == "hash" and clean.cells[0].source == "x = 1"


CHARTS = {
    "rates": lambda: charts.rates(pd.DataFrame({
        "label": ["$a$ % \\frac"], "rate": [0.5], "lower": [0.2], "upper": [0.8],
        "group_rate": [np.nan], "better": ["higher"]}), "w" * 200, "s", "g" * 200),
    "forest": lambda: charts.forest(pd.DataFrame({
        "label": ["A", "B"], "rate": [0.0, 1.0], "lower": [0.0, 0.5], "upper": [0.4, 1.0],
        "n": [5, 5], "apart": [True, False]}), 0.5, "g", "w", "s"),
    "money": lambda: charts.over_and_under(pd.DataFrame({
        "theme": ["$x_1$", "y"], "over": [0.0, 1e9], "under": [0.004, 0.0]}), "s"),
    "methods": lambda: charts.methods(pd.DataFrame({
        "method": ["t", "b"], "point": [0.0, 5.0], "lower": [-10.0, 1.0], "upper": [10.0, 9.0],
        "lower_one_sided": [-8.0, 2.0]}), "w", 0.9, "s"),
    "em": lambda: charts.em_levels(pd.DataFrame({
        "code": ["99213"], "count": [1], "share": [1.0], "group_share": [0.0]}),
        "w", "g", "s", "T"),
    "modifier": lambda: charts.modifier_25(pd.DataFrame({
        "label": ["A"], "count": [0], "n": [3], "rate": [0.0], "lower": [0.0], "upper": [0.7]}),
        0.1, "g", "s"),
    "pareto": lambda: charts.pareto(pd.DataFrame({
        "theme": ["a"], "over": [0], "under": [0], "neutral": [1]}), "s"),
    "funnel": lambda: charts.funnel(
        compare_rates([0, 9, 9], [10, 10, 10], ["A", "B", "C"]), "w", "s"),
    "run": lambda: charts.run(p_chart([0, 10], [10, 10], ["q1", "q2"]), "w", "s"),
    "balance": lambda: charts.balance(pd.DataFrame({
        "what": ["P", "P", "M"], "label": ["a", "b", "c"], "frame": [0.5, 0.5, 1.0],
        "sample": [0.4, 0.6, 1.0]}), "s"),
    "planner": lambda: charts.planner(pd.DataFrame({
        "n": [10, 30], "pass_bad": [0.4, 0.1], "fail_good": [0.2, 0.0]}), "s"),
}  # fmt: skip


@pytest.mark.parametrize("draw", CHARTS.values(), ids=CHARTS.keys())
def test_every_picture_has_words_a_table_and_fixed_bytes(draw):
    """Alt text, caption, source and table stand with each; extreme figures are drawn."""
    one, two = draw(), draw()

    assert one.svg == two.svg and "<script" not in one.svg
    assert one.alt and one.caption and one.source == "s"
    assert len(one.table) and {c.key for c in one.columns} <= set(one.table.columns)
    html = one.__html__()
    assert html.count("<img") == 1 and "<figcaption>" in html and "<table>" in html
    assert "nan" not in one.alt.lower().replace("finan", "")


def test_a_picture_leaves_no_trace_in_the_session():
    """Drawing changes no matplotlib setting and opens no figure of pyplot."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    before, open_before = dict(mpl.rcParams), plt.get_fignums()
    CHARTS["pareto"]()
    assert dict(mpl.rcParams) == before and plt.get_fignums() == open_before


needs_weasyprint = pytest.mark.skipif(
    pdf._weasyprint() is None, reason="WeasyPrint or its native library is not installed"
)


@pytest.fixture(scope="module")
def executive_page(audit, tmp_path_factory):
    css = (drawing.resources.files("auditkit.reporting") / "assets" / "one_page.css").read_text()
    facts = Facts(audit, PRACTICE)
    shown = [getattr(executive, name)(facts) for name in DOCUMENTS["executive"][1].split()]
    path = tmp_path_factory.mktemp("pdf") / "executive.html"
    path.write_text(export_html(page_of(shown), Page("the end", "", css)), "utf-8")
    return path


@needs_weasyprint
def test_the_pdf_is_tagged_has_bookmarks_and_fits_its_page(executive_page):
    """PDF/UA: tags, language, title, alternative text, bookmarks; one page for the summary."""
    made = pdf.write_pdf(executive_page, engine="weasyprint")
    again = pdf.write_pdf(executive_page, executive_page.with_name("b.pdf"), engine="weasyprint")
    content = made.read_bytes()

    assert content.startswith(b"%PDF-") and content == again.read_bytes()
    shown = subprocess.run(["pdfinfo", made], capture_output=True, text=True)
    if shown.returncode == 0:
        assert re.search(r"Tagged:\s+yes", shown.stdout)
        assert re.search(r"Pages:\s+1\n", shown.stdout)
        assert "Executive summary" in shown.stdout
    assert b"pdfuaid" in content or b"pdfuaid" in _inflated(content)
    assert b"/Outlines" in content + _inflated(content)


def _inflated(content):
    """Return the compressed streams of a PDF as one piece."""
    import zlib

    found = b""
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            found += zlib.decompress(stream)
        except zlib.error:
            continue
    return found


@pytest.mark.skipif(pdf.browser() is None, reason="no browser is installed")
def test_a_browser_prints_where_weasyprint_cannot_run(executive_page, monkeypatch):
    """Without WeasyPrint an installed browser makes the PDF, tagged as well."""
    monkeypatch.setattr(pdf, "_weasyprint", lambda: None)

    made = pdf.write_pdf(executive_page, executive_page.with_name("browser.pdf"))

    assert made.read_bytes().startswith(b"%PDF-")


def test_without_either_the_message_says_what_to_install(executive_page, monkeypatch):
    """Nothing is written, and the HTML stays whole."""
    monkeypatch.setattr(pdf, "_weasyprint", lambda: None)
    monkeypatch.setattr(pdf, "browser", lambda: None)

    with pytest.raises(ReportError, match=r"auditkit\[pdf\].*Chrome or Edge"):
        pdf.write_pdf(executive_page, executive_page.with_name("none.pdf"))
    assert not executive_page.with_name("none.pdf").exists()
    with pytest.raises(ReportError, match="make the report first"):
        pdf.write_pdf(executive_page.with_name("absent.html"))


def test_words_and_figures_are_printed_as_people_read_them():
    """Percentages, dollars, counts, intervals and lists, with what is not known."""
    plain = lambda text: text.replace("\xa0", " ")  # noqa: E731

    assert plain(wording.percent(0.8549)) == "85.5 %" and wording.percent(float("nan")) == "–"
    assert plain(wording.interval(0.0, 1.0)) == "0.0–100.0 %"
    assert wording.dollars(-1234.5) == "−$1,234.50" and wording.dollars(None) == "–"
    assert wording.difference(3) == "+$3.00" and wording.difference(-0.001) == "$0.00"
    assert wording.count(1, "stratum", "strata") == "1 stratum"
    assert wording.count(1200, "line") == "1,200 lines"
    assert wording.listed(["a", "", "b", "c"]) == "a, b and c" and wording.listed([]) == ""
    assert wording.month_range(["2024-03", "2024-01"]) == "January 2024 to March 2024"
    assert wording.shorten("x" * 1000, 10) == "xxxxxxxxxx … (990 more characters)"
    assert wording.plain("the trunk_arms_legs group") == "the trunk arms legs group"


def test_every_family_of_rules_has_a_heading(repository):
    """Each family that a rule pack names is a theme with a name of its own."""
    packs = (repository / "auditkit" / "coding" / "packs").glob("*.toml")
    families = {f for p in packs for f in re.findall(r'^family = "(\w+)"', p.read_text(), re.M)}

    assert families and not [f for f in families if f not in wording.THEMES]


def test_rows_of_the_workbook_are_as_high_as_their_text(tmp_path):
    """A long reason gets a higher row, a number never does, and wide sheets print on two pages."""
    why = "The visit was the decision to destroy the lesion and nothing more. " * 4
    folder = build(tmp_path / "q", why=why)
    with zipfile.ZipFile(BytesIO(workbook_bytes(Audit(folder)))) as book:
        sheets = [book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (2, 3)]
    scores, findings = sheets
    heights = [float(h) for h in re.findall(r'<row r="\d+"[^>]* ht="([\d.]+)"', findings)]

    assert max(heights) >= 15 * len(why) / 60
    assert 'fitToWidth="2"' in findings and "<colBreaks" in findings
    assert "<colBreaks" not in scores
