"""The note reader: status, sites, sizes and links, on sentences written for each trap."""

from decimal import Decimal

import pytest

from auditkit.documentation.elements import ProcedureType
from auditkit.documentation.reader import documented, read_note


def performed(text: str) -> list[dict]:
    """Return the performed procedures read from *text*, as bare values."""
    return [p for p in procedures(text) if p["status"] == "performed"]


def procedures(text: str) -> list[dict]:
    """Return every procedure read from *text*, as bare values."""
    return [p.as_dict() for p in read_note(text).procedures]


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        ("HISTORY: , She had a punch biopsy done two weeks ago.,", "historical"),
        ("HISTORY: , Status post Mohs surgery of the left cheek.,", "historical"),
        ("PAST SURGICAL HISTORY: , Excision of melanoma, left arm.,", "historical"),
        ("PLAN: , I recommend excision of the lesion.,", "planned"),
        ("PLAN: , She was scheduled for a punch biopsy.,", "planned"),
        ("PLANNED RECONSTRUCTION: , Advancement flap.,", "planned"),
        ("PLAN: , We discussed cryotherapy.,", None),
        ("PLAN: , A punch biopsy was offered.,", None),
        ("PLAN: , She declined cryotherapy.,", None),
        ("PLAN: , Cryotherapy was not performed today.,", None),
        ("REVIEW OF SYSTEMS: , Negative for rashes, skin tag removal, or punch biopsy.,", None),
        ("CONSULT: , Cryotherapy was helpful.,", None),
        ("CONSULT: , She had excision of a melanoma and was discharged.,", "historical"),
        ("RECOMMENDATIONS: , Wide local excision of the melanoma.,", "planned"),
        ("PROCEDURES: , Mohs surgery, left temple, 2004.,", "historical"),
        ("HOSPITAL COURSE: , The abscess was opened by incision and drainage.,", None),
    ],
)
def test_an_act_that_was_not_done_is_never_performed(sentence, status):
    """Past, planned, offered, refused and denied acts keep that status or are set aside."""
    found = procedures(sentence)

    assert [p["status"] for p in found] == ([] if status is None else [status])


@pytest.mark.parametrize(
    "text",
    [
        "PROCEDURE: , Cesarean section.,DESCRIPTION: , The wound was closed with staples.,",
        "PROCEDURE: , Removal of intramedullary nail, left femur.,",
        "PROCEDURE: , Excision of ovarian cyst via laparoscopy.,",
        "PREPARATION: , The area was shaved with shavers.,",
        "PROPOSED PROCEDURE: , Punch biopsy.,NOTE: , The procedure was cancelled.,",
        "PLAN: , The sutures were removed and the wound was dressed.,",
        "",
        " ,,, . :",
    ],
)
def test_words_that_only_sound_like_skin_work_are_not_it(text):
    """Other organs, hair, hardware, called-off work and dressings yield nothing performed."""
    assert performed(text) == []


def test_done_work_survives_a_clause_of_consent_and_a_future_tense_of_analysis():
    """ "After risks were discussed" and "will be sent" stand in sentences of finished work."""
    text = (
        "PROCEDURE NOTE: , After the risks were discussed and informed consent was obtained, a "
        "3 mm punch biopsy was performed in the left calf and left thigh, above the knee.  The "
        "biopsy will be sent for analysis."
    )

    found = performed(text)

    assert [(p["method"], p["site"], p["laterality"], p["lesion_count"]) for p in found] == [
        ("punch_biopsy", "left calf", "left", 1),
        ("punch_biopsy", "left thigh", "left", 1),
    ]
    assert [p["lesion_size_cm"] for p in found] == [None, None]
    assert all(p["pathology_sent"] for p in found)


