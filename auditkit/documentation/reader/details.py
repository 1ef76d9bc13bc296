"""Details of the work: closure, anesthesia, pathology, drugs and the nature of the lesion."""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from auditkit.documentation.reader.context import cue
from auditkit.documentation.reader.proposals import NOT_STATED, Quote, Value
from auditkit.documentation.reader.sections import Sentence
from auditkit.documentation.reader.words import pattern, table


def quote(text: str, start: int, end: int) -> Quote:
    """Return the piece *start*:*end* of the note."""
    return Quote(start, end, text[start:end])


def layers(text: str, low: str, told: Iterable[Sentence]) -> Value:
    """Return "layered" or "single" as the closure is told, or null where it is not."""
    deep: Sentence | None = None
    skin: Sentence | None = None
    for sentence in told:
        span = sentence.start, sentence.end
        words = [
            (kind, pattern("details", "closure", kind).search(low, *span))
            for kind in ("layered", "single")
        ]
        hits = [(kind, hit) for kind, hit in words if hit]
        if len(hits) == 2:
            return Value(None, reason="one sentence tells of closures of both kinds")
        if hits:
            return Value(hits[0][0], (quote(text, *span),), 0.9)
        material = pattern("details", "closure", "material").search(low, *span)
        if not material or sentence.role not in ("narrative", "course", "plan", "body", "title"):
            continue
        if pattern("details", "closure", "deep").search(low, *span):
            deep = deep or sentence
        if pattern("details", "closure", "closing").search(low, *span) and (
            pattern("details", "closure", "skin").search(low, *span)
        ):
            skin = skin or sentence
    if deep and skin:
        if deep == skin and "skin" not in low[deep.start : deep.end]:
            return Value(None, reason="only the deep sutures are told")
        pieces = {(s.start, s.end): quote(text, s.start, s.end) for s in (deep, skin)}
        return Value("layered", tuple(pieces.values()), 0.75)
    if skin:
        return Value("single", (quote(text, skin.start, skin.end),), 0.75)
    return NOT_STATED


def pathology(text: str, low: str, told: Iterable[Sentence]) -> Value:
    """Return True where tissue went to histology; a culture alone says nothing of it."""
    for sentence in told:
        match = pattern("details", "pathology", "sent").search(low, sentence.start, sentence.end)
        if match is None or cue(low, sentence, match.start(), match.end()) in (
            "denied",
            "historical",
        ):
            continue
        if pattern("details", "pathology", "culture").search(low, sentence.start, sentence.end):
            continue
        return Value(True, (quote(text, sentence.start, sentence.end),), 0.8)
    return NOT_STATED


def anesthesia(text: str, low: str, told: Iterable[Sentence]) -> Value:
    """Return the anesthesia as a phrase: kinds and agents in the words of the note."""
    found: dict[str, Quote] = {}
    for sentence in told:
        span = sentence.start, sentence.end
        own = sentence.role == "anesthesia"
        kinds, agents = (
            pattern("details", "anesthesia", "kinds"),
            pattern("details", "anesthesia", "agents"),
        )
        if not own and not re.search(
            r"anesth|numb|inject|infiltrat|block|sedat|instill|lidocaine|xylocaine|marcaine",
            low[slice(*span)],
        ):
            continue
        for match in agents.finditer(low, *span):
            if not own and re.search(r"(?:solution|packed|mg/kg|allerg)", low[slice(*span)]):
                continue
            percent = match["percent"] or match["after"]
            name = " ".join(filter(None, (percent, match["agent"], match["plain"])))
            if match["epi"]:
                name += " with epinephrine"
            found.setdefault(name.replace(" %", "%"), quote(text, *match.span()))
        if own or re.search(r"anesthe|block|sedat", low[slice(*span)]):
            for match in kinds.finditer(low, *span):
                if not own and match.group() in ("mac", "get", "topical", "block", "regional"):
                    continue
                if cue(low, sentence, *match.span()) in ("denied", "historical", "offered"):
                    continue
                found.setdefault(match.group(), quote(text, *match.span()))
        if local := pattern("details", "anesthesia", "local").search(low, *span):
            found.setdefault("local", quote(text, *local.span()))
    if not found:
        return NOT_STATED
    return Value("; ".join(found), tuple(found.values()), 0.8)


