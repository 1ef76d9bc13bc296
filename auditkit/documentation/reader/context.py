"""The status of a named act: performed, planned, historical, denied or offered.

The scope rules follow ConText (Harkema and others, J Biomed Inform 2009;42:839): a cue reaches
forwards or backwards within its sentence, and a negated list is negated to the sentence's end.
"""

import re
from functools import cache

from auditkit.documentation.reader.sections import Sentence
from auditkit.documentation.reader.words import pattern, table


@cache
def _cues() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple((c["status"], c["reach"], re.compile(c["match"])) for c in table("context")["cue"])


@cache
def _exempt() -> re.Pattern[str]:
    return re.compile("|".join(row["match"] for row in table("context")["exempt"]))


def cue(low: str, sentence: Sentence, start: int, end: int) -> str | None:
    """Return the status that a cue gives to the act at *start*:*end*, or None without a cue.

    Args:
        low: The note in lower case.
        sentence: The sentence that names the act.
        start: Where the name of the act begins.
        end: Where it ends.
    """
    spared = [m.span() for m in _exempt().finditer(low, sentence.start, sentence.end)]
    for status, reach, match in _cues():
        low_end = start if reach == "after" else sentence.end
        low_start = sentence.start if reach == "after" else end
        for found in match.finditer(low, low_start, low_end):
            if not any(a <= found.start() < b for a, b in spared):
                return status
    return None


def status(low: str, sentence: Sentence, start: int, end: int) -> str:
    """Return the status of the act at *start*:*end*; "unsaid" where nothing says it was done."""
    if pattern("context", "told", "undone").search(low, start, end):
        return "denied"
    default: str = table("context")["roles"].get(sentence.role, "none")
    if default == "title":
        # What follows the name in a title describes the lesion ("previously biopsied").
        said = cue(low, Sentence(sentence.start, end, sentence.section), start, end)
        if pattern("context", "told", "dated").search(low, end, sentence.end):
            return "historical"
        return said if said in ("denied", "historical") else "performed"
    said = cue(low, sentence, start, end)
    if default == "planned":
        return said if said in ("denied", "historical", "offered") else "planned"
    if default == "past":
        return said if said in ("denied", "planned") else "historical"
    if said is not None:
        return said
    if default == "historical":
        return "unsaid"
    own = pattern("context", "told", "verb").search(low, start, end)
    told = pattern("context", "told", "done" if own else "carried_out")
    if default == "work" and told.search(low, sentence.start, sentence.end):
        return "performed"
    return "unsaid"


def abandoned(low: str) -> bool:
    """Return whether the note says that its procedure was called off."""
    return pattern("context", "told", "abandoned").search(low) is not None
