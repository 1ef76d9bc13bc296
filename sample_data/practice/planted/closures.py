"""Planted errors in repairs, flaps and Mohs surgery."""

from dataclasses import replace

from sample_data.practice.closure import (
    COMPLEX,
    FLAP,
    complex_group,
    complex_lines,
    intermediate_code,
    intermediate_group,
)
from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Coded, Encounter
from sample_data.practice.planted.excisions import excision
from sample_data.practice.planted.registry import add, change, drop, plant
from sample_data.practice.sites import FACE
from sample_data.practice.skin import EXCISION, add_procedure, cm, size_band


def excised_width(enc: Encounter) -> int:
    """Return the excised diameter of the day's only excision, in millimetres."""
    it = excision(enc)
    return it["lesion"] + 2 * it["narrow"]


def closed_simply(enc: Encounter) -> bool:
    """Return whether the day's only excision, wider than 0.5 cm, was closed in one layer."""
    return bool(excision(enc)) and "repair" not in enc.story and excised_width(enc) > 5


@plant("REPAIR", "REP-1", "not_separately_reportable", closed_simply, needs="excisions")
def repair_of_one_layer(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A closure in one layer is billed as a layered repair."""
    it, length = excision(enc), max(15, excised_width(enc) * 5 // 2)
    site = it["site"].name
    add_procedure(
        enc, "repair", [enc.lesions[-1]["lesion_id"]], site=site, closure="simple",
        length_cm=cm(length), layers=1, undermining_cm=0, undermined_entire_edge=False,
        complex_criteria=[],
    )  # fmt: skip
    code = intermediate_code(intermediate_group(site), length)
    add(enc, len(enc.billed), answer, Coded(code, diagnoses=(it["dx"],)))


@plant("REPAIR", "BX-4", "not_separately_reportable", closed_simply, needs="excisions")
def repair_simple_billed(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The simple closure of an excision is billed on its own."""
    it = excision(enc)
    code = "12011" if it["group"] == FACE else "12001"
    add(enc, len(enc.billed), answer, Coded(code, diagnoses=(it["dx"],)))


def small_benign_repair(enc: Encounter) -> bool:
    """Return whether a benign excision of 0.5 cm or less was repaired in layers."""
    it = excision(enc)
    return bool(it) and "repair" in enc.story and not enc.story["repair"]["totals"]


@plant("REPAIR", "REP-2", "not_separately_reportable", small_benign_repair, needs="repair")
def repair_of_small_benign(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The layered repair of a benign excision of 0.5 cm or less is billed on its own."""
    it = excision(enc)
    length = next(round(p["length_cm"] * 10) for p in enc.procedures if p["type"] == "repair")
    code = intermediate_code(intermediate_group(it["site"].name), length)
    add(enc, len(enc.billed), answer, Coded(code, 1, ("59",), (it["dx"],)))


def repaired(enc: Encounter, kind: str) -> bool:
    """Return whether one repair line of *kind* was coded for a single excision."""
    repair = enc.story.get("repair", {})
    return repair.get("kind") == kind and len(repair["totals"]) == 1 and bool(excision(enc))


def repair_facts(enc: Encounter) -> tuple[str, int, str]:
    """Return site, length in millimetres and diagnosis of the day's only repair."""
    (length, dx, _) = next(iter(enc.story["repair"]["totals"].values()))
    return excision(enc)["site"].name, length, dx


def short(enc: Encounter) -> bool:
    """Return whether the day's repair is no longer than 7.5 cm (5 cm on the face)."""
    site, length, _ = repair_facts(enc)
    return length <= (50 if intermediate_group(site) == "face" else 75)


@plant(
    "REPAIR_CLASS",
    "REP-1",
    "overcoded",
    lambda enc: repaired(enc, "intermediate") and short(enc),
    needs="repair",
)
def repair_complex_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A layered repair without a criterion is billed as complex."""
    site, length, dx = repair_facts(enc)
    place = enc.index(intermediate_code(intermediate_group(site), length))
    wrong = complex_lines(complex_group(site), length, dx)[0]
    change(enc, place, answer, wrong, enc.coded[place])


@plant(
    "REPAIR_CLASS",
    "REP-1",
    "undercoded",
    lambda enc: repaired(enc, "complex") and short(enc),
    needs="repair",
)
def repair_complex_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A complex repair is billed as a layered one."""
    site, length, dx = repair_facts(enc)
    place = enc.index(complex_lines(complex_group(site), length, dx)[0].code)
    wrong = intermediate_code(intermediate_group(site), length)
    change(enc, place, answer, replace(enc.coded[place], code=wrong), enc.coded[place])


def repair_lengths(enc: Encounter) -> list[int]:
    """Return the lengths of the day's repairs in millimetres."""
    return [round(p["length_cm"] * 10) for p in enc.procedures if p["type"] == "repair"]


@plant(
    "REPAIR_SUM",
    "REP-1",
    "wrong_code",
    lambda enc: (
        enc.story.get("repair", {}).get("kind") == "intermediate"
        and any(count == 2 for _, _, count in enc.story["repair"]["totals"].values())
    ),
    needs="repair",
)
def repair_lengths_not_added(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Two layered repairs of one group are billed as two instead of by their length in all."""
    group, (total, dx, _) = next(iter(enc.story["repair"]["totals"].items()))
    first, second = (intermediate_code(group, length) for length in repair_lengths(enc))
    place = enc.index(intermediate_code(group, total))
    true = enc.coded[place]
    if max(first, second) != true.code:
        change(enc, place, answer, replace(true, code=max(first, second)), true)
    line = Coded(min(first, second), 1, ("59",), (dx,))
    add(enc, place + 1, replace(answer, verdict="not_separately_reportable"), line)


@plant(
    "REPAIR_SUM", "REP-1", "undercoded",
    lambda enc: enc.has(*(codes[2] for codes in COMPLEX.values())), flat_direction="under",
)  # fmt: skip
def repair_addon_left_out(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A complex repair longer than 7.5 cm is billed without its add-on."""
    drop(enc, enc.index(*(codes[2] for codes in COMPLEX.values())), answer)


@plant(
    "ATT",
    "ATT-1",
    "wrong_code",
    lambda enc: repaired(enc, "complex") and short(enc) and len(enc.coded) == 2,
    needs="repair",
)
def flap_without_incisions(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """An undermined complex repair is billed as a flap."""
    site, _, dx = repair_facts(enc)
    for procedure in enc.procedures:
        if procedure["type"] == "repair":
            procedure["flap_incisions"] = False
    true = tuple(enc.coded)
    enc.billed = enc.billed[:1]
    change(enc, 0, answer, Coded(FLAP[complex_group(site)][0], diagnoses=(dx,)), *true)


@plant(
    "ATT",
    "ATT-1",
    "overcoded",
    lambda enc: "flap" in enc.story and enc.story["flap"]["area"] <= 1000,
    needs="flap",
)
def flap_area_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A flap of ten square centimetres or less is billed as a larger one."""
    it = enc.story["flap"]
    place = enc.index(it["code"])
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code=FLAP[it["group"]][1]), true)


@plant(
    "ATT",
    "ATT-1",
    "not_separately_reportable",
    lambda enc: "excision" in enc.story.get("flap", {}),
    needs="flap",
)
def flap_with_excision(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The excision that a flap includes is billed on its own."""
    it = enc.story["flap"]["excision"]
    band = size_band(it["lesion"] + 2 * it["margin"])
    line = Coded(EXCISION["malignant", FACE][band], 1, ("59",), (it["dx"],))
    add(enc, len(enc.billed), answer, line)


def mohs(enc: Encounter) -> dict:
    """Return the facts of the day's Mohs surgery, or nothing."""
    return enc.story.get("mohs", {})


@plant(
    "MOHS",
    "MOHS-1",
    "overcoded",
    lambda enc: bool(mohs(enc)) and not mohs(enc)["face"] and mohs(enc)["stages"] == 1,
    needs="mohs",
)
def mohs_site_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Mohs surgery of the trunk or a limb is billed as of the head, hands or feet."""
    place = enc.index("17313")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="17311"), true)


@plant("MOHS", "MOHS-1", "overcoded", lambda enc: mohs(enc).get("stages", 0) > 1, needs="mohs")
def mohs_stage_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """One stage more is billed than the map shows."""
    place = enc.index("17312", "17314")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, units=true.units + 1), true)


@plant("MOHS", "MOHS-1", "not_supported", lambda enc: mohs(enc).get("extra") == 0, needs="mohs")
def mohs_blocks_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Additional blocks are billed although no stage had more than five."""
    dx = enc.coded[enc.index("17311", "17313")].diagnoses
    add(enc, len(enc.billed), answer, Coded("17315", dice.whole(1, 2), (), dx))


@plant("MOHS", "MOHS-1", "undercoded", lambda enc: mohs(enc).get("extra", 0) > 1, needs="mohs")
def mohs_blocks_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Fewer additional blocks are billed than the stages had."""
    place = enc.index("17315")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, units=true.units - 1), true)


@plant(
    "MOHS",
    "MOHS-1",
    "wrong_code",
    lambda enc: (
        mohs(enc).get("stages") == 1 and mohs(enc)["after"] == "open" and mohs(enc)["extra"] == 0
    ),
    needs="mohs",
)
def mohs_other_pathologist(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The slides were read by somebody else, so the record supports an excision."""
    it, margin = mohs(enc), dice.whole(2, 4)
    for procedure in enc.procedures:
        if procedure["type"] == "mohs":
            procedure |= {"surgeon_is_pathologist": False, "margins_cm": [cm(margin), cm(margin)]}
    code = EXCISION["malignant", it["group"]][size_band(it["lesion"] + 2 * margin)]
    place = enc.index("17311", "17313")
    true = enc.coded[place]
    change(enc, place, answer, true, replace(true, code=code))


@plant(
    "SITE_GROUP",
    "REP-1",
    "overcoded",
    lambda enc: (
        repaired(enc, "intermediate")
        and short(enc)
        and intermediate_group(repair_facts(enc)[0]) == "body"
    ),
    needs="repair",
)
def repair_site_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A layered repair of the trunk or a limb is billed with the codes of the face."""
    _, length, _ = repair_facts(enc)
    place = enc.index(intermediate_code("body", length))
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code=intermediate_code("face", length)), true)


@plant(
    "GRAFT",
    "GR-1",
    "not_supported",
    lambda enc: enc.story.get("graft", {}).get("area", 99) <= 20,
    needs="graft",
)
def graft_area_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A further twenty square centimetres of graft are billed for twenty or less."""
    it = enc.story["graft"]
    add(enc, len(enc.billed), answer, Coded(it["more"], diagnoses=(it["dx"],)))
