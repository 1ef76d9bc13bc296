"""Hostile input: bombs, entities, paths, formulas and markup harm nothing and run nowhere."""

import ast
import contextlib
import csv
import io
import json
import re
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import acts
import nbformat
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import small_audit
from python_calamine import CalamineWorkbook
from reporting_audit import build as reporting_audit

import auditkit
from auditkit.claims import read_claims
from auditkit.errors import AuditkitError, InputError, ReportError
from auditkit.evidence.opened import LARGEST, verify_pack
from auditkit.reporting import documents, report
from auditkit.review.blind_read import read_blind_book
from auditkit.review.session import Review
from auditkit.spreadsheet import SIGNS, neutral

PACKAGE = Path(auditkit.__file__).parent
FORMULAS = [
    f"{sign}{rest}" for sign in SIGNS for rest in ("1+1", "cmd|' /C calc'!A0", "HYPERLINK(1)")
] + ["=1+1", "@SUM(1)", "-2+3"]
MARKUP = (
    "<script>alert(1)</script>", "</script><script>alert(1)//", '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)", "<svg/onload=alert(1)>", "<a href='javascript:alert(1)'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>", "{{7*7}}{% raw %}", "]]><!--", "&lt;b&gt;",
)  # fmt: skip
HIDDEN = "Dr.\u202eYlloh\u202c\u200bSmith\ufeff"


@pytest.fixture
def workpaper(tmp_path):
    """Return a review's folder and a filled workpaper of it."""
    acts.before_import(tmp_path)
    return Review(tmp_path / "review"), tmp_path / "filled.xlsx"


def rezipped(path, target, **changed):
    """Write the archive *path* to *target* with members changed, by the end of their name."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            for end, change in changed.items():
                if name.endswith(end.replace("__", ".")):
                    content = change(content)
            archive.writestr(name, content)
    return target


# Bombs ----------------------------------------------------------------------------------------


def limited(code, megabytes=1_500):
    """Run Python *code* in a process of bounded memory; return what it printed."""
    limit = megabytes << 20

    def bound():
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, preexec_fn=bound, timeout=120
    )
    return done.stdout.strip() or done.stderr[-500:]


def test_a_workbook_that_unfolds_to_gigabytes_is_refused_unread(workpaper, tmp_path):
    """A sheet of 400 MB of blanks in an archive of 400 kB is refused by its declared size."""
    review, book = workpaper
    bomb = rezipped(book, tmp_path / "bomb.xlsx", sheet1__xml=lambda _: b" " * 400_000_000)

    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(InputError, match="too large for a workpaper"):
        read_blind_book(review, bomb)


def test_a_pack_that_unfolds_to_more_than_a_disk_is_refused(tmp_path, monkeypatch):
    """A pack whose members declare more than the limit is refused before one is written."""
    monkeypatch.setattr("auditkit.evidence.opened.LARGEST", 1_000_000)
    from auditkit.evidence.opened import unfold

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("frame.csv", b"0" * 5_000_000)
    with pytest.raises(AuditkitError, match="unfolds to more than"):
        unfold(content.getvalue(), tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert LARGEST <= 8 << 30


def test_a_table_that_declares_more_rows_than_it_holds_costs_no_memory(tmp_path):
    """Parquet of one value repeated forty million times is refused or read within the bound."""
    table = pa.table({"claim_id": pa.array(["A"] * 1_000_000).dictionary_encode()})
    path = tmp_path / "claims.parquet"
    with pq.ParquetWriter(path, table.schema) as writer:
        for _ in range(40):
            writer.write_table(table)
    code = (
        "from auditkit.claims import read_claims\nfrom auditkit.errors import AuditkitError\n"
        f"try: read_claims({str(path)!r})\nexcept AuditkitError as e: print('refused')\n"
    )

    assert path.stat().st_size < 2_000_000
    assert limited(code) == "refused"


@pytest.mark.parametrize("start", [b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00", b"PK\x03\x04"])
def test_a_packed_claims_file_is_not_unpacked(tmp_path, start):
    """gzip, bzip2, xz and zip are refused by their first bytes; nothing is inflated."""
    path = tmp_path / "claims.csv"
    path.write_bytes(start + b"\x00" * 200)

    with pytest.raises(InputError):
        read_claims(path)


# Entities -------------------------------------------------------------------------------------

ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">'
    b'<!ENTITY x SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize("part", ["workbook__xml", "workbook__xml__rels", "sheet1__xml"])
def test_entities_in_a_workbook_are_refused_or_not_followed(workpaper, tmp_path, part):
    """A document type in any part of a workbook: refused, or read without the file it names."""
    review, book = workpaper

    def with_entity(content):
        return ENTITY + re.sub(rb"^<\?xml[^>]*>", b"", content).replace(b"<v>", b"<v>&x;", 1)

    hostile = rezipped(book, tmp_path / "entity.xlsx", **{part: with_entity})
    try:
        found = read_blind_book(review, hostile)
    except AuditkitError as error:
        assert "root:" not in str(error)
    else:
        assert "root:" not in repr(found)


# Paths ----------------------------------------------------------------------------------------

PATHS = ("../../stolen", "/tmp/stolen", "..\\stolen", "a/../../stolen", "C:\\stolen", "\x00x")


@pytest.mark.parametrize("name", PATHS)
def test_a_pack_member_that_leads_outside_writes_nothing(tmp_path, name):
    """Members named upwards, absolutely or for another system write nothing outside."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("manifest.json", b"{}")
        archive.writestr(zipfile.ZipInfo(name), b"stolen")
    place = tmp_path / "a" / "b"
    place.mkdir(parents=True)
    pack = place / "evidence.zip"
    pack.write_bytes(content.getvalue())
    before = set(tmp_path.rglob("*"))
    with contextlib.suppress(AuditkitError):
        assert not verify_pack(pack).holds

    assert set(tmp_path.rglob("*")) == before
    assert not Path("/tmp/stolen").exists()


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """Return an audit's documents whose names are paths and formulas."""
    folder = reporting_audit(
        tmp_path_factory.mktemp("named") / "deep" / "q3",
        providers=4, per_provider=6, practice="+1+1/../../../tmp/x",
        names=["../../../etc/cron.d/x", "..\\..\\x", "=1+1/etc/passwd", "@SUM(A1)"],
    )  # fmt: skip
    findings = folder / "findings.csv"
    table = pd.read_csv(findings, dtype="str")
    table["why"] = "=cmd|' /C calc'!A0"
    table.to_csv(findings, index=False)
    documents(folder, ["executive", "letters", "workbook"])
    return folder


