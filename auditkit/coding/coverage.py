"""Coverage: reasons for removing benign lesions, cosmetic work, routine foot care."""

from collections.abc import Iterator
from datetime import date

from auditkit.coding.chart import Chart, Draft, behavior_of
from auditkit.coding.entry import Entry, Note
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.words import mentions
from auditkit.documentation.elements import Behavior, Lesion
from auditkit.model import Severity

#: Kinds of line that an injection brings with it.
WITH_INJECTION = ("drug", "administration")
#: What pathology or the eye says of a lesion that is itself a reason to remove it.
SUSPECT = (Behavior.UNCERTAIN, Behavior.MALIGNANT, Behavior.IN_SITU, Behavior.PREMALIGNANT)


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the codes that are cosmetic by nature."""
    for code in rules.value("coverage.cosmetic_codes"):
        yield CodeInfo(code, "cosmetic", {})
    for code in rules.value("coverage.cosmetic_injection")["codes"]:
        yield CodeInfo(code, "chemodenervation", {})


def derive(chart: Chart) -> None:
    """Mark what the payer does not cover, and ask for the foot care modifier."""
    deny_cosmetic(chart)
    benign = chart.rules.value("coverage.benign_kinds")
    for draft in chart.drafts:
        if draft.kind in benign and draft.denied is None and lacks_reason(draft, chart):
            draft.denied = "MEDNEC-1"
    if chart.medicare:
        settle_foot_care(chart)
        ask_for_other_sex(chart)


def check(entries: list[Entry], chart: Chart) -> None:
    """Ask for the reason of a benign removal that nobody looked for, on lines otherwise right."""
    benign = chart.rules.value("coverage.benign_kinds")
    for entry in entries:
        if entry.line is None or entry.kind not in benign or entry.notes or not entry.drafts:
            continue
        lesions = [chart.lesions[i] for i in entry.drafts[0].lesions if i in chart.lesions]
        if lesions and all(reason_not_looked_for(lesion, chart) for lesion in lesions):
            why = "To be settled: why the benign lesion was removed was not abstracted."
            entry.notes.append(Note("MEDNEC-ASK", why, severity=Severity.PROMPT))


def reason_not_looked_for(lesion: Lesion, chart: Chart) -> bool:
    """Return whether a lesion is benign and nobody looked for a symptom, change or suspicion."""
    if lesion.abstracted("symptoms") or lesion.changed is not None:
        return False
    if behavior_of(lesion, chart.rules) != Behavior.BENIGN or lesion.clinical_behavior in SUSPECT:
        return False
    return not mentions(lesion.clinical_dx, chart.rules.value("coverage.symptom_words"))


def ask_for_other_sex(chart: Chart) -> None:
    """Ask for KX on a code of one sex where the claim names the other (MCPM ch. 32, 240)."""
    for sex, codes_of_sex in chart.rules.value("coverage.codes_of_sex").items():
        if chart.encounter.sex in ("M", "F") and chart.encounter.sex != sex:
            for draft in chart.drafts:
                if draft.code in codes_of_sex:
                    draft.required["KX"] = "KX-3"


def deny_cosmetic(chart: Chart) -> None:
    """Deny every line of a procedure done for appearance."""
    ids: set[str] = set()
    for procedure in chart.procedures:
        if procedure.intent == "cosmetic" or procedure.type == "cosmetic":
            ids |= chart.lesion_set(procedure)
            chart.refuse("COS-1", "The procedure was done for appearance.", kinds=("cosmetic",))
    injected = any(p.type == "injection" and p.intent == "cosmetic" for p in chart.procedures)
    injected = toxin_for_appearance(chart) or injected
    for draft in chart.drafts:
        if (draft.lesions and draft.lesions <= ids) or (injected and draft.kind in WITH_INJECTION):
            draft.denied = "COS-1"


def toxin_for_appearance(chart: Chart) -> bool:
    """Return whether botulinum toxin was given for lines of the face; else leave it to the auditor.

    MBPM ch. 16, 120: cosmetic. Medical indications are the payers' own, and are not judged here.
    """
    table = chart.rules.value("coverage.cosmetic_injection")
    for_lines = given = False
    for procedure in chart.procedures:
        parts = (procedure.technique, procedure.method, procedure.material)
        if not any(word in " ".join(filter(None, parts)).lower() for word in table["type_words"]):
            continue
        given = True
        said = f"{procedure.indication or ''} {procedure.site or ''}".lower()
        why = procedure.intent == "cosmetic" or any(word in said for word in table["words"])
        for_lines = for_lines or why
    purposes = [(d.purpose or "").lower() for d in chart.documented.drugs]
    for_lines = for_lines or any(w in p for p in purposes for w in table["words"])
    if for_lines and (given or any(d.hcpcs in table["drugs"] for d in chart.documented.drugs)):
        chart.refuse("COS-1", "The toxin was given for appearance.", kinds=("chemodenervation",))
        return True
    chart.leave_open(("chemodenervation",), "the indication of the nerve block is not judged here")
    return False


def lacks_reason(draft: Draft, chart: Chart) -> bool:
    """Return whether the record looked for a reason to remove every benign lesion, and has none."""
    lesions = [chart.lesions[i] for i in draft.lesions if i in chart.lesions]
    return bool(lesions) and all(without_reason(lesion, chart) for lesion in lesions)


def without_reason(lesion: Lesion, chart: Chart) -> bool:
    """Return whether a benign lesion has no symptom, change or suspicion by the record.

    Symptoms that nobody looked for are not abstracted, which denies nothing.
    """
    behavior = behavior_of(lesion, chart.rules)
    if behavior in SUSPECT or lesion.clinical_behavior in SUSPECT or lesion.changed:
        return False
    name = (lesion.clinical_dx or "").lower()
    if any(word in name for word in chart.rules.value("coverage.no_reason_words")):
        return not real_symptoms(lesion, chart)
    return lesion.abstracted("symptoms") and not real_symptoms(lesion, chart)


def real_symptoms(lesion: Lesion, chart: Chart) -> list[str]:
    """Return the symptoms of a lesion, without entries that say there are none."""
    return [each for each in lesion.symptoms or () if is_symptom(each.lower(), chart.rules)]


def is_symptom(entry: str, rules: RulesOn) -> bool:
    """Return whether an entry of a list of symptoms is one: more than appearance or a denial."""
    if not any(word in entry for word in rules.value("coverage.none_words")):
        return True
    denied = entry.startswith(("denies", "no "))
    return not denied and any(word in entry for word in rules.value("coverage.symptom_words"))


def settle_foot_care(chart: Chart) -> None:
    """Ask for Q7, Q8 or Q9 by the class findings; deny routine foot care without them."""
    documented = chart.documented
    if not documented.abstracted("class_findings"):
        return
    modifier = foot_modifier(documented.class_findings or (), chart.rules)
    sick = documented.systemic_condition is not None
    sick = sick or not documented.abstracted("systemic_condition")
    for draft in chart.drafts:
        if draft.kind not in chart.rules.value("coverage.foot_care")["kinds"]:
            continue
        if modifier is None or not sick or seen_too_long_ago(chart):
            draft.denied = "FOOT-1"
        else:
            draft.required[modifier] = "FOOT-Q"


def foot_modifier(findings: tuple[str, ...], rules: RulesOn) -> str | None:
    """Return the modifier that class findings such as "B: absent pulse" support, or None."""
    classes = [finding.strip()[:1].lower() for finding in findings]
    for row in rules.value("coverage.foot_classes"):
        if all(classes.count(name) >= row[name] for name in ("a", "b", "c")):
            return str(row["modifier"])
    return None


def seen_too_long_ago(chart: Chart) -> bool:
    """Return whether the treating physician last saw the patient beyond the months allowed."""
    seen = chart.documented.last_seen_treating_md
    if seen is None:
        return False
    months = chart.rules.value("coverage.foot_care")["months"]
    return months_later(seen, months) < chart.dos


def months_later(day: date, months: int) -> date:
    """Return the day *months* later; the month's last day stands for one that is missing."""
    year, month = divmod(day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(day.year + year, month + 1, number)
        except ValueError:
            continue
    return date(day.year + year, month + 1, day.day)
