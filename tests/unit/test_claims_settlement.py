"""Remittances are netted and joined to claims."""

import pandas as pd
import pytest

from auditkit.claims import (
    CLAIM_LINES,
    net_adjustments,
    net_lines,
    read_claims,
    read_remittance,
    with_remittances,
)
from auditkit.errors import InputError

ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PROVIDER       *260315*1200*^*00501"


def claim(number, status, *lines, sign=1, control=True):
    """Return the loop of one claim; a line is (control, service, charge, paid, co, pr)."""
    charge, paid = (sum(line[place] for line in lines) * sign for place in (2, 3))
    loop = [f"CLP*{number}*{status}*{charge}*{paid}*0*MB*ICN{number}*11"]
    for name, service, billed, given, contractual, owed in lines:
        loop += [f"SVC*HC:{service}*{billed * sign}*{given * sign}**1", "DTM*472*20260215"]
        loop += [f"CAS*CO*45*{contractual * sign}"] if contractual else []
        loop += [f"CAS*PR*2*{owed * sign}"] if owed else []
        loop += [f"REF*6R*{name}"] if control else []
    return loop


@pytest.fixture
def remit(tmp_path):
    """Return a function that reads claims' loops as one remittance of a payer."""

    def reading(*claims, trace="EFT1", day="20260315", payer="MEDICARE"):
        body = [
            "GS*HP*PAYER*PROVIDER*20260315*1200*1*X*005010X221A1",
            "ST*835*0001",
            f"BPR*I*0*C*ACH{'*' * 12}{day}",
            f"TRN*1*{trace}*1512345678",
            f"N1*PR*{payer}",
            "LX*1",
            *[segment for loop in claims for segment in loop],
        ]
        body += [f"SE*{len(body)}*0001", "GE*1*1", "IEA*1*000000001"]
        path = tmp_path / f"{trace}{payer}.835"
        path.write_text("~".join([f"{ISA}*000000001*0*P*:", *body]) + "~")
        return read_remittance(path)

    return reading


def billed(*rows):
    """Return a claim lines table; a row is (claim_id, line, code, mod1, line_control)."""
    names = ["claim_id", "line", "code", "mod1", "line_control"]
    table = pd.DataFrame(rows, columns=names).reindex(columns=CLAIM_LINES.names)
    table["dos_from"] = pd.Timestamp(2026, 2, 15)
    return table.astype(dict.fromkeys(("mod1", "line_control", "mod2", "mod3", "mod4"), "str"))


VISIT = ("L1", "99213:25", 150, 60, 75, 15)
LOWER = ("L1", "99212:25", 150, 40, 100, 10)
LESION = ("L2", "17000", 110, 44, 55, 11)


def test_a_reversal_and_its_correction_leave_the_correction(remit):
    """60 paid, 60 taken back, 40 paid: 40 remains, within one file and over two."""
    first = claim("P1", "1", VISIT)
    back = claim("P1", "22", VISIT, sign=-1)
    again = claim("P1", "1", LOWER)
    together = net_lines(remit(first, back, again))
    apart = net_lines(remit(first), remit(back, again, trace="EFT2", day="20260401"))

    for net in (together, apart):
        assert len(net) == 1
        row = net.iloc[0]
        assert (row["charge"], row["paid"], row["allowed"]) == (150.0, 40.0, 50.0)
        assert (row["code"], row["status"], row["units"]) == ("99212", "1", 1.0)
        assert (row["occurrences"], row["reversed"]) == (3, 1)


def test_a_claim_taken_back_remains_with_nothing(remit):
    """Paid and taken back is paid nothing, which is not the same as unknown."""
    net = net_lines(remit(claim("P1", "1", VISIT), claim("P1", "22", VISIT, sign=-1)))

    assert net[["charge", "paid", "allowed"]].to_numpy().tolist() == [[0.0, 0.0, 0.0]]


def test_adjustments_cancel_with_their_reversal(remit):
    """What a reversal takes back is gone; the correction's adjustments remain."""
    net = net_adjustments(
        remit(
            claim("P1", "1", VISIT, LESION),
            claim("P1", "22", VISIT, LESION, sign=-1),
            claim("P1", "1", LOWER),
        )
    )

    assert net[["line_key", "group", "reason", "amount"]].to_numpy().tolist() == [
        ["L1", "CO", "45", 100.0],
        ["L1", "PR", "2", 10.0],
    ]


def test_a_predetermination_pays_nothing(remit):
    """Status 25 is no payment and is left out."""
    net = net_lines(remit(claim("P1", "25", VISIT), claim("P2", "1", LESION)))

    assert net["claim_id"].tolist() == ["P2"]


def test_the_same_payment_twice_is_refused(remit):
    """Two readings of one remittance would double its money."""
    once = remit(claim("P1", "1", VISIT))
    with pytest.raises(InputError, match="occur more than once"):
        net_lines(once, once)


