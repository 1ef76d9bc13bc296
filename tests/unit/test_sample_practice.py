"""The sample practice: what is shipped is what the generator makes, and its key is complete."""

import csv
import filecmp
import json
import tracemalloc
from collections import defaultdict
from datetime import timedelta

import pytest

from auditkit.codes import Icd10, Modifier, Npi, Procedure
from auditkit.documentation.elements import DocumentedEncounter
from sample_data.generate import SEED, generate
from sample_data.practice.encounter import Coded, with_separate_lesions_marked
from sample_data.practice.journey import encounters
from sample_data.practice.people import COMMON_RATES, GROUP_NPI, PROVIDERS
from sample_data.practice.planted import PLANTS
from sample_data.practice.skin import biopsy_lines, premalignant_lines, size_band

MADE = (
    "claims.csv", "documentation.jsonl", "notes.jsonl", "providers.csv", "fees.csv",
    "answer_key.csv", "answer_key_by_provider.csv",
)  # fmt: skip


def table(path):
    """Return the rows of a CSV file as dictionaries."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(repository):
    """The shipped sample practice."""
    return repository / "sample_data"


@pytest.fixture(scope="module")
def key(folder):
    """The answer key."""
    return table(folder / "answer_key.csv")


def test_shipped_files_are_what_the_generator_makes(folder, tmp_path):
    """The generator, run with its stored seed, gives the shipped files byte for byte."""
    generate(tmp_path)

    same, different, absent = filecmp.cmpfiles(folder, tmp_path, MADE, shallow=False)

    assert (sorted(MADE), [], []) == (sorted(same), different, absent)


def test_shipped_files_are_under_ten_megabytes(folder):
    """Everything in the folder together stays under 10 MB."""
    sizes = [p.stat().st_size for p in folder.rglob("*") if "__pycache__" not in p.parts]

    assert sum(sizes) < 10_000_000


def test_generator_never_imports_the_engine(folder):
    """The key is independent: no file of the generator imports auditkit."""
    sources = [*folder.glob("*.py"), *(folder / "practice").glob("*.py")]

    assert sources
    for source in sources:
        text = source.read_text(encoding="utf-8")
        assert "import auditkit" not in text and "from auditkit" not in text, source.name


def test_identifiers_and_codes_have_their_systems_form(folder):
    """NPIs pass the check digit; codes, modifiers and diagnoses have the form of their systems."""
    assert all(Npi.fits(provider.npi) for provider in PROVIDERS) and Npi.fits(GROUP_NPI)
    assert len({provider.npi for provider in PROVIDERS}) == 10
    for row in table(folder / "claims.csv"):
        assert Procedure.fits(row["code"]) and Npi.fits(row["rendering_npi"])
        assert all(Modifier.fits(row[f"mod{n}"]) for n in "1234" if row[f"mod{n}"])
        assert all(Icd10.fits(row[f"dx{n}"]) for n in "1234" if row[f"dx{n}"])


def test_every_documented_encounter_validates(folder):
    """Each line of the documentation is a DocumentedEncounter."""
    lines = (folder / "documentation.jsonl").read_text(encoding="utf-8").splitlines()

    assert lines
    for line in lines:
        DocumentedEncounter.model_validate_json(line)


def test_the_last_quarter_is_a_census(folder, key):
    """Every encounter billed in the last quarter has a record and an answer for every line."""
    last = [row for row in table(folder / "claims.csv") if row["dos_from"] >= "2024-07-01"]
    lines = (folder / "documentation.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]

    claimed = {(row["patient_key"], row["rendering_npi"], row["dos_from"]) for row in last}
    assert claimed == {(r["patient_key"], r["rendering_npi"], r["dos"]) for r in records}
    assert len(claimed) == len(records)
    answered = {(row["claim_id"], row["line"]) for row in key if row["line"]}
    assert answered == {(row["claim_id"], row["line"]) for row in last}


def test_notes_are_there_exactly_where_the_record_is(folder):
    """A missing record has no note; every other encounter has one."""
    lines = (folder / "documentation.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    notes = (folder / "notes.jsonl").read_text(encoding="utf-8").splitlines()
    named = {(n["patient_key"], n["dos"]) for n in map(json.loads, notes)}

    assert named == {(r["patient_key"], r["dos"]) for r in records if r["record"]["present"]}


def test_every_kind_of_error_is_planted_and_every_provider_has_some(key):
    """No planter of the generator is missing from the key, and no provider is without an error."""
    assert set(COMMON_RATES) == set(PLANTS) == {row["plant"] for row in key if row["plant"]}
    assert {provider.npi for provider in PROVIDERS} == {
        row["rendering_npi"] for row in key if row["plant"]
    }
    assert {"over", "under", "none"} == {row["direction"] for row in key if row["plant"]}


def test_key_money_adds_up_and_agrees_with_the_claims(folder, key):
    """Billed dollars are the claim's allowed amounts; dollars are billed minus agreed."""
    allowed = {
        (row["claim_id"], row["line"]): row["allowed"] for row in table(folder / "claims.csv")
    }
    for row in key:
        if row["line"]:
            assert row["billed_dollars"] == allowed[row["claim_id"], row["line"]]
        difference = float(row["billed_dollars"]) - float(row["agreed_dollars"])
        assert difference == pytest.approx(float(row["dollars"]), abs=0.001)
        assert bool(row["plant"]) == (row["verdict"] != "supported")


