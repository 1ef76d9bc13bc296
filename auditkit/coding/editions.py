"""What the engine asks of reference editions; a store of editions or the bundled tables answer."""

from datetime import date
from functools import cache
from typing import Protocol


class Ptp(Protocol):
    """A procedure-to-procedure edit in force: column 2 is included in column 1."""

    @property
    def column1(self) -> str:
        """The code that includes the other."""

    @property
    def column2(self) -> str:
        """The code that is included."""

    @property
    def modifier_indicator(self) -> str:
        """ "0" never, "1" with a modifier."""

    @property
    def edition(self) -> str:
        """The edition that answered."""


class UnitLimit(Protocol):
    """A medically unlikely edit: `mai` "1" per line, "2" per day absolute, "3" per day clinical."""

    @property
    def value(self) -> int:
        """The most units."""

    @property
    def mai(self) -> str:
        """The adjudication indicator."""

    @property
    def edition(self) -> str:
        """The edition that answered."""


class AddOn(Protocol):
    """An add-on code: type "1" closed list of primaries, "2" contractor's, "3" open list."""

    @property
    def type(self) -> str:
        """The type of the edit."""

    @property
    def primaries(self) -> tuple[str, ...]:
        """The primary codes listed."""

    @property
    def edition(self) -> str:
        """The edition that answered."""


class Diagnosis(Protocol):
    """A diagnosis code on a date; a header is in the book and never on a claim."""

    @property
    def billable(self) -> bool:
        """Whether a claim may carry the code."""

    @property
    def edition(self) -> str:
        """The edition that answered."""


class Edition(Protocol):
    """An edition of the store; `id` names it."""

    @property
    def id(self) -> str:
        """The name of the edition."""


class Editions(Protocol):
    """Look-ups of claims edits by date of service, as `auditkit.reference.Editions` answers them.

    Each raises EditionError where no edition covers the date; `covers` asks first.
    """

    def covers(self, kind: str, dos: date) -> bool:
        """Return whether an edition of *kind* ("ptp", "mue", "addon", "icd10") covers *dos*."""

    def edition(self, kind: str, dos: date) -> Edition:
        """Return the edition of *kind* that answers for *dos*."""

    def ptp(self, code: str, other: str, dos: date) -> Ptp | None:
        """Return the edit in force between two codes, in whichever order it stands, or None."""

    def mue(self, code: str, dos: date) -> UnitLimit | None:
        """Return the published unit limit of *code*, or None if none is published."""

    def addon(self, code: str, dos: date) -> AddOn | None:
        """Return the primaries of the add-on *code*, or None if it is none."""

    def icd10(self, code: str, dos: date) -> Diagnosis | None:
        """Return the diagnosis code as it stands on *dos*, or None if it is not valid."""


class Remembered:
    """Editions whose answers are kept for the length of a run; claims repeat the same questions."""

    def __init__(self, editions: Editions) -> None:
        self._editions = editions
        self.covers = cache(editions.covers)
        self.edition = cache(editions.edition)
        self.ptp = cache(editions.ptp)
        self.mue = cache(editions.mue)
        self.addon = cache(editions.addon)
        self.icd10 = cache(editions.icd10)