def test_names_of_people_and_practices_never_become_paths(named):
    """Providers and practices named like paths: every file has its own opaque name."""
    root = named.parents[1]
    made = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}

    assert all(name.startswith("deep/q3/") for name in made)
    assert {p.name for p in (named / "letters").iterdir()} == {f"P0{n}.html" for n in range(1, 5)}


@pytest.mark.parametrize("provider", ["../P01", "P01/../../x", "/etc/passwd", "P01\x00"])
def test_a_provider_that_is_a_path_is_not_reported(tmp_path, provider):
    """Reports are made of providers that the audit knows; a path is none."""
    folder = reporting_audit(tmp_path / "q3", providers=2, per_provider=4)

    with pytest.raises(ReportError, match="No chart of"):
        report(folder, providers=[provider])
    assert not list(tmp_path.rglob("*.html"))


# Formulas -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_is_quoted(text):
    """Each sign that begins a formula, narrow or wide, gets an apostrophe; numbers do not."""
    assert neutral(text) == ("'" + text if text != "-2" else text)
    assert [neutral(x) for x in ("-1.50", "+2", "plain", "")] == ["-1.50", "+2", "plain", ""]


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "＝1+1"])
@pytest.mark.parametrize("place", ["provider", "payer", "patient"])
def test_no_table_of_an_audit_begins_a_cell_with_a_formula(tmp_path, text, place):
    """Names and payers that begin a formula are refused; keys are quoted in every table."""
    folder = small_audit.build(tmp_path)
    inputs = tmp_path / "inputs"
    file = inputs / ("providers.csv" if place == "provider" else "claims.csv")
    column = {"provider": "name", "payer": "payer", "patient": "patient_key"}[place]
    table = pd.read_csv(file, dtype="str", keep_default_na=False)
    table[column] = text + table[column]
    table.to_csv(file, index=False)
    if place == "patient":
        records = [json.loads(line) for line in (inputs / "documentation.jsonl").open()]
        for record in records:
            record["patient_key"] = text + record["patient_key"]
        lines = "".join(json.dumps(record) + "\n" for record in records)
        (inputs / "documentation.jsonl").write_text(lines)
    try:
        auditkit.run(folder)
    except InputError as error:
        assert "spreadsheets run as a formula" in str(error) or place == "patient"
        assert text.strip() not in str(error)

    for path in folder.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream):
                assert [c for c in row if neutral(c) != c] == [], path.name


