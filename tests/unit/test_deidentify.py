"""De-identification: what is taken out, what a person sees, and what is never released."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.documentation.deidentify import (
    Approval,
    Released,
    deidentify,
    release,
    sha256_of_text,
)
from auditkit.documentation.deidentify_page import deidentify_page
from auditkit.errors import StageError

#: An identifier of each Safe Harbor letter that text can hold, and a sentence around it.
IDENTIFIERS = [
    ("A", "Seen with Mrs. Okonkwo-Reyes today.", "Okonkwo-Reyes"),
    ("A", "Electronically signed by L. Juniper on Monday.", "L. Juniper"),
    ("A", "Patient name: Jane Q. Doe, here for a check.", "Jane Q. Doe"),
    ("A", "Closure by Harold Finch, M.D. without trouble.", "Harold Finch"),
    ("B", "Lives at 1204 N. Maple Grove Avenue, Apt 3B with her son.", "1204 N. Maple Grove"),
    ("B", "Comes from Springfield, IL 62704 each month.", "Springfield, IL 62704"),
    ("B", "Biopsied at St. Vincent Hospital before.", "Vincent Hospital"),
    ("C", "Biopsy of 07/13/04 was benign.", "07/13/04"),
    ("C", "Last seen March 3, 2021 for warts.", "March 3, 2021"),
    ("C", "Last seen 3 March 2021 for warts.", "3 March"),
    ("C", "First noticed in September, he thinks.", "September"),
    ("C", "Signed 2024-07-29 14:05.", "2024-07-29 14:05"),
    ("C", "A 93-year-old woman.", "93"),
    ("D", "Call (312) 555-0148 with results.", "(312) 555-0148"),
    ("D", "Cell: 555-0148.", "555-0148"),
    ("F", "Write to jane.doe+skin@example.org please.", "jane.doe+skin@example.org"),
    ("G", "SSN 078-05-1120.", "078-05-1120"),
    ("H", "MRN: 00482913 on the label.", "00482913"),
    ("H", "Accession # S24-10932 reported.", "S24-10932"),
    ("I", "Card reads 1EG4-TE5-MK73 today.", "1EG4-TE5-MK73"),
    ("J", "Account no. 77310-4 is open.", "77310-4"),
    ("K", "License # G55821 renewed.", "G55821"),
    ("L", "Plate no. 7KLM482 in the lot.", "7KLM482"),
    ("M", "Serial number 4471X09 of the stimulator.", "4471X09"),
    ("N", "See https://portal.example.org/u/881 for it.", "portal.example.org/u/881"),
    ("O", "Sent from 192.168.10.4 at noon.", "192.168.10.4"),
    ("R", "Badge AB-4820117 was worn.", "4820117"),
]
#: What a dermatology note says and must keep.
KEPT = [
    "Excised with margins of 0.4 cm; lesion 1.2 x 0.8 cm; closed with 5-0 Vicryl, 3.0 cm long.",
    "17 actinic keratoses, 10-15 second freeze, 2 cycles; 1/2 inch needle; pain 3/10.",
    "Kenalog 10 mg/mL, 0.8 mL; 1:100,000 epinephrine; blood pressure 128/76.",
    "A 72-year-old man with Bowen disease; Mohs stage 2, 3 blocks; 45 minutes in total.",
    "May return in 6 weeks. Basal cell CA of the nose, right ala. CPT 11602, ICD C44.311.",
]


@pytest.mark.parametrize(("letter", "text", "identifier"), IDENTIFIERS)
def test_each_kind_of_identifier_is_taken_out(letter, text, identifier):
    """No identifier of any Safe Harbor letter stands in the text that is left."""
    found = deidentify(text)

    assert identifier not in found.text
    assert any(identifier in text[r.start : r.end] for r in found.removals), found.removals


@pytest.mark.parametrize("text", KEPT)
def test_what_a_code_rests_on_is_kept(text):
    """Sizes, counts, doses, sutures and codes are nobody's identifiers."""
    assert text == deidentify(text).text


def test_ages_above_89_become_one_class():
    """Ages of 90 and more are one class, as Safe Harbor allows; younger ones stand."""
    assert "A 90 or older-year-old man, his wife 89 years old." == (
        deidentify("A 94-year-old man, his wife 89 years old.").text
    )


def test_listed_words_go_in_any_case_and_only_whole():
    """A name of the practice goes wherever it stands; inside another word it stays."""
    found = deidentify("fir and our FIR and First and Fir's", ["Fir"])

    assert "[listed word] and our [listed word] and First and [listed word]'s" == found.text


def test_a_name_that_stands_alone_is_shown_to_the_reader():
    """What looks like a name and was left in is pointed at; ordinary words are not."""
    text = "We spoke with Ottoline about Mohs surgery, room 4417."

    assert ["Ottoline", "4417"] == [text[d.start : d.end] for d in deidentify(text).doubts]


@given(
    st.text(alphabet="ab1207/-. AJohn,:@()\n", max_size=80), st.lists(st.text("Johab"), max_size=3)
)
def test_removals_and_text_fit_together(text, words):
    """The text left is the note with each removal replaced, whatever the note."""
    found = deidentify(text, words)
    rebuilt, last = "", 0
    for each in found.removals:
        assert last <= each.start < each.end <= len(text)
        rebuilt += text[last : each.start] + each.instead
        last = each.end

    assert rebuilt + text[last:] == found.text
    assert sha256_of_text(found.text) == found.sha256


def test_the_rules_hash_changes_with_the_words():
    """An approval tells which rules and words made the text."""
    one, two = deidentify("x", ["a"]), deidentify("x", ["a", "b"])

    assert one.text == two.text
    assert one.rules_sha256 != two.rules_sha256


def test_the_page_escapes_and_shows_both():
    """The page strikes out what goes, marks what is doubtful, and runs nothing."""
    text = "<b>Dr. Fir</b> saw Ottoline"
    page = deidentify_page({"e1": text}, {"e1": deidentify(text)})

    assert "<b>" not in page
    assert '(A)">Fir</del><ins>[name]</ins>' in page
    assert "<mark>Ottoline</mark>" in page


def approval(text: str, encounter: str = "e1") -> Approval:
    """Return an approval of *text*."""
    return Approval(encounter, sha256_of_text(text), "0" * 64, "ada", datetime.now(UTC))


def test_only_the_approved_text_is_released():
    """The approved text is released; another text, or another encounter's, is not."""
    given = approval("clean")

    assert "clean" == release("e1", "clean", [given]).text
    for encounter, text in (("e1", "clean "), ("e2", "clean")):
        with pytest.raises(StageError) as refused:
            release(encounter, text, [given])
        assert "clean" not in str(refused.value)


def test_the_last_approval_counts():
    """A text approved before and replaced since is not released."""
    both = [approval("old"), approval("new")]

    assert "new" == release("e1", "new", both).text
    with pytest.raises(StageError, match="not the one"):
        release("e1", "old", both)


def test_a_released_text_cannot_be_made_of_another():
    """A released text does not let its text be changed."""
    released = release("e1", "clean", [approval("clean")])

    with pytest.raises(StageError):
        replace(released, text="with a name")
    with pytest.raises(StageError):
        Released("e2", "clean", approval("clean"))
