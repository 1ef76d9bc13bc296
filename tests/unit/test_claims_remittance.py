"""835 files become tables of payments, claims, lines, adjustments and remarks."""

import re

import pandas as pd
import pytest

from auditkit.claims import read_remittance
from auditkit.errors import InputError

ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PROVIDER       *260315*1200*^*00501"
HEAD = [
    "GS*HP*PAYER*PROVIDER*20260315*1200*1*X*005010X221A1",
    "ST*835*0001",
    "BPR*I*104*C*ACH*CCP*01*111*DA*123*1512345678**01*111*DA*999*20260315",
    "TRN*1*EFT1*1512345678",
    "DTM*405*20260315",
    "N1*PR*MEDICARE",
    "N1*PE*EXAMPLE DERMATOLOGY*XX*1558444216",
]
PAID = [
    "LX*1",
    "CLP*PCN1*1*260*104*26*MB*ICN1*11*1",
    "NM1*QC*1*ROE*JANE****MI*M001",
    "NM1*82*1*SMITH*ANN****XX*1234567893",
    "MOA***MA01*N130",
    "DTM*050*20260301",
    "SVC*HC:99213:25*150*60**1",
    "DTM*472*20260215",
    "CAS*CO*45*75",
    "CAS*PR*2*15",
    "REF*6R*L0-1",
    "AMT*B6*75",
    "LQ*HE*M15",
    "SVC*HC:17000*110*44**1",
    "DTM*472*20260215",
    "CAS*CO*45*50*1*97*5",
    "CAS*PR*2*11",
    "REF*6R*L0-2",
]


def remittance(*loops, end="~\n", element="*", component=":"):
    """Return loops of segments as one 835 interchange."""
    body = [segment for loop in loops for segment in loop]
    body += [f"SE*{len(body)}*0001", "GE*1*1", "IEA*1*000000001"]
    text = "".join(segment + end for segment in [f"{ISA}*000000001*0*P*:", *body])
    return (
        text.replace("*", "\1").replace(":", "\2").replace("\1", element).replace("\2", component)
    )


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a text as a remittance."""

    def reading(text):
        path = tmp_path / "remit.835"
        path.write_bytes(text.encode())
        return read_remittance(path)

    return reading


PLAIN = remittance(HEAD, PAID)


def test_a_payment_and_its_claims(read):
    """Payer, trace, amount and date; the claim's numbers, money, provider and patient."""
    found = read(PLAIN)
    payment = found.payments.iloc[0]
    claim = found.claims.iloc[0]

    assert (payment["payer"], payment["trace"], payment["method"]) == ("MEDICARE", "EFT1", "ACH")
    assert (payment["amount"], payment["paid_on"]) == (104.0, pd.Timestamp(2026, 3, 15))
    assert (claim["claim_id"], claim["status"], claim["payer_claim_id"]) == ("PCN1", "1", "ICN1")
    assert (claim["charge"], claim["paid"], claim["patient_responsibility"]) == (260, 104, 26)
    assert (claim["rendering_npi"], claim["payee_npi"]) == ("1234567893", "1558444216")
    assert claim["patient_key"] == "M001"
    assert found.checks["holds"].all()


def test_the_lines_of_a_claim(read):
    """Service, modifiers, date, control number and money; allowed is B6, else charge less CO."""
    first, second = read(PLAIN).lines.to_dict("records")

    assert (first["code"], first["mod1"], first["line_control"]) == ("99213", "25", "L0-1")
    assert (first["charge"], first["paid"], first["allowed"]) == (150.0, 60.0, 75.0)
    assert first["dos_from"] == first["dos_to"] == pd.Timestamp(2026, 2, 15)
    # No AMT*B6: 110 less CO 50 (reason 45) and CO 5 (reason 97).
    assert (second["charge"], second["paid"], second["allowed"]) == (110.0, 44.0, 55.0)
    assert pd.isna(second["mod1"])
    assert [first["line"], second["line"]] == [1, 2]


