"""Dictated operative notes in layouts and words that the labelled notes do not have."""

from decimal import Decimal
from typing import Any

import pytest

from auditkit import read_note


def items(text: str) -> list[dict[str, Any]]:
    """Return the proposed items of *text* as bare values."""
    return [procedure.as_dict() for procedure in read_note(text).procedures]


def performed(text: str) -> list[str]:
    """Return the methods proposed as performed."""
    return [item["method"] for item in items(text) if item["status"] == "performed"]


def test_a_heading_in_capitals_may_have_lost_its_colon() -> None:
    """A heading is known by its capitals where a comma took the place of the colon."""
    [item] = items(
        "PREOPERATIVE DIAGNOSIS,Dermoid cyst, left brow.,PROCEDURE,1.  Excision of cyst, "
        "left brow.,ANESTHESIA,General.,TECHNIQUE,The cyst was excised."
    )
    assert (item["method"], item["site"], item["anesthesia"]) == (
        "excision",
        "left brow",
        "general",
    )


def test_surgery_after_a_preoperative_diagnosis_is_the_title() -> None:
    """Surgery as a heading is the title after a preoperative diagnosis, and history elsewhere."""
    done = "PREOPERATIVE DIAGNOSIS: Nevus, chin.,SURGERY: , Excision of nevus, chin."
    past = "PAST MEDICAL HISTORY: None.,SURGERY: , Excision of nevus, chin."
    assert performed(done) == ["excision"]
    assert performed(past) == []


@pytest.mark.parametrize(
    "title",
    [
        "Fat injection thyroplasty.",
        "Trigger finger injection with Kenalog, left ring finger.",
        "Bilateral greater occipital nerve injections.",
        "Sacroiliac injection, left.",
    ],
)
def test_injections_of_other_parts_are_not_skin_work(title: str) -> None:
    """A title's injection is proposed only where it names skin or a drug for it."""
    assert performed(f"PROCEDURE: , {title}") == []


def test_a_defect_of_another_organ_is_no_repair() -> None:
    """Reconstruction of a skull or septal defect is not listed; that of a lid defect is."""
    assert performed("PROCEDURE: , Reconstruction of anterior skull base defect.") == []
    assert performed("PROCEDURE: , Repair of ventricular septal defect.") == []
    assert performed("PROCEDURE: , Reconstruction of left lower lid defect.") == ["other"]


def test_a_biopsy_of_no_kind_is_the_kind_that_was_told() -> None:
    """A title's "skin biopsy" is the punch biopsy of the work, and not one more in its past."""
    found = items(
        "PROCEDURE: , Skin biopsy, left shin.,PROCEDURE NOTE: , A 4 mm punch biopsy was used to "
        "obtain the specimen.,IMPRESSION: , Rash, status post punch biopsy of the shin."
    )
    assert [(i["method"], i["status"]) for i in found] == [("punch_biopsy", "performed")]


def test_status_post_in_the_diagnosis_of_the_same_work_is_no_history() -> None:
    """A discharge diagnosis "status post" what the note did is not a second, past item."""
    found = items(
        "DISCHARGE DIAGNOSIS: , Status post I&D, right thigh.,PROCEDURES: , Incision and drainage "
        "of abscess, right thigh."
    )
    assert [i["status"] for i in found] == ["performed"]


def test_the_same_work_under_two_headings_is_one_item() -> None:
    """A title repeated under a second heading adds nothing."""
    text = (
        "OPERATIVE PROCEDURE:,1.  Excision of lipoma, left arm.,OPERATIONS PERFORMED:,1.  "
        "Excision of lipoma, left arm, 3 cm."
    )
    assert performed(text) == ["excision"]


def test_two_site_words_side_by_side_are_one_place() -> None:
    """A neck and a jaw named without a comma are one place, of the first word's side."""
    [item] = items("PROCEDURE: , Excision of the right upper neck lower jaw lesion.")
    assert (item["site"], item["laterality"], item["lesion_count"]) == (
        "right upper neck lower jaw",
        "right",
        1,
    )


def test_a_side_told_of_another_part_of_the_site_is_not_taken() -> None:
    """The mid back has no side because the note tells of the left upper back."""
    item = items(
        "PREOPERATIVE DIAGNOSIS: , Nevus of the left upper back.,PROCEDURE: , Excision of nevus, "
        "mid back."
    )[0]
    assert (item["site"], item["laterality"]) == ("mid back", None)


def test_the_diameter_excised_is_not_the_lesion() -> None:
    """The diameter of an excision is what was cut; the lesion is the size in the diagnosis."""
    [item] = items(
        "PREOPERATIVE DIAGNOSIS: , Melanoma, left arm (0.6 cm lesion).,PROCEDURE: , Wide local "
        "excision of melanoma, left arm (1.8 cm diameter excision, 0.6 cm margins)."
    )
    assert item["lesion_size_cm"] == Decimal("0.6")
    assert item["defect_or_repair_length_cm"] == Decimal("1.8")
    assert item["margin_cm"] == Decimal("0.6")


def test_a_defect_following_mohs_has_the_mohs_surgery_in_its_past() -> None:
    """A defect following Mohs excision tells of past surgery; a Mohs defect is a place."""
    found = items(
        "PREOPERATIVE DIAGNOSIS: , Left cheek defect following Mohs excision of basal cell "
        "carcinoma.,PROCEDURE: , Rotation flap closure of the left cheek Mohs defect."
    )
    assert [(i["method"], i["status"]) for i in found] == [
        ("flap", "performed"),
        ("mohs", "historical"),
    ]


