"""What else a note says of an item: its site, and the sentences that speak of it."""

from dataclasses import dataclass, replace

from auditkit.documentation.reader.items import Item
from auditkit.documentation.reader.measurements import Length, lengths
from auditkit.documentation.reader.sections import Sentence
from auditkit.documentation.reader.sites import Site, agree, sites
from auditkit.documentation.reader.words import pattern, table

WORKING = ("narrative", "course", "plan", "body")


@dataclass(frozen=True, slots=True)
class Note:
    """A note as the linking sees it: its text, the same in lower case, and its sentences."""

    text: str
    low: str
    told: tuple[Sentence, ...]

    def of(self, *roles: str) -> tuple[Sentence, ...]:
        """Return the sentences of the sections of *roles*."""
        return tuple(s for s in self.told if s.role in roles)


def wounds(note: Note, items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the items with one repair of unnamed wounds made into one for each wound measured."""
    bare = [i for i in items if i.method == "repair_simple" and not i.sites]
    if len(bare) != 1:
        return items
    wounds: list[tuple[Sentence, Site]] = []
    for sentence in (*note.of("exam"), *note.of("history", "body")):
        measured = [
            m for m in lengths(note.low, sentence.start, sentence.end) if m.role == "repair"
        ]
        where = sites(note.low, sentence.start, sentence.end)
        if len(measured) == 1 and where and not any(agree(where[0], w) for _, w in wounds):
            wounds.append((sentence, where[0]))
    if not wounds:
        return items
    one = bare[0]
    rest = [i for i in items if i is not one]
    return (
        *rest,
        *(
            Item(one.named, sentence.start, sentence.end, (site,), sure=0.7)
            for sentence, site in wounds
        ),
    )


def located(note: Note, item: Item, items: tuple[Item, ...]) -> Item:
    """Return *item* with a site: its own, the stated location, or the only one diagnosed."""
    if item.sites:
        return item
    if item.method == "other" or pattern("sites", "adjective").search(
        note.low, item.start, item.end
    ):
        return item
    after = (("diagnosis",),) if len(items) == 1 else ()
    for roles in (("location",), *after, ("diagnosis", "before"), ("history", "exam")):
        found: list[Site] = []
        for sentence in note.of(*roles):
            for site in sites(note.low, sentence.start, sentence.end):
                if not any(agree(site, known) and site.nouns == known.nouns for known in found):
                    found.append(site)
        if roles[0] == "history" and item.method != "repair_simple":
            continue
        taken = [s for other in items for s in other.sites]
        left = [s for s in found if not any(_same_place(s, t) for t in taken)]
        if found and not left and item.method not in table("methods")["limits"]["closures"]:
            # Every place diagnosed is another item's: this one may be anywhere.
            return item
        if len(found) == 1 or (len(left) == 1 and _alone(item, items)):
            return replace(item, sites=tuple(left or found), sure=min(item.sure, 0.7))
        if found and roles != ("diagnosis",):
            return item
    return _by_lesion(note, item) if len(items) == 1 else item


def _by_lesion(note: Note, item: Item) -> Item:
    """Return the only item of a note with the only site that the note names beside a lesion."""
    noun, nouns = pattern("details", "counts", "one"), pattern("details", "counts", "many")
    found: list[Site] = []
    for sentence in note.of("history", "exam", "diagnosis", "body", "plan"):
        span = sentence.start, sentence.end
        if noun.search(note.low, *span) or nouns.search(note.low, *span):
            found += [s for s in sites(note.low, *span) if not any(agree(s, f) for f in found)]
    if len(found) != 1 or found[0].laterality == "bilateral":
        return item
    return replace(item, sites=tuple(found), sure=min(item.sure, 0.6))


def _alone(item: Item, items: tuple[Item, ...]) -> bool:
    """Return whether *item* is the only one that still lacks a site."""
    return [i for i in items if not i.sites] == [item]


def _same_place(one: Site, other: Site) -> bool:
    """Return whether two phrases are the same place, qualifiers included."""
    return agree(one, other) and one.qualifiers == other.qualifiers


def blocks(note: Note, items: tuple[Item, ...]) -> dict[Sentence, tuple[int, ...]]:
    """Return, for each sentence of told work, the items that it may speak of.

    A sentence that names the site of one item speaks of it, and so do those after it until
    another site is named; before the first site, and where several are named, it is of all.
    """
    every = tuple(range(len(items)))
    result: dict[Sentence, tuple[int, ...]] = {}
    if len({i.sites for i in items}) < 2:
        return dict.fromkeys(note.of(*WORKING, "exam"), every)
    current = every
    for sentence in note.of(*WORKING):
        here = sites(note.low, sentence.start, sentence.end)
        meant = tuple(i for i in every if any(agree(a, b) for a in items[i].sites for b in here))
        if pattern("details", "counts", "together").search(note.low, sentence.start, sentence.end):
            result[sentence] = every
            continue
        if meant:
            current = meant if len({items[i].sites for i in meant}) == 1 else every
        result[sentence] = current
    return result


def about(
    note: Note, item: Item, items: tuple[Item, ...], roles: tuple[str, ...]
) -> tuple[Sentence, ...]:
    """Return the statements of *roles* that speak of this item's site and of no nearer item's."""
    result = []
    several = len({i.sites for i in items}) > 1
    for sentence in note.of(*roles):
        here = sites(note.low, sentence.start, sentence.end)
        if not several and (not here or not item.sites):
            result.append(sentence)
            continue
        if any(_nearest(item, items, site) for site in here):
            result.append(sentence)
    return tuple(result)


def _nearest(item: Item, items: tuple[Item, ...], site: Site) -> bool:
    """Return whether no other item's site is more like *site* than this item's."""
    scores = {i: max((_likeness(own, site) for own in i.sites), default=0) for i in items}
    return 0 < scores[item] == max(scores.values())


def paired(low: str, sentence: Sentence, item: Item) -> tuple[Length, ...]:
    """Return the lengths that *sentence* states of the item's site.

    Where a sentence gives a length before or after each of several sites ("a 2 cm laceration of
    the chin and a 3 cm laceration of the knee"), each length is of the site beside it.
    """
    measured = lengths(low, sentence.start, sentence.end)
    here = sites(low, sentence.start, sentence.end)
    if not _in_turn(measured, here):
        return measured
    return tuple(
        length
        for length, site in zip(measured, here, strict=True)
        if any(agree(site, own) for own in item.sites)
    )


def told_in_turn(note: Note, item: Item) -> tuple[Length, ...]:
    """Return the lengths of the item's site from told sentences that name several in turn."""
    result: list[Length] = []
    for sentence in note.of(*WORKING):
        span = sentence.start, sentence.end
        if _in_turn(lengths(note.low, *span), sites(note.low, *span)):
            result += paired(note.low, sentence, item)
    return tuple(result)


def _in_turn(measured: tuple[Length, ...], here: tuple[Site, ...]) -> bool:
    """Return whether lengths and sites alternate, so that each length is of the site beside it."""
    if not len(here) == len(measured) > 1:
        return False
    marks = sorted([(m.start, "length") for m in measured] + [(s.start, "site") for s in here])
    kinds = [kind for _, kind in marks]
    return len(set(kinds[::2])) == 1 and len(set(kinds[1::2])) == 1


def _likeness(one: Site, other: Site) -> int:
    """Return how alike two phrases of a site are; 0 where they cannot be one place."""
    if not agree(one, other):
        return 0
    sides = 2 if one.laterality == other.laterality else 0
    return max(1, 4 + sides - len(one.qualifiers ^ other.qualifiers))
