"""Prices: national amounts of July 2024 by code, and each payer's multiple of them.

The total relative value units (non-facility, facility) and the conversion factor are those of the
Medicare Physician Fee Schedule, July 2024 release, a work of the United States Government in the
public domain. No geographic adjustment and no multiple-procedure reduction is applied.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

CONVERSION_FACTOR = Decimal("33.2875")

#: Total relative value units: code -> (non-facility, facility).
RVU = {
    "10060": ("3.83", "3.22"), "10061": ("6.47", "5.56"), "11055": ("2.14", "0.46"),
    "11056": ("2.48", "0.65"), "11057": ("2.71", "0.85"), "11102": ("3.02", "1.12"),
    "11103": ("1.51", "0.65"), "11104": ("3.76", "1.39"), "11105": ("1.79", "0.76"),
    "11106": ("4.67", "1.68"), "11107": ("2.14", "0.91"), "11200": ("2.79", "2.31"),
    "11201": ("0.55", "0.48"), "11300": ("3.02", "1.01"), "11301": ("3.65", "1.52"),
    "11302": ("4.12", "1.77"), "11303": ("4.56", "2.11"), "11305": ("3.16", "1.11"),
    "11306": ("3.68", "1.45"), "11307": ("4.16", "1.85"), "11308": ("4.38", "2.07"),
    "11310": ("3.48", "1.35"), "11311": ("4.11", "1.86"), "11312": ("4.67", "2.20"),
    "11313": ("5.44", "2.85"), "11400": ("3.87", "2.55"), "11401": ("4.71", "3.19"),
    "11402": ("5.19", "3.49"), "11403": ("5.98", "4.52"), "11404": ("6.77", "4.97"),
    "11406": ("9.63", "7.49"), "11420": ("3.82", "2.48"), "11421": ("4.82", "3.29"),
    "11422": ("5.41", "4.10"), "11423": ("6.20", "4.74"), "11424": ("7.18", "5.46"),
    "11426": ("9.89", "8.06"), "11440": ("4.33", "3.24"), "11441": ("5.26", "4.03"),
    "11442": ("5.84", "4.44"), "11443": ("6.88", "5.40"), "11444": ("8.54", "6.79"),
    "11446": ("11.57", "9.53"), "11600": ("5.95", "3.68"), "11601": ("6.89", "4.45"),
    "11602": ("7.37", "4.83"), "11603": ("8.39", "5.77"), "11604": ("9.35", "6.35"),
    "11606": ("13.49", "9.46"), "11620": ("5.98", "3.71"), "11621": ("6.91", "4.47"),
    "11622": ("7.63", "5.07"), "11623": ("8.91", "6.25"), "11624": ("10.15", "7.11"),
    "11626": ("12.21", "8.69"), "11640": ("6.13", "3.81"), "11641": ("7.14", "4.66"),
    "11642": ("8.08", "5.45"), "11643": ("9.48", "6.79"), "11644": ("11.70", "8.41"),
    "11646": ("15.17", "11.61"), "11720": ("0.99", "0.42"), "11721": ("1.34", "0.70"),
    "11730": ("3.46", "1.60"), "11732": ("0.99", "0.50"), "11750": ("4.84", "3.06"),
    "11900": ("1.73", "0.89"), "11901": ("2.11", "1.35"), "12001": ("2.84", "1.34"),
    "12002": ("3.44", "1.76"), "12011": ("3.38", "1.66"), "12013": ("3.52", "1.73"),
    "12031": ("7.91", "4.54"), "12032": ("9.14", "5.70"), "12034": ("10.07", "6.15"),
    "15200": ("25.32", "20.25"), "15201": ("4.19", "2.27"), "15220": ("23.21", "18.34"),
    "15221": ("3.87", "2.05"), "15240": ("28.01", "23.92"), "15241": ("5.23", "3.18"),
    "15260": ("30.10", "25.35"), "15261": ("6.14", "4.02"),
    "17107": ("13.49", "10.81"),
    "12035": ("11.71", "7.24"), "12045": ("12.44", "8.22"), "12055": ("15.13", "9.05"),
    "12041": ("7.93", "4.35"), "12042": ("9.33", "5.86"), "12044": ("11.51", "6.42"),
    "12051": ("8.53", "5.08"), "12052": ("9.49", "5.97"), "12053": ("10.93", "6.44"),
    "12054": ("11.51", "6.59"), "13100": ("10.23", "5.98"), "13101": ("11.91", "7.36"),
    "13102": ("3.49", "2.13"), "13120": ("10.66", "6.91"), "13121": ("12.76", "7.68"),
    "13122": ("3.80", "2.45"), "13131": ("11.65", "7.21"), "13132": ("14.12", "9.00"),
    "13133": ("5.04", "3.72"), "13151": ("12.69", "8.28"), "13152": ("14.90", "9.98"),
    "13153": ("5.54", "4.05"), "14000": ("19.22", "15.20"), "14001": ("24.48", "19.66"),
    "14020": ("21.24", "17.06"), "14021": ("26.15", "21.27"), "14040": ("22.92", "18.73"),
    "14041": ("27.82", "22.84"), "14060": ("23.16", "19.95"), "14061": ("30.03", "24.53"),
    "14301": ("32.59", "26.05"), "17000": ("2.04", "1.66"), "17003": ("0.20", "0.06"),
    "17004": ("5.04", "2.95"), "17106": ("10.40", "8.31"), "17110": ("3.43", "2.07"),
    "17111": ("4.01", "2.51"), "17260": ("3.01", "2.12"), "17261": ("4.48", "2.62"),
    "17262": ("5.38", "3.31"), "17263": ("5.82", "3.66"), "17270": ("4.52", "2.87"),
    "17271": ("5.02", "3.15"), "17272": ("5.69", "3.63"), "17273": ("6.31", "4.10"),
    "17280": ("4.25", "2.61"), "17281": ("5.43", "3.54"), "17282": ("6.20", "4.08"),
    "17283": ("7.33", "5.10"), "17311": ("20.45", "10.52"), "17312": ("12.41", "5.60"),
    "17313": ("19.22", "9.44"), "17314": ("11.89", "5.19"), "17315": ("2.40", "1.48"),
    "40490": ("3.68", "2.06"), "69100": ("2.87", "1.38"), "88304": ("1.29", "1.29"),
    "88305": ("2.15", "2.15"), "88312": ("3.38", "3.38"), "96372": ("0.43", "0.43"),
    "96567": ("4.11", "4.11"), "96573": ("6.80", "6.80"), "96574": ("8.33", "8.33"),
    "96900": ("0.75", "0.75"), "96910": ("3.56", "3.56"), "96912": ("3.03", "3.03"),
    "96920": ("4.67", "1.88"), "96921": ("5.12", "2.13"), "96922": ("6.97", "3.43"),
    "99202": ("2.17", "1.41"), "99203": ("3.35", "2.44"), "99204": ("5.02", "3.97"),
    "99205": ("6.62", "5.40"), "99211": ("0.70", "0.26"), "99212": ("1.70", "1.05"),
    "99213": ("2.73", "1.96"), "99214": ("3.85", "2.89"), "99215": ("5.42", "4.29"),
    "99243": ("3.37", "2.62"), "99244": ("4.81", "3.99"), "99417": ("0.92", "0.89"),
    "G2211": ("0.49", "0.49"), "G2212": ("0.97", "0.93"), "88304-26": ("0.33", "0.33"),
    "88304-TC": ("0.96", "0.96"), "88305-26": ("1.08", "1.08"), "88305-TC": ("1.07", "1.07"),
    "88312-26": ("0.77", "0.77"), "88312-TC": ("2.61", "2.61"),
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

#: Drugs: dollars for one billing unit, made up for this practice and the same for every payer.
DRUGS = {"J3301": Decimal("1.20"), "J7308": Decimal("402.00"), "J2001": Decimal("0.06")}

#: Codes that no payer pays (deleted before these quarters).
UNPAID = {"99201"}
#: Codes that Medicare does not accept.
NOT_MEDICARE = {"99243", "99244", "99417"}

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Prices:
    """What decides the price of a line besides its code: payer, setting, kind of practitioner."""

    payer: str
    facility: bool = False
    assistant: bool = False

    @property
    def medicare(self) -> bool:
        """Whether the payer follows Medicare's rules."""
        return self.payer.startswith("MEDICARE")

    def cents(self, code: str, modifiers: tuple[str, ...] = ()) -> int:
        """Return what the payer allows for one unit, in cents.

        Medicare allows 85 % for services that a physician assistant or nurse practitioner bills.
        """
        return allowed_cents(self, code, modifiers)


