"""Prices: national amounts of July 2024 by code, and each payer's multiple of them.

The total relative value units (non-facility, facility) and the conversion factor are those of the
Medicare Physician Fee Schedule, July 2024 release, a work of the United States Government in the
public domain. No geographic adjustment and no multiple-procedure reduction is applied.
"""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

CONVERSION_FACTOR = Decimal("33.2875")

#: Total relative value units: code -> (non-facility, facility).
RVU = {
    "11102": ("3.02", "1.12"), "11103": ("1.51", "0.65"), "11104": ("3.76", "1.39"),
    "11105": ("1.79", "0.76"), "11106": ("4.67", "1.68"), "11107": ("2.14", "0.91"),
    "11400": ("3.87", "2.55"), "11401": ("4.71", "3.19"), "11402": ("5.19", "3.49"),
    "11403": ("5.98", "4.52"), "11404": ("6.77", "4.97"), "11406": ("9.63", "7.49"),
    "11420": ("3.82", "2.48"), "11421": ("4.82", "3.29"), "11422": ("5.41", "4.10"),
    "11423": ("6.20", "4.74"), "11424": ("7.18", "5.46"), "11426": ("9.89", "8.06"),
    "11440": ("4.33", "3.24"), "11441": ("5.26", "4.03"), "11442": ("5.84", "4.44"),
    "11443": ("6.88", "5.40"), "11444": ("8.54", "6.79"), "11446": ("11.57", "9.53"),
    "11600": ("5.95", "3.68"), "11601": ("6.89", "4.45"), "11602": ("7.37", "4.83"),
    "11603": ("8.39", "5.77"), "11604": ("9.35", "6.35"), "11606": ("13.49", "9.46"),
    "11620": ("5.98", "3.71"), "11621": ("6.91", "4.47"), "11622": ("7.63", "5.07"),
    "11623": ("8.91", "6.25"), "11624": ("10.15", "7.11"), "11626": ("12.21", "8.69"),
    "11640": ("6.13", "3.81"), "11641": ("7.14", "4.66"), "11642": ("8.08", "5.45"),
    "11643": ("9.48", "6.79"), "11644": ("11.70", "8.41"), "11646": ("15.17", "11.61"),
    "17000": ("2.04", "1.66"), "17003": ("0.20", "0.06"), "17004": ("5.04", "2.95"),
    "17110": ("3.43", "2.07"), "17111": ("4.01", "2.51"),
    "40490": ("3.68", "2.06"), "69100": ("2.87", "1.38"),
    "99202": ("2.17", "1.41"), "99203": ("3.35", "2.44"), "99204": ("5.02", "3.97"),
    "99205": ("6.62", "5.40"), "99211": ("0.70", "0.26"), "99212": ("1.70", "1.05"),
    "99213": ("2.73", "1.96"), "99214": ("3.85", "2.89"), "99215": ("5.42", "4.29"),
}  # fmt: skip

#: Payer -> multiple of the national amount that its contract allows, and the share it pays.
PAYERS = {
    "MEDICARE_B": (Decimal("1.00"), Decimal("0.80")),
    "MEDICARE_ADVANTAGE": (Decimal("1.03"), Decimal("0.85")),
    "COMMERCIAL_A": (Decimal("1.32"), Decimal("0.80")),
    "COMMERCIAL_B": (Decimal("1.18"), Decimal("0.75")),
    "MEDICAID": (Decimal("0.72"), Decimal("1.00")),
    "SELF_PAY": (Decimal("0.95"), Decimal("1.00")),
}

CENT = Decimal("0.01")


@cache
def national_cents(code: str, facility: bool = False) -> int:
    """Return the national amount of one unit of *code*, in cents."""
    units = Decimal(RVU[code][1 if facility else 0])
    return int((units * CONVERSION_FACTOR).quantize(CENT, ROUND_HALF_UP) * 100)


@cache
def allowed_cents(payer: str, code: str, facility: bool = False) -> int:
    """Return what *payer* allows for one unit of *code*, in cents."""
    amount = Decimal(national_cents(code, facility)) * PAYERS[payer][0]
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def charge_cents(code: str, units: int) -> int:
    """Return the practice's charge: twice the national amount, rounded up to the dollar."""
    return -(-2 * national_cents(code) * units // 100) * 100


def paid_cents(payer: str, allowed: int) -> int:
    """Return the share of *allowed* cents that *payer* pays."""
    return int((Decimal(allowed) * PAYERS[payer][1]).quantize(Decimal(1), ROUND_HALF_UP))
