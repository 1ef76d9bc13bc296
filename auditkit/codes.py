"""Code systems as types, so that one cannot be read as another."""

import re
from typing import Self


class Code(str):
    """A code of one system; making one checks its form, not whether it is valid on a date."""

    __slots__ = ()
    system = ""
    form = re.compile(r".+")
    accepted = ""

    def __new__(cls, text: str) -> Self:
        """Return *text* as a code of this system.

        Raises:
            ValueError: if *text* has not the form of the system; the message does not show it.
        """
        if not cls.form.fullmatch(text):
            raise ValueError(f"not a {cls.system} (accepted: {cls.accepted})")
        return super().__new__(cls, text)

    @classmethod
    def fits(cls, text: str) -> bool:
        """Return whether *text* has the form of this system."""
        return cls.form.fullmatch(text) is not None


class Procedure(Code):
    """A CPT or HCPCS Level II code number."""

    __slots__ = ()
    system = "CPT or HCPCS code"
    form = re.compile(r"(?:[0-9]{4}[0-9AFTUM]|[A-V][0-9]{4})")
    accepted = "five characters, such as 99213, 0001U or J3301"


class Modifier(Code):
    """A CPT or HCPCS modifier."""

    __slots__ = ()
    system = "modifier"
    form = re.compile(r"[0-9A-Z]{2}")
    accepted = "two capital letters or digits, such as 25 or LT"


class Icd10(Code):
    """An ICD-10-CM diagnosis code, with its dot."""

    __slots__ = ()
    system = "ICD-10-CM code"
    # A letter stands second too from the edition of October 2025 on, as in QA0.
    form = re.compile(
        r"[A-TV-Z](?:[0-9][0-9AB]|[A-Z][0-9])(?:\.[0-9A-TV-Z]{1,4})?|U[0-9]{2}(?:\.[0-9]{1,4})?"
    )
    accepted = "a letter, two characters, then up to four after a dot, such as L57.0"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the code written with or without its dot, in either case.

        Raises:
            ValueError: if *text* is no ICD-10-CM code.
        """
        bare = text.strip().upper().replace(".", "")
        return cls(bare if len(bare) <= 3 else f"{bare[:3]}.{bare[3:]}")


class Npi(Code):
    """A National Provider Identifier whose check digit holds (Luhn over 80840 + NPI)."""

    __slots__ = ()
    system = "NPI"
    form = re.compile(r"[12][0-9]{9}")
    accepted = "ten digits with a valid check digit"

    def __new__(cls, text: str) -> Self:
        """Return *text* as an NPI.

        Raises:
            ValueError: if the form or the check digit is wrong; the message does not show it.
        """
        if not cls.fits(text):
            raise ValueError(f"not an NPI (accepted: {cls.accepted})")
        return str.__new__(cls, text)

    @classmethod
    def fits(cls, text: str) -> bool:
        """Return whether *text* is ten digits with a valid check digit."""
        return cls.form.fullmatch(text) is not None and luhn_holds("80840" + text)


def luhn_holds(digits: str) -> bool:
    """Return whether the last of *digits* is the others' check digit (Luhn, ISO/IEC 7812-1)."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        digit = int(character)
        if place % 2:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return total % 10 == 0
