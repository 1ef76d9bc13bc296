"""Frames: rules one after another, counted, frozen, hashed."""

import hashlib

import pandas as pd
import pytest

from auditkit.errors import FrameError
from auditkit.files import table_bytes
from auditkit.sampling.frame import FrameRules, build_frame, service_family

KEY = b"a test key of some length"


def universe():
    """Return seven lines of four encounters and five claims, by hand."""
    rows = [
        # encounter, claim, line, provider, payer, dos, code, allowed, paid, frequency
        ("E1", "C1", 1, "P01", "MEDICARE_B", "2024-07-01", "99213", 90.0, 72.0, "1"),
        ("E1", "C1", 2, "P01", "MEDICARE_B", "2024-07-01", "11102", 100.5, 80.4, "1"),
        ("E1", "C2", 1, "P01", "MEDICARE_B", "2024-07-01", "17000", 67.9, 54.3, "1"),
        ("E2", "C3", 1, "P01", "AETNA", "2024-08-02", "99214", 130.0, 0.0, "1"),
        ("E3", "C4", 1, "P02", "MEDICARE_B", "2024-06-30", "99213", 90.0, 72.0, "1"),
        ("E4", "C5", 1, "P02", "MEDICARE_B", "2024-09-30", "11602", 300.0, 240.0, "8"),
        ("E4", "C5", 2, "P02", "MEDICARE_B", "2024-09-30", "12032", 250.0, 200.0, "1"),
    ]
    columns = ["encounter_id", "claim_id", "line", "provider_id", "payer", "dos_from", "code",
               "allowed", "paid", "frequency_code"]  # fmt: skip
    lines = pd.DataFrame(rows, columns=columns)
    return lines.assign(
        dos_from=pd.to_datetime(lines["dos_from"]), charge=lines["allowed"] * 2, pos="11"
    )


def test_each_rule_is_counted():
    """The attrition table shows what each rule left, in the order of the rules."""
    rules = FrameRules(dos_from="2024-07-01", payers=("MEDICARE_B",))
    frame = build_frame(universe(), rules, "encounter")

    assert [
        ("universe", 4, 7, 1028.4),
        ("DOS from 2024-07-01", 3, 6, 938.4),
        ("payer in MEDICARE_B", 2, 5, 808.4),
        ("frequency code in 1, 7", 2, 4, 508.4),
        ("unit paid more than 0.00", 2, 4, 508.4),
    ] == list(frame.attrition[["rule", "units", "lines", "allowed"]].itertuples(False, None))


def test_units_hold_their_lines():
    """An encounter gathers the lines of all its claims; its family is the rarest service's."""
    frame = build_frame(universe(), FrameRules(), "encounter")
    first = frame.units.set_index("unit_id").loc["E1"]

    assert ("11102 17000 99213", "biopsy", 3, 258.4) == (
        first["codes"], first["family"], first["lines"], first["allowed"],
    )  # fmt: skip


@pytest.mark.parametrize(("unit", "count"), [("encounter", 3), ("claim", 4), ("line", 5)])
def test_the_unit_is_what_the_plan_declares(unit, count):
    """Paid units of each kind, counted by hand: C3 was paid nothing, C5 line 1 was voided."""
    frame = build_frame(universe(), FrameRules(), unit, KEY)

    assert count == len(frame.units)
    assert frame.units["unit_id"].is_unique


def test_a_code_rule_keeps_whole_units():
    """A unit with one wanted code keeps its other lines."""
    frame = build_frame(universe(), FrameRules(codes=("11102-11107",)), "encounter")

    assert ["E1"] == frame.units["unit_id"].tolist()
    assert [3] == frame.units["lines"].tolist()


def test_the_hash_is_that_of_the_file():
    """The frame's hash is the SHA-256 of frame.csv, whatever the order of the claims."""
    frame = build_frame(universe(), FrameRules(), "encounter")
    again = build_frame(universe().iloc[::-1], FrameRules(), "encounter")

    assert frame.sha256 == hashlib.sha256(table_bytes(frame.units)).hexdigest()
    assert frame.sha256 == again.sha256


def test_unpaid_units_stay_when_asked():
    """paid_above = false keeps units that were paid nothing."""
    frame = build_frame(universe(), FrameRules(paid_above=False), "encounter")

    assert ["E1", "E2", "E3", "E4"] == frame.units["unit_id"].tolist()


def test_claims_without_paid_amounts_keep_every_unit():
    """837P claims know no payment; the attrition table says that the rule could not apply."""
    lines = universe().assign(paid=float("nan"))
    frame = build_frame(lines, FrameRules(), "encounter")

    assert 4 == len(frame.units)
    assert "paid amount not known: every unit kept" == frame.attrition["rule"].iloc[-1]


def test_an_audited_encounter_is_left_out():
    """Encounters of an earlier audit leave the frame."""
    frame = build_frame(universe(), FrameRules(previously_audited=("E1",)), "encounter")

    assert "E1" not in set(frame.units["unit_id"])


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"providers": ("P09",)}, "providers names P09, which the universe does not hold"),
        ({"payers": ("CIGNA",)}, "payers names CIGNA"),
        ({"dos_from": "2031-01-01"}, "No line is left after the frame rule 'DOS from 2031-01-01'"),
        ({"paid_above": 9999.0}, "No unit was paid more than 9999.00"),
    ],
)
def test_a_frame_that_cannot_be_says_why(rules, message):
    """Unknown names and empty results are refused with what to compare."""
    with pytest.raises(FrameError, match=message):
        build_frame(universe(), FrameRules(**rules), "encounter")


@pytest.mark.parametrize(
    "rules",
    [
        {"dos_from": "2024-09-30", "dos_to": "2024-07-01"},
        {"codes": ("17004-17000",)},
        {"colour": "blue"},
    ],
)
def test_rules_that_contradict_themselves_are_refused(rules):
    """A period or code range that runs backwards, or an unknown rule, is no frame rule."""
    with pytest.raises(ValueError):
        FrameRules(**rules)


@pytest.mark.parametrize(
    ("codes", "family"),
    [
        ("17311 14040 99213", "mohs"),
        ("11102 17000", "biopsy"),
        ("99213", "visit"),
        ("G2211", "other"),
    ],
)
def test_service_families(codes, family):
    """An encounter belongs to the first family that one of its codes falls in."""
    assert family == service_family(codes)
