"""Canaries: identifiers planted in every input, and looked for in every byte that comes out."""

import csv
import io
import json
import shutil
import subprocess
import traceback
import zipfile
import zlib

import pytest
from typer.testing import CliRunner

import auditkit
from auditkit.claims import read_claims
from auditkit.cli import app
from auditkit.documentation.store import read_documentation
from auditkit.errors import ReportError
from auditkit.reporting import write_pdf

#: What is planted. Each is written in a way that nothing else in an audit is.
PATIENT, CLAIM, NAME = "ZQPT", "ZQCL", "Zqname Xylophonia"
REPLACED, CONTROL, QUOTE, FILE = "ZQOC", "ZQLC", "zqquote of rough spots", "zqfile.pdf"
BORN = {"1913-02-17": "iso", "19130217": "x12", "02/17/1913": "us", "17 February 1913": "long"}
CANARIES = (PATIENT, CLAIM, NAME, REPLACED, CONTROL, QUOTE, FILE, *BORN)
KEPT = ("1999900016", "1999900024")


def planted_claims(source, target):
    """Write the claims of two providers with a canary in every identifier."""
    with source.open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["rendering_npi"] in KEPT]
    for number, row in enumerate(rows):
        row["patient_key"] = PATIENT + row["patient_key"]
        row["claim_id"] = CLAIM + row["claim_id"]
        row["patient_birth_date"] = "1913-02-17"
        row["patient_name"] = NAME
        row["original_claim_id"] = f"{REPLACED}{number}"
        row["line_control"] = f"{CONTROL}{number}"
    with target.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def planted_records(source, target):
    """Write the records of the same providers with words of their notes as evidence."""
    kept = []
    for line in source.read_text().splitlines():
        record = json.loads(line)
        if record["rendering_npi"] not in KEPT:
            continue
        record["patient_key"] = PATIENT + record["patient_key"]
        words = {"source": "note_reader", "quote": QUOTE, "document": FILE, "start": 0, "end": 9}
        record["record"]["evidence"] = {"signed": words}
        if record.get("procedures"):
            record["procedures"][0]["evidence"] = {"type": words}
        kept.append(json.dumps(record))
    target.write_text("\n".join(kept) + "\n")


@pytest.fixture(scope="module")
def planted(scored_audit, repository, tmp_path_factory):
    """Return the root of a finished audit whose every input holds canaries."""
    root = tmp_path_factory.mktemp("canaries")
    inputs, folder = root / "inputs", root / "reports" / "demo"
    inputs.mkdir()
    folder.mkdir(parents=True)
    source = scored_audit.parent.parent / "inputs"
    planted_claims(source / "claims.csv", inputs / "claims.csv")
    planted_records(source / "documentation.jsonl", inputs / "documentation.jsonl")
    for name in ("providers.csv", "fees.csv"):
        (inputs / name).write_bytes((source / name).read_bytes())
    (inputs / "audit").mkdir()
    (inputs / "audit" / "sample.key").write_bytes((source / "audit" / "sample.key").read_bytes())
    for name in ("audit.toml", "plan.toml"):
        (folder / name).write_bytes((scored_audit / name).read_bytes())
    out = io.StringIO()
    for command in (
        ["run", folder, "--workers", "1"],
        ["documents", folder, *(f"--kind={k}" for k in ("practice", "client", "workbook", "memo"))],
        ["verify", folder],
        ["pack", folder, "--out", root / "evidence.zip"],
        ["check", inputs / "claims.csv"],
    ):
        done = CliRunner().invoke(app, [str(part) for part in command])
        out.write(done.output + str(done.exception or ""))
        assert 0 == done.exit_code, done.output
    (root / "screen.txt").write_text(out.getvalue())
    return root


@pytest.fixture(scope="module")
def printed(planted, tmp_path_factory):
    """Return a folder with the PDF of every page of the planted audit."""
    if not (shutil.which("pdftotext") and shutil.which("pdfinfo")):
        pytest.skip("pdftotext and pdfinfo (poppler) are not installed: no text to look into")
    folder = tmp_path_factory.mktemp("printed")
    for page in sorted((planted / "reports" / "demo").glob("*.html")):
        try:
            write_pdf(page, folder / f"{page.stem}.pdf", "weasyprint")
        except ReportError:
            pytest.skip("WeasyPrint (the extra pdf) is not installed: no PDF to look into")
    return folder


def every_text(path):
    """Yield each piece of content of a file: as it is, and unpacked from what packs it."""
    content = path.read_bytes()
    yield path.name.encode()
    yield content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            for name in opened.namelist():
                yield name.encode()
                yield opened.read(name)
    if content[:4] == b"%PDF":
        for part in content.split(b"stream\n")[1:]:
            try:
                yield zlib.decompressobj().decompress(part)
            except zlib.error:
                continue
        yield from printed_text(path)


