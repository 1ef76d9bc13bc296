"""What people do in a review, as typed events: the only things that the review log can hold.

An event names encounters, lines, codes and people's accounts. It never holds a patient's value:
documented elements are named by their hash, and remarks are screened for what looks like a date,
a telephone number, an address or a long number.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

import pandas as pd
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from auditkit.codes import Modifier, Procedure
from auditkit.errors import InputError, Problem
from auditkit.model import Direction, ErrorCategory, Verdict
from auditkit.review.remarks import STORED, Reason, Remark

Role = Literal["manager", "preparer", "reader", "reviewer", "provider"]
ROLES: tuple[Role, ...] = ("manager", "preparer", "reader", "reviewer", "provider")


def _code(text: str) -> str:
    return str(Procedure(text))


def _modifier(text: str) -> str:
    return str(Modifier(text))


Account = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Outcome = Literal["accepted", "corrected", "rejected"]
Place = Annotated[str, Field(pattern=r"^[a-z_]+(\[\d{1,3}\])?(\.[a-z_]+){1,3}$", max_length=80)]


class Event(BaseModel):
    """One act. Subclasses fix `kind` and what the act says."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CodedLine(Event):
    """A code with its modifiers and units, as a reader coded it."""

    code: Annotated[str, AfterValidator(_code)]
    modifiers: tuple[Annotated[str, AfterValidator(_modifier)], ...] = ()
    units: Annotated[float, Field(gt=0, le=9999)] = 1


class Opened(Event):
    """The review of an audit began; the first line of every log.

    The share of encounters to be read twice is fixed here, before anything is read; `seed` is
    the seed of the plan, from which the share is drawn.
    """

    kind: Literal["opened"] = "opened"
    audit: Annotated[str, Field(min_length=1, max_length=120)]
    seed: Annotated[str, Field(min_length=1, max_length=200)]
    double_read_share: Annotated[float, Field(ge=0, le=1)] = 0.1


class Appointed(Event):
    """A person was given a role."""

    kind: Literal["appointed"] = "appointed"
    person: Account
    in_role: Role


class Assigned(Event):
    """A chart was given to a reader; `read` is 2 for the double-read share."""

    kind: Literal["assigned"] = "assigned"
    encounter_id: Id
    reader: Account
    read: Literal[1, 2] = 1


class ChartRequested(Event):
    """The record of an encounter was asked for, to be there by `due`."""

    kind: Literal["chart_requested"] = "chart_requested"
    encounter_id: Id
    due: date


class ChartReceived(Event):
    """The record of an encounter arrived."""

    kind: Literal["chart_received"] = "chart_received"
    encounter_id: Id


class ChartMissing(Event):
    """The record of an encounter was declared missing; it counts as the policy says."""

    kind: Literal["chart_missing"] = "chart_missing"
    encounter_id: Id
    policy: Literal["error_in_full"] = "error_in_full"


class Abstracted(Event):
    """The documented elements of an encounter were saved; the hash names the version."""

    kind: Literal["abstracted"] = "abstracted"
    encounter_id: Id
    elements_sha256: Sha256
    seen: Annotated[int, Field(ge=0)] = 0


class BlindCode(Event):
    """What a reader coded from the record before any billed code was shown; `seen` as below."""

    kind: Literal["blind_code"] = "blind_code"
    encounter_id: Id
    lines: tuple[CodedLine, ...]
    seen: Annotated[int, Field(ge=0)] = 0


class ProposalsJudged(Event):
    """What became of elements that the note reader or a model proposed for a chart.

    Places such as `procedures[0].lesions_treated`, never values. `source` is `note_reader`, or a
    model's name and version.
    """

    kind: Literal["proposals_judged"] = "proposals_judged"
    encounter_id: Id
    source: Id
    accepted: tuple[Place, ...] = ()
    corrected: tuple[Place, ...] = ()
    rejected: tuple[Place, ...] = ()


class TextApproved(Event):
    """A person read a de-identified text and approved it for handing to a model, by its hash."""

    kind: Literal["text_approved"] = "text_approved"
    encounter_id: Id
    text_sha256: Sha256
    rules_sha256: Sha256


class ComparisonShown(Event):
    """A reader was given the billed lines of encounters that they had coded blind."""

    kind: Literal["comparison_shown"] = "comparison_shown"
    reader: Account
    encounters: Annotated[tuple[Id, ...], Field(min_length=1)]


class _Judgement(Event):
    """What a person says of one line.

    `line` is None for a supported line that was not billed; `agreed` then names it, and `nth`
    tells which it is of several such lines of one code. `agreed`
    holds more than one line where one billed line should have been several. `seen` is the number
    of the last log line that the person could know of; a judgement made without knowing of
    another one on the same line becomes a conflict.
    """

    encounter_id: Id
    line: Annotated[int, Field(ge=1)] | None
    verdict: Verdict
    direction: Direction
    category: ErrorCategory | None = None
    agreed: tuple[CodedLine, ...] = ()
    family: str = ""
    rule_id: str = ""
    with_engine: bool | None = None
    remark: Remark = ""
    seen: Annotated[int, Field(ge=0)] = 0
    nth: Annotated[int, Field(ge=1)] = 1

    @property
    def slot(self) -> str:
        """The line that is judged: its number, or a plus sign and the code not billed."""
        return slot(self.line, " + ".join(line.code for line in self.agreed), self.nth)

    @property
    def said(self) -> tuple[object, ...]:
        """What counts as the same judgement: verdict, direction, category and agreed line."""
        return (self.verdict, self.direction, self.category, self.agreed)

    @model_validator(mode="after")
    def _whole(self) -> "_Judgement":
        if self.line is None and not self.agreed:
            raise ValueError("a line that was not billed needs the agreed code")
        wrong = self.verdict is not Verdict.SUPPORTED
        if wrong and self.category is None and self.direction is not Direction.NONE:
            raise ValueError("an error that moves dollars needs its category")
        if not wrong and self.direction is not Direction.NONE:
            raise ValueError("a supported line has no direction")
        return self