def drug(text: str, low: str, start: int, end: int) -> tuple[Value, Value]:
    """Return the drug named between *start* and *end*, and its dose in milligrams if stated."""
    name = pattern("details", "drug", "fillers").search(low, start, end)
    if name is None:
        return NOT_STATED, NOT_STATED
    named = Value(text[slice(*name.span("drug"))], (quote(text, *name.span("drug")),), 0.85)
    dose = pattern("details", "drug", "dose").search(low, name.end(), min(end, name.end() + 40))
    if dose is None:
        return named, NOT_STATED
    return named, Value(Decimal(dose["mg"]), (quote(text, *dose.span()),), 0.85)


def mohs(text: str, low: str, told: Iterable[Sentence], alone: bool) -> dict[str, Value]:
    """Return the numbers of Mohs stages and of blocks, where the note counts them.

    "The first stage" and "each stage" are words of a template and count nothing. Where the note
    has one surgery only (*alone*), a list of stages is of it wherever it stands.
    """
    told = tuple(told)
    staged = pattern("details", "mohs", "staged")
    spans = [(0, len(low))] if alone else [(s.start, s.end) for s in told]
    listed = {
        _stage(match["stage"]): match for span in spans for match in staged.finditer(low, *span)
    }
    if listed and sorted(listed) == list(range(1, len(listed) + 1)):
        quotes = tuple(quote(text, *match.span()) for match in listed.values())
        blocks = tuple(_number(match["blocks"]) for match in listed.values())
        return {
            "mohs_stages": Value(len(listed), quotes, 0.9),
            "mohs_blocks": Value(sum(blocks), quotes, 0.9),
            "blocks_by_stage": Value(blocks, quotes, 0.9),
        }
    result: dict[str, Value] = {}
    for name, kind in (("mohs_stages", "stages"), ("mohs_blocks", "blocks")):
        hits = [pattern("details", "mohs", kind).search(low, s.start, s.end) for s in told]
        found = {_number(h[1]): h for h in hits if h}
        if kind == "blocks" and not _of_all_stages(result.get("mohs_stages"), found.values(), low):
            continue
        if len(found) > 1:
            result[name] = Value(None, reason="the note gives different numbers", flag=True)
        elif found:
            [(number, hit)] = found.items()
            result[name] = Value(number, (quote(text, *hit.span()),), 0.8)
    return result


def _stage(written: str) -> int:
    """Return the number of a stage, written in digits or as a Roman numeral up to ten."""
    romans = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
    return (
        int(written) if written.isdigit() else romans.index(written) + 1 if written in romans else 0
    )


def _number(written: str) -> int:
    """Return a number written in digits or as a word."""
    words: list[str] = table("details")["counts"]["words"]
    return words.index(written) + 1 if written in words else int(written)


def _of_all_stages(stages: Value | None, blocks: Iterable[re.Match[str]], low: str) -> bool:
    """Return whether a number of blocks is of the whole surgery and not of one of its stages."""
    if stages is not None and stages.value == 1:
        return True
    return all("total" in low[max(0, hit.start() - 30) : hit.end() + 20] for hit in blocks)


@cache
def _natures() -> tuple[str, ...]:
    return tuple(name for name in table("details")["nature"] if name not in ("doubt", "in_situ"))


def nature(text: str, low: str, told: Iterable[tuple[int, int]]) -> Value:
    """Return the nature of a lesion as named in the phrases *told*.

    Two natures named for one lesion are a contradiction: null and flagged. Doubt voiced beside
    the name makes it "uncertain".
    """
    found: dict[str, Quote] = {}
    for start, end in told:
        for name in _natures():
            match = pattern("details", "nature", name).search(low, start, end)
            if match is None:
                continue
            if name == "malignant" and pattern("details", "nature", "in_situ").search(
                low, start, end
            ):
                name = "in_situ"
            if pattern("details", "nature", "doubt").search(low, start, match.start()):
                name = "uncertain"
            found.setdefault(name, quote(text, start, end))
    if not found:
        return Value(None, reason="the nature of the lesion is not stated")
    if len(found) > 1:
        if "uncertain" in found:
            return Value(None, tuple(found.values()), reason="the nature is stated with doubt")
        reason = "the note names two natures for one lesion"
        return Value(None, tuple(found.values()), reason=reason, flag=True)
    [(name, where)] = found.items()
    if name == "in_situ":
        return Value(None, (where,), reason="in situ: neither malignant nor benign in this list")
    return Value(name, (where,), 0.85)