def test_no_workbook_holds_a_formula(named):
    """Whatever names and findings say, the findings workbook holds text, never a formula."""
    with zipfile.ZipFile(named / "findings.xlsx") as archive:
        sheets = [archive.read(n) for n in archive.namelist() if "worksheets/sheet" in n]
    assert not [sheet for sheet in sheets if re.search(rb"<f[ >]", sheet)]
    book = CalamineWorkbook.from_path(str(named / "findings.xlsx"))
    cells = [
        c for name in book.sheet_names for r in book.get_sheet_by_name(name).to_python() for c in r
    ]
    assert "=cmd|' /C calc'!A0" in cells


# Markup ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """Return an audit's pages whose names, findings and brand are markup."""
    folder = reporting_audit(
        tmp_path_factory.mktemp("marked") / "q3", providers=3, per_provider=8,
        names=[MARKUP[0] + MARKUP[2], MARKUP[1] + HIDDEN, "N" * 10_000],
        practice="".join(MARKUP[3:6]),
    )  # fmt: skip
    table = pd.read_csv(folder / "findings.csv", dtype="str")
    for column in ("why", "would_support", "citation"):
        table[column] = [MARKUP[n % len(MARKUP)] for n in range(len(table))]
    table.to_csv(folder / "findings.csv", index=False)
    name = json.dumps("".join(MARKUP[:3]))
    (folder / "brand.toml").write_text(f"[consultant]\nname = {name}\n")
    report(folder)
    documents(folder, ["letters", "client"])
    return folder


def test_no_page_runs_or_loads_what_names_and_findings_say(marked):
    """No page holds a script, a handler, an embedded page or a script's address."""
    from html.parser import HTMLParser

    wrong = []

    class Looker(HTMLParser):
        def handle_starttag(self, tag, attrs):
            bad = tag in ("script", "iframe", "object", "embed", "base", "form")
            bad = bad or any(name.startswith("on") for name, _ in attrs)
            bad = bad or any(
                (value or "").strip().lower().startswith("javascript:") for _, value in attrs
            )
            if bad:
                wrong.append((tag, attrs))

    pages = sorted(marked.rglob("*.html"))
    for page in pages:
        Looker().feed(page.read_text("utf-8"))

    assert len(pages) >= 8
    assert wrong == []


def test_hidden_marks_and_long_names_do_not_reach_the_page_raw(marked):
    """A right-to-left override cannot turn a page around; a long name is not printed in full."""
    for page in marked.rglob("*.html"):
        text = page.read_text("utf-8")
        assert "\u202e" not in text, page.name
        assert "N" * 1_000 not in text, page.name


# Code -----------------------------------------------------------------------------------------


EVIL = '"; import os; os.system("touch stolen"); "'


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """Return a reported audit whose folder, provider and practice are Python, with templates."""
    place = tmp_path_factory.mktemp("reported")
    folder = reporting_audit(
        place / "q3', __import__('os').system('touch stolen'), '",
        providers=1, per_provider=8, names=[EVIL], practice=EVIL,
    )  # fmt: skip
    cell = nbformat.v4.new_code_cell(f"open({str(place / 'ran')!r}, 'w').close()")
    for name in ("provider_report.ipynb", "templates/provider_report.ipynb", "P01.ipynb"):
        (folder / name).parent.mkdir(exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / name)
    report(folder)
    return folder


def test_a_name_never_becomes_code(reported):
    """A provider named like Python stays a value: only opaque ids are passed to a template."""
    notebook = nbformat.read(reported / "notebooks" / "P01.ipynb", 4)
    code = "\n".join(c.source for c in notebook.cells if c.cell_type == "code")

    assert EVIL not in code
    assert [] == [*reported.parent.rglob("stolen"), *Path.cwd().glob("stolen")]


