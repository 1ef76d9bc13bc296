"""Rules, values and code facts as they stand on a date of service."""

import importlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar, cast

from auditkit.errors import RuleError
from auditkit.model import Citation, ErrorCategory, Reason, Severity, Verdict

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` to `end`, both included; no end while the period is open."""

    start: date
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Return whether *day* lies in the period."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it asks of the record, where it is written, and since when.

    `family` is the name under which findings are counted; `also` lists further names under which
    other rule engines count the same error. `readings` is filled where authorities differ: then
    the rule can only prompt. `verdict` is given by rules whose verdict does not
    depend on the dollars.
    """

    id: str
    family: str
    title: str
    asks: str
    would_support: str
    category: ErrorCategory
    severity: Severity
    citations: tuple[Citation, ...]
    periods: tuple[Period, ...]
    pack: str
    also: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    verdict: Verdict | None = None
    overlay: str = ""

    def version(self, day: date) -> date | None:
        """Return the first day of the version in force on *day*, or None if none is."""
        started = [p.start for p in self.periods if p.holds(day)]
        return max(started, default=None)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of code, and which rule speaks when codes or units of the kind differ.

    `facets` orders the differences that may set two codes of the kind apart, each with the rule
    that then speaks, and the rule that speaks instead when the record holds what was billed for
    another line of the kind (the right parts, put together wrongly). A `grouped` kind reports one
    service by several codes together (a first lesion and its add-ons), so that its lines are
    replaced as a group (those alike in the facets `within`, where it names any). Units of a
    `counted` kind add up on one line. `inside` names, for a facet that is counted within another,
    that other one: a band of lengths belongs to its class of repair.
    """

    name: str
    label: str
    unsupported: str
    units: str
    facets: tuple[tuple[str, str, str], ...] = ()
    grouped: bool = False
    counted: bool = False
    within: tuple[str, ...] = ()
    inside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """What a pack knows of one code: its kind and the facets that set it apart in the kind."""

    code: str
    kind: str
    facets: Mapping[str, Any]


#: A facet of a code that stands for every value: the code is alike in it to all of its kind.
ANY_VALUE = "any"


def alike(one: CodeInfo, other: CodeInfo, facet: str) -> bool:
    """Return whether two codes of a kind are alike in *facet*."""
    mine, its = one.facets.get(facet), other.facets.get(facet)
    return mine == its or ANY_VALUE in (mine, its)


@dataclass(frozen=True, slots=True)
class Value:
    """A table or threshold of a pack, in force for a period."""

    name: str
    period: Period
    data: Any
    source: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """One family pack as read from its file; a pack of words or values alone has no module."""

    name: str
    title: str
    module: str
    rules: tuple[Rule, ...]
    values: tuple[Value, ...]
    kinds: tuple[Kind, ...]
    crossings: Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class PayerRule:
    """A rule that an overlay adds: what it asks of lines of certain codes."""

    rule: Rule
    codes: tuple[str, ...]
    needs_modifier: str = ""
    bars_modifier: str = ""
    most_units: Decimal | None = None
    needs_diagnosis: tuple[str, ...] = ()
    not_covered: bool = False


@dataclass(frozen=True, slots=True)
class Overlay:
    """A payer's own rules: switched off, replaced or added, with a reason and an owner."""

    name: str
    owner: str
    reason: str
    payers: tuple[str, ...]
    period: Period
    off: frozenset[str] = frozenset()
    replaced: tuple[Rule, ...] = ()
    added: tuple[PayerRule, ...] = ()
    values: tuple[Value, ...] = ()

    def applies(self, day: date, payer: str) -> bool:
        """Return whether the overlay speaks for *payer* on *day*."""
        name = payer.lower()
        return self.period.holds(day) and any(word in name for word in self.payers)


class RulesOn:
    """The rules, values and codes in force on a date of service.

    Args:
        packs: the family packs, in the order in which they are applied.
        day: any day of the span in which nothing changes.
        overlays: what a payer changes, in the order in which it is applied.

    A pack's module may hold `codes(rules)` (what it knows of codes), `derive(chart)` (what the
    record supports) and `check(entries, chart)` (what is to be said of billed lines).
    """

    def __init__(self, packs: Iterable[Pack], day: date, overlays: Iterable[Overlay] = ()) -> None:
        self.packs = tuple(packs)
        self.day = day
        self.overlays = tuple(overlays)
        self.off: dict[str, Overlay] = {}
        self.added: list[PayerRule] = []
        self.values: dict[str, Any] = {}
        self.rules: dict[str, Rule] = {}
        self.kinds: dict[str, Kind] = {}
        self.crossings: dict[tuple[str, str], str] = {}
        self.codes: dict[str, CodeInfo] = {}
        self._versions: dict[str, date] = {}
        self._made: dict[Any, Any] = {}
        for pack in self.packs:
            for value in pack.values:
                if value.period.holds(day):
                    self.values[value.name] = value.data
            for rule in pack.rules:
                version = rule.version(day)
                if version is not None:
                    self.rules[rule.id] = rule
                    self._versions[rule.id] = version
            self.kinds.update({kind.name: kind for kind in pack.kinds})
            self.crossings.update(pack.crossings)
        for overlay in self.overlays:
            self._lay(overlay)
        modules = [importlib.import_module(p.module) for p in self.packs if p.module]
        for module in modules:
            for info in module.codes(self) if hasattr(module, "codes") else ():
                self.codes[info.code] = info
        self.steps = tuple(m.derive for m in modules if hasattr(m, "derive"))
        self.checks = tuple(m.check for m in modules if hasattr(m, "check"))

    def _lay(self, overlay: Overlay) -> None:
        """Apply what *overlay* switches off, replaces and adds."""
        self.off.update(dict.fromkeys(overlay.off, overlay))
        for value in overlay.values:
            if value.period.holds(self.day):
                self.values[value.name] = value.data
        for rule in (*overlay.replaced, *(each.rule for each in overlay.added)):
            self.rules[rule.id] = rule
            self._versions[rule.id] = rule.version(self.day) or overlay.period.start
        self.added += overlay.added

    def value(self, name: str) -> Any:
        """Return the value called *name*.

        Raises:
            RuleError: if no pack holds it on this date; `has` asks first.
        """
        try:
            return self.values[name]
        except KeyError:
            raise RuleError(f"No pack in use holds '{name}' on this date of service.") from None

    def has(self, name: str) -> bool:
        """Return whether the value called *name* is in force."""
        return name in self.values

    def once(self, make: Callable[["RulesOn"], T]) -> T:
        """Return what *make* derives from these rules, made once and kept."""
        found = self._made.get(make)
        if found is None:
            found = self._made[make] = make(self)
        return cast(T, found)

    def rule(self, rule_id: str) -> Rule:
        """Return the rule *rule_id*.

        Raises:
            RuleError: if no pack in use holds it, or it is not in force on this date.
        """
        try:
            return self.rules[rule_id]
        except KeyError:
            raise RuleError(
                f"Rule '{rule_id}' is not in force on this date of service in the packs in use: "
                f"{', '.join(pack.name for pack in self.packs)}."
            ) from None

    def in_force(self, rule_id: str) -> bool:
        """Return whether *rule_id* is in force."""
        return rule_id in self.rules

    def version(self, rule_id: str) -> date:
        """Return the first day of the version of *rule_id* in force."""
        self.rule(rule_id)
        return self._versions[rule_id]

    def reason(self, rule_id: str, text: str, *elements: str) -> Reason:
        """Return a reason that cites *rule_id* as in force."""
        rule = self.rule(rule_id)
        return Reason(rule_id, self._versions[rule_id], text, elements, rule.citations[0])

    def kind_of(self, code: str) -> str | None:
        """Return the kind of *code*, or None if no pack in use knows the code."""
        info = self.codes.get(code)
        return None if info is None else info.kind


@dataclass(frozen=True)
class Rules:
    """The packs chosen for an audit; `on` gives what is in force on a date of service."""

    specialty: str
    packs: tuple[Pack, ...]
    overlays: tuple[Overlay, ...] = ()
    _changes: tuple[date, ...] = field(init=False, repr=False)
    _spans: dict[tuple[int, tuple[str, ...]], RulesOn] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        periods = [period for pack in self.packs for period in _periods(pack)]
        for overlay in self.overlays:
            periods += [overlay.period, *(value.period for value in overlay.values)]
        days = {period.start for period in periods}
        days |= {p.end + timedelta(days=1) for p in periods if p.end is not None}
        object.__setattr__(self, "_changes", tuple(sorted(days)))

    def on(self, day: date, payer: str = "") -> RulesOn:
        """Return what is in force on *day* for *payer*; days between changes share one answer."""
        laid = tuple(each for each in self.overlays if each.applies(day, payer))
        span = bisect_right(self._changes, day), tuple(each.name for each in laid)
        found = self._spans.get(span)
        if found is None:
            found = self._spans[span] = RulesOn(self.packs, day, laid)
        return found

    def rule_ids(self) -> list[str]:
        """Return the id of every rule of the packs, in their order."""
        return [rule.id for pack in self.packs for rule in pack.rules]

    def families(self) -> set[str]:
        """Return every family name under which the packs can count a finding."""
        return {name for p in self.packs for r in p.rules for name in (r.family, *r.also)}


def _periods(pack: Pack) -> Iterator[Period]:
    yield from (value.period for value in pack.values)
    yield from (period for rule in pack.rules for period in rule.periods)