def test_provider_totals_are_sums_of_the_key(folder, key):
    """The key by provider holds the sums of the key by line."""
    over, under = defaultdict(float), defaultdict(float)
    for row in key:
        amount = float(row["dollars"])
        (over if amount > 0 else under)[row["rendering_npi"]] += abs(amount)

    for row in table(folder / "answer_key_by_provider.csv"):
        assert float(row["over_dollars"]) == pytest.approx(over[row["rendering_npi"]], abs=0.01)
        assert float(row["under_dollars"]) == pytest.approx(under[row["rendering_npi"]], abs=0.01)


def test_a_patient_does_not_depend_on_the_others():
    """A block of patients made alone equals the same patients made with all others."""
    together = [enc.claim_id for enc in encounters(SEED, range(300)) if enc.number == 1]
    alone = [enc.claim_id for enc in encounters(SEED, range(200, 300)) if enc.number == 1]

    assert alone == together[-len(alone) :]


def test_another_seed_makes_another_practice(tmp_path):
    """The seed decides: another seed gives other claims."""
    generate(tmp_path / "one", seed=1, patients=50)
    generate(tmp_path / "two", seed=2, patients=50)

    assert (tmp_path / "one" / "claims.csv").read_bytes() != (
        tmp_path / "two" / "claims.csv"
    ).read_bytes()


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_memory_does_not_grow_with_size(tmp_path, format):
    """Three times the patients take at most a quarter more memory at the peak."""
    peaks = []
    for blocks in (2, 6):
        tracemalloc.start()
        counts = generate(
            tmp_path, patients=None, lines=blocks * 450, format=format, documentation=False,
            block=150,
        )  # fmt: skip
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert counts["lines"] >= blocks * 450

    assert peaks[1] < 1.25 * peaks[0]


def test_processes_do_not_change_the_files(tmp_path):
    """Two processes make the same files as one, in the same order."""
    generate(tmp_path / "one", patients=300, block=40)
    generate(tmp_path / "two", patients=300, block=40, processes=2)

    same = filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", MADE, shallow=False)[0]
    assert sorted(MADE) == sorted(same)


def test_blocks_without_a_visit_are_written_too(tmp_path):
    """Blocks of one patient, some without any visit in the year, make a whole file."""
    pq = pytest.importorskip("pyarrow.parquet")
    counts = generate(tmp_path, patients=30, format="parquet", documentation=False, block=1)

    assert counts["lines"] == pq.read_metadata(tmp_path / "claims.parquet").num_rows > 0
    assert not list(tmp_path.glob("*.tmp"))


def test_parquet_and_csv_hold_the_same_lines(tmp_path):
    """Both formats hold the same lines."""
    pq = pytest.importorskip("pyarrow.parquet")
    generate(tmp_path, patients=60, format="csv", documentation=False)
    generate(tmp_path, patients=60, format="parquet", documentation=False)

    rows = table(tmp_path / "claims.csv")
    stored = pq.read_table(tmp_path / "claims.parquet").to_pylist()
    assert len(rows) == len(stored)
    for row, other in zip(rows, stored, strict=True):
        assert row["claim_id"] == other["claim_id"] and row["code"] == other["code"]
        assert float(row["allowed"]) == other["allowed"]
        assert row["dos_from"] == other["dos_from"].isoformat()


