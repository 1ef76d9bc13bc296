"""The provider report: what it says equals what the audit found, whatever the audit holds."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from reporting_audit import build

from auditkit.audit import Audit
from auditkit.errors import ReportError, SettingsError
from auditkit.reporting import parts, wording
from auditkit.reporting import provider as report
from auditkit.reporting.facts import PRACTICE, Facts
from auditkit.reporting.html import Page, export_html, page_of

SECTIONS = (
    report.title, report.scope, report.why_these_charts, report.method, report.result,
    report.findings, report.evidence, report.em_distribution, report.education, report.dispute,
    report.limits, report.glossary,
)  # fmt: skip


class Outline(HTMLParser):
    """What a reader finds on a page: headings, tables, pictures, words, and markup faults."""

    VOID = frozenset({"img", "meta", "br", "link"})

    def __init__(self, page):
        super().__init__()
        self.headings, self.tables, self.pictures, self.words, self.tags = [], [], [], [], []
        self._open = []
        self.feed(page)
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "img":
            self.pictures.append(dict(attrs))
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append([tag, ""])
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open and self._open.pop() == tag, f"</{tag}> closes nothing"
        if tag in ("p", "td", "th", "li", "dt", "dd", "h1", "h2", "h3", "em", "strong"):
            self.words.append(" ")

    def handle_data(self, data):
        if "style" in self._open:
            return
        self.words.append(data)
        if self._open and re.fullmatch("h[1-6]", self._open[-1]):
            self.headings[-1][1] += data
        if "td" in self._open or "th" in self._open:
            self.tables[-1][-1][-1] += data

    @property
    def text(self):
        return " ".join("".join(self.words).replace("\xa0", " ").split())


def page(facts):
    """Return the outline of the whole provider report."""
    return Outline(export_html(page_of([section(facts) for section in SECTIONS]), Page("end")))


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    return Audit(build(tmp_path_factory.mktemp("reports") / "q3", per_provider=20))


@pytest.fixture(scope="module")
def facts(audit):
    return Facts(audit, "P02")


def test_the_sections_stand_in_their_fixed_order(facts):
    """Scope, why, method, result, findings, evidence, E/M, education, dispute, limits, glossary."""
    headings = [text for tag, text in page(facts).headings if tag == "h2"]

    expected = [
        "1. Scope", "2. Why these charts", "3. Method", "4. Result", "5. Findings by theme",
        "6. Evidence list", "7. E/M levels beside the practice", "8. Education",
        "9. How to dispute a finding", "10. Limits", "11. Glossary",
    ]  # fmt: skip
    assert expected == headings


def test_the_rates_printed_are_those_of_the_scores(facts, audit):
    """Every rate and interval of scores.csv for the provider stands in the table of rates."""
    scores = pd.read_csv(audit.path("scores.csv"))
    own = scores[scores["scope"] == "P02"].drop_duplicates("measure").set_index("measure")
    rows = {row[0]: row[1:] for table in page(facts).tables for row in table}

    for measure, label in wording.MEASURES.items():
        score = own.loc[measure]
        rate = f"{100 * score['rate']:.1f} %"
        limits = f"{100 * score['lower']:.1f}–{100 * score['upper']:.1f} %"
        assert [rate, limits] == [each.replace("\xa0", " ") for each in rows[label][:2]]


def test_the_dollars_printed_are_those_of_the_line_results(facts, audit):
    """Over and under are summed apart, per theme and in all; nothing is netted."""
    lines = pd.read_csv(audit.path("line_results.csv"))
    dollars = lines.loc[lines["provider_id"] == "P02", "dollars"]
    text = page(facts).text

    assert f"${dollars[dollars > 0].sum():,.2f} Over, in the sample" in text
    assert f"${-dollars[dollars < 0].sum():,.2f} Under, in the sample" in text


def test_every_line_that_differs_is_listed_once(facts, audit):
    """The evidence list has one row for each line not supported as billed, and no other."""
    lines = pd.read_csv(audit.path("line_results.csv"))
    mine = lines[(lines["provider_id"] == "P02") & (lines["verdict"] != "supported")]
    (table,) = [t for t in page(facts).tables if t[0][0] == "Encounter" and t[0][1] == "Line"]

    assert sorted(mine["encounter_id"]) == sorted(row[0] for row in table[1:])
    assert [f"{d:+.2f}" for d in mine.sort_values("encounter_id")["dollars"]] == [
        row[-1].replace("$", "").replace("−", "-") for row in sorted(table[1:])
    ]


def test_each_finding_names_rule_citation_and_what_would_have_supported_the_code(facts, audit):
    """Rule, version, citation, reason and future-documentation wording stand by each finding."""
    found = pd.read_csv(audit.path("findings.csv"))
    mine = found[(found["provider_id"] == "P02") & (found["severity"] == "error")]
    text = page(facts).text

    for _, finding in mine.iterrows():
        assert f"Rule {finding['rule_id']}, version of {finding['version']}" in text
        assert finding["citation"] in text
        assert finding["why"] in text
        assert "Would have supported the code: " + finding["would_support"] in text


def test_em_shares_are_counted_over_the_whole_frame(facts, audit):
    """The E/M table counts the frame's encounters, provider and practice, not only the sample."""
    frame = pd.read_csv(audit.path("frame.csv"), dtype="str")
    established = frame[frame["codes"].str.startswith("9921")]
    mine = established[established["provider_id"] == "P02"]["codes"].value_counts()
    group = established["codes"].value_counts(normalize=True)
    (table,) = [t for t in page(facts).tables if t[0][0] == "Code" and "9921" in t[1][0]]

    for code, count, share, practice in table[1:]:
        assert int(count) == mine[code]
        assert share.replace("\xa0", " ") == f"{100 * mine[code] / mine.sum():.1f} %"
        assert practice.replace("\xa0", " ") == f"{100 * group[code]:.1f} %"


