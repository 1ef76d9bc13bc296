"""Properties of supported coding: order, determinism, boundaries, and what elements may change."""

import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from coding_builder import DOS, billed, excised, keratoses, of, record
from editions_of_2024 import Editions2024

from auditkit.findings import audit_encounters
from auditkit.model import PriorService

HUNDREDTHS = st.integers(min_value=1, max_value=600).map(lambda n: Decimal(n) / 100)
#: Upper limits of the bands of excised diameter (cm) on the trunk, malignant series, from CPT.
BANDS = (("0.5", "11600"), ("1.0", "11601"), ("2.0", "11602"), ("3.0", "11603"), ("4.0", "11604"))


def audit(encounter, documented):
    """Return the result of one encounter."""
    return audit_encounters([encounter], {encounter.encounter_id: documented})[0]


def agreed(result):
    """Return the agreed lines as a sorted list of code, modifiers and units."""
    return sorted((a.code, a.modifiers, a.units) for a in result.agreed)


def told(result):
    """Return what was said, without line numbers."""
    return sorted((f.rule_id, f.direction, f.dollars, f.billed) for f in result.findings)


def supported(*pairs, **parts):
    """Return the agreed lines of a record when nothing is billed."""
    return agreed(audit(billed(), of(*pairs, **parts)))


LINES = ("17000-59 L57.0 $67.91", "17003 x3 L57.0 $19.97", "11602 C44.519 $245.33",
         "11603-59 C44.519 $279.28", "11102 D49.2 $100.53", "99213-25 L40.0 $90.87")  # fmt: skip


@st.composite
def charts(draw):
    """A record of keratoses, excisions and biopsies with lesions of their own."""
    pairs = [keratoses(draw(st.integers(1, 20)), lesion="K")]
    for name in draw(st.lists(st.sampled_from("ABCD"), unique=True)):
        size = draw(HUNDREDTHS)
        margin = draw(st.sampled_from((Decimal("0.1"), Decimal("0.2"), Decimal("0.5"))))
        behavior = draw(st.sampled_from(("malignant", "benign", "in_situ", "uncertain")))
        pairs.append(excised(size, margin, name, draw(st.sampled_from(("back", "nose"))), behavior))
    for name in draw(st.lists(st.sampled_from("XYZ"), unique=True)):
        technique = draw(st.sampled_from(("tangential", "punch", "incisional")))
        pairs.append(
            (
                {"lesion_id": name, "site": "left arm"},
                {"procedure_id": f"P{name}", "type": "biopsy", "lesion_ids": [name],
                 "technique": technique},
            )
        )  # fmt: skip
    return pairs


@given(charts(), st.permutations(LINES), st.randoms())
def test_order_of_lines_and_procedures_does_not_matter(pairs, lines, random):
    """The agreed lines, findings and dollars are the same however claim and record are ordered."""
    first = audit(billed(*LINES), of(*pairs))
    shuffled = list(pairs)
    random.shuffle(shuffled)
    second = audit(billed(*lines), of(*shuffled))

    assert agreed(first) == agreed(second)
    assert told(first) == told(second)
    assert first.dollars == second.dollars


#: Lines of which some are alike, or alike but for a modifier; units over their published limit.
ALIKE = ("11602 C44.519 $245.33", "11602 C44.519 $245.33", "12031 C44.519 $263.30",
         "12031-59 C44.519 $263.30", "17003 x7 L57.0 $46.60", "17003-76 x7 L57.0 $46.60",
         "17000 L57.0 $67.91")  # fmt: skip


@given(st.permutations(ALIKE), st.integers(1, 20))
def test_order_does_not_matter_among_lines_that_are_alike(lines, count):
    """What is told of lines of one code does not hang on which of them stands first."""
    wounds = [
        (
            {"lesion_id": name, "site": "back"},
            {"procedure_id": f"R{name}", "type": "repair", "lesion_ids": [name], "layers": 2,
             "closure": "intermediate", "length_cm": "1.9"},
        )
        for name in ("V", "W")
    ]  # fmt: skip
    parts = of(keratoses(count, lesion="K"), excised(1.0, 0.3), *wounds)
    first, second = (
        audit_encounters([billed(*each)], {"e1": parts}, editions=Editions2024())[0]
        for each in (ALIKE, lines)
    )

    assert agreed(first) == agreed(second)
    assert told(first) == told(second)