def test_titles_flattened_by_commas_become_one_item_for_each_line():
    """List marks lost to commas do not become counts or decimals."""
    text = (
        "TITLE OF PROCEDURES:,1.  Excision of lesion, left temple, 1 x 1.2 cm, final defect "
        "1.8 x 1.5 cm with two layer closure.,2.  Excision of cyst, right cheek, 5 mm.,ANESTHESIA:"
        " , Local."
    )

    found = performed(text)

    assert [(p["method"], p["site"], p["lesion_size_cm"]) for p in found] == [
        ("excision", "left temple", Decimal("1.2")),
        ("repair_intermediate", "left temple", None),
        ("excision", "right cheek", Decimal("0.5")),
    ]
    assert found[0]["defect_or_repair_length_cm"] == Decimal("1.8")
    assert found[0]["suture_layers"] == "layered"


def test_a_margin_range_gives_its_lower_bound_and_is_no_size():
    """ "Margins of 3 to 4 mm" is 0.3 cm of margin, and the lesion stays without a size."""
    text = (
        "OPERATION: , Excision of basal cell carcinoma, right lower lid.,PROCEDURE: , The area "
        "was marked with margins of 3 to 4 mm and a #15 blade was used.  The lesion was excised."
    )

    [found] = performed(text)

    assert found["margin_cm"] == Decimal("0.3")
    assert found["lesion_size_cm"] is None
    assert found["lesion_type"] == "malignant"


def test_two_lengths_for_two_sites_of_one_title_are_not_chosen_between():
    """ "3 cm and 5 cm" gives no length, no count, and the reason."""
    text = "PROCEDURE: , Repair of lacerations, right eyelid and right cheek, 3 cm and 5 cm."

    [found] = read_note(text).procedures

    assert found["defect_or_repair_length_cm"].value is None
    assert found["lesion_count"].value is None
    assert "several" in found["defect_or_repair_length_cm"].reason


def test_a_shave_excision_is_a_shave_removal():
    """The tool decides, not the word excision."""
    [found] = performed("OPERATION PERFORMED: , Shave excision of nevus, mid back, 0.6 cm.")

    assert found["method"] == "shave_removal"


def test_enumerated_digits_are_counted_on_both_feet():
    """ "#1, #2 and #3 right and #1 and #2 left" are five nails."""
    text = "P: , Nails #1, #2, and #3 right and #1 and #2 left were debrided for length."

    [found] = performed(text)

    assert (found["method"], found["lesion_count"], found["laterality"]) == (
        "nail_debridement",
        5,
        "bilateral",
    )


def test_a_size_in_the_exam_is_linked_to_the_repair_told_later():
    """Each measured laceration becomes an item when "the lacerations" are repaired."""
    text = (
        "PHYSICAL EXAM: , There is a small 1cm laceration over the right forehead.  Also, 2 cm "
        "laceration of the chin.,COURSE IN THE ED: , The lacerations were explored.  They were "
        "irrigated and closed with simple interrupted sutures."
    )

    found = performed(text)

    assert [(p["method"], p["site"], p["defect_or_repair_length_cm"]) for p in found] == [
        ("repair_simple", "right forehead", Decimal(1)),
        ("repair_simple", "chin", Decimal(2)),
    ]
    assert [p["suture_layers"] for p in found] == ["single", "single"]


def test_a_side_contradicted_by_the_told_work_is_null_and_flagged():
    """Header left, body right: no side is picked; both quotes are shown."""
    text = (
        "PREOPERATIVE DIAGNOSIS: , Lipoma, left thigh.,PROCEDURE PERFORMED: , Excision of lipoma, "
        "left thigh.,DESCRIPTION OF PROCEDURE: , The right thigh was prepped.  The mass was "
        "excised.  The skin was closed with nylon."
    )

    reading = read_note(text)
    [(path, value)] = reading.flags()

    assert path == "procedures[0].laterality"
    assert value.value is None
    assert {"left thigh", "right thigh"} == {quote.text for quote in value.quotes}
    assert "both sides" in value.reason


