"""The forms of code numbers, against codes that CMS publishes."""

import pytest

from auditkit.codes import Icd10


@pytest.mark.parametrize(
    ("written", "code"),
    [("l570", "L57.0"), ("C4A.0", "C4A.0"), ("Z3A01", "Z3A.01"), ("QA00101", "QA0.0101")],
)
def test_diagnoses_are_read_with_and_without_their_dot(written, code):
    """A letter may stand third (C4A, Z3A) and, from October 2025 on, second (QA0)."""
    assert code == str(Icd10.parse(written))


@pytest.mark.parametrize("text", ["", "57.0", "LLL", "L5", "L57.", "L57.00000", "U0A.1"])
def test_what_is_no_diagnosis_is_refused(text):
    """Too short, too long, or letters where digits stand."""
    assert not Icd10.fits(text)
    with pytest.raises(ValueError, match="ICD-10-CM"):
        Icd10(text)
