"""The census of the sample practice: the engine finds what was planted, and nothing else."""

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
import pytest

from auditkit.claims import encounters, read_claims, to_model
from auditkit.coding.pack import load_rules
from auditkit.documentation.store import read_documentation
from auditkit.findings import EncounterResult, audit_encounter
from auditkit.pricing import bundled_fees
from auditkit.pricing.practice import fees_by_payer, price_table
from auditkit.reference import Editions, Store

#: Kinds of planted error that only a user's editions of CMS files can show: edits between codes.
NEEDS_EDITIONS = {"mod59_left_out"}
#: Bilateral indicators stand in a fee schedule edition, and the practice's own prices carry none.
NEEDS_INDICATORS: set[str] = set()
#: The engine adds the right modifier to these visits and keeps the wrong one beside it.
WRONG_MODIFIER_KEPT: set[str] = set()
#: One planted error can break two rules; either family, or both, answers for it. An add-on without
#: its first code is an edit where editions are in use, and a count or stage left out everywhere.
ALSO = {"addon_without_first": {"LESION_COUNT"}, "mohs_first_stage_left_out": {"MOHS"}}
#: Documentation that falls short of the code billed can be called insufficient, or the code wrong.
ARGUABLE = {"waste_not_documented", "excision_margin_missing", "mohs_blocks_over"}
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Case:
    """One encounter: the rows of the answer key and the engine's result."""

    rows: tuple[dict, ...]
    result: EncounterResult

    @property
    def plants(self):
        """The kinds of error planted."""
        return {row["plant"] for row in self.rows if row["plant"]}

    @property
    def name(self):
        """The claim's number."""
        return self.rows[0]["claim_id"]

    @property
    def families(self):
        """The families of the engine's main findings."""
        return {line.family for line in self.result.lines if line.family}


def store_of(folder, shared):
    """Return the editions of July 2024 in a new store."""
    store = Store(folder)
    files = shared / "data" / "cms"
    store.add(sorted(files.glob("medicare-ncci-2024q3-practitioner-ptp-*.zip")))
    names = ("MCR_MUE_PractitionerServices_Eff_07-01-2024.csv", "AOC_V2024Q3-MCR-derived.txt",
             "PPRRVU24_JUL-derived.csv")  # fmt: skip
    store.add([files / name for name in names])
    return Editions(folder)


