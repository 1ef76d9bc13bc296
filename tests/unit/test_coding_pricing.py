"""Prices: the claim's own amounts, the fee table, and the reductions of a whole claim."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from coding_builder import DOS, billed, excised, keratoses, of

from auditkit.findings import audit_encounters
from auditkit.model import SupportedLine
from auditkit.pricing import Fee, Pricing, bundled_fees, cents
from auditkit.pricing.editions import EditionFees

FACILITY = ("21", "22", "24")


def pricing(encounter, **more):
    """Return prices for *encounter* from the bundled list."""
    return Pricing(encounter, bundled_fees(), FACILITY, **more)


def test_own_amount_comes_before_the_list():
    """The claim's allowed amount per unit prices the same code."""
    prices = pricing(billed("17000 $50.00"))

    assert Decimal("50.00") == prices.agreed("17000", (), Decimal(1))
    assert Decimal("100.00") == prices.agreed("17000", (), Decimal(2))


def test_list_price_is_the_fee_schedule_amount():
    """2.04 relative value units at 33.2875 are $67.91 (Medicare PFS, July 2024)."""
    assert Decimal("67.91") == pricing(billed()).agreed("17000", (), Decimal(1))


def test_rounding_is_not_multiplied_by_units():
    """Thirteen units of 0.20 RVU are $86.55, though two units were allowed at $13.32."""
    prices = pricing(billed("17003 x2 $13.32"))

    assert Decimal("86.55") == prices.agreed("17003", (), Decimal(13))


def test_place_of_service_decides_between_two_prices():
    """11602: 7.37 RVU in the office, 4.83 in a facility."""
    prices = pricing(billed())

    assert Decimal("245.33") == prices.agreed("11602", (), Decimal(1), "11")
    assert Decimal("160.78") == prices.agreed("11602", (), Decimal(1), "22")


def test_components_have_prices_of_their_own():
    """88305: 2.15 RVU whole, 1.08 professional, 1.07 technical."""
    prices = pricing(billed())

    assert ["71.57", "35.95", "35.62"] == [
        str(prices.agreed("88305", modifiers, Decimal(1))) for modifiers in ((), ("26",), ("TC",))
    ]


def test_assistants_are_paid_their_share_of_the_schedule():
    """85 % of $90.87 and of $56.59; the difference of a level is reduced alike."""
    encounter = billed("99213 $77.24", rendering_taxonomy="363A00000X")
    em = {"present": True, "risk": "minimal", "data": {}, "problems": [{"status": "self_limited"}]}
    result = audit_encounters([encounter], {"e1": of(em=em)})[0]

    assert cents(Decimal("77.24") - Decimal("0.85") * Decimal("1.70") * Decimal("33.2875")) == (
        result.dollars
    )


def test_a_code_without_price_is_no_number():
    """No list holds the drug: the price is not a number, and never zero."""
    assert pricing(billed()).agreed("J3301", (), Decimal(1)).is_nan()


def test_multiple_procedures_are_ordered_anew():
    """The dearest procedure is paid in full, each further unit at half, add-ons in full."""
    lines = billed("11602", "12032", "17003 x4", "99213").lines
    amounts = pricing(billed()).claim(lines)

    # 12032 $304.25 in full; 11602 half of 7.37 RVU; 17003 and the visit are not reduced.
    assert ["122.66", "304.25", "26.63", "90.87"] == [str(amount) for amount in amounts]


def test_swapping_the_dearest_procedure_changes_the_reductions():
    """When the dearest line falls away, another is paid in full: the claim is priced as a whole."""
    documented = of(excised(1.0, 0.3), keratoses(1, "B", "nose"))
    encounter = billed("11603 $279.28", "17000-59 $67.91", "12032 $304.25")
    result = audit_encounters([encounter], {"e1": documented}, whole_claim=True)[0]

    # Billed: 304.25 + 279.28/2 + 67.91/2; supported: 11602 245.33 + 67.91/2 (17000 2.04 RVU).
    assert Decimal("304.25") + Decimal("139.64") + Decimal("33.95") == sum(
        line.billed_dollars for line in result.lines
    )
    assert Decimal("245.33") + Decimal("33.95") == sum(line.agreed_dollars for line in result.lines)
    assert result.dollars == result.over - result.under