@given(charts())
def test_the_same_input_gives_the_same_result(pairs):
    """Nothing of a run leaks into the next."""
    assert audit(billed(*LINES), of(*pairs)) == audit(billed(*LINES), of(*pairs))


@given(charts())
def test_billing_what_is_supported_leaves_nothing_to_find(pairs):
    """A claim coded by the engine has no finding: supported lines are their own answer."""
    lines = audit(billed(), of(*pairs)).agreed
    texts = ["-".join((a.code, *a.modifiers)) + f" x{a.units:f}" for a in lines]
    seen, told_apart = set(), []
    for text in texts:
        code = text.split(" ")[0]
        told_apart.append(text if code not in seen else text.replace(code, f"{code}-59", 1))
        seen.add(code)
    result = audit(billed(*told_apart), of(*pairs))

    assert [] == [f for f in result.findings if f.severity == "error"]
    assert 0 == result.dollars


@given(charts(), st.integers(1, 7))
def test_a_further_element_never_removes_support_elsewhere(pairs, count):
    """Injections into other lesions leave every supported line of the rest as it was."""
    extra = (
        {"lesion_id": "I", "site": "back"},
        {"procedure_id": "PI", "type": "injection", "lesion_ids": ["I"],
         "technique": "intralesional", "lesions_treated": count},
    )  # fmt: skip
    before, after = supported(*pairs), supported(*pairs, extra)

    assert not [line for line in before if line not in after]


@given(HUNDREDTHS, st.sampled_from(("0.1", "0.15", "0.2", "0.25", "0.3")))
def test_excised_diameter_falls_in_its_band_exactly(diameter, margin):
    """Lesion plus twice the margin is compared as Decimal: no band is jumped by a rounding."""
    size = diameter + 2 * Decimal(margin)
    code = next((code for limit, code in BANDS if size <= Decimal(limit)), "11606")

    assert [(code, (), 1)] == supported(excised(diameter, margin))


@pytest.mark.parametrize(
    ("diameter", "margin", "code"),
    [
        ("0.3", "0.1", "11600"), ("0.31", "0.1", "11601"), ("2.6", "0.2", "11603"),
        ("2.6", "0.21", "11604"), ("0.7", "0.15", "11601"), ("3.4", "0.3", "11604"),
        ("3.41", "0.3", "11606"),
    ],
)  # fmt: skip
def test_excised_diameter_on_the_limits(diameter, margin, code):
    """A limit belongs to the band that it closes."""
    assert [(code, (), 1)] == supported(excised(diameter, margin))


@given(st.integers(1, 60))
def test_premalignant_count_follows_the_code_book(count):
    """One, two to fourteen, fifteen and more (CPT 17000-17004)."""
    if count >= 15:
        expected = [("17004", (), Decimal(1))]
    else:
        expected = [("17000", (), Decimal(1))]
        if count > 1:
            expected.append(("17003", (), Decimal(count - 1)))

    assert expected == supported(keratoses(count))


