"""The planted errors: when each can be made, what gets billed, and the known answer.

A planter changes the billed lines or the record of an encounter whose correct coding is known, and
writes down what the record still supports. At most one error is planted in an encounter.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sample_data.practice import visits
from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Billed, Coded, Encounter
from sample_data.practice.sites import EXTREMITIES, FACE, LIMBS_TRUNK
from sample_data.practice.skin import (
    EXCISION,
    FIRST_BIOPSY,
    NEXT_BIOPSY,
    size_band,
)

VISIT_CODES = (*visits.NEW_PATIENT.values(), *visits.ESTABLISHED.values())
IC, ID, ND = "incorrect_coding", "insufficient_documentation", "no_documentation"


@dataclass(frozen=True, slots=True)
class Plant:
    """One kind of error: its classification, where it applies and what it does."""

    name: str
    family: str
    rule: str
    verdict: str
    category: str
    applies: Callable[[Encounter], bool]
    act: Callable[[Encounter, Dice, Answer], None]
    flat_direction: str = "none"


PLANTS: dict[str, Plant] = {}


def plant(
    family: str,
    rule: str,
    verdict: str,
    applies: Callable[[Encounter], bool],
    category: str = IC,
    flat_direction: str = "none",
) -> Callable[[Callable[[Encounter, Dice, Answer], None]], None]:
    """Register a planter under its function's name."""

    def register(act: Callable[[Encounter, Dice, Answer], None]) -> None:
        name = act.__name__
        PLANTS[name] = Plant(name, family, rule, verdict, category, applies, act, flat_direction)

    return register


def bill(enc: Encounter, dice: Dice) -> None:
    """Bill the encounter, with at most one error at the provider's own rates."""
    enc.billed = [Billed(line, (line,)) for line in enc.coded]
    mark = dice.real()
    for name, kind in PLANTS.items():
        rate = enc.provider.rate(name)
        if not rate or not kind.applies(enc):
            continue
        mark -= rate
        if mark < 0:
            kind.act(enc, dice, Answer(name, kind.family, kind.rule, kind.verdict, kind.category))
            settle_direction(enc, kind.flat_direction)
            return


def settle_direction(enc: Encounter, flat: str) -> None:
    """Give every part of the planted error the direction of the money as a whole."""
    planted = [part.cents(enc.payer) for part in enc.billed if part.answer.plant]
    net = sum(billed - agreed for billed, agreed in planted)
    direction = "over" if net > 0 else "under" if net < 0 else flat
    enc.billed = [
        replace(part, answer=replace(part.answer, direction=direction))
        if part.answer.plant
        else part
        for part in enc.billed
    ]


def change(enc: Encounter, place: int, answer: Answer, line: Coded, *agreed: Coded) -> None:
    """Bill *line* where the record supports *agreed*."""
    enc.billed[place] = Billed(line, agreed, answer)


# Destruction of premalignant and benign lesions


def keratoses(low: int, high: int) -> Callable[[Encounter], bool]:
    """Return a test: from *low* to *high* premalignant lesions were destroyed."""
    return lambda enc: low <= enc.story.get("premalignant", 0) <= high


@plant("LESION_COUNT", "DES-1", "overcoded", keratoses(2, 12))
def ak_units_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """More additional lesions are billed than the note counts."""
    place = enc.index("17003")
    true = enc.coded[place]
    extra = dice.whole(1, 13 - true.units)
    change(enc, place, answer, replace(true, units=true.units + extra), true)


@plant("LESION_COUNT", "DES-1", "undercoded", keratoses(3, 14))
def ak_units_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Fewer additional lesions are billed than the note counts."""
    place = enc.index("17003")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, units=dice.whole(1, true.units - 1)), true)


@plant("LESION_COUNT", "DES-1", "overcoded", keratoses(7, 14))
def ak_field_code_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The code for fifteen or more is billed for fewer."""
    place, more = enc.index("17000"), enc.index("17003")
    first, rest = enc.coded[place], enc.coded[more]
    change(enc, place, answer, replace(first, code="17004"), first, rest)
    del enc.billed[more]


