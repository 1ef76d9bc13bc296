"""What the record asks of each class of modifier: whether it stays, and what to say of it."""

from collections.abc import Callable, Sequence

from auditkit.coding.anatomy import anatomic
from auditkit.coding.care import extent_looked_for, part_looked_for
from auditkit.coding.chart import Chart, Draft
from auditkit.coding.distinct import distinct
from auditkit.coding.entry import Judged
from auditkit.coding.pack import RulesOn
from auditkit.model import Direction

Check = Callable[[str, Draft, Sequence[Draft], Chart], tuple[bool, Judged | None]]


def keep(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep a modifier that no rule speaks about."""
    return True, None


def is_add_on(draft: Draft, chart: Chart) -> bool:
    """Return whether the code follows its primary (global ZZZ), which exempts it from 51 and 59."""
    return chart.fees.global_days(draft.code, chart.dos) == "ZZZ"


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
    """Keep 50 on codes that the fee schedule pays as bilateral, done on both sides."""
    fee = chart.fees.fee(draft.code, "", chart.dos)
    if fee is not None and fee.bilateral not in ("", "1", "3"):
        return False, Judged("MOD50-1", f"{draft.code} is not paid as bilateral.")
    documented = {d.site.side for d in (draft, *others) if d.code == draft.code}
    if documented in ({"left"}, {"right"}):
        why = f"The record documents the {documented.pop()} side alone."
        return False, Judged("MOD50-2", why, Direction.OVER)
    return True, None


def extra_work(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Refuse 22 without a statement of extra work; leave one with a statement to the auditor."""
    said = [p.extra_work for p in chart.procedures_of(draft) if p.abstracted("extra_work")]
    if said and not any(said):
        return False, Judged("MOD22-2", "No statement of extra work is documented.", Direction.OVER)
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
    em = chart.documented.em
    if em is not None and em.shared is False:
        return False, Judged("SPLIT-1", "The record shows a visit of one practitioner.")
    if chart.encounter.pos in chart.rules.value("place.facility"):
        return True, None
    return False, Judged("SPLIT-1", "Shared visits are visits in a facility.")


def telehealth(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep 93 and 95 unless record or place of service shows the patient was there."""
    em = chart.documented.em
    mode = None if em is None else em.telehealth
    if modifier in chart.rules.values.get("setting.not_practitioners", ()) and chart.medicare:
        why = f"{modifier} is for claims of critical access hospitals and of demonstrations."
        named = chart.rules.value("setting.telehealth").get(mode or "", "")
        return False, Judged("TELE-1", why, instead=named)
    if mode == "none":
        return False, Judged("TELE-1", "The patient was seen in person.")
    asked = chart.medicare and chart.rules.has("setting.telehealth_place")
    if mode is None and asked and chart.encounter.pos not in telehealth_places(chart):
        why = "The place of service is one of visits in person, and the record names no other."
        return False, Judged("TELE-1", why)
    return True, None


def telehealth_places(chart: Chart) -> Sequence[str]:
    """Return the places of service of visits by video or telephone."""
    places: Sequence[str] = chart.rules.value("setting.telehealth")["places"]
    return places


def policy(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep KX where the record shows what a policy asks for; else ask which policy it answers.

    A line that lacks a covered reason is refused before its modifiers are looked at.
    """
    if not chart.rules.in_force("KX-2") or draft.code in chart.rules.once(codes_of_one_sex):
        return True, None
    lesions = [chart.lesions[i] for i in draft.lesions if i in chart.lesions]
    shown = draft.kind in chart.rules.value("coverage.benign_kinds")
    if shown and any(lesion.symptoms or lesion.changed for lesion in lesions):
        return True, None
    return True, Judged("KX-2", "Read which policy KX answers, and hold its conditions against it.")


def codes_of_one_sex(rules: RulesOn) -> frozenset[str]:
    """Return the codes that belong to one sex."""
    table = rules.values.get("coverage.codes_of_sex", {})
    return frozenset(code for codes in table.values() for code in codes)


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
    "policy": policy,
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
    "left": anatomic,
    "right": anatomic,
}
