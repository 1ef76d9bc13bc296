"""Planted errors in procedures within another procedure's global period."""

from dataclasses import replace

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Encounter
from sample_data.practice.planted.registry import change, plant


@plant(
    "MOD58",
    "GLOB-1",
    "undercoded",
    lambda enc: "again" in enc.story,
    flat_direction="under",
    needs="again",
)
def mod58_missing(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A staged re-excision is billed without modifier 58."""
    true = enc.coded[0]
    change(enc, 0, answer, replace(true, modifiers=()), true)


@plant(
    "MOD79",
    "GLOB-1",
    "undercoded",
    lambda enc: any("79" in line.modifiers for line in enc.coded),
    flat_direction="under",
    needs="in global",
)
def mod79_missing(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """An unrelated procedure is billed without modifier 79."""
    true = enc.coded[0]
    change(enc, 0, answer, replace(true, modifiers=()), true)
