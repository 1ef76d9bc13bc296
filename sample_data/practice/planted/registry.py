"""The kinds of planted errors, and the billing of an encounter with at most one of them.

A planter changes the billed lines or the record of an encounter whose correct coding is known, and
writes down what the record still supports.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Billed, Coded, Encounter

IC, ID, ND = "incorrect_coding", "insufficient_documentation", "no_documentation"
MN, OT = "medical_necessity", "other"

Applies = Callable[[Encounter], bool]
Act = Callable[[Encounter, Dice, Answer], None]


@dataclass(frozen=True, slots=True)
class Plant:
    """One kind of error: its classification, where it applies and what it does.

    `flat_direction` is the direction of an error that moves no money.
    """

    name: str
    answer: Answer
    applies: Applies
    act: Act
    flat_direction: str


PLANTS: dict[str, Plant] = {}
#: The same by the part of an encounter's story without which they cannot apply; "" for any.
BY_NEED: dict[str, list[Plant]] = {}


def plant(
    family: str,
    rule: str,
    verdict: str,
    applies: Applies,
    category: str = IC,
    flat_direction: str = "none",
    needs: str = "",
) -> Callable[[Act], None]:
    """Register a planter under its function's name.

    Args:
        family: the rule family that the error breaks, and *rule* its rule.
        rule: see *family*.
        verdict: what the record says of the line.
        applies: whether the error can be made in an encounter.
        category: the CERT category of the error.
        flat_direction: the direction of an error that moves no money.
        needs: the part of the story without which it never applies; spares asking *applies*.
    """

    def register(act: Act) -> None:
        name = act.__name__
        answer = Answer(name, family, rule, verdict, category)
        PLANTS[name] = Plant(name, answer, applies, act, flat_direction)
        BY_NEED.setdefault(needs, []).append(PLANTS[name])

    return register


def bill(enc: Encounter, dice: Dice) -> None:
    """Bill the encounter, with at most one error at the provider's own rates."""
    enc.billed = [Billed(line, (line,)) for line in enc.coded]
    mark = dice.real()
    for part in ("", *enc.story):
        for kind in BY_NEED.get(part, ()):
            if kind.applies(enc):
                mark -= enc.provider.rate(kind.name)
                if mark < 0:
                    kind.act(enc, dice, kind.answer)
                    settle_direction(enc, kind.flat_direction)
                    return


def settle_direction(enc: Encounter, flat: str) -> None:
    """Give every part of the planted error the direction of the money as a whole."""
    planted = [part.cents(enc.prices) for part in enc.billed if part.answer.plant]
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
    enc.billed[place] = replace(enc.billed[place], line=line, agreed=agreed, answer=answer)


def recode(enc: Encounter, code: str, answer: Answer, wrong: str) -> None:
    """Bill the code *wrong* where the record supports *code*."""
    place = enc.index(code)
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code=wrong), true)


def drop(enc: Encounter, place: int, answer: Answer) -> None:
    """Leave a supported line off the bill."""
    enc.billed[place] = replace(enc.billed[place], line=None, answer=answer)


def add(enc: Encounter, place: int, answer: Answer, line: Coded) -> None:
    """Bill *line*, which the record does not support, before the line at *place*."""
    enc.billed.insert(place, Billed(line, (), answer))
