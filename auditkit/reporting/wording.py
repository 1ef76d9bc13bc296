"""The words of the reports: figures as they are printed, closed vocabularies in plain English."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date

import pandas as pd

NOT_KNOWN = "–"
#: Stands where a sample gives a rate and no limits.
NO_LIMITS = "not estimable"
_JOINED = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
#: Keeps a figure and its sign on one line.
_SPACE = "\u00a0"

#: Bidirectional overrides, embeddings and isolates: they can make text read as something else.
_BIDI = {chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)}

VERDICTS: Mapping[str, str] = {
    "supported": "supported",
    "not_supported": "not supported",
    "overcoded": "coded too high",
    "undercoded": "coded too low",
    "wrong_code": "supported otherwise than billed",
    "missing_record": "no record received",
    "not_separately_reportable": "not separately reportable",
}

DIRECTIONS: Mapping[str, str] = {"over": "over", "under": "under", "none": "no change"}

CATEGORIES: Mapping[str, str] = {
    "no_documentation": "no documentation",
    "insufficient_documentation": "insufficient documentation",
    "medical_necessity": "medical necessity",
    "incorrect_coding": "incorrect coding",
    "other": "other",
}

#: Measures in the order in which reports show them, with their short names.
MEASURES: Mapping[str, str] = {
    "encounter_accuracy": "Encounters without counted error",
    "line_accuracy": "Billed lines agreed",
    "dollar_accuracy_gross": "Dollars agreed, gross",
    "over_rate": "Lines overcoded",
    "under_rate": "Lines undercoded",
}
#: Measures of which less is better.
ERROR_RATES = ("over_rate", "under_rate")

PURPOSES: Mapping[str, str] = {
    "random": "at random",
    "risk_weighted": "at random, with known but unequal chances",
    "targeted": "for cause (targeted)",
}

#: The families of rules as headings.
THEMES: Mapping[str, str] = {
    "AOC": "Add-on code without its primary",
    "ATT": "Adjacent tissue transfer",
    "AUTH": "Record and signature",
    "BIOPSY_HIERARCHY": "Biopsy technique and order",
    "BUNDLED_SUPPLY": "Bundled supply",
    "CODE_VALID": "Code valid on the date",
    "DOS": "Date of service",
    "DRUG_UNITS": "Drug units",
    "DUPLICATE": "Duplicate line",
    "DX_LINK": "Diagnosis linked to the line",
    "DX_SPECIFICITY": "Diagnosis specific enough",
    "DX_VALID": "Diagnosis valid on the date",
    "EM_LEVEL": "E/M level",
    "EM_TIME": "E/M time",
    "G2211": "Visit complexity add-on (G2211)",
    "GLOBAL": "Global period",
    "GRAFT": "Skin graft",
    "INCIDENT_TO": "Incident-to billing",
    "JWJZ": "Drug waste (JW, JZ)",
    "LESION_COUNT": "Number of lesions",
    "MEDNEC": "Medical necessity",
    "MOD22": "Modifier 22",
    "MOD24": "Modifier 24",
    "MOD25": "Modifier 25",
    "MOD26TC": "Modifiers 26 and TC",
    "MOD57": "Modifier 57",
    "MOD58": "Modifier 58",
    "MOD59": "Modifier 59 and X modifiers",
    "MOD78": "Modifier 78",
    "MOD79": "Modifier 79",
    "MOD_VALID": "Modifier valid for the code",
    "MOHS": "Mohs stages and blocks",
    "MUE": "Units above the edit (MUE)",
    "NEW_EST": "New or established patient",
    "NPI": "Provider identifier",
    "PATH_MISMATCH": "Code against pathology",
    "REVIEW": "Judgement of the reader",
    "PATH_UNITS": "Pathology units",
    "PDT": "Photodynamic therapy",
    "POS": "Place of service",
    "PROLONGED": "Prolonged service",
    "PTP": "Code pair edit (PTP)",
    "REPAIR": "Wound repair",
    "REPAIR_CLASS": "Class of repair",
    "REPAIR_SUM": "Sum of repair lengths",
    "SITE_GROUP": "Anatomic site group",
    "SITE_SPECIFIC": "Site-specific code",
    "SIZE": "Lesion size",
    "TECHNIQUE": "Technique",
    "TELEHEALTH": "Telehealth",
    "TIMELY": "Timely filing",
    "UNITS": "Units",
    "UNSUPPORTED": "Not supported by the record",
}

GLOSSARY: Mapping[str, str] = {
    "Encounter": "One patient, one rendering provider, one date of service, with all lines billed.",
    "Documented element": "A fact that the record states and that a code depends on.",
    "Supported line": "A code, with units and modifiers, that the record supports by itself.",
    "Agreed": "Supported as billed, or as changed by the auditor after review.",
    "Over, under": "Billed above, or below, what the record supports. The two are never netted "
    "before both are shown.",
    "Accuracy": "The share that was right. It says nothing about how narrow an interval is.",
    "Interval": "The range of true values that the sample does not rule out, at the level stated.",
    "Frame": "The list of encounters that the sample could come from, frozen before the draw.",
    "Stratum": "A part of the frame that is sampled by itself.",
    "n, N": "Encounters reviewed, and encounters in the frame.",
    "Finding": "A difference between a billed line and what the record supports, with its rule.",
    "Signal": "A reason to look, found in claims alone. A signal is not a finding.",
    "Exact limits": "Limits found from the distribution itself, not from a bell curve.",
    "Lower limit of the one-sided 90 % interval": "The amount that the true overpayment is at "
    "least, unless the sample is one of the unlucky one in ten.",
}


def clean(text: object) -> str:
    """Return *text* without control characters and without marks that reorder what is read."""
    if text is None or text is pd.NA or (isinstance(text, float) and math.isnan(text)):
        return ""
    kept = (
        c
        for c in str(text)
        if c not in _BIDI and (c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    )
    return "".join(kept).strip()


def shorten(text: object, limit: int = 400) -> str:
    """Return *text* cleaned, cut at *limit* characters with the number left out."""
    whole = clean(text)
    if len(whole) <= limit:
        return whole
    return f"{whole[:limit].rstrip()} … ({len(whole) - limit:,} more characters)"


def plain(text: object, limit: int = 400) -> str:
    """Return *text* shortened, with words like trunk_arms_legs written apart."""
    return _JOINED.sub(lambda found: found.group().replace("_", " "), shorten(text, limit))


def percent(rate: float | None, digits: int = 1) -> str:
    """Return a fraction as a percentage: 0.85 is "85.0 %"."""
    if rate is None or not math.isfinite(rate):
        return NOT_KNOWN
    return f"{100 * rate:.{digits}f}{_SPACE}%"


def interval(lower: float | None, upper: float | None, digits: int = 1) -> str:
    """Return two fractions as "62.1–96.8 %"; "not estimable" where the sample gives no limits."""
    if lower is None or upper is None or not (math.isfinite(lower) and math.isfinite(upper)):
        return NO_LIMITS
    return f"{100 * lower:.{digits}f}–{100 * upper:.{digits}f}{_SPACE}%"


def dollars(amount: float | None, cents: bool = True) -> str:
    """Return an amount as "$1,234.50"; a negative one with a minus before the sign."""
    if amount is None or not math.isfinite(float(amount)):
        return NOT_KNOWN
    sign = "−" if round(float(amount), 2) < 0 else ""
    return f"{sign}${abs(float(amount)):,.{2 if cents else 0}f}"


def difference(amount: float | None) -> str:
    """Return billed less supported with its sign: plus is over, minus is under."""
    said = dollars(amount)
    return f"+{said}" if amount is not None and round(float(amount), 2) > 0 else said


def count(number: float | None, one: str = "", many: str = "") -> str:
    """Return "1 encounter", "12 encounters", or the bare number without nouns."""
    if number is None or not math.isfinite(float(number)):
        return NOT_KNOWN
    whole = f"{int(number):,}"
    if not one:
        return whole
    return f"{whole} {one if int(number) == 1 else (many or one + 's')}"


def day(value: date | pd.Timestamp | None) -> str:
    """Return a date as "3 March 2025"."""
    if value is None or pd.isna(value):
        return NOT_KNOWN
    return f"{value.day} {value:%B %Y}"


def month_range(months: Iterable[str]) -> str:
    """Return "January 2025 to March 2025" from months written 2025-01."""
    listed = sorted(each for each in months if each)
    if not listed:
        return NOT_KNOWN
    names = [f"{date(int(m[:4]), int(m[5:7]), 1):%B %Y}" for m in (listed[0], listed[-1])]
    return names[0] if names[0] == names[1] else f"{names[0]} to {names[1]}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """Return "a", "a and b", or "a, b and c"."""
    each = [clean(word) for word in words if clean(word)]
    if len(each) < 2:
        return "".join(each)
    return f"{', '.join(each[:-1])} {last} {each[-1]}"


def theme(family: object) -> str:
    """Return the name of a family of rules as a heading: "EM_LEVEL" is "E/M level"."""
    name = shorten(family, 60)
    plain = name.replace("_", " ").strip()
    return THEMES.get(name.upper(), plain[:1].upper() + plain[1:] or "Other")


def inline(heading: object) -> str:
    """Return a heading as it stands inside a sentence: "Excision" is "excision"."""
    text = clean(heading)
    return text if text[:2].isupper() or text[1:2] == "/" else text[:1].lower() + text[1:]


def word_of(words: Mapping[str, str], key: object) -> str:
    """Return the plain word for a closed-vocabulary *key*, or the key itself made readable."""
    text = clean(key)
    return words.get(text, text.replace("_", " "))


def told_apart(lower: float, upper: float, group: float, what: str = "the practice") -> str:
    """Return the sentence that says whether an interval leaves room for the group's rate.

    It compares one interval with one rate, and claims no more than that.
    """
    if not all(math.isfinite(v) for v in (lower, upper, group)):
        return "There are too few data to compare."
    if lower <= group <= upper:
        return f"Cannot be told apart from {what}."
    side = "below" if upper < group else "above"
    return f"The interval lies {side} the rate of {what}."
