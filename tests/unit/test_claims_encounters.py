"""Lines become encounters, and encounters become values with their history."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from auditkit.claims import CLAIM_LINES, encounter_table, encounters, to_model
from auditkit.errors import InputError


def lines_of(*rows):
    """Return a claim lines table; each row is a dictionary of what differs from a plain visit."""
    plain = {
        "claim_id": "A1",
        "line": 1,
        "patient_key": "PT1",
        "patient_birth_date": pd.Timestamp(1950, 1, 1),
        "patient_sex": "F",
        "rendering_npi": "1234567893",
        "billing_npi": "1558444216",
        "rendering_taxonomy": "207N00000X",
        "dos_from": pd.Timestamp(2024, 3, 5),
        "pos": "11",
        "code": "99213",
        "units": 1.0,
        "dx1": "L57.0",
        "dx2": "D48.5",
        "charge": 150.0,
        "allowed": 92.5,
        "paid": 74.0,
        "payer": "MEDICARE",
        "frequency_code": "1",
    }
    made = pd.DataFrame([{**plain, **row} for row in rows]).reindex(columns=CLAIM_LINES.names)
    return made.assign(
        dos_from=pd.to_datetime(made["dos_from"]),
        received_date=pd.to_datetime(made["received_date"]),
    )


def test_encounter_id_is_the_keyed_hash_of_patient_provider_and_day():
    """The id agrees with HMAC-SHA256 as `openssl dgst -hmac` computes it."""
    made = encounters(lines_of({}), key=b"0123456789abcdef")

    # printf '%s' 'PT1|1234567893|2024-03-05' | openssl dgst -sha256 -hmac 0123456789abcdef
    assert made["encounter_id"].tolist() == ["f904beba9f9d928e"]
    # printf '%s' 'PT1|1234567893|2024-03-05' | openssl dgst -sha256 -mac HMAC -macopt hexkey:00
    assert encounters(lines_of({}))["encounter_id"].tolist() == ["281bfe6c40d3405b"]


def test_lines_of_one_patient_provider_and_day_are_one_encounter():
    """A new patient, provider or day is a new encounter; another claim or payer is not."""
    lines = lines_of(
        {},
        {"line": 2, "code": "17000"},
        {"claim_id": "A2", "payer": "AETNA"},
        {"claim_id": "A3", "patient_key": "PT2"},
        {"claim_id": "A4", "rendering_npi": "1245319599"},
        {"claim_id": "A5", "dos_from": pd.Timestamp(2024, 3, 6)},
    )
    made = encounters(lines)

    assert made.columns[0] == "encounter_id"
    assert made["encounter_id"].nunique() == 4
    assert made["encounter_id"].iloc[:3].nunique() == 1
    assert made["claim_id"].tolist() == lines["claim_id"].tolist()
    pd.testing.assert_frame_equal(made[list(lines.columns)], lines)


def test_encounter_line_is_the_lines_own_number_unless_claims_clash():
    """Line numbers stay where they are unique; a clash is numbered by claim and line."""
    made = encounters(
        lines_of(
            {"claim_id": "B2", "line": 1},
            {"claim_id": "B1", "line": 2},
            {"claim_id": "B1", "line": 1},
            {"claim_id": "C1", "line": 3, "patient_key": "PT2"},
        )
    )

    assert made["encounter_line"].tolist() == [3, 2, 1, 3]


def test_the_encounter_table_adds_up():
    """Money is summed to the cent, codes are listed once and sorted, payers are all named."""
    lines = lines_of(
        {"charge": 0.1, "paid": None},
        {"line": 2, "code": "17000", "charge": 0.2, "paid": 3.0},
        {"claim_id": "A2", "line": 3, "payer": "AETNA", "charge": 0.3, "paid": None},
        {"claim_id": "A3", "patient_key": "PT2", "paid": None},
    )
    table = encounter_table(encounters(lines)).sort_values("n_lines", ascending=False)

    assert " ".join(table.columns) == (
        "encounter_id rendering_npi dos payer n_lines charge allowed paid codes"
    )
    first, second = table.to_dict("records")
    assert (first["n_lines"], first["charge"], first["paid"]) == (3, 0.6, 3.0)
    assert first["codes"] == "17000 99213"
    assert first["payer"] == "AETNA; MEDICARE"
    assert first["dos"] == pd.Timestamp(2024, 3, 5)
    assert pd.isna(second["paid"])


def test_the_order_of_the_rows_changes_nothing():
    """The encounter table is the same after the lines are shuffled."""
    lines = lines_of(
        *({"claim_id": f"A{n}", "patient_key": f"PT{n % 5}", "charge": n + 0.07} for n in range(40))
    )
    shuffled = lines.sample(frac=1, random_state=3)

    pd.testing.assert_frame_equal(
        encounter_table(encounters(lines)), encounter_table(encounters(shuffled))
    )


def test_a_line_without_patient_is_refused():
    """An encounter needs its patient, provider and day."""
    with pytest.raises(InputError, match="patient_key"):
        encounters(lines_of({"patient_key": None}))


def test_a_value_has_the_lines_as_billed():
    """Diagnoses follow the pointers, modifiers their order, money is Decimal dollars."""
    lines = encounters(
        lines_of(
            {"mod1": "25", "mod2": "GC", "dx_pointers": "2,1"},
            {"line": 2, "code": "J3301", "units": 0.5, "allowed": None},
        )
    )
    (made,) = to_model(lines)

    assert (made.dos, made.payer, made.birth_date) == (
        date(2024, 3, 5),
        "MEDICARE",
        date(1950, 1, 1),
    )
    first, second = made.lines
    assert first.modifiers == ("25", "GC")
    assert first.diagnoses == ("D48.5", "L57.0")
    assert first.charge == Decimal("150.00")
    assert second.units == Decimal("0.5")
    assert second.allowed is None
    assert second.diagnoses == ("L57.0", "D48.5")
    assert made.history == ()


def test_history_is_the_patients_earlier_services_of_three_years():
    """Earlier days of three years count; the same day, older, void and others' do not."""
    universe = lines_of(
        {},
        {"claim_id": "H1", "dos_from": pd.Timestamp(2021, 3, 5), "code": "17311"},
        {"claim_id": "H2", "dos_from": pd.Timestamp(2021, 3, 4)},
        {"claim_id": "H3", "dos_from": pd.Timestamp(2024, 3, 4), "billing_npi": "1003000126"},
        {"claim_id": "H4", "dos_from": pd.Timestamp(2024, 1, 4), "code": "88305", "mod1": "26"},
        {"claim_id": "H5", "dos_from": pd.Timestamp(2024, 1, 5), "frequency_code": "8"},
        {"claim_id": "H6", "dos_from": pd.Timestamp(2024, 1, 6), "patient_key": "PT2"},
    )
    wanted = encounters(universe.iloc[:1])
    (made,) = to_model(wanted, universe)

    assert [prior.claim_id for prior in made.history] == ["H1", "H4", "H3"]
    assert [prior.same_group for prior in made.history] == [True, True, False]
    assert [prior.face_to_face for prior in made.history] == [True, False, True]
    assert made.history[0].specialty == "207N00000X"
    assert made.history[1].modifiers == ("26",)


def test_history_of_a_leap_day_reaches_back_to_the_28th():
    """Three years before 29 February is 28 February."""
    universe = lines_of(
        {"dos_from": pd.Timestamp(2024, 2, 29)},
        {"claim_id": "H1", "dos_from": pd.Timestamp(2021, 2, 28)},
        {"claim_id": "H2", "dos_from": pd.Timestamp(2021, 2, 27)},
    )
    (made,) = to_model(encounters(universe.iloc[:1]), universe)

    assert [prior.claim_id for prior in made.history] == ["H1"]