def printed_text(path):
    """Yield the words of a PDF, its properties and its outline, where poppler is installed.

    In the file itself words are numbers of glyphs, and properties may be in UTF-16.
    """
    for command in (["pdftotext", "-q", path, "-"], ["pdfinfo", path], ["pdfinfo", "-meta", path]):
        if shutil.which(command[0]):
            found = subprocess.run(command, capture_output=True, check=True).stdout
            yield b" ".join(found.split())


def carriers(root, skip=("inputs", "private")):
    """Return every file below *root* with the canaries found in it, but for the folders named."""
    found = {}
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        if set(path.relative_to(root).parts) & set(skip):
            continue
        held = {
            c for text in every_text(path) for c in CANARIES if c.lower().encode() in text.lower()
        }
        if held:
            found[path.relative_to(root).as_posix()] = held
    return found


def test_the_canaries_are_planted_and_kept_in_the_private_folder(planted):
    """Every canary but the name is in `private/`, so that a search that finds none could have."""
    private = b"".join(p.read_bytes() for p in (planted / "reports/demo/private").iterdir())

    assert {c for c in CANARIES if c.encode() in private} == {
        PATIENT, CLAIM, REPLACED, CONTROL, QUOTE, FILE, "1913-02-17"
    }  # fmt: skip
    assert NAME.encode() in (planted / "inputs" / "claims.csv").read_bytes()


def test_no_canary_is_in_any_byte_outside_the_private_folder(planted):
    """Tables, pages, notebooks, workbooks, packs, names of files and screens hold none."""
    assert {} == carriers(planted)
    assert (planted / "screen.txt").stat().st_size > 1_000
    names = {p.suffix for p in planted.rglob("*")}
    assert {".html", ".ipynb", ".xlsx", ".zip", ".csv", ".json"} <= names


def test_the_search_finds_what_is_packed_away(planted, tmp_path):
    """The search itself looks into archives: a canary inside a workbook would be found."""
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/sharedStrings.xml", f"<t>{NAME}</t>")

    assert {"book.xlsx": {NAME}} == carriers(tmp_path)


def test_no_canary_is_in_any_pdf(printed):
    """The PDFs of reports, index and memo hold none in words, properties or bytes."""
    pages = {path.stem: b" ".join(printed_text(path)) for path in printed.glob("*.pdf")}

    assert {} == carriers(printed)
    assert {"P01", "P02", "index", "practice_report", "client_report", "method_memo"} <= set(pages)
    for name, said in pages.items():
        assert b"Title:" in said and b"encounters" in said, name


def test_the_search_reads_a_pdf(printed, tmp_path):
    """The search itself reads PDFs: words set in a font, across lines, and properties are found."""
    page = tmp_path / "page.html"
    words = f"<p style='width:3em'>{QUOTE}</p><h1>{PATIENT}</h1>"
    head = f"<title>{NAME}</title><meta name='author' content='{CLAIM} é'>"
    page.write_text(f"<html lang='en'><head>{head}</head><body>{words}</body></html>")
    write_pdf(page, tmp_path / "page.pdf", "weasyprint")
    page.unlink()

    assert {"page.pdf": {QUOTE, PATIENT, NAME, CLAIM}} == carriers(tmp_path)


def test_files_are_the_owners_alone(planted):
    """What auditkit wrote is 0600 but for empty locks, and the private folder is 0700."""
    folder = planted / "reports" / "demo"
    loose = [
        p.relative_to(folder).as_posix() for p in folder.rglob("*")
        if p.is_file() and p.stat().st_mode & 0o077 and p.stat().st_size and p.suffix != ".toml"
    ]  # fmt: skip

    assert [] == loose
    assert 0o700 == (folder / "private").stat().st_mode & 0o777


