"""Body sites: from the words of a record to a region, and from there to a site group."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from auditkit.coding.pack import PACKS

WORD = re.compile(r"[a-z]+")
SIDES = {"left": "left", "lt": "left", "right": "right", "rt": "right", "bilateral": "bilateral",
         "both": "bilateral", "midline": "midline", "l": "left", "r": "right"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    """A place on the body: the regions that its words name, and its side."""

    regions: tuple[str, ...]
    side: str | None = None

    @property
    def understood(self) -> bool:
        """Return whether the words named any region."""
        return bool(self.regions)


NOWHERE = Site(())
#: The region of words such as "body" and "skin", which name no place beside another.
EVERYWHERE = "whole_body"
#: A phrase within three words of one of these is named to be left out ("not the lid margin").
NEGATIONS = {"not", "no", "without", "excluding", "sparing", "avoiding", "away"}


@cache
def _vocabulary() -> tuple[dict[str, str], int]:
    """Return every phrase with its region, and the length in words of the longest phrase."""
    raw = tomllib.loads((PACKS / "sites.toml").read_text(encoding="utf-8"))
    phrases = {p: region for region, words in raw["regions"].items() for p in words}
    return phrases, max(len(phrase.split()) for phrase in phrases)


@cache
def _groups() -> dict[str, dict[str, str]]:
    """Return, for each family of codes, the site group of each region."""
    raw = tomllib.loads((PACKS / "sites.toml").read_text(encoding="utf-8"))
    parts = raw["parts"]
    return {
        family: {
            region: group
            for group, names in groups.items()
            for name in names
            for region in parts.get(name, [name])
        }
        for family, groups in raw["groups"].items()
    }


@lru_cache(maxsize=8192)
def read_site(text: str | None) -> Site:
    """Return the place that *text* names; `understood` is False when no phrase is known.

    The longest phrase wins at each word, so that "lower lip vermilion" is the vermilion.
    """
    if not text:
        return NOWHERE
    phrases, longest = _vocabulary()
    words = WORD.findall(text.lower())
    regions: list[str] = []
    side = None
    i = 0
    while i < len(words):
        for width in range(min(longest, len(words) - i), 0, -1):
            phrase = " ".join(words[i : i + width])
            region = phrases.get(phrase) or phrases.get(phrase.removesuffix("s"))
            if region is not None:
                left_out = NEGATIONS.intersection(words[max(0, i - 3) : i])
                if region not in regions and not left_out:
                    regions.append(region)
                i += width
                break
        else:
            named = SIDES.get(words[i], side)
            side = "bilateral" if {side, named} == {"left", "right"} else named
            i += 1
    if len(regions) > 1 and EVERYWHERE in regions:
        regions.remove(EVERYWHERE)
    return Site(tuple(regions), side)


def joint(sites: Iterable[Site]) -> Site:
    """Return the place of several sites together: their regions, and the side that all share."""
    listed = list(sites)
    regions = tuple(dict.fromkeys(region for site in listed for region in site.regions))
    sides = {site.side for site in listed}
    return Site(regions, sides.pop() if len(sides) == 1 else None)


def site_group(site: Site, family: str) -> str | None:
    """Return the site group of *family* that holds *site*; None if several or none do."""
    table = _groups()[family]
    groups = {table.get(region) for region in site.regions}
    return groups.pop() if len(groups) == 1 else None


def in_words(group: str) -> str:
    """Return the name of a site group as it is read: its places, one after another."""
    return group.replace("_", ", ")
