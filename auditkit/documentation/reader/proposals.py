"""What the reader hands to a person: values with their exact quotes, or null with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: The elements of a procedure that the reader proposes, in the order of a label file.
ELEMENTS = (
    "method",
    "status",
    "lesion_count",
    "site",
    "laterality",
    "lesion_type",
    "lesion_size_cm",
    "margin_cm",
    "defect_or_repair_length_cm",
    "defect_area_sq_cm",
    "mohs_stages",
    "mohs_blocks",
    "anesthesia",
    "drug",
    "dose_mg",
    "suture_layers",
    "pathology_sent",
)


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim piece of the note: `text` is `note[start:end]`, counted in characters."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """One proposed element.

    `value` is None where the note does not say or contradicts itself; `reason` then tells which,
    and `flag` is true for a contradiction, which a person must settle. `confidence` (0 to 1) ranks
    proposals for review; it is not a measured probability.
    """

    value: Any
    quotes: tuple[Quote, ...] = ()
    confidence: float = 0.0
    reason: str = ""
    flag: bool = False


NOT_STATED = Value(None, reason="the note does not say")


@dataclass(frozen=True, slots=True)
class ProposedProcedure:
    """One procedure named in the note; `elements` holds a `Value` for each name looked for."""

    elements: Mapping[str, Value]

    def __getitem__(self, name: str) -> Value:
        """Return the element *name*; one that was not found is null with its reason."""
        return self.elements.get(name, NOT_STATED)

    def as_dict(self) -> dict[str, Any]:
        """Return the bare values by name, in the layout of a label file."""
        return {name: self[name].value for name in ELEMENTS}


@dataclass(frozen=True, slots=True)
class Mention:
    """A procedure named but not proposed: denied, offered, or named without saying it was done."""

    method: str
    status: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything read from one note.

    `procedures` are proposals (performed, planned, historical); `set_aside` lists what was named
    and not proposed; `visit` holds total_time_minutes, time_excluded_minutes,
    prescription_drug_management, signed, signature_date, problems, diagnoses.
    """

    procedures: tuple[ProposedProcedure, ...]
    set_aside: tuple[Mention, ...] = ()
    visit: Mapping[str, Value] = field(default_factory=dict)

    def flags(self) -> tuple[tuple[str, Value], ...]:
        """Return every contradiction found, with the path of its element."""
        return tuple(
            (f"procedures[{i}].{name}", value)
            for i, procedure in enumerate(self.procedures)
            for name, value in procedure.elements.items()
            if value.flag
        )

    def values(self) -> tuple[tuple[str, Value], ...]:
        """Return every value proposed, nulls left out, with the path of its element."""
        inside = [
            (f"procedures[{i}].{name}", value)
            for i, procedure in enumerate(self.procedures)
            for name, value in procedure.elements.items()
        ]
        return tuple(
            (path, value)
            for path, value in [*inside, *self.visit.items()]
            if value.value is not None
        )
