"""The sample practice's notes, read, against the elements that they were written from."""

import json
from collections import Counter

import pytest

from auditkit.documentation.reader import read_note

BIOPSIES = {
    "tangential": "shave_biopsy",
    "punch": "punch_biopsy",
    "incisional": "incisional_biopsy",
}
OTHERS = {"tissue_transfer": "flap", "tag_removal": "skin_tag_removal"}
#: Elements that the notes write, and the name of each in a reading.
WRITTEN = {
    "lesions_treated": "lesion_count",
    "nails": "lesion_count",
    "specimen_length_cm": "specimen_length_cm",
    "minutes": "minutes",
    "area_sq_cm": "defect_area_sq_cm",
    "primary_defect_cm": "primary_defect_cm",
    "secondary_defect_cm": "secondary_defect_cm",
    "length_cm": "defect_or_repair_length_cm",
}


def method(item: dict) -> str:
    """Return the reader's word for the method of a documented procedure."""
    if item["type"] == "biopsy":
        return BIOPSIES[item["technique"]]
    if item["type"] == "repair":
        return "repair_intermediate" if item["layers"] > 1 else "repair_simple"
    if item["type"] == "nail":
        return "nail_avulsion" if "avulsion" in item["technique"] else "nail_debridement"
    return OTHERS.get(item["type"], item["type"])


def numbers(value) -> tuple[float, ...] | None:
    """Return a number or a pair as floats, None as None."""
    if value is None:
        return None
    return tuple(map(float, value)) if isinstance(value, (list, tuple)) else (float(value),)


def outcomes(record: dict, text: str):
    """Yield (element, right/wrong/missed) for everything that the note writes."""
    reading = read_note(text)
    left = [p for p in reading.procedures if p["status"].value == "performed"]
    lesions = {lesion["lesion_id"]: lesion for lesion in record.get("lesions", ())}

    def judged(name, have, want):
        return name, "missed" if have is None else "right" if have == want else "wrong"

    for item in record.get("procedures", ()):
        same = [p for p in left if p["method"].value == method(item)]
        # Items of one method are told apart by their site.
        same.sort(key=lambda p: (p["site"].value or "").lower() != item.get("site", "").lower())
        if not same:
            yield "method", "missed"
            continue
        found = same[0]
        left.remove(found)
        yield "method", "right"
        if item["type"] != "phototherapy" and item["site"] != "toes":
            yield judged("site", (found["site"].value or "").lower() or None, item["site"])
        silent = "margins_cm" in item or "area_sq_cm" in item  # the number stays unwritten
        for name, ours in WRITTEN.items():
            if item.get(name) is None or (name == "lesions_treated" and silent):
                continue
            yield judged(name, numbers(found[ours].value), numbers(item[name]))
        margins = item.get("margins_cm")
        if margins and margins[0] == margins[1] and item["type"] != "mohs":
            yield judged("margin", numbers(found["margin_cm"].value), numbers(margins[0]))
        if item["type"] == "mohs":
            blocks = sum(stage["blocks"] for stage in item["stages"])
            yield judged("stages", found["mohs_stages"].value, len(item["stages"]))
            yield judged("blocks", found["mohs_blocks"].value, blocks)
        if len(item["lesion_ids"]) == 1:
            lesion = lesions[item["lesion_ids"][0]]
            side, size = lesion.get("laterality"), lesion.get("diameter_cm")
            if side in ("left", "right"):
                yield judged("laterality", found["laterality"].value, side)
            if size is not None and item["type"] in ("biopsy", "excision", "shave_removal", "mohs"):
                yield judged("size", numbers(found["lesion_size_cm"].value), numbers(size))
    yield from (("method", "wrong") for _ in left)
    minutes = (record.get("em") or {}).get("total_time_min")
    read = reading.visit["total_time_minutes"].value
    if (minutes, read) != (None, None):
        yield judged("minutes of the visit", read, minutes)
    yield judged("signed", reading.visit["signed"].value, record["record"]["signed"])


@pytest.fixture(scope="module")
def tally(repository) -> Counter:
    """Return the outcomes over every fourth note of the sample practice."""
    records = {}
    with (repository / "sample_data" / "documentation.jsonl").open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            records[record["patient_key"], record["rendering_npi"], record["dos"]] = record
    counts: Counter = Counter()
    with (repository / "sample_data" / "notes.jsonl").open(encoding="utf-8") as file:
        for number, line in enumerate(file):
            if number % 4 == 0:
                note = json.loads(line)
                key = note["patient_key"], note["rendering_npi"], note["dos"]
                counts.update(outcomes(records[key], note["text"]))
    return counts


def test_the_sample_notes_give_back_their_elements_and_none_wrong(tally):
    """At least 95 % of the elements written are recovered, and no value is wrong."""
    totals = Counter()
    for (_, outcome), count in tally.items():
        totals[outcome] += count

    assert totals["right"] > 2000
    assert {name for (name, outcome) in tally if outcome == "wrong"} == set()
    assert totals["right"] >= 0.95 * totals.total()
