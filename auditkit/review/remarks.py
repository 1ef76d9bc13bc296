"""What people write into the log in their own words, screened for what identifies a patient."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

#: The longest remark, in characters.
LONGEST_REMARK = 500

#: In the context of a validation: the event is read from a log, where it was screened once.
STORED = "stored"

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"\b\d{1,2}(?:st|nd|rd|th)?\b"
_WRITTEN_DAY = re.compile(rf"{_DAY} (?:of )?{_MONTH}|\b{_MONTH} {_DAY}")

_IDENTIFYING = (
    (re.compile(r"\d{7}"), "a number of seven digits or more"),
    (re.compile(r"\d{1,4}[/-]\d{1,2}[/-]\d{1,4}"), "a full date; write the month and year"),
    (_WRITTEN_DAY, "a full date; write the month and year"),
    (re.compile(r"\d{3}[-. ]\d{3,4}(?:[-. ]\d|\b)"), "a telephone or similar number"),
    (re.compile(r"\S@\S"), "an e-mail address"),
    (re.compile(r"\b(?:dob|mrn|ssn)\b", re.IGNORECASE), "the name of a patient identifier"),
)


def screened(text: str) -> str:
    """Return *text* when nothing in it looks like a patient identifier.

    The screen knows forms, not names: it is a help, not a proof.

    Raises:
        ValueError: What was recognised; the text itself is not shown.
    """
    for form, words in _IDENTIFYING:
        if form.search(text):
            raise ValueError(
                f"holds {words}. The log keeps no patient values; describe the service instead"
            )
    return text.strip()


def _screened_once(text: str, info: ValidationInfo) -> str:
    """Screen what is written; what the log holds already is read as it is."""
    return text if (info.context or {}).get(STORED) else screened(text)


Remark = Annotated[str, Field(max_length=LONGEST_REMARK), AfterValidator(_screened_once)]
Reason = Annotated[
    str, Field(min_length=3, max_length=LONGEST_REMARK), AfterValidator(_screened_once)
]