def test_adjustments_and_remarks_keep_their_place(read):
    """Each triplet of a CAS is a row of its line; remarks stand on the line or on the claim."""
    found = read(PLAIN)
    adjusted = found.adjustments[["line", "group", "reason", "amount", "quantity"]]
    rows = [tuple(None if pd.isna(x) else x for x in row) for row in adjusted.to_numpy().tolist()]

    assert rows == [
        (1, "CO", "45", 75.0, None),
        (1, "PR", "2", 15.0, None),
        (2, "CO", "45", 50.0, 1.0),
        (2, "CO", "97", 5.0, None),
        (2, "PR", "2", 11.0, None),
    ]
    remarks = found.remarks.fillna({"line": 0})[["line", "code"]].to_numpy().tolist()
    assert remarks == [[0, "MA01"], [0, "N130"], [1, "M15"]]


@pytest.mark.parametrize("end", ["~", "~\r\n", "\n", "\r\n", "\r"])
@pytest.mark.parametrize(("element", "component"), [("*", ":"), ("|", ">")])
def test_delimiters_change_nothing(read, end, element, component):
    """Any delimiters and line ends give the same tables."""
    other = read(remittance(HEAD, PAID, end=end, element=element, component=component))

    pd.testing.assert_frame_equal(read(PLAIN).lines, other.lines)
    pd.testing.assert_frame_equal(read(PLAIN).adjustments, other.adjustments)


def test_provider_adjustments_stand_apart(read):
    """PLB entries are no part of any claim; the payment balances with them taken off."""
    text = remittance(
        [segment.replace("*104*", "*94*") for segment in HEAD],
        PAID,
        ["PLB*1558444216*20261231*WO:ICN0*25*L6*-15"],
    )
    found = read(text)

    assert found.provider_adjustments[["reason", "amount"]].to_numpy().tolist() == [
        ["WO", 25.0],
        ["L6", -15.0],
    ]
    assert found.provider_adjustments["reference"].iloc[0] == "ICN0"
    assert found.checks["holds"].all()
    assert len(found.lines) == 2


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("BPR*I*104*", "BPR*I*105*", "payment of the claims"),
        ("*260*104*26*", "*260*103*26*", "claim payment"),
        ("SVC*HC:17000*110*44", "SVC*HC:17000*110*43", "line payment"),
        ("*260*104*26*", "*261*104*26*", "claim charge"),
        ("SE*25", "SE*24", "SE01"),
        ("GE*1*1", "GE*1*2", "GE02"),
    ],
)
def test_a_total_that_does_not_hold_is_a_check_not_an_error(read, old, new, what):
    """The file is read, and the check that fails says which total and where."""
    assert read(PLAIN).checks["holds"].all()
    assert old in PLAIN
    failed = read(PLAIN.replace(old, new)).checks.query("not holds")

    assert failed["what"].str.contains(what, regex=False).any()


def test_units_paid_are_one_where_not_stated(read):
    """SVC05 is one where it is absent; the billed units and code are those of SVC06 and SVC07."""
    text = PLAIN.replace("SVC*HC:17000*110*44**1", "SVC*HC:17000*110*44****3")
    text = text.replace("SVC*HC:99213:25*150*60**1", "SVC*HC:99212*150*60**1*HC:99213:25")
    first, second = read(text).lines.to_dict("records")

    assert (second["units"], second["billed_units"]) == (1.0, 3.0)
    assert (first["code"], first["billed_code"]) == ("99212", "99213")


def test_a_claim_without_lines_and_several_payees(read):
    """A denial of a whole claim has no lines; the payee is the one named last before the claim."""
    text = remittance(
        [segment.replace("*104*", "*0*") for segment in HEAD],
        ["LX*1", "CLP*PCN7*4*500*0**MC*ICN7", "CAS*CO*29*500", "NM1*QC*1*ROE*JANE****MR*M7"],
        ["N1*PE*OTHER*XX*1245319599", "LX*2", "CLP*PCN8*4*10*0**MC*ICN8", "CAS*CO*29*10"],
    )
    found = read(text)

    assert found.lines.empty
    assert found.claims["payee_npi"].tolist() == ["1558444216", "1245319599"]
    assert found.adjustments["line"].isna().all()
    assert found.checks["holds"].all()


