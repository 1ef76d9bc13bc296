"""Denials by cause, and revenue-cycle measures, against a remittance worked by hand."""

from datetime import date

import pandas as pd
import pytest

from auditkit.claims import read_claims, read_remittance
from auditkit.errors import InputError
from auditkit.revenue import (
    against_findings,
    as_table,
    authorisation_checks,
    denials,
    eligibility_checks,
    measures,
    pareto,
)

ISA = (
    "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PROVIDER       "
    "*240801*1200*^*00501*000000001*0*P*:~GS*HP*P*R*20240801*1200*1*X*005010X221A1~"
)
# Four claims: A1 paid; A2 denied for missing records (16 with remark M127) on one line, the other
# paid; A3 denied for eligibility (27) as a whole; A4 paid, reversed and corrected to a denial (29).
BODY = (
    "ST*835*0001~BPR*I*180*C*ACH*CCP*01*111*DA*1*1512345678**01*111*DA*9*20240815~"
    "TRN*1*EFT1*1512345678~DTM*405*20240815~N1*PR*MEDICARE~N1*PE*GROUP*XX*1999900008~LX*1~"
    "CLP*A1*1*150*80*20*MB*I1*11~NM1*QC*1*DOE*J~SVC*HC:99213*150*80**1~DTM*472*20240701~"
    "CAS*CO*45*50~CAS*PR*2*20~"
    "CLP*A2*1*300*100*0*MB*I2*11~NM1*QC*1*DOE*J~SVC*HC:11102*200*100**1~DTM*472*20240702~"
    "CAS*CO*45*100~SVC*HC:17000*100*0**1~DTM*472*20240702~CAS*CO*16*100~LQ*HE*M127~"
    "CLP*A3*4*90*0*0*MB*I3*11~NM1*QC*1*DOE*J~SVC*HC:99212*90*0**1~DTM*472*20240703~"
    "CAS*OA*27*90~"
    "CLP*A4*1*60*40*0*MB*I4*11~NM1*QC*1*DOE*J~SVC*HC:17110*60*40**1~DTM*472*20240704~"
    "CAS*CO*45*20~"
    "CLP*A4*22*-60*-40*0*MB*I4*11~NM1*QC*1*DOE*J~SVC*HC:17110*-60*-40**1~DTM*472*20240704~"
    "CAS*CO*45*-20~"
    "CLP*A4*4*60*0*0*MB*I4*11~NM1*QC*1*DOE*J~SVC*HC:17110*60*0**1~DTM*472*20240704~"
    "CAS*CO*29*60~SE*40*0001~"
)


@pytest.fixture
def remittance(tmp_path):
    """Return the remittance above."""
    path = tmp_path / "august.835"
    path.write_text(f"{ISA}{BODY}GE*1*1~IEA*1*000000001~")
    return read_remittance(path)


@pytest.fixture
def lines(tmp_path):
    """Return the five billed lines of the four claims, and one claim that is still open."""
    head = (
        "claim_id,line,patient_key,rendering_npi,billing_npi,dos_from,dos_to,pos,code,mod1,units,dx1,"
        "dx_pointers,charge,allowed,paid,payer,received_date,frequency_code\n"
    )
    rows = [
        ("A1", 1, "2024-07-01", "99213", 150), ("A2", 1, "2024-07-02", "11102", 200),
        ("A2", 2, "2024-07-02", "17000", 100), ("A3", 1, "2024-07-03", "99212", 90),
        ("A4", 1, "2024-07-04", "17110", 60), ("A5", 1, "2024-08-20", "99213", 150),
    ]  # fmt: skip
    path = tmp_path / "claims.csv"
    path.write_text(head + "".join(
        f"{c},{n},K1,1999900024,1999900008,{d},{d},11,{code},,1,L57.0,1,{charge},,,MEDICARE,{d},1\n"
        for c, n, d, code, charge in rows
    ))  # fmt: skip
    return read_claims(path)


def test_each_denied_line_has_its_cause(remittance):
    """The remark decides for code 16, the claim's code for whole denials, the correction last."""
    found = denials(remittance).set_index("claim_id")

    assert {
        "A2": "missing documentation", "A3": "eligibility", "A4": "timely filing",
    } == found["cause"].to_dict()  # fmt: skip
    assert {"A2": 100.0, "A3": 90.0, "A4": 60.0} == found["charge"].to_dict()
    assert "M127" == found.loc["A2", "remark"]


def test_the_pareto_runs_to_one(remittance):
    """Causes by dollars: 100 of 250, then 90, then 60."""
    table = pareto(denials(remittance), "cause")

    assert ["missing documentation", "eligibility", "timely filing"] == table["cause"].tolist()
    assert [0.4, 0.76, 1.0] == pytest.approx(table["running_share"].tolist())


def test_a_column_that_is_not_there_is_named(remittance):
    """Grouping by an unknown column says which there are."""
    with pytest.raises(InputError, match="no column 'weather'"):
        pareto(denials(remittance), "weather")