def test_no_remittance_is_refused():
    """There must be something to net."""
    with pytest.raises(InputError, match="there is none"):
        net_lines()


def test_lines_are_matched_by_their_control_number(remit):
    """The control number decides, also where the payer paid another code."""
    lines = billed(("P1", 1, "99213", "25", "L1"), ("P1", 2, "17000", None, "L2"))
    joined = with_remittances(lines, remit(claim("P1", "1", LOWER, LESION)))

    assert joined["paid"].tolist() == [40.0, 44.0]
    assert joined["allowed"].tolist() == [50.0, 55.0]
    assert joined["matched_by"].tolist() == ["line_control"] * 2
    assert joined["remit_status"].tolist() == ["1", "1"]
    assert joined.attrs["auditkit"]["remittance"] == {
        "lines_matched": 2,
        "lines_unmatched": 0,
        "remittance_lines_unmatched": 0,
    }


def test_lines_without_control_number_are_matched_by_service(remit):
    """Code, modifiers and date; then code and date; two alike are left unmatched."""
    lines = billed(
        ("P1", 1, "99213", "25", None),
        ("P1", 2, "17000", "59", None),
        ("P2", 1, "11102", None, None),
        ("P2", 2, "11102", None, None),
        ("P3", 1, "11102", None, None),
    )
    alike = ("", "11102", 100, 50, 50, 0)
    joined = with_remittances(
        lines,
        remit(
            claim("P1", "1", LESION, VISIT, control=False),
            claim("P2", "1", alike, control=False),
        ),
    )

    assert joined["matched_by"].fillna("-").tolist() == ["service", "code", "-", "-", "-"]
    assert joined["paid"].fillna(-1).tolist() == [60.0, 44.0, -1, -1, -1]
    assert joined.attrs["auditkit"]["remittance"]["remittance_lines_unmatched"] == 1


def test_a_control_number_that_is_the_line_number(remit):
    """Where no control number was sent, payers return the line number."""
    lines = billed(("P1", 1, "99213", "25", None), ("P1", 2, "17000", None, None))
    two = ("0002", *LESION[1:]), ("0001", *VISIT[1:])
    joined = with_remittances(lines, remit(claim("P1", "1", *two)))

    assert joined["matched_by"].tolist() == ["line", "line"]
    assert joined["paid"].tolist() == [60.0, 44.0]


def test_the_first_payer_counts(remit):
    """What the secondary payer paid is not the allowed or paid amount of the claim."""
    lines = billed(("P1", 1, "99213", "25", "L1"))
    first = remit(claim("P1", "1", VISIT))
    second = remit(claim("P1", "2", ("L1", "99213:25", 150, 15, 135, 0)), payer="AETNA", trace="X")
    joined = with_remittances(lines, second, first)

    assert joined[["remit_allowed", "remit_paid"]].to_numpy().tolist() == [[75.0, 60.0]]


def test_what_the_claims_say_stays(remit):
    """Amounts that the claims table already has are not replaced."""
    lines = billed(("P1", 1, "99213", "25", "L1")).assign(paid=61.0)
    joined = with_remittances(lines, remit(claim("P1", "1", VISIT)))

    assert joined[["paid", "remit_paid", "allowed"]].to_numpy().tolist() == [[61.0, 60.0, 75.0]]


def test_a_claim_denied_whole_is_paid_nothing(remit):
    """Without lines in the remittance, a denial still says that nothing was paid."""
    denied = ["CLP*P1*4*150*0*0*MB*ICN1", "CAS*CO*29*150"]
    lines = billed(("P1", 1, "99213", "25", "L1"), ("P2", 1, "17000", None, "L1"))
    joined = with_remittances(lines, remit(denied))

    assert joined["paid"].fillna(-1).tolist() == [0.0, -1]
    assert joined["remit_status"].fillna("-").tolist() == ["4", "-"]
    assert joined["matched_by"].fillna("-").tolist() == ["claim", "-"]


def test_of_a_repeated_claim_number_the_last_claim_is_meant(remit):
    """A replacement under the same number gets the payment; the first is left unmatched."""
    lines = billed(("P1", 1, "99213", "25", "L1"), ("P1#2", 1, "99212", "25", "L1"))
    joined = with_remittances(lines, remit(claim("P1", "1", LOWER)))

    assert joined["paid"].fillna(-1).tolist() == [-1, 40.0]


@pytest.mark.shared
def test_the_public_claims_and_remittance_belong_together(shared):
    """Every line of v_crlf.837 finds its payment in v_pipe_nl.835: two fifths of its charge."""
    folder = shared / "data" / "x12"
    lines = read_claims(folder / "v_crlf.837")
    joined = with_remittances(lines, read_remittance(folder / "v_pipe_nl.835"))

    assert joined["matched_by"].eq("line_control").all()
    assert (joined["paid"] * 2.5).round(2).tolist() == joined["charge"].tolist()
    assert joined["allowed"].sum() == 21550 / 2