def test_several_transaction_sets_and_interchanges(read):
    """Claims are counted on through the sets; each belongs to its own payment."""
    second = remittance(HEAD, PAID, end="\n", element="|", component=">")
    second = second.replace("EFT1", "EFT2").replace("PCN1", "PCN2")
    found = read(PLAIN + second)

    assert found.payments["trace"].tolist() == ["EFT1", "EFT2"]
    assert found.claims["claim"].tolist() == [0, 1]
    assert found.claims["payment"].tolist() == [0, 1]
    assert found.lines["claim_id"].tolist() == ["PCN1", "PCN1", "PCN2", "PCN2"]
    assert found.adjustments["claim"].tolist() == [0] * 5 + [1] * 5


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("CLP*PCN1*", "CLX*PCN1*", "segment 15 (SVC): a service outside a claim"),
        ("BPR*", "BPX*", "segment 3 (ST): not exactly one payment"),
        ("*110*44*", "*110*4x4*", "segment 22 (SVC03): not a number"),
        ("CAS*PR*2*11", "CAS*PR*2*eleven", "segment 25 (CAS03): not a number"),
        ("CAS*PR*2*11", "CAS*PR*2", "segment 25 (CAS02): a reason or an amount alone"),
        ("AMT*B6*75", "AMT*B6*nan", "(AMT02): not a number"),
        ("DTM*472*20260215", "DTM*472*20260230", "(DTM02): not a date"),
        ("ST*835", "ST*837", "segment 3 (ST*837): another transaction"),
        ("IEA*1", "IXA*1", "the interchange has no end"),
    ],
)
def test_malformed_remittances_name_segment_and_element(read, old, new, said):
    """What cannot be read is named by its place; nothing of the patient is shown."""
    assert old in PLAIN
    with pytest.raises(InputError) as error:
        read(PLAIN.replace(old, new))

    assert said in str(error.value)
    assert "ROE" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    """What cannot be opened is named."""
    with pytest.raises(InputError, match=r"nowhere\.835"):
        read_remittance(tmp_path / "nowhere.835")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["v_pipe_nl.835", "plb_sample.txt", "blue_cross_nc_sample.txt"])
def test_public_files_add_up_to_their_own_totals(shared, name):
    """Claims, charges and payments equal what the file's CLP and SVC segments say."""
    path = shared / "data" / "x12" / name
    text = path.read_text()
    mark = re.escape(text[3] if text.startswith("ISA") else "*")
    element = f"{mark}([^~\\n{mark}]*)"
    claims = re.findall(f"(?:^|[~\\n])CLP{element * 4}", text)
    services = re.findall(f"(?:^|[~\\n])SVC{element * 3}", text)
    found = read_remittance(path)

    assert len(found.claims) == len(claims)
    assert len(found.lines) == len(services)
    assert found.claims["claim_id"].tolist() == [claim[0] for claim in claims]
    assert found.claims["charge"].tolist() == [float(claim[2]) for claim in claims]
    assert found.claims["paid"].tolist() == [float(claim[3]) for claim in claims]
    assert round(found.lines["paid"].sum(), 2) == sum(float(s[2] or 0) for s in services)


@pytest.mark.shared
def test_what_does_not_balance_in_the_public_files(shared):
    """The totals that do not hold, worked out by hand from the three files."""
    folder = shared / "data" / "x12"
    failed = {
        name: read_remittance(folder / name).checks.query("not holds")[["stated", "found"]]
        for name in ("v_pipe_nl.835", "plb_sample.txt", "blue_cross_nc_sample.txt")
    }

    # The payment of nothing against twenty paid claims.
    assert failed["v_pipe_nl.835"].to_numpy().tolist() == [["0.00", "8620.00"]]
    # A payment of nothing less PLB of -14, 14 and -14; two control numbers that differ.
    assert failed["plb_sample.txt"].to_numpy().tolist() == [
        ["0.00", "14.00"],
        ["0003", "0001"],
        ["100000301", "000001508"],
    ]
    # A third line without charge and payment; 32 segments counted as 33.
    assert failed["blue_cross_nc_sample.txt"].to_numpy().tolist() == [
        ["not stated", "not stated"],
        ["33", "32"],
    ]


@pytest.mark.shared
def test_allowed_of_the_public_file_is_its_b6(shared):
    """Half of each charge is allowed in v_pipe_nl.835, four fifths of that paid."""
    lines = read_remittance(shared / "data" / "x12" / "v_pipe_nl.835").lines

    assert (lines["allowed"] * 2).tolist() == lines["charge"].tolist()
    assert (lines["paid"] / lines["allowed"]).round(6).unique().tolist() == [0.8]