@cache
def national_cents(code: str, facility: bool = False) -> int:
    """Return the national amount of one unit of *code* (or "code-component"), in cents."""
    if code in UNPAID:
        return 0
    if code in DRUGS:
        return int(DRUGS[code] * 100)
    units = Decimal(RVU[code][1 if facility else 0])
    return int((units * CONVERSION_FACTOR).quantize(CENT, ROUND_HALF_UP) * 100)


@cache
def allowed_cents(prices: Prices, code: str, modifiers: tuple[str, ...] = ()) -> int:
    """Return what the payer allows for one unit of *code* with *modifiers*, in cents."""
    if "GY" in modifiers or (prices.medicare and code in NOT_MEDICARE):
        return 0
    if code in DRUGS:
        return national_cents(code)
    component = next((m for m in modifiers if m in ("26", "TC")), "")
    name = f"{code}-{component}" if component else code
    amount = Decimal(national_cents(name, prices.facility)) * PAYERS[prices.payer][0]
    if prices.assistant and prices.medicare:
        amount *= Decimal("0.85")
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def charge_cents(code: str, units: int) -> int:
    """Return the practice's charge: twice the national amount, rounded up to the dollar."""
    return -(-2 * (national_cents(code) or 10000) * units // 100) * 100


def paid_cents(payer: str, allowed: int) -> int:
    """Return the share of *allowed* cents that *payer* pays."""
    return int((Decimal(allowed) * PAYERS[payer][1]).quantize(Decimal(1), ROUND_HALF_UP))
