"""Short note texts, written from the elements of an encounter in varied words."""

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Encounter
from sample_data.practice.note_words import drug_text, lesion_text, procedure_text
from sample_data.practice.people import BY_NPI

#: Why the patient comes, by what was done.
REASONS = {
    "premalignant": "rough spots",
    "benign": "bothersome growths",
    "biopsies": "a spot to check",
    "special biopsy": "a spot to check",
    "excisions": "removal of a known lesion",
    "again": "a second excision, the margin was not clear",
    "shave": "a mole that gets in the way",
    "malignant destruction": "treatment of a small skin cancer",
    "tags": "skin tags",
    "cosmetic": "spots that are disliked",
    "mohs": "Mohs surgery",
    "injection": "injections",
    "abscess": "a painful lump",
    "nails": "thick nails",
    "calluses": "calluses",
    "light": "light treatment",
    "laser": "laser treatment",
    "photodynamic": "light treatment of sun spots",
    "flap": "removal of a skin cancer with a flap",
    "port-wine stain": "a birthmark that bleeds",
    "ingrown": "an ingrown toenail",
}


def note_of(enc: Encounter, seed: int) -> str:
    """Return the note of *enc*, or an empty text where the record is missing."""
    if not enc.record["present"]:
        return ""
    dice = Dice("note", seed, enc.patient.key, enc.dos)
    parts = [opening(enc, dice), *findings(enc, dice), *procedures(enc, dice), *plan(enc, dice)]
    parts.append(closing(enc, dice))
    return "\n".join(part for part in parts if part)


def opening(enc: Encounter, dice: Dice) -> str:
    """Return the reason for the visit."""
    age, who = enc.patient.age(enc.dos), "woman" if enc.patient.sex == "F" else "man"
    if age < 18:
        who = "girl" if enc.patient.sex == "F" else "boy"
    status = (
        "New patient."
        if enc.new
        else dice.pick(("Follow-up.", "Established patient.", "Returns today."))
    )
    reasons = []
    if "visit" in enc.story:
        reasons += [complaint.label for complaint in enc.story["visit"].complaints]
    reasons += [word for part, word in REASONS.items() if part in enc.story]
    reasons = list(dict.fromkeys(reasons))
    verb = dice.pick(("here for", "seen for", "comes in for"))
    return f"{status} {age}-year-old {who} {verb} {' and '.join(reasons)}."


def findings(enc: Encounter, dice: Dice) -> list[str]:
    """Return the examination."""
    lines = []
    if "visit" in enc.story:
        lines += [f"{c.finding}." for c in enc.story["visit"].complaints]
    for lesion in enc.lesions:
        lines.append(lesion_text(lesion, dice))
    head = dice.pick(("Exam:", "On examination:", "Skin:"))
    return [f"{head} {' '.join(line[0].upper() + line[1:] for line in lines)}"] if lines else []


def procedures(enc: Encounter, dice: Dice) -> list[str]:
    """Return what was done and what was given, a line for each."""
    done = [f"Procedure: {procedure_text(enc, item, dice)}" for item in enc.procedures]
    return done + [drug_text(drug) for drug in enc.drugs]


def plan(enc: Encounter, dice: Dice) -> list[str]:
    """Return assessment and plan, with the pathology where it is known and the minutes stated."""
    lines = []
    if "visit" in enc.story:
        head = dice.pick(("Assessment and plan:", "A/P:", "Plan:"))
        lines.append(
            f"{head} " + " ".join(f"{c.label}: {c.plan}." for c in enc.story["visit"].complaints)
        )
    for lesion in enc.lesions:
        if "path_dx" in lesion:
            lines.append(f"Pathology, {lesion['site']}: {lesion['path_dx']}.")
    data = (enc.em or {}).get("data", {})
    if data.get("unique_tests_reviewed"):
        lines.append(f"Results reviewed: {data['unique_tests_reviewed']}.")
    if data.get("unique_tests_ordered"):
        lines.append(f"Different tests ordered: {data['unique_tests_ordered']}.")
    if data.get("external_notes"):
        lines.append("Outside physician's note read.")
    if data.get("independent_historian"):
        lines.append("History from the mother.")
    lines += [f"Found on the feet: {found}." for found in enc.more.get("class_findings", [])]
    if "systemic_condition" in enc.more:
        lines.append(f"Diabetes with complications ({enc.more['systemic_condition']}).")
    if "abn" in enc.more:
        lines.append("Patient told that this is not covered, notice signed.")
    if "telehealth" in (enc.em or {}):
        how = {"video": "by video", "audio": "by telephone"}[(enc.em or {})["telehealth"]]
        lines.append(f"Seen {how}, patient at home and in agreement.")
    if (enc.em or {}).get("longitudinal"):
        lines.append("We look after this patient's skin disease over the years.")
    minutes = (enc.em or {}).get("total_time_min")
    if minutes:
        excluded = (enc.em or {})["time_excluded_min"]
        less = f", of which {excluded} on the procedure" if excluded else ""
        lines.append(f"I spent {minutes} minutes on this visit on the day of service{less}.")
    return lines


def closing(enc: Encounter, dice: Dice) -> str:
    """Return the signature, if there is one."""
    if enc.record["attestation_on_file"]:
        return f"[signature attestation by {enc.provider.name} on file]"
    if not enc.record["signed"]:
        return "[draft, not signed]"
    seen_by = BY_NPI[enc.record["service_provider_npi"]].name
    if not enc.record["signer_matches_renderer"]:
        who = "another practitioner" if seen_by == enc.provider.name else seen_by
        return f"Signed by {who} on {enc.record['signature_date']}"
    if seen_by != enc.provider.name:
        return (
            f"Seen by {seen_by} under the plan of {enc.provider.name}, who was in the office and "
            f"signed on {enc.record['signature_date']}"
        )
    return f"Electronically signed by {enc.provider.name} on {enc.record['signature_date']}"