@pytest.mark.parametrize(("modifier", "share"), [("50", "1.5"), ("80", "0.16"), ("AS", "0.136")])
def test_modifiers_that_change_the_amount(modifier, share):
    """Bilateral 150 %, assistant 16 %, non-physician assistant 13.6 % (MCPM ch. 12)."""
    line = SupportedLine("67810", Decimal(1), (modifier,))
    [amount] = pricing(billed()).claim([line])

    assert cents(Decimal("5.50") * Decimal("33.2875") * Decimal(share)) == amount


def test_over_and_under_stay_apart():
    """A net of zero does not hide two errors."""
    encounter = billed("11603 $279.28", "17000 $67.91")
    documented = of(excised(1.0, 0.3), keratoses(6, "B", "nose"))
    result = audit_encounters([encounter], {"e1": documented})[0]

    assert Decimal("33.95") == result.over
    # Five further keratoses at 0.20 RVU were not billed.
    assert Decimal("33.29") == result.under
    assert result.dollars == result.over - result.under


class OneEdition:
    """Answers like the store's fee schedule for one code on dates of 2024."""

    def schedule(self, code, dos, modifier="", *, qpp=False):
        if code != "17000":
            return None
        return replace(ROW, multiple="2")

    def fee(self, code, modifier, dos, facility=False, locality=None, *, qpp=False):
        amount = {(False, None): "67.91", (True, None): "55.26", (False, "10112-00"): "60.00",
                  (True, "10112-00"): "50.00"}[facility, locality]  # fmt: skip
        return Answer(Decimal(amount), ("pfs-2024q3",))


class Answer:
    """An amount and where it comes from."""

    def __init__(self, amount, editions):
        self.amount, self.editions = amount, editions


ROW = Fee(Decimal(0), Decimal(0), "010", "pfs-2024q3", "0", "0", "0", "1")


def test_fee_editions_price_by_locality_and_setting():
    """The user's own edition answers with both settings, indicators and its name."""
    national, local = EditionFees(OneEdition()), EditionFees(OneEdition(), "10112-00")

    assert Decimal("67.91") == national.fee("17000", "", DOS).nonfacility
    assert Decimal("50.00") == local.fee("17000", "", DOS).facility
    assert ("010", "2", "pfs-2024q3") == (
        national.global_days("17000", DOS),
        national.fee("17000", "", DOS).multiple,
        national.fee("17000", "", DOS).edition,
    )
    assert national.fee("99999", "", date(2024, 8, 14)) is None
    assert national.global_days("99999", DOS) is None


@pytest.mark.parametrize(
    ("code", "modifier", "share"),
    [("14040", "54", "0.81"), ("14040", "55", "0.19"), ("11602", "54", "0.90"),
     ("11602", "55", "0.10"), ("11102", "54", "1")],
)  # fmt: skip
def test_a_split_package_is_paid_by_its_shares(code, modifier, share):
    """Surgery and aftercare: 0.81 and 0.19 of 90 days, 0.90 and 0.10 of 10 (PFS, July 2024)."""
    prices = pricing(billed(f"{code} $200.00"))
    whole = pricing(billed()).agreed(code, (), Decimal(1))

    assert cents(Decimal(200) * Decimal(share)) == prices.agreed(code, (modifier,), Decimal(1))
    listed = pricing(billed()).agreed(code, (modifier,), Decimal(1))
    assert abs(listed - whole * Decimal(share)) <= Decimal("0.01")


def test_a_split_that_the_record_refuses_is_priced_whole():
    """The claim allowed 81 dollars for the surgery alone; all of the care is worth 100."""
    prices = pricing(billed("14040-54 $81.00"))

    assert Decimal("100.00") == prices.agreed("14040", (), Decimal(1))


def test_both_sides_of_a_whole_claim_carry_the_shares():
    """A whole claim prices the surgery alone at its share, on whichever side it stands."""
    prices = pricing(billed())
    [whole], [surgery] = (
        prices.claim([SupportedLine("14040", Decimal(1), modifiers)]) for modifiers in ((), ("54",))
    )

    assert abs(whole * Decimal("0.81") - surgery) <= Decimal("0.01")
