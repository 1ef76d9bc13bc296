"""The items of a note: which procedures it lists, from its titles or else from the told work."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from auditkit.documentation.reader.methods import Named
from auditkit.documentation.reader.sections import Sentence
from auditkit.documentation.reader.sites import Site, agree, sites
from auditkit.documentation.reader.words import pattern, table


@dataclass(frozen=True, slots=True)
class Item:
    """One procedure to be: what names it, the stretch of text that is its own, and its sites."""

    named: Named
    start: int
    end: int
    sites: tuple[Site, ...] = ()
    companion: bool = False
    sure: float = 0.9

    @property
    def method(self) -> str:
        """Return the method named."""
        return self.named.method

    @property
    def status(self) -> str:
        """Return the status of the act named."""
        return self.named.status


def is_skin_work(low: str, named: Named) -> bool:
    """Return whether the statement that names a method is about the skin, as far as it says."""
    span = named.sentence.start, named.sentence.end
    told = named.method == "repair_simple" and named.sentence.role not in ("title", "planned")
    if told and not pattern("methods", "limits", "injury").search(low):
        return False
    if named.method.startswith("repair") and pattern("methods", "limits", "birth").search(low):
        return False
    if named.method == "injection" and named.sentence.role == "title":
        inside = pattern("methods", "limits", "internal").search(low, *span)
        return not inside and bool(pattern("methods", "limits", "injected").search(low, *span))
    if named.method == "other" and "defect" in low[named.start : named.end]:
        return not pattern("methods", "limits", "internal").search(low, named.start, named.end)
    if named.method == "destruction":
        # What a title joins to it with "and" is another act.
        joined = low.find(" and ", named.end, span[1])
        span = span[0], joined if joined > 0 else span[1]
    if named.method in ("repair_simple", "repair_intermediate", "repair_complex", "mohs"):
        return not pattern("methods", "limits", "internal").search(low, named.start, named.end)
    if named.method == "incision_drainage":
        return pattern("methods", "limits", "drained").search(low) is not None
    if named.method in ("excision", "punch_biopsy", "flap", "incisional_biopsy", "destruction"):
        if pattern("methods", "limits", "internal").search(low, *span):
            return False
        if named.method == "excision":
            return pattern("methods", "limits", "skin").search(low, *span) is not None
    return True


def from_titles(low: str, named: tuple[Named, ...]) -> tuple[Item, ...]:
    """Return the items that the titles list: one for each statement, method and site."""
    items: list[Item] = []
    for sentence in dict.fromkeys(n.sentence for n in named):
        items += _of_statement(low, sentence, [n for n in named if n.sentence == sentence], items)
    return tuple(items)


def _of_statement(
    low: str, sentence: Sentence, named: list[Named], before: list[Item]
) -> list[Item]:
    """Return the items of one statement of a title."""
    limits = table("methods")["limits"]
    moved = [n for n in named if n.method in ("flap", "graft")]
    if moved:
        # The flap or graft is the repair that the same statement speaks of.
        named = [
            n
            for n in named
            if n in moved or not (n.method.startswith("repair") or n.method == "other")
        ]
    nails = [n for n in named if n.method == "nail_avulsion"]
    # "Avulsion with matrixectomy" is one act on one nail.
    named = [n for n in named if n not in nails[1:]]
    result: list[Item] = []
    for position, one in enumerate(named):
        start = sentence.start if position == 0 else one.start
        end = named[position + 1].start if position + 1 < len(named) else sentence.end
        own = _own_sites(low, one, start, end)
        companion = one.method in limits["closures"] and bool(result)
        if result and not own:
            if one.method in limits["removals"]:
                continue
            own = result[0].sites
        elif companion:
            own = tuple(_with_side(site, result[0].sites) for site in own)
        if companion and pattern("details", "closure", "unsplit").search(low, sentence.start, end):
            continue
        bare = not own and not result and one.method in limits["closures"]
        if bare and before and before[-1].method == "excision":
            result.append(Item(one, start, end, before[-1].sites, companion=True, sure=0.8))
            continue
        if _told_before(one, own, before):
            continue
        parts = _apart(low, one, own, start, end)
        if len(parts) > 1:
            result += [Item(one, a, b, (site,)) for site, a, b in parts]
        else:
            result.append(Item(one, start, end, own, companion))
    return result


def _told_before(one: Named, own: tuple[Site, ...], before: list[Item]) -> bool:
    """Return whether a title of another section has named the same work, at the same place."""
    for item in before:
        if item.method != one.method or item.named.sentence.section == one.sentence.section:
            continue
        if not own or not item.sites or any(agree(a, b) for a in own for b in item.sites):
            return True
    return False


def _own_sites(low: str, one: Named, start: int, end: int) -> tuple[Site, ...]:
    """Return the sites of the stretch, leaving out those inside the method's own name."""
    if one.method.startswith("nail"):
        found = sites(low, start, end)
        return tuple(s for s in found if not s.nouns <= {"nail", "nails"}) or found
    if one.method == "other" or one.method.startswith("repair"):
        return sites(low, start, end)
    if one.method in ("flap", "graft"):
        return (*sites(low, start, one.start), *sites(low, one.end, end))
    named_before = sites(low, start, one.start)
    after = sites(low, one.end, end)
    if not named_before and not after:
        return sites(low, one.start, one.end)
    return (*named_before, *after)


