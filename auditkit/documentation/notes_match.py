"""Whether a proposed element agrees with a label, and which proposed item is which labelled one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from auditkit.documentation.reader.proposals import ELEMENTS
from auditkit.documentation.reader.words import table

TEXT_ELEMENTS = frozenset({"site", "anesthesia", "drug"})


#: All that is scored of a closure listed beside the removal that it closes, besides its count.
CLOSURE_ELEMENTS = frozenset(
    {
        "method",
        "status",
        "site",
        "laterality",
        "defect_or_repair_length_cm",
        "defect_area_sq_cm",
        "suture_layers",
    }
)


def outcome(name: str, have: Any, accepted: list[Any]) -> str:
    """Return right, wrong, missed or silent (nothing proposed and nothing to propose)."""
    if have is None:
        return "silent" if None in accepted else "missed"
    return "right" if any(_same(name, have, value) for value in accepted) else "wrong"


def _same(name: str, have: Any, want: Any) -> bool:
    """Return whether a proposed value agrees with a labelled one."""
    if want is None or have is None:
        return False
    if name in TEXT_ELEMENTS:
        return _alike(str(have), str(want))
    if isinstance(want, bool) or isinstance(have, bool) or isinstance(want, str):
        return bool(have == want)
    return abs(float(have) - float(want)) < 0.005


def _alike(have: str, want: str) -> bool:
    """Return whether two phrases share at least half the words of the shorter.

    Sides and qualifiers of place ("left", "upper") are left out where other words remain; words
    are compared by their first five letters, so that "canthus" is "canthal".
    """
    mine, theirs = _words(have), _words(want)
    shorter = min(len(mine), len(theirs))
    return shorter > 0 and 2 * len(mine & theirs) >= shorter


_QUALIFIER = re.compile(f"{table('sites')['sides']}|{table('sites')['qualifiers']}")


_EMPTY = frozenset({"the", "and", "of", "to", "with", "at", "in", "on", "a", "area"})


def _words(phrase: str) -> set[str]:
    """Return the words of *phrase* that carry its meaning, cut to five letters."""
    apart = re.sub(r"(toe|finger)(nail)", r"\1 \2", phrase.lower())
    words = [w for w in re.findall(r"[a-z0-9.%]+", apart) if w not in _EMPTY]
    telling = [w for w in words if not _QUALIFIER.fullmatch(w)]
    return {w.removesuffix("s")[:5] for w in telling or words}


def unscored(index: int, labelled: list[dict[str, Any]]) -> frozenset[str]:
    """Return the elements not scored of a closure that stands beside its removal."""
    item = labelled[index]
    if item["method"] not in table("methods")["limits"]["closures"]:
        return frozenset()
    beside = any(
        other["method"] in ("excision", "mohs") and other["status"] == item["status"]
        for other in labelled
    )
    return frozenset(ELEMENTS) - CLOSURE_ELEMENTS if beside else frozenset()


def pairs(
    proposed: list[dict[str, Any]],
    labelled: list[dict[str, Any]],
    others: Mapping[str, list[Any]],
) -> Iterator[tuple[int | None, int | None]]:
    """Yield (proposed, labelled) pairs, by the assignment in which most elements agree.

    The method weighs most, then status and site, so that an item is never paired with a better
    partner's method; items left over on either side are yielded with None.
    """
    weights = np.zeros((len(proposed), len(labelled)))
    for i, have in enumerate(proposed):
        for j, want in enumerate(labelled):
            agreed = {
                name
                for name in ELEMENTS
                if outcome(
                    name,
                    have[name],
                    [want.get(name), *others.get(f"procedures[{j}].{name}", ())],
                )
                == "right"
            }
            if "method" in agreed or {"status", "site"} <= agreed:
                heavy = 100 * ("method" in agreed) + 10 * ("status" in agreed)
                weights[i, j] = heavy + 5 * ("site" in agreed) + len(agreed)
    rows, columns = linear_sum_assignment(weights, maximize=True)
    kept = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if weights[i, j] > 0]
    yield from kept
    yield from ((i, None) for i in range(len(proposed)) if i not in {a for a, _ in kept})
    yield from ((None, j) for j in range(len(labelled)) if j not in {b for _, b in kept})