def test_two_natures_of_one_lesion_are_null_and_flagged():
    """A keratosis in the diagnosis that is a nevus in the title is for a person to settle."""
    text = (
        "POSTOPERATIVE DIAGNOSIS: , Left shoulder actinic keratosis.,PROCEDURE: , Excision of "
        "left shoulder nevus."
    )

    assert [path for path, _ in read_note(text).flags()] == ["procedures[0].lesion_type"]


def test_the_adjective_complex_needs_its_technique():
    """A layered closure called complex in the title is proposed as intermediate."""
    title = "PROCEDURE PERFORMED:,1.  Excision of melanoma, left upper back.,2.  Complex repair."
    plain = "DETAILS OF PROCEDURE: , The lesion was excised.  It was closed in layers with Vicryl."
    wide = (
        "DETAILS OF PROCEDURE: , Wide undermining was done.  It was closed in layers with Vicryl."
    )

    methods = [[p["method"] for p in performed(f"{title},{told}")] for told in (plain, wide)]

    assert methods == [["excision", "repair_intermediate"], ["excision", "repair_complex"]]


def test_template_words_count_no_mohs_stages():
    """ "The first stage" and "each stage" give no number; counted stages and blocks do."""
    vague = (
        "PROCEDURE: , Mohs surgery, nose.,DETAILS OF PROCEDURE: , With each stage tissue was cut."
    )
    exact = "Procedure: Mohs surgery of the nose. Stage 1: 4 blocks; stage 2: 1 block, clear."

    [unsaid], [said] = performed(vague), performed(exact)

    assert (unsaid["mohs_stages"], unsaid["mohs_blocks"]) == (None, None)
    assert (said["mohs_stages"], said["mohs_blocks"]) == (2, 5)


def test_an_ordered_injection_is_planned_with_its_dose():
    """A drug ordered in the plan is not given by being ordered."""
    [found] = procedures("PLAN:,1.  Kenalog 40 mg IM x 1.,2.  Ice.")

    assert (found["status"], found["drug"], found["dose_mg"]) == ("planned", "Kenalog", 40)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("I spent 25 minutes with the patient.", 25),
        ("Total time 40 minutes.", 40),
        ("Tourniquet time 40 minutes.", None),
        ("Lasercaine had to be applied 30 minutes prior to the procedure.", None),
    ],
)
def test_only_minutes_of_the_visit_are_its_time(text, minutes):
    """Minutes of tourniquets and creams are not the visit's."""
    assert read_note(text).visit["total_time_minutes"].value == minutes


@pytest.mark.parametrize(
    ("text", "signed"),
    [
        ("Electronically signed by A. Elm on 2024-05-02", True),
        ("[draft, not signed]", False),
        ("The patient signed the consent form.", None),
    ],
)
def test_a_signature_is_the_authors(text, signed):
    """A signed consent form is no signature of the note; silence is null."""
    assert read_note(text).visit["signed"].value is signed


def test_every_null_says_why():
    """An element that was not found carries a reason and no quote."""
    procedure = read_note("PROCEDURE: , Excision of lesion, left arm.").procedures[0]

    assert procedure["margin_cm"].value is None
    assert procedure["margin_cm"].reason
    assert procedure["margin_cm"].quotes == ()


def test_documented_elements_hold_performed_work_only_with_its_evidence():
    """Planned work stays out; what was not found is absent, and so not abstracted."""
    text = (
        "PROCEDURE: , Shave biopsy of 6 mm lesion of the left arm.,PLAN: , I recommend excision "
        "of the lesion.  I spent 20 minutes with the patient."
    )

    made = documented(read_note(text), document="note", encounter_id="E1")

    assert [p.type for p in made.procedures] == [ProcedureType.BIOPSY]
    assert made.procedures[0].technique == "tangential"
    assert made.lesions[0].diameter_cm == Decimal("0.6")
    assert made.lesions[0].evidence["diameter_cm"].quote == "6 mm"
    assert made.em is not None
    assert made.em.total_time_min == 20
    assert not made.procedures[0].abstracted("margins_cm")