@given(st.integers(0, 120))
def test_time_alone_gives_the_level_of_its_minimum(minutes):
    """10, 20, 30 and 40 minutes must be met for an established patient (CPT 2024)."""
    em = {"present": True, "problems": [], "data": {}, "risk": None, "total_time_min": minutes,
          "time_statement": True}  # fmt: skip
    level = sum(minutes >= least for least in (10, 20, 30, 40))
    result = audit(billed("99213 $90.87"), record(em=em))
    codes = [a.code for a in result.agreed if a.code != "G2212"]

    assert codes == ([f"9921{level + 1}"] if level else [])
    # Medicare: the first prolonged unit at 69 minutes, then each 15.
    units = [a.units for a in result.agreed if a.code == "G2212"]
    assert units == ([1 + (minutes - 69) // 15] if minutes >= 69 else [])


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_mohs_stages_and_blocks(blocks):
    """One first stage, the others further, and the blocks beyond five of each stage."""
    lesion = {"lesion_id": "A", "site": "nose", "prior_path_date": "2024-07-01"}
    procedure = {
        "procedure_id": "P", "type": "mohs", "lesion_ids": ["A"], "surgeon_is_pathologist": True,
        "map_present": True, "histology_described": True, "stages": [{"blocks": b} for b in blocks],
    }  # fmt: skip
    found = {code: units for code, _, units in supported((lesion, procedure))}
    beyond = sum(max(0, b - 5) for b in blocks)
    expected = {"17311": 1, "17312": len(blocks) - 1, "17315": beyond}

    assert {code: units for code, units in expected.items() if units} == found


@given(charts())
def test_one_main_finding_per_line_carries_its_dollars(pairs):
    """Each line has at most one main finding; findings add up to the dollars of the encounter."""
    result = audit(billed(*LINES), of(*pairs))
    mains = [f for f in result.findings if f.main]
    numbered = [f.line for f in mains if f.line is not None]

    assert len(numbered) == len(set(numbered))
    assert sum((f.dollars for f in mains), Decimal(0)) == result.dollars
    assert all(f.dollars == 0 for f in result.findings if not f.main)


@given(charts(), st.integers(1, 9))
def test_line_numbers_do_not_matter(pairs, first):
    """Numbering the lines otherwise changes only the numbers."""
    encounter = billed(*LINES)
    moved = replace(
        encounter,
        lines=tuple(replace(x, number=x.number + first) for x in encounter.lines),
    )

    assert told(audit(encounter, of(*pairs))) == told(audit(moved, of(*pairs)))


@given(st.integers(1, 40))
def test_counts_step_where_the_code_book_says(count):
    """Injections 7/8, warts 14/15, tags 15 then each ten, nails 5/6, corns 1, 4 (CPT)."""
    further = [("11201", (), Decimal(-(-(count - 15) // 10)))] if count > 15 else []
    expected = {
        "injection": [("11900" if count <= 7 else "11901", (), 1)],
        "tag_removal": [("11200", (), 1), *further],
        "nail": [("11720" if count <= 5 else "11721", (), 1)],
        "paring": [("11055" if count == 1 else "11056" if count <= 4 else "11057", (), 1)],
        "destruction": [("17110" if count <= 14 else "17111", (), 1)],
    }
    for kind, lines in expected.items():
        lesion = {"lesion_id": "A", "site": "left foot", "clinical_behavior": "benign",
                  "symptoms": ["pain"]}  # fmt: skip
        counted = {"nails": count} if kind == "nail" else {"lesions_treated": count}
        procedure = {"procedure_id": "P", "type": kind, "lesion_ids": ["A"],
                     "technique": "debridement" if kind == "nail" else None} | counted  # fmt: skip

        assert lines == supported((lesion, procedure)), kind


#: Upper limits (sq cm) of the bands of a flap of the cheek, then each further 30 (CPT).
FLAPS = (("10", "14040"), ("30", "14041"))


@given(st.integers(min_value=1, max_value=20_000).map(lambda n: Decimal(n) / 100))
def test_flap_area_falls_in_its_band_exactly(area):
    """10 and 30 sq cm close their bands; beyond 60 each further 30 or part adds a unit."""
    lesion = {"lesion_id": "A", "site": "left cheek"}
    procedure = {"procedure_id": "P", "type": "tissue_transfer", "lesion_ids": ["A"],
                 "flap_incisions": True, "area_sq_cm": area}  # fmt: skip
    code = next((code for limit, code in FLAPS if area <= Decimal(limit)), "14301")
    found = {line: units for line, _, units in supported((lesion, procedure))}
    further = found.pop("14302", Decimal(0))
    beyond = max(area - 60, Decimal(0))

    assert {code: 1} == found
    assert beyond <= further * 30 < beyond + 30


#: Upper limits (cm) of intermediate repairs of the hand and of the face (CPT).
REPAIRS = {
    "right hand": (("2.5", "12041"), ("7.5", "12042"), ("12.5", "12044"), ("20", "12045"),
                   ("30", "12046"), ("200", "12047")),
    "forehead": (("2.5", "12051"), ("5", "12052"), ("7.5", "12053"), ("12.5", "12054"),
                 ("20", "12055"), ("30", "12056"), ("200", "12057")),
}  # fmt: skip


@given(st.sampled_from(sorted(REPAIRS)), st.lists(HUNDREDTHS, min_size=1, max_size=8))
def test_repairs_of_one_group_are_one_sum(site, lengths):
    """However a length is divided over wounds, its sum names one code."""
    pairs = [
        (
            {"lesion_id": f"W{i}", "site": site},
            {"procedure_id": f"P{i}", "type": "repair", "lesion_ids": [f"W{i}"], "layers": 2,
             "closure": "intermediate", "length_cm": length},
        )
        for i, length in enumerate(lengths)
    ]  # fmt: skip
    code = next(code for limit, code in REPAIRS[site] if sum(lengths) <= Decimal(limit))

    assert [(code, (), 1)] == supported(*pairs)


@pytest.mark.parametrize(
    ("days", "days_after", "inside"),
    [("010", 10, True), ("010", 11, False), ("090", 90, True), ("090", 91, False),
     ("000", 1, False)],
)  # fmt: skip
def test_global_periods_end_after_their_last_day(days, days_after, inside):
    """An unrelated keratosis takes 79 on day 10 and 90, and nothing on day 11 and 91."""
    earlier = PriorService(
        DOS - timedelta(days=days_after), "11602", "1234567893", global_days=days
    )
    result = audit(billed(history=(earlier,)), of(keratoses(1)))

    assert [("17000", ("79",) if inside else (), 1)] == agreed(result)


@given(st.integers(0, 130))
def test_time_of_a_new_patient_has_its_own_minimums(minutes):
    """15, 30, 45 and 60 minutes; Medicare's prolonged code from 89, then each 15 (CPT, MCPM)."""
    em = {"present": True, "problems": [], "data": {}, "risk": None, "total_time_min": minutes,
          "time_statement": True}  # fmt: skip
    level = sum(minutes >= least for least in (15, 30, 45, 60))
    result = audit(billed("99203 $111.51"), record(em=em))
    units = {a.code: a.units for a in result.agreed}

    assert [f"9920{level + 1}"] * bool(level) == [code for code in units if code != "G2212"]
    assert (1 + (minutes - 89) // 15 if minutes >= 89 else None) == units.get("G2212")


#: Procedures on a lesion of their own, which leave what stands beside them as it was.
APART = (
    {"type": "paring", "lesions_treated": 3},
    {"type": "incision_drainage", "lesions_treated": 1, "complicated": False},
    {"type": "repair", "layers": 2, "closure": "intermediate", "length_cm": "2.0"},
    {"type": "phototherapy", "technique": "narrowband UVB", "material": "mineral oil"},
    {"type": "tag_removal", "lesions_treated": 4},
    {"type": "graft", "technique": "full thickness", "area_sq_cm": "4"},
    {"type": "nail", "technique": "avulsion", "nails": 1},
    {"type": "mohs", "surgeon_is_pathologist": True, "map_present": True,
     "histology_described": True, "stages": [{"blocks": 2}]},
)  # fmt: skip


@given(charts(), st.sampled_from(APART))
def test_another_procedure_elsewhere_never_removes_support(pairs, procedure):
    """Whatever else was done on another lesion, the lines of the rest stand as before."""
    lesion = {"lesion_id": "Q", "site": "right foot", "symptoms": ["pain"]}
    extra = {"procedure_id": "PQ", "lesion_ids": ["Q"], **procedure}
    before, after = supported(*pairs), supported(*pairs, (lesion, extra))

    assert not [line for line in before if line not in after]