def refusals(tmp_path):
    """Yield how to make each reader refuse an input that is full of canaries."""
    header = (
        "claim_id,line,patient_key,patient_birth_date,rendering_npi,billing_npi,dos_from,dos_to,"
        "pos,code,mod1,units,dx1,charge,allowed,paid,payer\n"
    )
    good = dict(zip(
        header.strip().split(","),
        f"{CLAIM}1,1,{PATIENT}9,1913-02-17,1234567893,1558444216,2024-03-05,2024-03-05,11,99213,"
        "25,1,L57.0,150,92.5,74,MEDICARE".split(","), strict=True,
    ))  # fmt: skip
    for column in good:
        for value in (NAME, QUOTE, f'"{NAME}', ""):
            yield (
                f"{column}={value}",
                "claims.csv",
                header + ",".join((good | {column: value}).values()),
            )
    line = ",".join(good.values())
    yield "twice", "claims.csv", header + line + "\n" + line + "\n"
    yield "too wide", "claims.csv", header + line + f",{NAME}\n"
    yield "no header", "claims.csv", line + "\n" + line + "\n"
    record = {"patient_key": PATIENT, "rendering_npi": "1234567893", "dos": "2024-03-05"}
    for name, value in (
        ("not json", f'{{"patient_key": "{PATIENT}", {NAME}'),
        ("no object", json.dumps([NAME])),
        ("wrong type", json.dumps(record | {"record": {"signed": NAME}})),
        ("wrong date", json.dumps(record | {"dos": NAME, "record": {}})),
        ("extra", json.dumps(record | {"record": {}, "born": "1913-02-17"})),
        ("extra key", json.dumps(record | {"record": {}, NAME: 1})),
        ("no key", json.dumps({"record": {"note_date": "17 February 1913"}})),
        ("twice", "\n".join([json.dumps(record | {"record": {}})] * 2)),
    ):
        yield name, "documentation.jsonl", value


def test_no_refusal_holds_a_value(tmp_path):
    """Whatever is wrong with an input, message and traceback hold none of its values."""
    refused, leaks = 0, []
    for what, name, content in refusals(tmp_path):
        path = tmp_path / name
        path.write_text(content)
        try:
            if name == "claims.csv":
                auditkit.encounters(read_claims(path))
            else:
                read_documentation(path, b"k" * 16)
        except auditkit.AuditkitError as error:
            refused += 1
            told = "".join(traceback.format_exception(error))
            leaks += [(what, c) for c in CANARIES if c.lower() in told.lower()]

    assert [] == leaks
    assert refused > 30


ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1200*^*00501"
SEGMENTS = [
    f"{ISA}*000000001*0*P*:", "GS*HC*SENDER*RECEIVER*20260301*1200*1*X*005010X222A1",
    "ST*837*0001*005010X222A1", "BHT*0019*00*B1*20260301*1200*CH",
    "NM1*41*2*EXAMPLE BILLING*****46*S1", "HL*1**20*1", "PRV*BI*PXC*207N00000X",
    "NM1*85*2*EXAMPLE DERMATOLOGY*****XX*1558444216", "HL*2*1*22*0", "SBR*P*18*******MB",
    f"NM1*IL*1*XYLOPHONIA*{NAME}****MI*{PATIENT}1", "DMG*D8*19130217*F",
    "NM1*PR*2*MEDICARE*****PI*03102", f"CLM*{CLAIM}1*150***11:B:1*Y*A*Y*Y",
    "HI*ABK:C44311", "NM1*82*1*SMITH*ANN****XX*1234567893", "LX*1",
    "SV1*HC:99213:25*150*UN*1***1", "DTP*472*D8*20260215", "SE*19*0001", "GE*1*1",
    "IEA*1*000000001",
]  # fmt: skip


def test_patient_names_of_an_837p_are_dropped_when_it_is_read(tmp_path):
    """The claim lines of an 837P hold key and birth date, and no name."""
    path = tmp_path / "claims.837"
    path.write_text("~".join(SEGMENTS) + "~")
    lines = read_claims(path)

    assert 1 == len(lines)
    assert NAME.lower() not in lines.to_csv().lower()


def test_no_refusal_of_an_837p_holds_a_value(tmp_path):
    """Each element of each segment overwritten in turn: refused or not, no value is repeated."""
    path, refused, leaks = tmp_path / "claims.837", 0, []
    for place, segment in enumerate(SEGMENTS):
        parts = segment.split("*")
        for number in range(1, len(parts)):
            changed = "*".join([*parts[:number], NAME, *parts[number + 1 :]])
            path.write_text("~".join([*SEGMENTS[:place], changed, *SEGMENTS[place + 1 :]]) + "~")
            try:
                read_claims(path)
            except auditkit.AuditkitError as error:
                refused += 1
                told = "".join(traceback.format_exception(error)).lower()
                leaks += [(segment[:3], number, c) for c in CANARIES if c.lower() in told]

    assert [] == leaks
    assert refused >= 15


def test_no_canary_is_in_any_byte_of_the_twin(planted, tmp_path):
    """The de-identified twin holds none, in its private folder neither."""
    made = auditkit.make_twin(planted / "reports" / "demo", tmp_path / "twin")

    assert {} == carriers(made.folder, skip=())
    assert 0 == made.differing