@pytest.fixture(
    scope="module", params=["bundled", pytest.param("editions", marks=pytest.mark.shared)]
)
def census(request, repository, tmp_path_factory):
    """Every encounter of the documented quarter, answered by the key and by the engine.

    Once with what comes with auditkit, once with the editions of the quarter from CMS as well.
    """
    editions, awaited = None, NEEDS_EDITIONS | NEEDS_INDICATORS
    if request.param == "editions":
        shared = request.getfixturevalue("shared")
        editions, awaited = store_of(tmp_path_factory.mktemp("store"), shared), NEEDS_INDICATORS
    folder, key = repository / "sample_data", b"census"
    lines = encounters(read_claims(folder / "claims.csv"), key)
    last = lines[lines["dos_from"] >= pd.Timestamp("2024-07-01")]
    documented = read_documentation(folder / "documentation.jsonl", key).elements()
    national, rules = bundled_fees(), load_rules()
    fees = fees_by_payer(price_table(lines, folder / "fees.csv"), national)
    rows = defaultdict(list)
    with (folder / "answer_key.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["patient_key"], row["rendering_npi"], row["dos"]].append(row)
    names = last.drop_duplicates("encounter_id").set_index("encounter_id")
    cases = []
    for encounter in to_model(last, lines):
        one = names.loc[encounter.encounter_id]
        mine = rows.pop((one.patient_key, one.rendering_npi, encounter.dos.isoformat()))
        result = audit_encounter(
            encounter, documented[encounter.encounter_id], fees[encounter.payer], rules, editions
        )
        cases.append(Case(tuple(mine), result))
    assert not rows
    return [case for case in cases if not case.plants & awaited]


def agreed_lines(texts):
    """Return lines as a multiset; 59 and the X modifiers say the same."""
    lines = Counter()
    for text in texts:
        code, _, units = text.partition(" x")
        code, *modifiers = code.split("-")
        said = frozenset("59" if m in ("XE", "XS", "XP", "XU") else m for m in modifiers)
        lines[code, said] += int(units or 1)
    return lines


def test_the_census_is_whole_and_nothing_is_left_open(census):
    """Three thousand encounters and over a hundred kinds of error; no question to the auditor."""
    assert len(census) > 3000
    assert len({plant for case in census for plant in case.plants}) > 100
    assert [case.name for case in census if any(x.prompt for x in case.result.lines)] == []
    assert [case.name for case in census if case.result.problems] == []


def test_nothing_is_found_where_nothing_was_planted(census):
    """Precision: an encounter coded correctly has no finding."""
    wrong = [(case.name, case.families) for case in census if not case.plants and case.families]

    assert wrong == []


def test_every_planted_error_is_found_under_its_family(census):
    """Recall: each planted error is found under the family that it breaks, and under no other."""
    wrong = []
    for case in census:
        right = {row["family"] for row in case.rows if row["plant"]}
        also = set().union(*(ALSO.get(plant, ()) for plant in case.plants))
        if case.plants and not (case.families and case.families <= right | also):
            wrong.append((case.name, *case.plants, case.families))

    assert wrong == []


def test_agreed_lines_are_those_of_the_key(census):
    """The lines that the record supports are those that the generator coded from the truth."""
    wrong = []
    for case in census:
        key = agreed_lines(text for row in case.rows for text in row["agreed"].split(" + ") if text)
        engine = agreed_lines(
            "-".join((a.code, *a.modifiers)) + f" x{a.units}" for a in case.result.agreed
        )
        if key != engine and not case.plants & WRONG_MODIFIER_KEPT:
            wrong.append((case.name, *case.plants, key - engine, engine - key))

    assert wrong == []


def test_dollars_are_those_of_the_key(census):
    """Billed minus agreed dollars of each encounter agree within a cent."""
    wrong = []
    for case in census:
        dollars = sum(Decimal(row["dollars"]) for row in case.rows)
        if abs(dollars - case.result.dollars) > CENT:
            wrong.append((case.name, *case.plants, dollars, case.result.dollars))

    assert wrong == []


def test_direction_is_that_of_the_key(census):
    """The money errs in the direction of the key."""
    wrong = []
    for case in census:
        key = {row["direction"] for row in case.rows if row["plant"]}
        found = {str(line.direction) for line in case.result.lines if line.family}
        if key != found:
            wrong.append((case.name, *case.plants, key, found))

    assert wrong == []


def test_each_line_has_the_verdict_of_the_key(census):
    """Line by line the verdict is that of the key; beside a first code left out it may differ."""
    wrong = []
    for case in census:
        place = Counter()
        found = {}
        for result in case.result.lines:
            if result.line is not None:
                place[result.line.claim_id] += 1
                found[result.line.claim_id, place[result.line.claim_id]] = str(result.verdict)
        for row in case.rows:
            if row["line"] and not case.plants & set(ALSO):
                verdict = found[row["claim_id"], int(row["line"])]
                if verdict != row["verdict"]:
                    wrong.append((row["claim_id"], row["plant"], row["verdict"], verdict))

    assert wrong == []


def test_category_is_that_of_the_key(census):
    """Errors have the category that CERT would give, where only one can be argued."""
    wrong = []
    for case in census:
        key = {row["category"] for row in case.rows if row["plant"]}
        found = {str(line.category) for line in case.result.lines if line.family}
        if key != found and not case.plants & ARGUABLE:
            wrong.append((case.name, *case.plants, key, found))

    assert wrong == []


def test_agreed_diagnoses_are_those_of_the_key(census):
    """Where another diagnosis belongs on a line, the engine names the one that the key names.

    Which diagnosis a code cut short was meant to be, the record alone does not tell.
    """
    wrong = []
    for case in census:
        billed = {line.line.number: line for line in case.result.lines if line.line is not None}
        for row in case.rows:
            if row["agreed_diagnosis"] and row["family"] != "DX_VALID":
                agreed = billed[int(row["line"])].agreed[0].diagnoses[0]
                if agreed != row["agreed_diagnosis"]:
                    wrong.append((case.name, row["plant"], row["agreed_diagnosis"], agreed))

    assert wrong == []
