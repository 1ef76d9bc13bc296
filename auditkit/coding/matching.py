"""The best assignment of billed lines to supported lines of one encounter."""

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil

import numpy as np
from scipy.optimize import linear_sum_assignment

from auditkit.coding.chart import Draft
from auditkit.coding.rules import RulesOn, alike
from auditkit.model import Line

ZERO = Decimal(0)


@dataclass(slots=True)
class Share:
    """Units of one supported line that answer a billed line."""

    draft: Draft
    units: Decimal


@dataclass(slots=True)
class Pairing:
    """One billed line and what the record supports in its place.

    `absorbed` is the billed line whose replacement takes this one in as well, `extra` are further
    supported lines of the same replacement.
    """

    line: Line
    kind: str | None
    shares: list[Share] = field(default_factory=list)
    absorbed: "Pairing | None" = None
    extra: list[Draft] = field(default_factory=list)

    @property
    def same_code(self) -> bool:
        """Return whether the record supports the code billed."""
        return bool(self.shares) and self.shares[0].draft.code == self.line.code

    @property
    def agreed_units(self) -> Decimal:
        """Return the units that the record supports for the line; both sides are one with 50."""
        units = sum((share.units for share in self.shares), ZERO)
        return Decimal(ceil(units / sides(self.line)))


@dataclass(frozen=True, slots=True)
class Matching:
    """Every billed line with its answer, and the supported lines that nobody billed."""

    pairings: tuple[Pairing, ...]
    unbilled: tuple[Draft, ...]


def sides(line: Line) -> int:
    """Return how many sides one unit of a line stands for: two with modifier 50 (MCPM 12, 40.7)."""
    return 2 if "50" in line.modifiers else 1


