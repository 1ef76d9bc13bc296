"""Which modifiers the record supports on a line: those required, those billed that may stay."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from auditkit.coding.care import extent_looked_for, part_looked_for
from auditkit.coding.chart import Chart, Draft
from auditkit.coding.modifier_fit import misfit
from auditkit.coding.pack import RulesOn
from auditkit.model import Direction


@dataclass(frozen=True, slots=True)
class Judged:
    """One modifier that should be added, dropped, or only remarked upon.

    A direction of None is that of the dollars.
    """

    rule_id: str
    why: str
    direction: Direction | None = Direction.NONE


@dataclass(frozen=True, slots=True)
class Standing:
    """A supported line among those that a claim would hold: its code, draft and modifiers."""

    code: str
    draft: Draft
    modifiers: tuple[str, ...]


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


def is_add_on(draft: Draft, chart: Chart) -> bool:
    """Return whether the code follows its primary (global ZZZ), which exempts it from 51 and 59."""
    return chart.fees.global_days(draft.code, chart.dos) == "ZZZ"


Check = Callable[[str, Draft, Sequence[Draft], Chart], tuple[bool, Judged | None]]


def keep(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep a modifier that no rule speaks about."""
    return True, None


def distinct(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep a distinct-service modifier where another supported line is for something else."""
    if draft.kind == "em":
        why = f"Modifier {modifier} does not stand on a visit."
        return False, Judged("MODV-1", why)
    kin = chart.rules.value("modifier.classes")["distinct"]
    billed = {m for x in chart.encounter.lines if x.code == draft.code for m in x.modifiers}
    if modifier == kin[0] and len(billed.intersection(kin)) > 1:
        return False, Judged("MOD59-2", "The line carries an X modifier as well.")
    procedures = [d for d in others if d.kind != "em"]
    if any(apart(draft, other) for other in procedures):
        return True, None
    why = f"Modifier {modifier}: no other line of the day is for another lesion or site."
    return True, Judged("MOD59-3", why)


def apart(one: Draft, other: Draft) -> bool:
    """Return whether two supported lines are for different lesions."""
    return bool(one.lesions) and bool(other.lesions) and one.lesions.isdisjoint(other.lesions)


def visit(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep 24, 25 and 57 off procedures, and say when 25 or 57 has nothing to mark."""
    if draft.kind != "em":
        return False, Judged("MODV-1", f"Modifier {modifier} belongs to visits, not to procedures.")
    if modifier == "25" and "57" in draft.required:
        return False, Judged("MOD57-1", "The visit decided for surgery with a 90-day period.")
    if modifier == "57":
        why = "No surgery with a 90-day global period was decided on or done."
        return False, Judged("MOD57-1", why)
    if modifier == "25":
        return True, Judged("MOD25-3", "No procedure of the same day is documented.")
    return True, None


def multiple(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep 51 off add-on codes."""
    if is_add_on(draft, chart):
        return False, Judged("MODV-51", "An add-on code is exempt from modifier 51.")
    return True, None


def sided(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Refuse a modifier that names the other side of the body than the record."""
    side = "left" if modifier in chart.rules.value("modifier.classes")["left"] else "right"
    if draft.site.side in ("left", "right") and draft.site.side != side:
        why = f"The record places the service on the {draft.site.side} side."
        return False, Judged("MODV-1", why)
    return True, None


def repeat(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Ask why a visit is billed as a repeated procedure."""
    if draft.kind == "em":
        return True, Judged("MODV-2", f"Modifier {modifier} is meant for procedures.")
    return True, None


def surgery(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep 58, 78 and 79 on procedures, but not one beside another that the record asks for."""
    if draft.kind == "em":
        return False, Judged("MODV-1", f"Modifier {modifier} belongs to procedures.")
    kin = chart.rules.value("modifier.classes")["surgery"]
    asked = next((rule for m, rule in draft.required.items() if m in kin), None)
    if asked is not None:
        return False, Judged(asked, f"The record does not call for modifier {modifier}.")
    return True, None


def component(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep 26 and TC on codes with components, where the record lets the part stand alone."""
    if modifier in draft.accepts:
        return True, None
    fee = chart.fees.fee(draft.code, "", chart.dos)
    if fee is not None and fee.pctc not in ("", "1"):
        return False, Judged("MOD26TC-2", f"{draft.code} has no components.")
    if draft.kind == "pathology" and fee is not None:
        return False, Judged("MOD26TC-1", "Both components were done here.", None)
    return True, None


def bilateral(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep 50 on codes that the fee schedule pays as bilateral."""
    fee = chart.fees.fee(draft.code, "", chart.dos)
    if fee is not None and fee.bilateral not in ("", "1", "3"):
        return False, Judged("MOD50-1", f"{draft.code} is not paid as bilateral.")
    return True, None


def extra_work(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Leave 22 to the auditor."""
    return True, Judged("MOD22-1", "Read the statement of extra work.")


def foot(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep Q7, Q8 or Q9 only where the class findings support that one."""
    kin = chart.rules.value("modifier.classes")["foot"]
    if kin and not set(kin).isdisjoint(draft.required):
        return False, Judged("FOOT-Q", f"The class findings do not support {modifier}.")
    return True, None


def notice(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep GA and GX unless the record shows that no notice is on file."""
    if not chart.documented.abstracted("abn"):
        return True, None
    signed = chart.documented.abn is not None and chart.documented.abn.signed
    return (True, None) if signed else (False, Judged("ABN-1", "No signed notice is on file."))


def shared(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep FS on visits in a facility."""
    if chart.encounter.pos in chart.rules.value("place.facility"):
        return True, None
    return False, Judged("SPLIT-1", "Shared visits are visits in a facility.")


def telehealth(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep 93 and 95 unless the record shows the patient was there."""
    em = chart.documented.em
    if em is not None and em.telehealth == "none":
        return False, Judged("TELE-1", "The patient was seen in person.")
    return True, None


def waste(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep JW and JZ on drugs, where container and waste let them stand."""
    if draft.kind != "drug":
        return False, Judged("MODV-1", f"Modifier {modifier} belongs to drugs.")
    if modifier in draft.accepts:
        return True, None
    rule = "JZ-1" if chart.rules.in_force("JZ-1") else "MODV-1"
    return False, Judged(rule, f"The container and waste documented do not call for {modifier}.")


def care(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep 54 and 55 where the surgical package can be split, and ask who gave which part."""
    days = chart.fees.global_days(draft.code, chart.dos)
    if days is not None and days not in chart.rules.value("care.split"):
        return False, Judged("CARE-1", f"{draft.code} has no global period that {modifier} splits.")
    if part_looked_for(draft, chart):
        return False, Judged("CARE-2", f"The record does not call for {modifier}.", None)
    return True, Judged("CARE-3", f"Read what the record says of the care that {modifier} leaves.")


def extent(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep 52 and 53 where the record says what was left out or stopped."""
    if extent_looked_for(draft, chart):
        rule = "MOD52-1" if modifier == "52" else "MOD53-1"
        return False, Judged(rule, "The record shows the whole service.", Direction.UNDER)
    return True, Judged("EXTENT-1", "Read what was left out or stopped.")


CHECKS: dict[str, Check] = {
    "care": care,
    "extent": extent,
    "repeat": repeat,
    "surgery": surgery,
    "component": component,
    "bilateral": bilateral,
    "extra_work": extra_work,
    "foot": foot,
    "notice": notice,
    "shared": shared,
    "telehealth": telehealth,
    "waste": waste,
    "distinct": distinct,
    "visit": visit,
    "multiple": multiple,
    "left": sided,
    "right": sided,
}
