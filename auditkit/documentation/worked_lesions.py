"""The lesions and procedures of a worked encounter, joined by the names of lesions."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from auditkit.documentation.natural import words_of
from auditkit.documentation.worked_fields import FieldReader
from auditkit.documentation.worked_words import (
    PENDING,
    entries_of,
    head_behavior,
    says,
    stated_and_denied,
)

ID_FIELDS = ("lesion_id", "lesion_ids", "proc_id", "procedure_id")
#: Types whose own words say how the procedure was done.
SAID_BY_TYPE = ("injection", "nail", "phototherapy", "graft", "incision_drainage")

#: Words that name a flap without its kind.
ANY_FLAP = {"adjacent", "tissue", "transfer", "rearrangement", "local", "flap", "skin", "closure"}


class LesionReader(FieldReader):
    """Reads lesions and procedures; what a procedure says of its lesion goes to the lesion."""

    def __init__(self) -> None:
        super().__init__()
        self.lesions: dict[str, dict[str, Any]] = {}

    def _read_lesions(self, raw: Any, out: dict[str, Any]) -> None:
        for number, each in enumerate(self.tables("lesion", raw), start=1):
            lesion = self.fields("lesion", each)
            lesion_id = str(lesion.pop("lesion_id", f"L{number}"))
            prior = lesion.get("prior_path_date")
            if isinstance(prior, Mapping):
                lesion["prior_path_date"] = prior.get("date")
            self._lesion(lesion_id, lesion)

    def _read_procedures(self, raw: Any, out: dict[str, Any]) -> None:
        each_of = enumerate(self.tables("procedure", raw), start=1)
        out["procedures"] = [self._procedure(number, each) for number, each in each_of]

    def _procedure(self, number: int, raw: Any) -> dict[str, Any]:
        raw = raw if isinstance(raw, Mapping) else {"type": str(raw)}
        named = self.fields("procedure", {k: v for k, v in raw.items() if k not in ID_FIELDS})
        procedure = {k: v for k, v in named.items() if not k.startswith("lesion.")}
        lesion = {k.removeprefix("lesion."): v for k, v in named.items() if k.startswith("lesion.")}
        name = str(raw.get("proc_id") or raw.get("procedure_id") or f"P{number}")
        procedure["procedure_id"] = name
        procedure["type"] = self._type(raw, procedure, lesion)
        if "intent" not in procedure and self._for_appearance(raw, procedure):
            procedure["intent"] = "cosmetic"
        # That something was done again, or left undone, needs no date or name.
        if "re_excision" in procedure:
            procedure["re_excision"] = bool(procedure["re_excision"])
        if procedure["type"] == "biopsy" and "technique" not in procedure:
            words = words_of(raw.get("type")).replace("biopsy", "").split()
            if words:
                procedure["technique"] = " ".join(words)
        if procedure["type"] == "tissue_transfer" and not procedure.get("flap_type"):
            kind = set(words_of(raw.get("type")).split()) - ANY_FLAP
            if kind:
                procedure["flap_type"] = str(raw["type"])
        if procedure["type"] in SAID_BY_TYPE and raw.get("type"):
            said = [str(raw["type"]), procedure.get("technique")]
            procedure["technique"] = " ".join(word for word in said if word)
        if "stages" in procedure and procedure["stages"] is not None:
            procedure["stages"] = self._stages(procedure["stages"])
        ids = raw.get("lesion_ids") or raw.get("lesion_id") or f"{name}-lesion"
        procedure["lesion_ids"] = [str(i) for i in (ids if isinstance(ids, list) else [ids])]
        if procedure.get("site") is not None:
            lesion["site"] = procedure["site"]
        for lesion_id in procedure["lesion_ids"]:
            self._lesion(lesion_id, lesion)
        return procedure

    def _for_appearance(self, raw: Mapping[str, Any], procedure: dict[str, Any]) -> bool:
        """Return whether the record calls the work cosmetic, or its indication does."""
        if raw.get("cosmetic") is True:
            return True
        stated, denied = stated_and_denied(str(procedure.get("indication") or ""))
        entries = (entry for value, entry in entries_of("intent") if value == "cosmetic")
        return any(says(entry, stated, denied) for entry in entries)

    def _type(self, raw: Mapping[str, Any], procedure: dict[str, Any], lesion: Any) -> str:
        """Return the type that the record's words name; what else it says settles broad ones."""
        found = self.word("type", procedure.get("type"))
        if found == "laser":
            return "destruction" if "clinical_behavior" in lesion else "phototherapy"
        if found == "debridement":
            words = words_of([procedure.get("site"), *raw.values()])
            found = (
                "nail"
                if "nails" in procedure or re.search(r"\b(toe|nail|foot|feet)", words)
                else None
            )
        if found is None:
            self.unread.add("procedure.type")
        return found or "other"

    def _stages(self, raw: Any) -> Any:
        """Return the stages of Mohs surgery; a bare number says how many there were."""
        if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
            return [{} for _ in range(int(raw))]
        return [self.fields("stage", each) for each in self.tables("stage", raw)]

    def _lesion(self, lesion_id: str, raw: Mapping[str, Any]) -> None:
        """Add what one procedure says of a lesion; sayings that differ are a problem."""
        lesion = self.lesions.setdefault(lesion_id, {"lesion_id": lesion_id})
        for name, value in self._lesion_values(raw).items():
            if name in lesion and lesion[name] != value and name not in ("site", "symptoms"):
                self.problems.append(f"lesion '{lesion_id}' has two values of {name}")
            lesion.setdefault(name, value)

    def _lesion_values(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        out = dict(raw)
        for name, text in (("clinical_behavior", "clinical_dx"), ("path_behavior", "path_dx")):
            if name in out:
                said = out.pop(name)
                said = " ".join(map(str, said)) if isinstance(said, list) else said
                if isinstance(said, str) and any(word in said.lower() for word in PENDING):
                    out["path_pending"] = True
                elif said is not None:
                    out[text] = str(said)
                    if (behavior := head_behavior(str(said))) is not None:
                        out[name] = behavior
                else:
                    out[name] = None
        if out.pop("asymptomatic", False):
            out.setdefault("symptoms", [])
        return out