def match(lines: Sequence[Line], drafts: Sequence[Draft], rules: RulesOn) -> Matching:
    """Assign supported lines to billed lines: same code first, then the nearest replacement.

    The answer does not depend on the order of lines or of procedures.
    """
    pairings = [Pairing(line, rules.kind_of(line.code)) for line in lines]
    by_key: dict[tuple[str, str], list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_key[draft.key].append(draft)
    lines_of: dict[tuple[str, str], list[Pairing]] = defaultdict(list)
    for pairing in pairings:
        lines_of[pairing.line.code, bucket_of(pairing.line, rules)].append(pairing)
    unbilled: list[Draft] = []
    for key, own in by_key.items():
        unbilled += share_out(lines_of.get(key, []), own, rules)
    free = [p for p in pairings if not p.shares]
    if free and unbilled:
        unbilled = replace(free, unbilled, rules)
        unbilled = gather(pairings, unbilled, rules)
    return Matching(tuple(pairings), tuple(sorted(unbilled, key=draft_order)))


def bucket_of(line: Line, rules: RulesOn) -> str:
    """Return the modifier that makes this line one of its own beside the same code, or ""."""
    if not line.modifiers or rules.kind_of(line.code) not in rules.value("code.bucket_kinds"):
        return ""
    return next((m for m in line.modifiers if m in rules.value("code.buckets")), "")


def side_of(line: Line, rules: RulesOn) -> str | None:
    """Return the side of the body that the line's modifiers name, or None."""
    if not line.modifiers:
        return None
    classes = rules.value("modifier.classes")
    named = (x for x in ("left", "right") if not set(classes[x]).isdisjoint(line.modifiers))
    return next(named, None)


def line_order(line: Line) -> tuple[object, ...]:
    """Return a line's place among its equals, whatever its number on the claim."""
    return len(line.modifiers), line.modifiers, -line.units, line.diagnoses, line.number


def draft_order(draft: Draft) -> tuple[object, ...]:
    """Return a supported line's place among its equals, whatever the order of procedures."""
    return draft.code, sorted(draft.lesions), draft.units


def share_out(pairings: list[Pairing], drafts: list[Draft], rules: RulesOn) -> list[Draft]:
    """Give supported units to the billed lines of the same code; return what is left over.

    Lines whose modifiers name a side come first and take what was done on that side. Of a counted
    kind, units beyond those billed stay on the line as units not billed.
    """
    if not pairings:
        return drafts
    if len(pairings) == len(drafts) == 1:
        pairing, draft = pairings[0], drafts[0]
        wanted = pairing.line.units * sides(pairing.line)
        units = draft.units if rules.kinds[draft.kind].counted else min(draft.units, wanted)
        pairing.shares.append(Share(draft, units))
        return [] if units == draft.units else [rest_of(draft, units)]
    supply = sorted(drafts, key=draft_order)
    left = {id(draft): draft.units for draft in supply}
    sided = {id(p): side_of(p.line, rules) for p in pairings}
    for pairing in sorted(pairings, key=lambda p: (sided[id(p)] is None, line_order(p.line))):
        wanted = pairing.line.units * sides(pairing.line)
        side = sided[id(pairing)]
        for draft in sorted(supply, key=lambda d: side not in (None, d.site.side)):
            units = min(wanted, left[id(draft)])
            if units > 0:
                pairing.shares.append(Share(draft, units))
                left[id(draft)] -= units
                wanted -= units
    over = []
    for draft in supply:
        if not left[id(draft)]:
            continue
        holder = next((s for p in pairings for s in p.shares if s.draft is draft), None)
        if holder is not None and rules.kinds[draft.kind].counted:
            holder.units += left[id(draft)]
        else:
            over.append(
                draft
                if left[id(draft)] == draft.units
                else rest_of(draft, draft.units - left[id(draft)])
            )
    return over


def rest_of(draft: Draft, taken: Decimal) -> Draft:
    """Return *draft* with the units that *taken* leaves."""
    return dataclasses.replace(draft, units=draft.units - taken, required=dict(draft.required))


def replace(free: list[Pairing], drafts: list[Draft], rules: RulesOn) -> list[Draft]:
    """Pair lines whose code is not supported with what is supported in its place.

    A line of several units of a kind that is not counted can be replaced by several supported
    lines. The pairs with the greatest total nearness are taken; returns what is left over.
    """
    slots = [
        pairing
        for pairing in sorted(free, key=lambda p: (p.line.code, *line_order(p.line)))
        for _ in range(slots_of(pairing, len(drafts), rules))
    ]
    drafts = sorted(drafts, key=draft_order)
    nearness = [[near(pairing, draft, rules) for draft in drafts] for pairing in slots]
    taken = set()
    for row, column in nearest(nearness):
        slots[row].shares.append(Share(drafts[column], drafts[column].units))
        taken.add(column)
    return [draft for i, draft in enumerate(drafts) if i not in taken]


def nearest(nearness: list[list[float]]) -> list[tuple[int, int]]:
    """Return the pairs of row and column with the greatest total nearness, none of them zero."""
    if not any(map(any, nearness)):
        return []
    if len(nearness) == 1:
        row = nearness[0]
        return [(0, row.index(max(row)))]
    table = np.array(nearness, dtype=float)
    pairs = zip(*linear_sum_assignment(table, maximize=True), strict=True)
    return [(int(row), int(column)) for row, column in pairs if table[row, column] > 0]


def slots_of(pairing: Pairing, most: int, rules: RulesOn) -> int:
    """Return how many supported lines may answer this line."""
    kind = rules.kinds.get(pairing.kind or "")
    if kind is None or kind.counted:
        return 1
    return max(1, min(int(pairing.line.units), most))


def near(pairing: Pairing, draft: Draft, rules: RulesOn) -> float:
    """Return how near a supported line is to the code billed: same kind, then shared facets.

    A facet that the kind names later weighs a little more: a primary code stays a primary code.

    Zero means that neither the kind nor a crossing named in the packs joins them.
    """
    if pairing.kind is None or bucket_of(pairing.line, rules) != draft.bucket:
        return 0.0
    if pairing.kind != draft.kind:
        return 20.0 if (pairing.kind, draft.kind) in rules.crossings else 0.0
    billed, supported = rules.codes[pairing.line.code], rules.codes[draft.code]
    facets = [name for name, *_ in rules.kinds[draft.kind].facets]
    same = sum(10.0 + i for i, facet in enumerate(facets) if alike(billed, supported, facet))
    score = 100.0 + same + (1.0 if pairing.line.units == draft.units else 0.0)
    if "band" in billed.facets and "band" in supported.facets:
        score -= abs(billed.facets["band"] - supported.facets["band"])
    return score


def gather(pairings: Sequence[Pairing], drafts: list[Draft], rules: RulesOn) -> list[Draft]:
    """Attach to each replacement the lines and supported lines that belong to the same change.

    Codes of a grouped kind report one service together (a first lesion and its add-ons): when one
    of them is replaced, the others that nothing supports go with it, and supported lines of the
    kinds that replace it come with it. Returns the supported lines that stay on their own.
    """
    anchors: dict[str, Pairing] = {}
    for pairing in pairings:
        if pairing.shares and not pairing.same_code and pairing.kind is not None:
            best = anchors.get(pairing.kind)
            if best is None or weight(pairing.line) > weight(best.line):
                anchors[pairing.kind] = pairing
    for pairing in pairings:
        kind = rules.kinds.get(pairing.kind or "")
        anchor = anchors.get(pairing.kind or "")
        if pairing.shares or kind is None or not kind.grouped or anchor is None:
            continue
        mine, its = rules.codes[pairing.line.code], rules.codes[anchor.line.code]
        if all(alike(mine, its, facet) for facet in kind.within):
            pairing.absorbed = anchor
    alone = []
    for draft in drafts:
        own_first = sorted(anchors, key=lambda kind: (kind != draft.kind, kind))
        anchor = next((anchors[k] for k in own_first if belongs(draft, anchors[k], rules)), None)
        if anchor is None:
            alone.append(draft)
        else:
            anchor.extra.append(draft)
    return alone


def weight(line: Line) -> tuple[Decimal, str]:
    """Return what makes a line the one that a change is told on: its dollars, then its code."""
    return line.allowed or line.charge or ZERO, line.code


def belongs(draft: Draft, anchor: Pairing, rules: RulesOn) -> bool:
    """Return whether *draft* comes with the replacement of *anchor*'s line."""
    replacing = {share.draft.kind for share in anchor.shares}
    if draft.kind in replacing:
        return rules.kinds[draft.kind].grouped
    lesions = frozenset().union(*(share.draft.lesions for share in anchor.shares))
    return (anchor.kind, draft.kind) in rules.crossings and bool(lesions & draft.lesions)
