"""The working state of one encounter while its supported lines are derived."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from auditkit.coding.editions import Editions
from auditkit.coding.pack import RulesOn
from auditkit.coding.sites import NOWHERE, Site, joint, read_site
from auditkit.documentation.elements import (
    Behavior,
    DocumentedEncounter,
    Lesion,
    Procedure,
)
from auditkit.model import Encounter, Reason, Verdict
from auditkit.pricing import Fees

ONE = Decimal(1)
#: Stands for every kind of line, where what is open could bear on any of them.
ANY = "*"


@dataclass(slots=True)
class Draft:
    """A line that the record supports, before it is compared.

    `lesions` names what the line is for (lesion ids, or a name of its own for a procedure without
    one). `required` maps each modifier that the line must carry to the rule that asks for it.
    `accepts` are modifiers that may stand without being asked for. `optional` lines are supported
    when billed but not missed when they are not. `short_of` is the rule whose element the record
    lacks, so that only the least code is supported; `denied` the rule by which the payer does not
    cover what was done.
    """

    code: str
    kind: str
    units: Decimal = ONE
    lesions: frozenset[str] = frozenset()
    site: Site = NOWHERE
    reasons: list[Reason] = field(default_factory=list)
    required: dict[str, str] = field(default_factory=dict)
    diagnosis: str | None = None
    optional: bool = False
    bucket: str = ""
    short_of: str | None = None
    accepts: tuple[str, ...] = ()
    denied: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Return what billed lines are pooled by: the code, and the bucket of its modifier."""
        return self.code, self.bucket


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something documented supports no line of its own.

    It answers for billed codes among `codes`, or of the kinds `kinds` when `codes` is empty.
    """

    rule_id: str
    why: str
    kinds: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    bucket: str | None = None
    verdict: Verdict = Verdict.NOT_SUPPORTED
    lesions: frozenset[str] = frozenset()

    def answers(self, code: str, kind: str | None, bucket: str) -> bool:
        """Return whether this refusal explains a billed line."""
        if self.bucket is not None and bucket != self.bucket:
            return False
        return code in self.codes if self.codes else kind in self.kinds


@dataclass(frozen=True, slots=True)
class Open:
    """Something that the auditor must settle before lines of these kinds can be judged."""

    kinds: tuple[str, ...]
    why: str
    rule_id: str = ""
    readings: tuple[str, ...] = ()


class Chart:
    """One encounter's record with the rules in force on its date of service.

    The family modules read it, and append to `drafts`, `refusals` and `open`.
    """

    __slots__ = (
        "documented",
        "dos",
        "drafts",
        "editions",
        "encounter",
        "fees",
        "lesions",
        "medicare",
        "open",
        "problems",
        "procedures",
        "refusals",
        "rules",
    )

    def __init__(
        self,
        encounter: Encounter,
        documented: DocumentedEncounter,
        rules: RulesOn,
        fees: Fees,
        editions: Editions | None = None,
    ) -> None:
        self.encounter = encounter
        self.documented = documented
        self.rules = rules
        self.fees = fees
        self.editions = editions
        self.dos = encounter.dos
        self.medicare = is_medicare(encounter.payer, tuple(rules.value("payer.medicare")))
        self.drafts: list[Draft] = []
        self.refusals: list[Refusal] = []
        self.open: list[Open] = []
        self.problems: list[str] = []
        self.lesions: dict[str, Lesion] = {x.lesion_id: x for x in documented.lesions}
        self.procedures: tuple[Procedure, ...] = documented.procedures

    def of_type(self, *types: str) -> list[Procedure]:
        """Return the procedures of these types, in the order given."""
        if not self.procedures:
            return []
        return [p for p in self.procedures if p.type in types]

    def lesion_of(self, procedure: Procedure) -> Lesion | None:
        """Return the one lesion that *procedure* treats, or None if it names none or several."""
        ids = procedure.lesion_ids
        return self.lesions.get(ids[0]) if len(ids) == 1 else None

    def lesion_set(self, procedure: Procedure) -> frozenset[str]:
        """Return the lesions of *procedure*; one that names none stands for itself."""
        return frozenset(procedure.lesion_ids) or frozenset({f"({procedure.procedure_id})"})

    def procedures_of(self, draft: Draft) -> list[Procedure]:
        """Return the procedures on the lesions of a supported line."""
        return [p for p in self.procedures if draft.lesions & self.lesion_set(p)]

    def site_of(self, procedure: Procedure) -> Site:
        """Return where *procedure* was done: its own site, else that of its lesions."""
        if procedure.site:
            return read_site(procedure.site)
        ids = procedure.lesion_ids
        return joint(read_site(self.lesions[i].site) for i in ids if i in self.lesions)

    def site_of_all(self, procedures: Sequence[Procedure]) -> Site:
        """Return where several procedures were done; they have a side only where it is one."""
        return joint(map(self.site_of, procedures))

    def support(self, draft: Draft) -> Draft:
        """Add a supported line and return it."""
        self.drafts.append(draft)
        return draft

    def refuse(self, rule_id: str, why: str, **names: object) -> None:
        """Record why something documented supports no line of its own (see `Refusal`)."""
        self.refusals.append(Refusal(rule_id, why, **names))  # type: ignore[arg-type]

    def leave_open(self, kinds: Iterable[str], why: str, rule_id: str = "") -> None:
        """Leave lines of *kinds* to the auditor, for the reason *why*."""
        readings = self.rules.rule(rule_id).readings if rule_id else ()
        self.open.append(Open(tuple(kinds), why, rule_id, readings))


@lru_cache(maxsize=4096)
def is_medicare(payer: str, words: tuple[str, ...]) -> bool:
    """Return whether *payer* pays by Medicare's rules: its name holds one of *words*."""
    name = payer.lower()
    return any(word in name for word in words)


def behavior_of(lesion: Lesion, rules: RulesOn) -> Behavior | None:
    """Return how the lesion behaves: pathology first, then the clinical impression, then its name.

    None when nothing of this is abstracted or understood.
    """
    if lesion.path_behavior is not None:
        return lesion.path_behavior
    for text in (lesion.path_dx,):
        if text and (found := read_behavior(text, rules)):
            return found
    if lesion.clinical_behavior is not None:
        return lesion.clinical_behavior
    return read_behavior(lesion.clinical_dx, rules) if lesion.clinical_dx else None


def read_behavior(text: str, rules: RulesOn) -> Behavior | None:
    """Return the behaviour that a diagnosis in words names, or None if no word is known."""
    low = text.lower()
    for behavior, words in rules.value("lesion.behavior_words").items():
        if any(word in low for word in words):
            return Behavior(behavior)
    return None


def is_tag(chart: Chart, procedure: Procedure) -> bool:
    """Return whether all that *procedure* treated are skin tags, which have codes of their own."""
    words = chart.rules.values.get("lesion.tag_words", ())
    lesions = [chart.lesions[i] for i in procedure.lesion_ids if i in chart.lesions]
    names = [(lesion.clinical_dx or "").lower() for lesion in lesions]
    return bool(names) and all(any(word in name for word in words) for name in names)