class Determination(_Judgement):
    """The first reader's judgement of a line."""

    kind: Literal["determination"] = "determination"


class SecondRead(_Judgement):
    """The second reader's judgement of a line, made without seeing the first."""

    kind: Literal["second_read"] = "second_read"


class DisagreementResolved(_Judgement):
    """The judgement that ends a disagreement or a conflict about a line."""

    kind: Literal["disagreement_resolved"] = "disagreement_resolved"


class ProviderAgrees(Event):
    """The provider accepts the judgement of a line."""

    kind: Literal["provider_agrees"] = "provider_agrees"
    encounter_id: Id
    slot: str
    provider_id: Id


class ProviderDisputes(Event):
    """The provider disputes the judgement of a line."""

    kind: Literal["provider_disputes"] = "provider_disputes"
    encounter_id: Id
    slot: str
    provider_id: Id
    reason: Reason
    attachment_sha256: Sha256 | None = None


class ManagerDecision(_Judgement):
    """The decision on a dispute: upheld, or overturned with the judgement that stands now."""

    kind: Literal["manager_decision"] = "manager_decision"
    outcome: Literal["upheld", "overturned"]
    reason: Reason


class SignOff(Event):
    """A person signed a stage of the review."""

    kind: Literal["sign_off"] = "sign_off"
    stage: str


class Override(Event):
    """A rule of the review was set aside, for a reason that reports print.

    `scope` is a stage, an encounter, or `projection` for `project_unsigned`.
    """

    kind: Literal["override"] = "override"
    rule: Literal["same_person", "incomplete", "before_due", "project_unsigned"]
    scope: Id
    reason: Reason


class ActionOpened(Event):
    """A corrective action was agreed: what is wrong, what is done, by whom, until when."""

    kind: Literal["action_opened"] = "action_opened"
    action_id: Id
    issue: Reason
    action: Reason
    owner: Account
    due: date
    rule_id: str = ""


class ActionExtended(Event):
    """A corrective action got a new due day, for a reason."""

    kind: Literal["action_extended"] = "action_extended"
    action_id: Id
    due: date
    reason: Reason


class ActionClosed(Event):
    """A corrective action was closed; the hash names the document that shows it was done."""

    kind: Literal["action_closed"] = "action_closed"
    action_id: Id
    evidence_sha256: Sha256
    remark: Remark = ""


class TornLine(Event):
    """A line that an interrupted writer left unfinished was set aside."""

    kind: Literal["torn_line"] = "torn_line"
    bytes_set_aside: Annotated[int, Field(ge=1)]
    sha256: Sha256


AnyEvent = Annotated[
    Opened
    | Appointed
    | Assigned
    | ChartRequested
    | ChartReceived
    | ChartMissing
    | Abstracted
    | BlindCode
    | ProposalsJudged
    | TextApproved
    | ComparisonShown
    | Determination
    | SecondRead
    | DisagreementResolved
    | ProviderAgrees
    | ProviderDisputes
    | ManagerDecision
    | SignOff
    | Override
    | ActionOpened
    | ActionExtended
    | ActionClosed
    | TornLine,
    Field(discriminator="kind"),
]

Judgement = Determination | SecondRead | DisagreementResolved | ManagerDecision

_AnEvent = TypeVar("_AnEvent", bound=Event)

_ADAPTER: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def parse(value: object) -> AnyEvent:
    """Return *value*, the JSON object of an event, as an event.

    Raises:
        pydantic.ValidationError: It is no event of a known kind.
    """
    return _ADAPTER.validate_python(value, context={STORED: True})


def entry(kind: type[_AnEvent], **said: Any) -> _AnEvent:
    """Return an event of *kind*, as a person entered it.

    Raises:
        InputError: What cannot be written, by field, without what was entered.
    """
    try:
        return kind(**said)
    except ValidationError as error:
        problems = [
            Problem(
                kind.__name__,
                None,
                ".".join(str(part) for part in each["loc"]) or "entry",
                each["msg"].removeprefix("Value error, "),
                str(each.get("ctx", {}).get("expected") or "see --help"),
            )
            for each in error.errors(include_input=False, include_url=False)
        ]
        raise InputError("This cannot be written to the log; nothing was.", problems) from error


def slot(line: int | None, code: str | None, nth: int = 1) -> str:
    """Return the name of a compared line.

    `2` is billed line 2, `+11102` a line that was not billed, `+11102#2` the second one of that
    code in the encounter.
    """
    if line is not None:
        return str(line)
    return f"+{code}" if nth == 1 else f"+{code}#{nth}"


def slot_of(row: Mapping[Any, Any]) -> str:
    """Return the name of a row of line results, see :func:`slot`."""
    line = row["line"]
    return slot(None if pd.isna(line) else int(float(line)), str(row["agreed_code"]), nth_of(row))


def nth_of(row: Mapping[Any, Any]) -> int:
    """Return which a row of line results is of several unbilled lines of one code."""
    nth = row.get("nth")
    return 1 if nth is None or pd.isna(nth) else int(float(nth))