@pytest.mark.parametrize(
    ("count", "lines"),
    [(1, ["17000"]), (2, ["17000", "17003"]), (14, ["17000", "17003 x13"]), (15, ["17004"])],
)
def test_premalignant_counts(count, lines):
    """One, two to fourteen, fifteen or more: the counts of the published rule table."""
    assert lines == [line.text() for line in premalignant_lines(count)]


@pytest.mark.parametrize(("mm", "band"), [(5, 0), (6, 1), (10, 1), (11, 2), (40, 4), (41, 5)])
def test_size_bands_have_their_edges(mm, band):
    """An edge belongs to the smaller band: 0.5, 1.0, 2.0, 3.0 and 4.0 cm."""
    assert band == size_band(mm)


def test_three_techniques_give_one_first_biopsy():
    """Incisional leads, and each further lesion takes the add-on of its own technique."""
    lines = biopsy_lines(["tangential", "incisional", "punch", "tangential"])

    assert ["11106", "11105", "11103 x2"] == [line.text() for line in lines]


@pytest.mark.shared
def test_correct_coding_passes_the_edits_of_the_quarter(shared):
    """Every pair of correct lines with an edit carries a modifier, and no line carries one idly."""
    edits = {}
    path = shared / "data" / "cms" / "ccipra-2024q3-derm-derived.txt"
    for text in path.read_text(encoding="latin-1").splitlines():
        cells = text.split("\t")
        if len(cells) >= 6 and cells[4] == "*":
            edits[cells[0], cells[1]] = cells[5]
    bypass = {"24", "25", "57", "58", "59", "79", "XS"}
    for enc in encounters(SEED, range(2500)):
        codes = [line.code for line in enc.coded]
        for place, line in enumerate(enc.coded):
            others = codes[:place] + codes[place + 1 :]
            against = [o for o in others if (o, line.code) in edits or (line.code, o) in edits]
            for other in against:
                assert edits.get((other, line.code)) != "0" and edits.get((line.code, other)) != "0"
                partner = next(x for x in enc.coded if x.code == other)
                assert bypass & {*line.modifiers, *partner.modifiers}, (line.code, other)
            if {"59", "XS"} & set(line.modifiers):
                assert against or codes.count(line.code) > 1


def test_separate_lesion_modifier_goes_on_the_second_code():
    """Beside a biopsy the destruction carries the modifier; beside 17004 the biopsy does."""
    few = with_separate_lesions_marked([Coded("11102"), Coded("17000"), Coded("17003", 3)], "59")
    many = with_separate_lesions_marked([Coded("17004"), Coded("11102")], "XS")

    assert ["11102", "17000-59", "17003 x3"] == [line.text() for line in few]
    assert ["17004", "11102-XS"] == [line.text() for line in many]


#: Days of the global period after the day of service (Medicare Physician Fee Schedule, July 2024).
TEN_DAYS = (
    "1006", "1140", "1142", "1144", "1160", "1162", "1164", "1120", "1203", "1204", "1205", "1310",
    "1312", "1313", "1315", "17000", "17004", "1711", "1726", "1727", "1728",
)  # fmt: skip
ADD_ONS = {"11201", "13102", "13122", "13133", "13153", "17003"}


def days_of_global(code):
    """Return the days after the day of service in which related care is included."""
    if code.startswith("140"):
        return 90
    return 10 if code.startswith(TEN_DAYS) and code not in ADD_ONS else 0


def test_correct_coding_respects_global_periods():
    """Nothing is coded within another service's global period without a modifier that says why."""
    last, seen = {}, 0
    for enc in encounters(SEED, range(4000)):
        until = last.get(enc.patient.key)
        if until is not None and enc.dos <= until:
            seen += 1
            assert all({"24", "58", "79"} & set(line.modifiers) for line in enc.coded)
        billed = [part.line.code for part in enc.billed if part.line is not None]
        periods = [days_of_global(code) for code in [*billed, *(x.code for x in enc.coded)]]
        ends = enc.dos + timedelta(days=max(periods, default=0))
        if max(periods, default=0):
            last[enc.patient.key] = max(ends, until or ends)
    assert seen > 50