@plant("LESION_COUNT", "DES-1", "wrong_code", keratoses(15, 99))
def ak_field_code_missed(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Fifteen or more are billed as a first and thirteen additional lesions."""
    place = enc.index("17004")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="17000"), true)
    rest = replace(true, code="17003", units=13)
    enc.billed.insert(
        place + 1, Billed(rest, (), replace(answer, verdict="not_separately_reportable"))
    )


@plant("LESION_COUNT", "DES-1", "overcoded", keratoses(2, 99), category=ID)
def ak_count_missing(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The note names the fields but no number, so one lesion is supported."""
    for procedure in enc.procedures:
        if procedure["type"] == "destruction" and is_premalignant(enc, procedure["lesion_ids"]):
            procedure["lesions_treated"] = None
    for lesion in enc.lesions:
        if lesion.get("clinical_behavior") == "premalignant":
            lesion["count_represented"] = None
    enc.trap = ""
    if enc.has("17004"):
        place = enc.index("17004")
        true = enc.coded[place]
        change(enc, place, answer, true, replace(true, code="17000"))
        return
    place = enc.index("17003")
    change(enc, place, replace(answer, verdict="not_supported"), enc.coded[place])


def is_premalignant(enc: Encounter, letters: list[str]) -> bool:
    """Return whether the lesions named by *letters* are premalignant."""
    return any(
        lesion["lesion_id"] in letters and lesion.get("clinical_behavior") == "premalignant"
        for lesion in enc.lesions
    )


def benign(low: int, high: int) -> Callable[[Encounter], bool]:
    """Return a test: from *low* to *high* benign lesions were destroyed."""
    return lambda enc: low <= enc.story.get("benign", (0, ""))[0] <= high


@plant("LESION_COUNT", "DES-2", "overcoded", benign(4, 14))
def benign_count_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The code for fifteen or more benign lesions is billed for fewer."""
    place = enc.index("17110")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="17111"), true)


@plant("LESION_COUNT", "DES-2", "undercoded", benign(15, 99))
def benign_count_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Fifteen or more benign lesions are billed with the code for fewer."""
    place = enc.index("17111")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="17110"), true)


@plant(
    "DX_LINK", "DX-4", "wrong_code",
    lambda enc: benign(2, 14)(enc) and "premalignant" not in enc.story,
)  # fmt: skip
def benign_as_premalignant(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Benign lesions are billed with the codes for premalignant ones."""
    place = enc.index("17110")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="17000"), true)
    rest = replace(true, code="17003", units=enc.story["benign"][0] - 1)
    enc.billed.insert(
        place + 1, Billed(rest, (), replace(answer, verdict="not_separately_reportable"))
    )


@plant(
    "DX_LINK", "DX-4", "wrong_code",
    lambda enc: keratoses(1, 14)(enc) and "benign" not in enc.story,
)  # fmt: skip
def premalignant_as_benign(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Actinic keratoses are billed with the code for benign lesions."""
    place = enc.index("17000")
    first = enc.coded[place]
    rest = [line for line in enc.coded if line.code == "17003"]
    change(enc, place, answer, replace(first, code="17110"), first, *rest)
    enc.billed = [part for part in enc.billed if part.line not in rest]


# Biopsies


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
    "BIOPSY_HIERARCHY", "BX-1", "overcoded",
    lambda enc: len(set(techniques(enc))) > 1 and second_technique(enc) is not None,
)  # fmt: skip
def biopsy_two_first_codes(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A second technique is billed with its first code instead of its add-on code."""
    pair = second_technique(enc)
    assert pair is not None
    place = enc.index(pair[0])
    true = enc.coded[place]
    modifiers = true.modifiers or ("59",)
    change(enc, place, answer, replace(true, code=pair[1], modifiers=modifiers), true)


@plant(
    "BIOPSY_HIERARCHY", "BX-1", "wrong_code",
    lambda enc: sorted(techniques(enc)) == ["punch", "tangential"],
)  # fmt: skip
def biopsy_low_first_code(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The lesser technique is billed first and the greater as the add-on."""
    first, second = enc.index("11104"), enc.index("11103")
    change(enc, first, answer, replace(enc.coded[first], code="11102"), enc.coded[first])
    change(enc, second, answer, replace(enc.coded[second], code="11105"), enc.coded[second])


@plant("TECHNIQUE", "BX-1", "overcoded", lambda enc: techniques(enc) == ["tangential"])
def biopsy_technique_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A tangential biopsy is billed as a punch."""
    place = enc.index("11102")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="11104"), true)


@plant("TECHNIQUE", "BX-1", "undercoded", lambda enc: techniques(enc) == ["punch"])
def biopsy_technique_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A punch biopsy is billed as tangential."""
    place = enc.index("11104")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="11102"), true)