def test_an_audit_folder_named_like_code_stays_a_value(reported):
    """The folder's name is passed to the template as text, whatever it spells."""
    assert (reported / "P01.html").exists()
    assert [] == [*reported.parent.rglob("stolen"), *Path.cwd().glob("stolen")]


def test_a_template_beside_the_audit_is_not_run(reported):
    """A notebook that lies in the audit's folder is run only when somebody names it."""
    assert (reported / "notebooks" / "P01.ipynb").exists()
    assert not (reported.parent / "ran").exists()


#: What could turn data into code, or leave the machine, and where that is meant.
DANGEROUS = {
    "eval", "exec", "compile", "__import__", "pickle", "marshal", "shelve", "dill", "joblib",
    "system", "popen", "yaml", "unpickle", "read_pickle", "to_pickle", "loadtxt", "import_string",
}  # fmt: skip
NETWORK = {
    "socket", "urllib.request", "http.client", "http.server", "requests", "httpx", "aiohttp",
    "ftplib", "smtplib", "telnetlib", "urllib3", "ssl", "xmlrpc", "webbrowser",
}  # fmt: skip
#: File, name: why it is harmless.
ALLOWED = {
    ("reporting/shell.py", "compile"): "cells of the templates, which are ours or were named",
    ("reporting/shell.py", "exec"): "cells of the templates, which are ours or were named",
    ("reporting/pool.py", "subprocess"): "our own interpreter and module, no shell",
    ("reporting/pdf.py", "subprocess"): "an installed browser on a page of ours, no shell",
}


def modules():
    """Yield each module of the package with its path and its tree."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text("utf-8"))


def test_nothing_turns_data_into_code():
    """No module unpickles, evaluates or runs text, and no command goes through a shell."""
    found = set()
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func
                plain = called.id if isinstance(called, ast.Name) else ""
                method = called.attr if isinstance(called, ast.Attribute) else ""
                of = called.value.id if method and isinstance(called.value, ast.Name) else ""
                if plain in DANGEROUS or (method in DANGEROUS - {"compile", "eval", "exec"}):
                    found.add((name, plain or method))
                if of in ("pickle", "marshal", "shelve", "yaml", "os") and method in DANGEROUS:
                    found.add((name, method))
                for key in node.keywords:
                    shell = key.arg == "shell" and not (
                        isinstance(key.value, ast.Constant) and key.value.value is False
                    )
                    if shell and of == "subprocess":
                        found.add((name, "shell=True"))
            for imported in imported_by(node):
                if imported.split(".")[0] in DANGEROUS | {"subprocess"}:
                    found.add((name, imported))

    assert found <= set(ALLOWED)


def imported_by(node):
    """Return the modules that an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def test_no_module_imports_the_network():
    """No module of the package imports anything that opens a connection."""
    found = {
        (name, imported)
        for name, tree in modules()
        for node in ast.walk(tree)
        for imported in imported_by(node)
        if imported in NETWORK or imported.split(".")[0] in NETWORK
    }

    assert found == set()


OFFLINE = """
import socket, sys
def refused(*args, **more):
    raise AssertionError("a connection was opened")
class Closed(socket.socket):
    def connect(self, *a): refused()
    def connect_ex(self, *a): refused()
    def sendto(self, *a): refused()
    def bind(self, *a): refused()
socket.socket = Closed
socket.create_connection = socket.getaddrinfo = refused
import auditkit
from auditkit.reporting import report, documents
folder = sys.argv[1]
auditkit.run(folder)
report(folder, workers=1)
documents(folder, ["plan"])
auditkit.seal(auditkit.Audit(folder))
assert auditkit.verify(folder).holds
auditkit.pack(folder, folder + "/../evidence.zip")
print("done")
"""


def test_a_whole_audit_opens_no_connection(tmp_path):
    """With sockets that refuse, an audit runs from the frame to the pack."""
    folder = small_audit.build(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(folder)], capture_output=True, text=True, timeout=240
    )

    assert done.stdout.endswith("done\n"), done.stderr[-3000:]
