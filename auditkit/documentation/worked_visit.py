"""The visit of a worked encounter: its problems, data, who was there and by which means."""

import re
from collections.abc import Mapping
from typing import Any

from auditkit.documentation.natural import DENIALS, UNREAD, words_of
from auditkit.documentation.worked_fields import FieldReader
from auditkit.documentation.worked_words import bare

#: Place of service of a visit by video or telephone to a patient at home (MCPM ch. 26, 10.5).
AT_HOME = "10"


class VisitReader(FieldReader):
    """Reads the visit; what other sections say of it is added once all are read."""

    def __init__(self) -> None:
        super().__init__()
        self.of_visit: dict[str, Any] = {}

    def _read_em(self, raw: Any, out: dict[str, Any]) -> None:
        if raw is None or raw is False:
            out["em"] = None
            return
        em = self.fields("em", raw)
        unrelated = em.pop("unrelated_to_prior_procedure", None)
        if isinstance(unrelated, bool):
            em.setdefault("related_to_prior_procedure", not unrelated)
        self._seen_by(em)
        self._shared_by_minutes(em)
        if "data" in em:
            em["data"] = self._data(em["data"])
        em["problems"] = [self._problem(each) for each in self.tables("em", em.get("problems"))]
        out["em"] = em

    def _seen_by(self, em: dict[str, Any]) -> None:
        """Say whether clinical staff alone saw the patient, from who is named."""
        there = em.pop("practitioner_present", None)
        seen_by = em.pop("seen_by", None)
        if isinstance(seen_by, str):
            seen_by = self.word("person", seen_by) == "staff"
        if there is False or seen_by:
            em.setdefault("staff_only", True)

    def _shared_by_minutes(self, em: dict[str, Any]) -> None:
        """Say who did more than half of a shared visit, from the minutes of both."""
        minutes = {by: em.pop(f"{by}_min", None) for by in ("physician", "npp")}
        if all(isinstance(each, int) for each in minutes.values()):
            em.setdefault("shared", True)
            em.setdefault("substantive_by", max(minutes, key=lambda by: (minutes[by], by)))

    def _data(self, raw: Any) -> dict[str, Any]:
        """Return data reviewed; tests that are ordered and reviewed by name count once."""
        raw = raw if isinstance(raw, Mapping) else {} if raw is None else {"tests_ordered": raw}
        listed = {bare(key): _items(key, value) for key, value in raw.items()}
        data = self.fields("data", {key: _items(key, value) for key, value in raw.items()})
        ordered, reviewed = listed.get("testsordered"), listed.get("testsreviewed")
        if isinstance(ordered, list) and isinstance(reviewed, list):
            both = {str(each).lower() for each in ordered} & {str(e).lower() for e in reviewed}
            data.setdefault("ordered_and_reviewed_same_test", len(both))
        return data

    def _problem(self, raw: Any) -> dict[str, Any]:
        problem = self.fields("problem", raw)
        if "status" not in problem:
            return problem
        status = self.word("status", problem.pop("status"), UNREAD)
        if status == "treated":
            problem |= {"status": None, "treated_by_procedure": True}
        elif status is not UNREAD:
            problem["status"] = status
        if isinstance(problem.get("treated_by_procedure"), str):
            problem["treated_by_procedure"] = True
        return problem

    def _read_telehealth(self, raw: Any, out: dict[str, Any]) -> None:
        mode = raw.get("mode") if isinstance(raw, Mapping) else raw
        mode = "none" if mode is False else self.word("telehealth", mode)
        if isinstance(mode, str):
            self.of_visit["telehealth"] = mode
        if isinstance(raw, Mapping) and isinstance(raw.get("consent"), bool):
            self.of_visit["telehealth_consent"] = raw["consent"]
        place = raw.get("patient_location") if isinstance(raw, Mapping) else None
        if isinstance(place, str) and "home" in words_of(place).split():
            out["record"] = {"pos_actual": AT_HOME} | out["record"]

    def _read_split_shared(self, raw: Any, out: dict[str, Any]) -> None:
        """Take who shared the visit from a section of its own."""
        if isinstance(raw, Mapping):
            said = self.fields("em", raw)
            self._shared_by_minutes(said)
            self.of_visit |= {"shared": True} | {
                name: said[name] for name in ("shared", "substantive_by") if name in said
            }
        elif isinstance(raw, bool):
            self.of_visit["shared"] = raw


def _items(key: str, value: Any) -> Any:
    """Return the tests or notes that a text such as "CBC, CMP" lists; another value as it is."""
    listed = isinstance(value, str) and re.search("test|note", bare(key))
    if not listed or re.match(r"\s*[0-9]", value) or DENIALS.intersection(words_of(value).split()):
        return value
    return [item.strip() for item in re.split(r",|;|\band\b|\+", value) if item.strip()]
