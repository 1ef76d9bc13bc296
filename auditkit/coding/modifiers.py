"""Which modifiers the record supports on a line: those required, those billed that may stay."""

from collections.abc import Iterable, Sequence

from auditkit.coding.chart import Chart, Draft
from auditkit.coding.entry import Judged
from auditkit.coding.modifier_checks import CHECKS, is_add_on, keep
from auditkit.coding.modifier_fit import misfit
from auditkit.coding.pack import RulesOn
from auditkit.model import Direction


def classes_of(rules: RulesOn) -> dict[str, str]:
    """Return the class of each modifier that the packs know."""
    table = rules.value("modifier.classes")
    return {modifier: name for name, members in table.items() for modifier in members}


#: Which way a missing modifier errs, by its class; None is that of the dollars. Others err under:
#: the line is denied without them.
TURNS = {"component": None, "care": None, "extent": Direction.OVER}


def settle(
    billed: Sequence[str], draft: Draft, others: Sequence[Draft], chart: Chart, replaced: bool
) -> tuple[tuple[str, ...], list[Judged]]:
    """Return the modifiers that the record supports on a line, and what to say of the others.

    Args:
        billed: the modifiers of the billed line.
        draft: the supported line that answers it.
        others: the other supported lines of the encounter.
        chart: the encounter.
        replaced: whether the code itself was replaced; then only what the new code needs stays.
    """
    if not billed and not draft.required:
        return (), []
    known = chart.rules.once(classes_of)
    agreed: list[str] = []
    said: list[Judged] = []
    missing: list[Judged] = []
    for modifier in dict.fromkeys(billed):
        if modifier in draft.required:
            agreed.append(modifier)
            continue
        if (why := misfit(modifier, draft, chart.rules)) is not None:
            if not replaced:
                said.append(Judged("MODV-1", why))
            continue
        check = CHECKS.get(known.get(modifier, ""), keep)
        stays, remark = check(modifier, draft, others, chart)
        if stays and not (replaced and drops_with_code(modifier, draft, known, chart)):
            agreed.append(modifier)
        if remark is not None and not replaced:
            said.append(remark)
        if remark is not None and remark.instead and remark.instead not in agreed:
            agreed.append(remark.instead)
    for modifier, rule_id in draft.required.items():
        if modifier not in agreed and not stands_for(modifier, agreed, chart.rules):
            agreed.append(modifier)
            direction = TURNS.get(known.get(modifier, ""), Direction.UNDER)
            missing.append(Judged(rule_id, f"Modifier {modifier} is missing.", direction))
    return tuple(agreed), missing + said


def stands_for(modifier: str, present: Iterable[str], rules: RulesOn) -> bool:
    """Return whether one of *present* says what *modifier* would say: 59, X modifiers, or 58."""
    classes = rules.value("modifier.classes")
    kin = {*classes["distinct"], *classes["surgery"]}
    return modifier in classes["distinct"] and not kin.isdisjoint(present)


def drops_with_code(modifier: str, draft: Draft, known: dict[str, str], chart: Chart) -> bool:
    """Return whether *modifier* falls away with the code that was replaced."""
    return known.get(modifier) == "distinct" and is_add_on(draft, chart)