def test_the_measures_are_those_of_the_hand_count(remittance, lines):
    """Three of five lines denied, 250 of 600 dollars; one of four claims settled at first pass."""
    found = {m.name: m for m in measures(lines, remittance, as_of=date(2024, 8, 31))}

    assert (3, 5) == (
        found["denial rate, lines"].numerator, found["denial rate, lines"].denominator,
    )  # fmt: skip
    assert pytest.approx(250 / 600) == found["denial rate, dollars"].value
    # A1 and A2 were paid by their first remittance; A4 was too, but was taken back.
    assert pytest.approx(2 / 4) == found["first-pass yield"].value
    # Open: A5, 150 dollars. Charges of the 90 days to 31 August: 750, so 8.33 a day.
    assert pytest.approx(150 / 8.33, rel=1e-3) == found["days in accounts receivable"].value


def test_every_measure_says_what_it_counts(remittance, lines):
    """Numerator, denominator, exclusions and period stand beside each value."""
    signals = pd.DataFrame({"claim_id": ["A2"], "severity": ["error"]})
    table = as_table(measures(lines, remittance, as_of=date(2024, 8, 31), signals=signals))

    assert table[["counts", "over", "without", "first_day", "last_day"]].notna().all().all()
    clean = table.set_index("measure").loc["clean-claim rate"]
    assert (4, 5) == (clean["numerator"], clean["denominator"])


def test_denied_but_right_is_told_from_denied_and_wrong(remittance):
    """A denied line that the record supports is one to appeal; one that it does not is not."""
    audited = pd.DataFrame({
        "claim_id": ["A2", "A3"], "code": ["17000", "99212"],
        "verdict": ["supported", "overcoded"],
    })  # fmt: skip
    table = against_findings(denials(remittance), audited).set_index("cause")

    assert 1 == table.loc["missing documentation", "denied_but_right"]
    assert 1 == table.loc["eligibility", "denied_and_wrong"]
    assert 1 == table.loc["timely filing", "not_audited"]


def test_eligibility_must_be_checked_before_the_service():
    """A check after the service is no check; the last one before it decides."""
    lines = pd.DataFrame({
        "encounter_id": ["E1", "E2"], "patient_key": ["K1", "K2"],
        "dos_from": pd.to_datetime(["2024-07-10", "2024-07-10"]), "payer": ["A", "A"],
    })  # fmt: skip
    log = pd.DataFrame({
        "patient_key": ["K1", "K1", "K2"],
        "checked_on": pd.to_datetime(["2024-07-01", "2024-07-09", "2024-07-11"]),
        "payer": ["A", "B", "A"], "active": [False, True, True],
    })  # fmt: skip
    found = eligibility_checks(lines, log).set_index("encounter_id")

    assert [True, False] == found["checked"].tolist()
    assert found.loc["E1", "active"] and not found.loc["E1", "same_payer"]


@pytest.mark.parametrize(
    ("approved", "start", "end", "payer", "state"),
    [
        ("2024-07-01", "2024-07-01", "2024-12-31", "A", "covered"),
        ("2024-07-11", "2024-07-01", "2024-12-31", "A", "approved_late"),
        ("2024-01-01", "2024-01-01", "2024-07-09", "A", "out_of_dates"),
        ("2024-07-01", "2024-07-01", "2024-12-31", "B", "other_payer"),
    ],
)
def test_an_authorisation_covers_or_says_why_not(approved, start, end, payer, state):
    """Late, expired and another plan's authorisations are told apart."""
    lines = pd.DataFrame({
        "claim_id": ["C1"], "line": [1], "patient_key": ["K1"], "code": ["17311"],
        "payer": ["A"], "dos_from": pd.to_datetime(["2024-07-10"]),
    })  # fmt: skip
    log = pd.DataFrame({
        "patient_key": ["K1"], "payer": [payer], "code": ["17311"],
        "approved_on": pd.to_datetime([approved]), "valid_from": pd.to_datetime([start]),
        "valid_to": pd.to_datetime([end]),
    })  # fmt: skip

    assert state == authorisation_checks(lines, log, frozenset({"17311"}))["state"].iloc[0]


def test_a_log_without_its_columns_is_refused():
    """A log that lacks a column says which it needs."""
    with pytest.raises(InputError, match="valid_to"):
        authorisation_checks(pd.DataFrame(), pd.DataFrame({"patient_key": []}), frozenset())


def test_the_sample_remittance_follows_from_the_sample_claims(repository):
    """The shipped 835 is what its generator makes of the shipped claims, byte for byte."""
    import csv

    from sample_data.remit import CLAIMS, OUT, remittances

    with CLAIMS.open(encoding="utf-8", newline="") as stream:
        assert OUT.read_text(encoding="utf-8") == remittances(list(csv.DictReader(stream)))


def test_the_sample_remittance_balances(repository):
    """Every total that the shipped 835 states holds."""
    checks = read_remittance(repository / "sample_data" / "remittances.835").checks

    assert checks["holds"].all()