def test_every_table_and_figure_has_a_source_with_n_and_N(facts):
    """Each source note names n and N, or that it is of the whole frame, and the period."""
    notes = re.findall(
        r'<p class="source">(.*?)</p>', "".join(str(s(facts).html) for s in SECTIONS)
    )

    assert len(notes) >= 6
    for note in (re.sub("<[^>]+>", "", marked).replace("\xa0", " ") for marked in notes):
        assert "n = 20 of N = 240" in note or "all N = 240" in note
        assert "services of July 2024 to September 2024" in note


def test_a_provider_like_the_group_is_said_to_be_so():
    """Where the interval holds the group's rate, the words say so; else they name the side."""
    assert wording.told_apart(0.6, 0.9, 0.8) == "Cannot be told apart from the practice."
    assert "below" in wording.told_apart(0.3, 0.5, 0.8)
    assert "above" in wording.told_apart(0.9, 0.99, 0.8)
    assert "too few" in wording.told_apart(float("nan"), 0.5, 0.8)


def test_no_overpayment_is_projected_for_a_provider(facts, audit):
    """The provider report names no projected amount."""
    point = audit.estimate["overpayment"]["point"]

    assert f"{point:,.0f}" not in page(facts).text
    assert "for the practice as a whole only" in page(facts).text


@pytest.mark.parametrize(
    "options",
    [
        {"providers": 1, "per_provider": 5, "error_share": 0.0},
        {"providers": 2, "per_provider": 2, "error_share": 1.0},
        {"providers": 2, "per_provider": 60, "error_share": 1.0},
        {"providers": 2, "names": ["Ωmega Ελένη 李雪 محمد " * 12, ""]},
        {"purpose": "targeted"},
        {"privileged": True},
    ],
    ids=["no findings", "two charts", "very many", "names", "targeted", "privileged"],
)
def test_unusual_audits_make_whole_reports(tmp_path, options):
    """No findings, one chart, very many findings, odd names: every section is there."""
    audit = Audit(build(tmp_path / "a", **options))

    outline = page(Facts(audit, "P01"))

    assert len([1 for tag, _ in outline.headings if tag == "h2"]) == 11
    assert "nan" not in outline.text.lower().split()
    assert ("Privileged and confidential" in outline.text) == bool(options.get("privileged"))
    if options.get("purpose") == "targeted":
        assert "chosen for cause" in outline.text
    if options.get("error_share") == 0.0:
        assert "There are no findings." in outline.text


def test_an_unknown_provider_or_audit_is_refused(audit, monkeypatch):
    """The message names what there is."""
    with pytest.raises(ReportError, match="P01, P02, P03"):
        Facts(audit, "P99")
    monkeypatch.setenv("AUDITKIT_REPORTS", str(audit.folder.parent))
    assert report.provider_facts("q3", "P01").n == 20
    for name in ("../q3", "/etc", "", "..", "a/b"):
        with pytest.raises(SettingsError, match="not the name of an audit"):
            report.provider_facts(name, "P01")


def test_the_practice_is_a_scope_of_its_own(audit):
    """The facts of the practice are those of all providers together."""
    whole = Facts(audit, PRACTICE)

    assert whole.n == sum(Facts(audit, p).n for p in ("P01", "P02", "P03"))
    assert whole.name == "Lakeside Dermatology"


HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "formula": "=cmd|' /C calc'!A0",
    "right to left": "abc\u202etxt.exe\u202c \u2067hidden\u2069",
    "control": "a\x00b\x1b[31mc",
    "long": "x" * 10_000,
    "template": "{{ 7*7 }} {% raw %} %s {0} $\\frac{1}{2}$",
    "quote": '" onmouseover="alert(1)" \' <!-- ]]>',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_only_text(tmp_path, text):
    """Scripts, attributes, reordering marks and 10,000 characters appear harmlessly."""
    folder = build(
        tmp_path / "a", providers=1, per_provider=6, error_share=1.0, why=text, names=[text],
        practice=text.replace("\x00", "").replace("\x1b", ""),
    )  # fmt: skip

    outline = page(Facts(Audit(folder), "P01"))

    allowed = {"html", "head", "meta", "title", "style", "body", "a", "p", "div", "main", "header",
               "h1", "h2", "h3", "section", "dl", "dt", "dd", "ol", "ul", "li", "table", "caption",
               "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "img", "details",
               "summary", "strong", "em", "span", "br", "footer"}  # fmt: skip
    assert {tag for tag, _ in outline.tags} <= allowed
    assert not [a for _, attrs in outline.tags for a in attrs if a.startswith("on")]
    assert not set(outline.text) & {"\u202e", "\u202c", "\u2067", "\u2069", "\x00", "\x1b"}
    assert max(len(word) for word in outline.text.split()) < 1000
    assert "49" not in re.findall(r"\b49\b", outline.text)


def test_text_given_to_parts_is_escaped():
    """Only what the functions make is markup; what they are given is text."""
    bad = "<b>&"

    for made in (
        parts.paragraph(bad), parts.bullets([bad]), parts.terms([(bad, bad)]), parts.note(bad),
        parts.source(bad), parts.figures([(bad, bad, bad)]), parts.heading(bad),
        parts.table([{"a": bad}], [parts.Column("a", bad)], bad, bad),
    ):  # fmt: skip
        assert "<b>" not in made and "&lt;b&gt;&amp;" in made