def test_acid_and_laser_in_a_title_destroy() -> None:
    """Acid treatment is destruction with its agent; what "and" joins to it is another act."""
    [item] = items(
        "PROCEDURE: , Trichloroacetic acid treatment of the left temple, 1 cm actinic keratosis."
    )
    assert (item["method"], item["drug"], item["laterality"], item["lesion_count"]) == (
        "destruction",
        "Trichloroacetic acid",
        "left",
        1,
    )
    assert performed("PROCEDURE: , TCA peel to three lesions of the chin and vein stripping.") == [
        "destruction"
    ]
    assert performed("PROCEDURE: , CO2 laser ablation of the bladder lesion.") == []


def test_grafts_of_burns_are_grafts() -> None:
    """Epidermal autograft and application of allograft are grafts, each with its area."""
    found = items(
        "PROCEDURES:,1.  Epidermal autograft to the chest (800 cm2).,2.  Application of allograft "
        "to the flank (120 cm2)."
    )
    assert [(i["method"], i["site"], i["defect_area_sq_cm"]) for i in found] == [
        ("graft", "chest", Decimal(800)),
        ("graft", "flank", Decimal(120)),
    ]
    assert performed("PROCEDURE: , Lumbar fusion with local autograft.") == []


def test_one_sentence_about_each_lesion_is_about_all() -> None:
    """That each of the lesions was sent as a specimen holds for every item."""
    found = items(
        "PROCEDURES:,1.  Excision of nevus, left arm.,2.  Excision of nevus, right calf.,"
        "DESCRIPTION OF PROCEDURE: , The nevus of the left arm was excised.  The nevus of the "
        "right calf was excised.  Each of these lesions was sent as separate specimens."
    )
    assert [i["pathology_sent"] for i in found] == [True, True]


def test_a_planned_closure_is_planned() -> None:
    """The closure under "planned reconstruction" is an item that was not done."""
    found = items(
        "PREOP DIAGNOSIS: , Basal cell carcinoma.,LOCATION: , Vertex scalp.,PLANNED "
        "RECONSTRUCTION: , Simple linear closure.,DESCRIPTION OF PROCEDURE: , The tumor was "
        "removed with the Mohs technique."
    )
    assert ("repair_simple", "planned") in [(i["method"], i["status"]) for i in found]


def test_the_need_of_drainage_is_not_drainage() -> None:
    """The need for incision and drainage is neither done nor past."""
    text = (
        "HISTORY: , An abscess had been treated, and the need for incision and drainage was seen."
    )
    assert items(text) == []


def test_the_cervical_neck_is_skin_and_the_cervical_spine_is_not() -> None:
    """A lipoma of the posterior cervical neck is excised from the skin; a cervical disc is not."""
    [item] = items("PROCEDURE: , Excision of 6 x 4 cm lipoma from posterior cervical neck region.")
    assert (item["method"], item["lesion_size_cm"]) == ("excision", Decimal(6))
    assert performed("PROCEDURE: , Anterior cervical excision of mass.") == []


def test_the_aspect_of_a_site_keeps_its_side() -> None:
    """The side in front of "lateral aspect of the heel" is the heel's."""
    item = items("PROCEDURE: , Excision of lesion, right lateral aspect of the heel.")[0]
    assert item["laterality"] == "right"
    assert item["site"] == "right lateral aspect of the heel"


def test_a_part_of_the_site_does_not_give_the_site_its_side() -> None:
    """One wound on the left aspect of the scalp does not make two scalp wounds left."""
    item = items(
        "PROCEDURE: , Closure of scalp lacerations.,DESCRIPTION OF PROCEDURE: , The lacerations in "
        "the midline and on the left aspect of the scalp were closed with staples."
    )[0]
    assert (item["site"], item["laterality"]) == ("scalp", None)


def test_a_site_named_by_its_adjective_is_not_looked_for_elsewhere() -> None:
    """A nasal laceration is not given the site of the diagnosis of all lacerations."""
    found = items(
        "PREOPERATIVE DIAGNOSIS: , Lacerations of the face.,PROCEDURES:,1.  Repair of left cheek "
        "laceration.,2.  Repair of nasal laceration."
    )
    assert [i["site"] for i in found] == ["left cheek", None]


def test_lengths_told_after_each_site_are_paired_in_turn() -> None:
    """Where sites and lengths alternate in one sentence, each length is of the site before it."""
    found = items(
        "PROCEDURES:,1.  Repair of left cheek laceration.,2.  Repair of chin laceration.,"
        "DESCRIPTION OF PROCEDURE: , Closure was done in multilayer fashion.  The left cheek "
        "laceration was 4 cm and the chin laceration was 2.5 cm."
    )
    assert [i["defect_or_repair_length_cm"] for i in found] == [Decimal(4), Decimal("2.5")]
    assert [i["suture_layers"] for i in found] == ["layered", "layered"]


def test_a_laceration_of_a_birth_is_no_skin_repair() -> None:
    """A repair told in a note of a delivery is not proposed, however the laceration is named."""
    birth = "DELIVERY NOTE: , The placenta was delivered.  A small laceration was repaired."
    wound = "ED COURSE: , A small laceration of the shin was repaired."
    assert performed(birth) == []
    assert performed(wound) == ["repair_simple"]


@pytest.mark.parametrize(
    "sentence",
    [
        "The laceration was too superficial to be sutured.",
        "The laceration was not sutured.",
        "The lesion was recommended to be excised.",
        "The abscess was not opened.",
    ],
)
def test_a_denial_inside_the_statement_of_an_act_is_heard(sentence: str) -> None:
    """Work is not done where "not" or "too superficial to be" stands between its words."""
    assert performed(f"ED COURSE: , {sentence}") == []
