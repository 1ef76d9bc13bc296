"""The kinds of CMS file that the store reads, in the order in which they are tried."""

from collections.abc import Sequence
from typing import Protocol

from auditkit.reference import (
    addon,
    coverage,
    coverage_list,
    gpci,
    hcpcs,
    icd10,
    icd10_tabular,
    mue,
    nppes,
    pfs,
    ptp,
    taxonomy,
    utilisation,
)
from auditkit.reference.edition import Draft
from auditkit.reference.request import Request
from auditkit.reference.source import Source


class Kind(Protocol):
    """One kind of CMS file: how to recognise it, and how to read it."""

    KIND: str
    EXPECTED: str

    def recognises(self, source: Source) -> bool:
        """Return whether *source* is of this kind, by its content."""
        ...

    def read(self, found: Sequence[Source], request: Request) -> list[Draft]:
        """Return the editions that the files of this kind make."""
        ...


KINDS: tuple[Kind, ...] = (
    ptp,
    mue,
    addon,
    pfs,
    gpci,
    hcpcs,
    icd10,
    icd10_tabular,
    coverage,
    coverage_list,
    nppes,
    taxonomy,
    utilisation,
)

#: Kinds whose every release restates the whole history: only the newest adds anything.
CUMULATIVE = frozenset({"ptp", "addon"})
#: Kinds that come along in the archives of another, every quarter again: an older one is no fault.
COMPANIONS = frozenset({"gpci"})


def kind_of(source: Source) -> Kind | None:
    """Return the kind of *source*, or None when it is none of ours."""
    return next((kind for kind in KINDS if kind.recognises(source)), None)
