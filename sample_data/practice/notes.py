"""Short note texts, written from the elements of an encounter in varied words."""

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Element, Encounter


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
    reasons += [
        word
        for part, word in (
            ("premalignant", "rough spots"),
            ("benign", "bothersome growths"),
            ("biopsies", "a spot to check"),
            ("special biopsy", "a spot to check"),
            ("excisions", "removal of a known lesion"),
        )
        if part in enc.story
    ]
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


def place(site: str) -> str:
    """Return the site with its article."""
    return site if site.startswith("both ") else f"the {site}"


def lesion_text(lesion: Element, dice: Dice) -> str:
    """Return one lesion, or group of lesions, in words."""
    site, what = lesion["site"], lesion["clinical_dx"]
    if "path_dx" in lesion:
        return (
            f"{site}: {dice.pick(('scar of biopsy', 'lesion', 'marked lesion'))}, {size(lesion)}."
        )
    if lesion.get("path_pending"):
        look = dice.pick(("irregular papule", "pearly papule", "dark macule"))
        return f"{site}: {look}, {size(lesion)}, {what}."
    number = lesion["count_represented"]
    if number is None:
        return dice.pick((f"several of {what} on {place(site)}.", f"{site} with scattered {what}."))
    plural = what if number == 1 or what == "molluscum" else what + "s"
    plural = plural.replace("keratosiss", "keratoses")
    symptoms = lesion.get("symptoms")
    tail = (
        f", {dice.pick(('with', 'patient reports'))} {' and '.join(symptoms)}" if symptoms else ""
    )
    return f"{number} {plural} on {place(site)}{tail}."


def size(lesion: Element) -> str:
    """Return the lesion's diameter in words."""
    return f"{lesion['diameter_cm']} cm across"


def procedures(enc: Encounter, dice: Dice) -> list[str]:
    """Return what was done, one sentence or two for each procedure."""
    return [f"Procedure: {procedure_text(enc, item, dice)}" for item in enc.procedures]


def procedure_text(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return one procedure in words."""
    if item["type"] == "destruction":
        return destruction_text(enc, item, dice)
    if item["type"] == "biopsy":
        return biopsy_text(item, dice)
    return excision_text(item, dice)


def destruction_text(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return a destruction in words, without a number where the note has none."""
    number = item["lesions_treated"]
    what = next(x["clinical_dx"] for x in enc.lesions if x["lesion_id"] in item["lesion_ids"])
    how = {"cryosurgery": "liquid nitrogen", "curettage": "curette after numbing"}[item["method"]]
    counted = "lesions" if number is None else f"{number} lesion{'s' if number > 1 else ''}"
    return dice.pick(
        (
            f"{counted} ({what}) of {place(item['site'])} treated with {how}. Tolerated well.",
            f"{how} to {counted} on {place(item['site'])}, {what}. Aftercare explained.",
            f"{what}, {item['site']}: {counted} destroyed with {how}.",
        )
    )


def biopsy_text(item: Element, dice: Dice) -> str:
    """Return a biopsy in words."""
    tool = {
        "tangential": ("flexible blade, shaved into the dermis", "shave sample with a blade"),
        "punch": ("4 mm punch to fat, one suture", "3 mm punch through the full skin"),
        "incisional": ("wedge taken with a scalpel, edges sutured", "scalpel wedge to fat"),
    }[item["technique"]]
    sent = dice.pick(("sent to pathology", "specimen labeled and sent", "to the lab in formalin"))
    return (
        f"{item['technique']} biopsy of {place(item['site'])} for diagnosis after lidocaine: "
        f"{dice.pick(tool)}; {dice.pick(('aluminum chloride', 'light cautery', 'pressure'))}; "
        f"{sent}."
    )


def excision_text(item: Element, dice: Dice) -> str:
    """Return an excision in words, with margins where the note has them."""
    margins = item["margins_cm"]
    if margins is None:
        edge = "with a rim of normal skin"
    elif margins[0] == margins[1]:
        edge = f"with margins of {margins[0]} cm all around, marked before the cut"
    else:
        edge = f"with margins of {margins[0]} and {margins[1]} cm, marked before the cut"
    return (
        f"{item['site']} lesion cut out {dice.pick(('as an ellipse', 'in a fusiform shape'))} "
        f"{edge}, down to fat. Specimen {item['specimen_length_cm']} cm long. "
        f"{dice.pick(('Closed in one layer with nylon', 'Single layer of interrupted sutures'))}."
    )


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
    return f"Electronically signed by {enc.provider.name} on {enc.record['signature_date']}"
