"""The reader of a worked encounter's documentation: other names and words, read as elements.

Fields and words are mapped by `worked.toml`, values by `natural`. What neither knows is kept as
not understood, and the element counts as not abstracted.
"""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from auditkit.documentation import elements
from auditkit.documentation.elements import DocumentedEncounter
from auditkit.documentation.natural import UNREAD, read_value
from auditkit.documentation.worked_lesions import LesionReader
from auditkit.documentation.worked_visit import VisitReader
from auditkit.documentation.worked_words import named, vocabulary

#: Longest chain of values taken out before a case is given up.
MOST_UNFIT = 50


class Reader(LesionReader, VisitReader):
    """Reads the documentation of one case, and keeps what it does not understand."""

    def documented(self, name: str, raw: Mapping[str, Any]) -> DocumentedEncounter | None:
        """Return the documented elements of a case; None when too much of them is unfit."""
        # A worked encounter states all that its record holds: a list left out is an empty one.
        out: dict[str, Any] = {"encounter_id": name, "record": {}, "drugs": [], "specimens": []}
        of_record = {}
        # Specimens name lesions, so lesions and the procedures that list them are read first.
        first = {"lesions": 0, "procedures": 1}
        for key, value in sorted(raw.items(), key=lambda item: first.get(item[0], 2)):
            handler = getattr(self, f"_read_{vocabulary()['sections'].get(key, key)}", None)
            if handler is not None:
                handler(value, out)
            elif named("record", key) is not None:
                of_record[key] = value
            else:
                self.unknown.add(f"field documentation.{key}")
        self._read_record(of_record, out)
        self._of_patient(out["record"])
        if isinstance(out.get("em"), dict):
            out["em"] = self.of_visit | out["em"]
        out["lesions"] = [dict(x) for _, x in sorted(self.lesions.items())]
        out["unread"] = sorted(self.unread)
        return self._validated(out)

    def _validated(self, out: dict[str, Any]) -> DocumentedEncounter | None:
        """Return *out* as elements; values that do not fit are taken out as not understood."""
        for _ in range(MOST_UNFIT):
            try:
                return DocumentedEncounter.model_validate(out)
            except ValidationError as error:
                unfit = error.errors(include_input=False, include_url=False)
                taken = [self._take_out(out, each["loc"]) for each in unfit]
                if not all(taken):
                    break
        self.problems.append("the documentation does not fit the schema of documented elements")
        return None

    def _take_out(self, out: dict[str, Any], place: tuple[int | str, ...]) -> bool:
        """Take the value at *place* out of *out*; False when it is not there."""
        holder: Any = out
        owner, key = out, ""
        for part in place:
            if isinstance(holder, dict) and part in holder:
                owner, key = holder, str(part)
            elif not (isinstance(holder, list) and isinstance(part, int) and part < len(holder)):
                break
            holder = holder[part]
        if key not in owner:
            return key != ""
        del owner[key]
        named = ".".join(str(part) for part in place if isinstance(part, str))
        self.unknown.add(f"value of {named}")
        return True

    def _read_record(self, raw: Any, out: dict[str, Any]) -> None:
        record = self.fields("record", raw)
        if "addenda" in record:
            added = self.tables("record", record["addenda"])
            record["addenda"] = [{"added_on": _added_on(each)} for each in added]
        if isinstance(record.get("pos_actual"), str) and not record["pos_actual"].isdigit():
            record["pos_actual"] = self.word("place", record["pos_actual"])
        out["record"] = out["record"] | record

    def _read_supervision(self, raw: Any, out: dict[str, Any]) -> None:
        if not isinstance(raw, bool | None):
            self._read_record(raw, out)

    def _of_patient(self, record: dict[str, Any]) -> None:
        """A new patient has no plan of care, which is what services incident to it need."""
        new = record.pop("new_patient", None)
        if isinstance(new, str):
            new = new.lower().startswith("new")
        if new:
            record.setdefault("new_problem", True)
        met = record.pop("incident_to_met", None)
        if isinstance(met, bool):
            record.setdefault("established_plan", met)

    def _read_abn(self, raw: Any, out: dict[str, Any]) -> None:
        if isinstance(raw, Mapping):
            signed = raw.get("signed", raw.get("on_file"))
            day = read_value(elements.Abn, "signed_on", raw.get("date") or raw.get("signed_on"))
        else:
            signed, day = raw, None
        signed = read_value(elements.Abn, "signed", signed)
        if signed is UNREAD:
            self.unknown.add("value of documentation.abn")
        elif signed is None and raw is None:
            out["abn"] = None
        else:
            out["abn"] = {"signed": signed, "signed_on": None if day is UNREAD else day}

    def _read_pathology(self, raw: Any, out: dict[str, Any]) -> None:
        specimens = []
        for number, each in enumerate(self.tables("specimen", raw), start=1):
            specimen = self.fields("specimen", each)
            behavior = specimen.pop("behavior", None)
            if behavior is not None:
                parts = [str(behavior), specimen.get("path_dx")]
                specimen["path_dx"] = ", ".join(part for part in parts if part)
            words = set(re.findall(r"[A-Za-z0-9]+", str(specimen.get("specimen_id", ""))))
            if "frozen" in {word.lower() for word in words}:
                specimen.setdefault("frozen", True)
            specimen["specimen_id"] = f"S{number}"
            if "lesion_id" not in specimen and len(named := words & set(self.lesions)) == 1:
                specimen["lesion_id"] = named.pop()
            self._stains(each, specimen)
            specimens.append(specimen)
        out["specimens"] = specimens

    def _stains(self, raw: Any, specimen: dict[str, Any]) -> None:
        """Take the reasons out of stains given as tables with a code and a reason each."""
        given = specimen.pop("stain_entries", None)
        if given is None:
            return
        names, reasons, looked = [], [], False
        for each in self.tables("specimen", given):
            if isinstance(each, Mapping):
                names.append(str(each.get("code") or each.get("stain") or each.get("name") or ""))
                looked = looked or "reason" in each or "indication" in each
                reasons.append(str(each.get("reason") or each.get("indication") or ""))
            elif isinstance(each, str | int):
                names += [name.strip() for name in str(each).split(",") if name.strip()]
        specimen["stains"] = names
        if looked and "stain_reason" not in specimen:
            specimen["stain_reason"] = "; ".join(r for r in reasons if r) or None

    def _read_drugs(self, raw: Any, out: dict[str, Any]) -> None:
        out["drugs"] = [self.fields("drug", each) for each in self.tables("drug", raw)]

    def _read_dx_documented(self, raw: Any, out: dict[str, Any]) -> None:
        known = elements.Diagnosis.model_fields
        out["diagnoses"] = [
            {k: v for k, v in each.items() if k in known}
            if isinstance(each, Mapping)
            else {"label": str(each)}
            for each in self.tables("record", raw)
        ]

    def _read_class_findings(self, raw: Any, out: dict[str, Any]) -> None:
        found = read_value(DocumentedEncounter, "class_findings", raw)
        if found is not UNREAD:
            out["class_findings"] = found

    def _read_systemic_condition(self, raw: Any, out: dict[str, Any]) -> None:
        found = read_value(DocumentedEncounter, "systemic_condition", raw)
        if found is not UNREAD:
            out["systemic_condition"] = found

    def _read_last_seen_treating_md(self, raw: Any, out: dict[str, Any]) -> None:
        day = read_value(DocumentedEncounter, "last_seen_treating_md", raw)
        if day is UNREAD:
            self.unknown.add("value of documentation.last_seen_treating_md")
        else:
            out["last_seen_treating_md"] = day


def _added_on(raw: Any) -> Any:
    """Return the date of an addendum given as a table, or as text that opens with its date."""
    if isinstance(raw, Mapping):
        raw = raw.get("date") or raw.get("dt") or raw.get("added_on") or ""
    day = read_value(elements.Addendum, "added_on", raw)
    return None if day is UNREAD else day