def _with_side(site: Site, others: tuple[Site, ...]) -> Site:
    """Return *site* with the side of the one among *others* that may be the same place."""
    if site.laterality is None:
        for other in others:
            if site.nouns & other.nouns and other.laterality:
                return replace(site, laterality=other.laterality)
    return site


_JOIN = re.compile(r"^\W*(?:,|and|as well as|;|to)?\W*(?:(?:on|in|of|the|from|a|over|at)\s+)*$")


def _apart(
    low: str, one: Named, own: tuple[Site, ...], start: int, end: int
) -> list[tuple[Site, int, int]]:
    """Return the sites, each with its stretch, that the statement treats as separate places.

    Two sites are separate where each has a side of its own and they cannot be one place, as in
    "the left calf and left thigh"; "the left upper lid and lateral canthus" is one place.
    """
    if len(own) < 2 or one.method.startswith(("nail", "repair", "incision")):
        return []
    if any(site.laterality not in ("left", "right") for site in own):
        return []
    if any(agree(a, b) for i, a in enumerate(own) for b in own[:i]):
        return []
    if not all(re.search(r"\band\b|,", low[a.end : b.start]) for a, b in pairwise(own)):
        return []
    cuts = [_last_join(low, a.end, b.start) for a, b in pairwise(own)]
    edges = [start, *cuts, end]
    return [(site, edges[i], edges[i + 1]) for i, site in enumerate(own)]


def _last_join(low: str, start: int, end: int) -> int:
    """Return where the last "and" or comma between two sites stands."""
    return max(start + m.start() for m in re.finditer(r"\band\b|,", low[start:end]))


def from_work(low: str, named: tuple[Named, ...]) -> tuple[Item, ...]:
    """Return the items of told work in a note without titles: one for each method and site."""
    items: list[Item] = []
    methods = {n.method for n in named}
    for one in named:
        if one.method == "excision" and "mohs" in methods:
            continue
        if one.method == "other":
            continue
        sentence = one.sentence
        own = _own_sites(low, one, sentence.start, sentence.end)
        same = [i for i, item in enumerate(items) if item.method == one.method]
        parts = _apart(low, one, own, sentence.start, sentence.end)
        if same and not own:
            continue
        if same and any(agree(a, b) for i in same for a in items[i].sites for b in own):
            continue
        if same and not any(items[i].sites for i in same):
            items[same[0]] = replace(items[same[0]], sites=own)
            continue
        if parts:
            items += [Item(one, a, b, (site,), sure=0.8) for site, a, b in parts]
        else:
            items.append(Item(one, sentence.start, sentence.end, own, sure=0.8))
    return tuple(items)


def aside_of_work(
    low: str, named: tuple[Named, ...], status: str, done: tuple[Item, ...]
) -> tuple[Item, ...]:
    """Return the past or planned items of skin work, each once."""
    listed = table("methods")["limits"]["listed"]
    items: list[Item] = []
    for one in named:
        if one.status != status or not is_skin_work(low, one):
            continue
        titled = status == "planned" and one.sentence.role == "planned"
        if one.method not in listed and not (one.method == "other" or titled):
            continue
        if one.method == "other" and status != "planned":
            continue
        working = one.sentence.role in ("narrative", "course", "title")
        if working and one.method != "injection" and any(d.method == one.method for d in done):
            continue
        again = any(d.method == one.method for d in done)
        if again and one.sentence.role == "diagnosis":
            # "Status post" in the diagnosis of the note that did it is that work, and no history.
            continue
        if status == "planned" and (again or one.sentence.role == "narrative"):
            continue
        if any(i.method == one.method for i in items):
            continue
        after = [n.start for n in named if n.sentence == one.sentence and n.start >= one.end]
        end = min((one.sentence.end, *after))
        before = sites(low, one.sentence.start, one.start)
        where = sites(low, one.end, end) or before[-1:]
        # Alone in its sentence, all of it is about this one; beside others, only what follows.
        alone = all(n.sentence != one.sentence for n in named if n is not one)
        start = one.sentence.start if alone else one.start
        items.append(Item(one, start, end, where, sure=0.7))
    return tuple(items)