@plant("SITE_SPECIFIC", "BX-2", "wrong_code", lambda enc: "special biopsy" in enc.story)
def biopsy_site_code_missed(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A biopsy at a site with its own code is billed as a skin biopsy."""
    code, technique = enc.story["special biopsy"]
    place = enc.index(code)
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code=FIRST_BIOPSY[technique]), true)


# Excisions


def excision(enc: Encounter) -> dict:
    """Return the facts of the day's only excision, or nothing."""
    all_of_them = enc.story.get("excisions", [])
    return all_of_them[0] if len(all_of_them) == 1 else {}


def sized(fact: str) -> Callable[[Encounter], int]:
    """Return a function: the size band that the wrong measure *fact* would give."""

    def band(enc: Encounter) -> int:
        it = excision(enc)
        wrong = it["lesion"] + 2 * it["wide"] if fact == "wide" else it[fact]
        return size_band(wrong)

    return band


def true_band(enc: Encounter) -> int:
    """Return the size band of the day's only excision."""
    it = excision(enc)
    return size_band(it["lesion"] + 2 * it["narrow"])


def bill_excision(enc: Encounter, answer: Answer, series: str, group: str, band: int) -> None:
    """Bill the day's only excision with the code of another series, site group or band."""
    it = excision(enc)
    true_code = EXCISION[it["series"], it["group"]][true_band(enc)]
    place = enc.index(true_code)
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code=EXCISION[series, group][band]), true)


