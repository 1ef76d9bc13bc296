"""Laws of the note reader: verbatim quotes, safety on any text, the same reading every time."""

import re

from hypothesis import given
from hypothesis import strategies as st

from auditkit.documentation.reader import documented, read_note

SITES = ("left cheek", "right arm", "scalp", "left lower leg", "right great toe", "nose")
WORK = ("excision of lesion", "punch biopsy", "shave biopsy", "cryotherapy", "Mohs surgery")
UNDONE = (
    "PLAN: , We will schedule {work} of the {site}.",
    "PLAN: , {work} of the {site} was offered.",
    "PLAN: , I recommend {work} of the {site}.",
    "HISTORY: , Status post {work} of the {site}.",
    "HISTORY: , She underwent {work} of the {site} in 2003.",
    "HISTORY: , History of {work} of the {site}.",
    "ROS: , Negative for rash, {work}, or itching of the {site}.",
    "ALLERGIES: , None.,PLAN: , She declined {work} of the {site}.",
)
PIECES = st.sampled_from(
    (
        "PROCEDURE:,", "PLAN: , ", "HISTORY:\n", "1.  ", ",2.  ", " excision of lesion", " left ",
        " cheek", " 1.5 x 2 cm", " was closed in layers", ".,", "  ", "#4-0 nylon", " and ",
        " no ", "status post ", " ½", "İ", "\n", "wound was closed", " 3 mm punch biopsy",
        " was performed", ":", ",", " stage 1: 2 blocks", "was sent to pathology.",
    )
)  # fmt: skip


@given(st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=30).map("".join)))
def test_every_value_carries_quotes_that_are_verbatim_and_any_text_is_read(text):
    """Each value has at least one quote, each quote is the note at its offsets."""
    reading = read_note(text)

    for _, value in reading.values():
        assert value.quotes
        assert 0 < value.confidence <= 1
    shown = [value for _, value in (*reading.values(), *reading.flags())]
    for quote in (quote for value in shown for quote in value.quotes):
        assert text[quote.start : quote.end] == quote.text != ""
    assert read_note(text) == reading


@given(st.lists(PIECES, max_size=30).map("".join))
def test_every_reading_fits_the_schema_of_documented_elements(text):
    """No proposal is outside the schema of the abstraction form."""
    documented(read_note(text), encounter_id="E1")


@given(st.sampled_from(UNDONE), st.sampled_from(WORK), st.sampled_from(SITES))
def test_undone_work_is_never_performed_at_any_site(sentence, work, site):
    """The status does not depend on which work is named, or where."""
    reading = read_note(sentence.format(work=work, site=site))

    assert "performed" not in {p["status"].value for p in reading.procedures}


@given(st.sampled_from(WORK), st.sampled_from(SITES))
def test_titled_work_is_performed_at_its_site_and_side(work, site):
    """A title names work, site and side; a site without a side gets none."""
    [found] = read_note(f"PROCEDURE PERFORMED: , {work.capitalize()} of {site}.").procedures

    side = re.match("left|right", site)
    assert found["status"].value == "performed"
    assert found["site"].value == site
    assert found["laterality"].value == (side and side.group())


@given(st.integers(1, 99), st.integers(1, 99), st.sampled_from(("cm", "mm")))
def test_the_greatest_dimension_is_the_size_in_centimetres(a, b, unit):
    """Either order of two dimensions gives the greater, and ten millimetres are a centimetre."""
    text = f"PROCEDURE: , Excision of lesion of the left arm measuring {a / 10} x {b / 10} {unit}."

    [found] = read_note(text).procedures

    expected = max(a, b) / 10 * (0.1 if unit == "mm" else 1)
    assert abs(float(found["lesion_size_cm"].value) - expected) < 1e-9
