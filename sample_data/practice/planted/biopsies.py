"""Planted errors in biopsies: hierarchy, technique, sites with codes of their own, slides."""

from dataclasses import replace

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Encounter
from sample_data.practice.planted.registry import change, plant
from sample_data.practice.skin import FIRST_BIOPSY, NEXT_BIOPSY


def techniques(enc: Encounter) -> list[str]:
    """Return the techniques of the skin biopsies of the day."""
    return enc.story.get("biopsies", [])


def second_technique(enc: Encounter) -> tuple[str, str] | None:
    """Return the add-on code and the first code of another technique used once, if any."""
    used = techniques(enc)
    for name in ("tangential", "punch"):
        if used.count(name) == 1 and enc.has(NEXT_BIOPSY[name]):
            return NEXT_BIOPSY[name], FIRST_BIOPSY[name]
    return None


@plant(
    "BIOPSY_HIERARCHY",
    "BX-1",
    "overcoded",
    lambda enc: len(set(techniques(enc))) > 1 and second_technique(enc) is not None,
    needs="biopsies",
)
def biopsy_two_first_codes(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A second technique is billed with its first code instead of its add-on code."""
    pair = second_technique(enc)
    assert pair is not None
    place = enc.index(pair[0])
    true = enc.coded[place]
    modifiers = true.modifiers or ("59",)
    change(enc, place, answer, replace(true, code=pair[1], modifiers=modifiers), true)


@plant(
    "BIOPSY_HIERARCHY",
    "BX-1",
    "wrong_code",
    lambda enc: sorted(techniques(enc)) == ["punch", "tangential"],
    needs="biopsies",
)
def biopsy_low_first_code(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The lesser technique is billed first and the greater as the add-on."""
    first, second = enc.index("11104"), enc.index("11103")
    change(enc, first, answer, replace(enc.coded[first], code="11102"), enc.coded[first])
    change(enc, second, answer, replace(enc.coded[second], code="11105"), enc.coded[second])


@plant(
    "TECHNIQUE",
    "BX-1",
    "overcoded",
    lambda enc: techniques(enc) == ["tangential"],
    needs="biopsies",
)
def biopsy_technique_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A tangential biopsy is billed as a punch."""
    place = enc.index("11102")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="11104"), true)


@plant(
    "TECHNIQUE", "BX-1", "undercoded", lambda enc: techniques(enc) == ["punch"], needs="biopsies"
)
def biopsy_technique_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A punch biopsy is billed as tangential."""
    place = enc.index("11104")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="11102"), true)


@plant(
    "SITE_SPECIFIC",
    "BX-2",
    "wrong_code",
    lambda enc: "special biopsy" in enc.story,
    needs="special biopsy",
)
def biopsy_site_code_missed(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A biopsy at a site with its own code is billed as a skin biopsy."""
    code, technique = enc.story["special biopsy"]
    place = enc.index(code)
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code=FIRST_BIOPSY[technique]), true)
