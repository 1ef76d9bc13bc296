"""One review in one audit's folder: every act checked, then written to the log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import pandas as pd

from auditkit.errors import InputError, Problem, StageError
from auditkit.review import events as e
from auditkit.review.double_read import double_read
from auditkit.review.log import Clock, Log, Record, append, now, read_log, verify_log
from auditkit.review.permissions import permit
from auditkit.review.stages import Work, outstanding
from auditkit.review.state import State, apply, fold, until

LINES = "lines.csv"
RESULTS = "engine_results.csv"
CROSSWALK = "private/crosswalk.csv"


@dataclass(frozen=True)
class Review:
    """The review of the audit in `folder`; open it once with :meth:`open`.

    `clock` gives the time of what is recorded; tests replace it.
    """

    folder: Path
    clock: Clock = now

    def open(
        self, audit: str, by: str, seed: str, double_read_share: float = 0.1
    ) -> tuple[Record, ...]:
        """Open the review; *by* becomes its manager.

        Raises:
            StageError: It is open already.
            InputError: The share is not from 0 to 1, or a name or the seed is empty.
        """
        opened = e.entry(e.Opened, audit=audit, seed=seed, double_read_share=double_read_share)
        return self.record([opened], by, "manager")

    def record(self, events: Iterable[e.AnyEvent], by: str, role: str) -> tuple[Record, ...]:
        """Write *events* to the log, all or none, each checked against what came before.

        Raises:
            StageError: One of them is not allowed; nothing was written.
            InputError: A remark names a patient of the audit; nothing was written.
            LogError: The log is damaged, busy or cannot be written; nothing was written.
        """
        events = list(events)
        self._refuse_patients(events)

        def check(log: Log, added: Sequence[Record]) -> None:
            state = fold(log.records)
            work = self.work(state)
            for record in added:
                if isinstance(record.event, e.Opened):
                    work = self._work_of(record.event.seed, record.event.double_read_share)
                permit(state, work, record)
                apply(state, record)

        return append(self.folder, events, by, role, check=check, clock=self.clock)

    @property
    def log(self) -> Log:
        """The log as it is now."""
        return read_log(self.folder)

    @property
    def state(self) -> State:
        """The state as it is now."""
        return fold(self.log.records)

    def state_on(self, when: date | datetime) -> State:
        """Return the state as it was on a past day or at a past moment (UTC)."""
        return fold(until(self.log.records, when))

    def verify(self) -> tuple[Problem, ...]:
        """Return everything wrong with the log."""
        return verify_log(self.folder)

    def outstanding(self, stage: str) -> tuple[str, ...]:
        """Return in words what stands in the way of signing *stage*."""
        state = self.state
        return outstanding(state, self.work(state), stage)

    def work(self, state: State | None = None) -> Work:
        """Return what the review has to do; the double reads follow from how it was opened."""
        state = self.state if state is None else state
        return self._work_of(state.seed, state.double_read_share)

    def _work_of(self, seed: str, share: float) -> Work:
        slots, providers = self._slots()
        twice = double_read(slots, seed, share) if seed else ()
        return Work(slots, providers, frozenset(twice))

    def _slots(self) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
        path = self.folder / LINES
        if not path.is_file():
            raise StageError(
                f"{path} is not there, so there is nothing to review yet. Draw the sample and "
                "collect the charts first."
            )
        results = self.folder / RESULTS
        lines = pd.read_csv(path, dtype="str")
        return slots_of(lines, pd.read_csv(results, dtype="str") if results.is_file() else None)

    @cached_property
    def _patients(self) -> frozenset[str]:
        keys: set[str] = set()
        for name in (LINES, CROSSWALK):
            path = self.folder / name
            lines = pd.read_csv(path, dtype="str") if path.is_file() else pd.DataFrame()
            keys |= set(lines["patient_key"].dropna()) if "patient_key" in lines else set()
        return frozenset(str(key).casefold() for key in keys if len(str(key)) > 2)

    def _refuse_patients(self, events: Sequence[e.AnyEvent]) -> None:
        for place, event in enumerate(events, start=1):
            for name in ("remark", "reason"):
                text = str(getattr(event, name, "") or "").casefold()
                words = "".join(c if c.isalnum() or c in "-_." else " " for c in text).split()
                if not self._patients.isdisjoint(word.strip(".-_") for word in words):
                    raise InputError(
                        f"The {name} of entry {place} ({event.kind}) names a patient key of this "
                        "audit. The log keeps no patient values; nothing was written."
                    )


def slots_of(
    lines: pd.DataFrame, line_results: pd.DataFrame | None
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Return the lines to judge of each encounter, and each encounter's provider.

    Args:
        lines: Billed lines with encounter_id, provider_id and line, and encounter_line where an
            encounter can lie on several claims.
        line_results: The comparison, for supported lines that were not billed.
    """
    slots: dict[str, list[str]] = {}
    providers: dict[str, str] = {}
    for encounter, provider in zip(lines["encounter_id"], lines["provider_id"], strict=True):
        providers.setdefault(encounter, provider)
        slots.setdefault(encounter, [])
    number = lines["encounter_line"] if "encounter_line" in lines else lines["line"]
    named = lines.assign(line=number, agreed_code="") if line_results is None else line_results
    known = [x for x in ("encounter_id", "line", "agreed_code", "nth") if x in named]
    for row in named[known].to_dict("records"):
        if row["encounter_id"] in slots:
            slots[row["encounter_id"]].append(e.slot_of(row))
    return {key: tuple(dict.fromkeys(found)) for key, found in slots.items()}, providers