@plant(
    "SIZE", "EXC-1", "overcoded",
    lambda enc: bool(excision(enc)) and sized("specimen")(enc) > true_band(enc),
)  # fmt: skip
def excision_specimen_size(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The excision is sized by the specimen's length."""
    it = excision(enc)
    bill_excision(enc, answer, it["series"], it["group"], sized("specimen")(enc))


@plant(
    "SIZE", "EXC-1", "overcoded",
    lambda enc: bool(excision(enc)) and sized("wide")(enc) > true_band(enc),
)  # fmt: skip
def excision_wide_margin(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The excision is sized with its widest margin instead of the narrowest."""
    it = excision(enc)
    bill_excision(enc, answer, it["series"], it["group"], sized("wide")(enc))


@plant(
    "SIZE", "EXC-1", "undercoded",
    lambda enc: bool(excision(enc)) and sized("lesion")(enc) < true_band(enc),
)  # fmt: skip
def excision_margins_left_out(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The excision is sized by the lesion alone."""
    it = excision(enc)
    bill_excision(enc, answer, it["series"], it["group"], sized("lesion")(enc))


@plant(
    "SIZE", "EXC-1", "overcoded",
    lambda enc: bool(excision(enc)) and sized("lesion")(enc) < true_band(enc),
    category=ID,
)  # fmt: skip
def excision_margin_missing(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The note gives no margins, so the lesion's own diameter is what it supports."""
    it = excision(enc)
    for procedure in enc.procedures:
        if procedure["type"] == "excision":
            procedure["margins_cm"] = None
    code = EXCISION[it["series"], it["group"]]
    place = enc.index(code[true_band(enc)])
    billed = enc.coded[place]
    change(enc, place, answer, billed, replace(billed, code=code[sized("lesion")(enc)]))
    enc.trap = ""


@plant(
    "PATH_MISMATCH", "EXC-1", "overcoded",
    lambda enc: "nevus" in excision(enc).get("label", ""),
)  # fmt: skip
def excision_malignant_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A nevus is billed in the malignant series."""
    bill_excision(enc, answer, "malignant", excision(enc)["group"], true_band(enc))


@plant(
    "PATH_MISMATCH", "EXC-1", "undercoded",
    lambda enc: excision(enc).get("series") == "malignant",
)  # fmt: skip
def excision_benign_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A malignancy, invasive or in situ, is billed in the benign series."""
    bill_excision(enc, answer, "benign", excision(enc)["group"], true_band(enc))


@plant(
    "SITE_GROUP", "EXC-1", "overcoded",
    lambda enc: excision(enc).get("group") in (LIMBS_TRUNK, EXTREMITIES),
)  # fmt: skip
def excision_site_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A lesion elsewhere is billed with the codes of the face."""
    bill_excision(enc, answer, excision(enc)["series"], FACE, true_band(enc))


@plant(
    "SITE_GROUP", "EXC-1", "undercoded",
    lambda enc: excision(enc).get("group") == FACE,
)  # fmt: skip
def excision_site_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A lesion of the face is billed with the codes of the trunk and limbs."""
    bill_excision(enc, answer, excision(enc)["series"], LIMBS_TRUNK, true_band(enc))


# Visits


def level(enc: Encounter) -> int:
    """Return the level of the day's visit, 0 when there is none."""
    return enc.story.get("level", 0)


def bill_level(enc: Encounter, answer: Answer, billed_level: int) -> None:
    """Bill the visit at another level than the record supports."""
    place = enc.index(*VISIT_CODES)
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code=visits.visit_code(enc.new, billed_level)), true)


@plant(
    "EM_LEVEL", "EM-1", "overcoded",
    lambda enc: 0 < level(enc) < visits.HIGH and not enc.procedures,
)  # fmt: skip
def em_level_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The visit is billed one level too high, now and then two."""
    step = 2 if level(enc) < visits.MODERATE and dice.chance(0.12) else 1
    bill_level(enc, answer, level(enc) + step)


@plant(
    "EM_LEVEL", "EM-1", "undercoded",
    lambda enc: level(enc) > visits.STRAIGHTFORWARD and "by time" not in enc.story,
)  # fmt: skip
def em_level_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The visit is billed one level too low."""
    bill_level(enc, answer, level(enc) - 1)


def no_minutes(enc: Encounter) -> bool:
    """Return whether there is a visit below the highest level without minutes in the note."""
    return 0 < level(enc) < visits.HIGH and enc.em is not None and not enc.em["total_time_min"]


@plant("EM_LEVEL", "EM-1", "overcoded", lambda enc: no_minutes(enc) and not enc.procedures)
def em_time_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The visit is billed by time, and the minutes fall short."""
    assert enc.em is not None
    floor = visits.NEW_MINUTES if enc.new else visits.ESTABLISHED_MINUTES
    wanted = level(enc) + 1
    enc.em["total_time_min"] = floor[wanted] - dice.weighted(((1, 0.3), (dice.whole(2, 6), 0.7)))
    enc.em["time_statement"], enc.em["time_excluded_min"] = True, 0
    bill_level(enc, answer, wanted)


@plant("EM_LEVEL", "EM-1", "undercoded", lambda enc: "by time" in enc.story)
def em_time_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The visit is billed by decision making although the stated time supports more."""
    bill_level(enc, answer, level(enc) - 1)


@plant("EM_LEVEL", "EM-3", "overcoded", lambda enc: no_minutes(enc) and bool(enc.procedures))
def em_time_with_procedure(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The visit is billed by a time that includes the minutes of the procedure."""
    assert enc.em is not None
    floor = visits.NEW_MINUTES if enc.new else visits.ESTABLISHED_MINUTES
    wanted = level(enc) + 1
    procedure = dice.whole(8, 15)
    enc.em["total_time_min"] = floor[wanted] + dice.whole(0, procedure - 1)
    enc.em["time_statement"], enc.em["time_excluded_min"] = True, procedure
    bill_level(enc, answer, wanted)


# Modifier 25


def procedure_only(enc: Encounter) -> bool:
    """Return whether procedures were done and nothing else was worked on."""
    return bool(enc.procedures) and "visit" not in enc.story


@plant("MOD25", "MOD25-1", "not_separately_reportable", procedure_only)
def mod25_unsupported(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A visit is billed beside a procedure that took all its work."""
    billed_level = dice.weighted(((2, 0.15), (3, 0.6), (4, 0.25)))
    code = visits.visit_code(enc.new, billed_level)
    line = Coded(code, 1, ("25",), enc.coded[0].diagnoses)
    enc.billed.insert(0, Billed(line, (), answer))


@plant(
    "EM_LEVEL", "MOD25-1", "overcoded",
    lambda enc: 0 < level(enc) < visits.HIGH and bool(enc.procedures),
)  # fmt: skip
def mod25_level_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The level of a visit beside a procedure counts the decision to do the procedure."""
    bill_level(enc, answer, level(enc) + 1)


@plant(
    "MOD25", "MOD25-1", "undercoded",
    lambda enc: level(enc) > 0 and bool(enc.procedures), flat_direction="under",
)  # fmt: skip
def mod25_missing(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A separate visit beside a procedure is billed without modifier 25."""
    place = enc.index(*VISIT_CODES)
    true = enc.coded[place]
    change(enc, place, answer, replace(true, modifiers=()), true)


# The record


def anything(enc: Encounter) -> bool:
    """Return True: any encounter can lose its record."""
    return enc.record["signed"] is True


@plant("AUTH", "AUTH-1", "missing_record", anything, category=ND)
def record_missing(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """No record of the date of service can be found."""
    enc.record = {"present": False}
    enc.em, enc.lesions, enc.procedures, enc.specimens, enc.trap = None, [], [], [], ""
    enc.billed = [Billed(line, (), answer) for line in enc.coded]


@plant("AUTH", "AUTH-2", "not_supported", anything, category=ID)
def record_unsigned(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The note was never signed, and there is neither attestation nor signature log."""
    enc.record |= {"signed": False, "signature_type": None, "signature_date": None}
    enc.trap = ""
    enc.billed = [Billed(line, (), answer) for line in enc.coded]
