"""The reader of a worked encounter's documentation: other names and words, read as elements.

Fields and words are mapped by `worked.toml`, values by `natural`. What neither knows is kept as
not understood, and the element counts as not abstracted.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from auditkit.documentation import elements
from auditkit.documentation.elements import DocumentedEncounter
from auditkit.documentation.natural import DENIALS, UNREAD, kind_of, read_value, words_of

WORDS = Path(__file__).with_name("worked.toml")
#: The model of each part of a worked encounter, and the field of a part given as one bare value.
PARTS: dict[str, tuple[type[BaseModel], str]] = {
    "record": (elements.Record, "present"),
    "procedure": (elements.Procedure, "type"),
    "lesion": (elements.Lesion, "lesion_id"),
    "em": (elements.Em, "present"),
    "problem": (elements.Problem, "problem"),
    "data": (elements.Data, "tests_ordered"),
    "stage": (elements.MohsStage, "blocks"),
    "specimen": (elements.Specimen, "specimen"),
    "drug": (elements.Drug, "name"),
}
ID_FIELDS = ("lesion_id", "lesion_ids", "proc_id", "procedure_id")
#: Elements that are read by their words, and the table of words.
CODED = {
    "intent": "intent",
    "measured": "measured",
    "closure": "closure",
    "applied_by": "person",
    "illuminated_by": "person",
    "performed_by": "person",
    "risk": "risk",
    "telehealth": "telehealth",
    "container": "container",
    "laterality": "laterality",
}
#: Counts that a record may give in words; words that are no number document no number.
COUNTED = ("lesions_treated", "nails", "specimens_sent")
#: Types whose own words say how the procedure was done.
SAID_BY_TYPE = ("injection", "nail", "phototherapy", "graft")
BEHAVIORS = {
    "benign": "benign",
    "malignant": "malignant",
    "premalignant": "premalignant",
    "in situ": "in_situ",
    "uncertain": "uncertain",
    "unspecified": "unspecified",
}
#: A text that says only whether pathology is back.
PENDING = ("pending", "awaited", "not back")
#: Shorter words of the vocabulary must be whole words: "ma" is not in "margin".
SHORT = 4
NEGATIONS = DENIALS | {"non"}
#: How many words a negation reaches within its clause.
REACH = 3
#: Longest chain of values taken out before a case is given up.
MOST_UNFIT = 50


@cache
def vocabulary() -> dict[str, dict[str, Any]]:
    """Return the field names and words by which worked encounters are read."""
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


@cache
def names_of(part: str) -> dict[str, str]:
    """Return the field names of *part*, bare of underscores, with what each stands for."""
    return {bare(name): field for name, field in vocabulary()["fields"][part].items()}


def bare(name: str) -> str:
    """Return a field name without case, underscores and the words that add nothing."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name)).lower())
    kept = [w for w in words if w not in ("documented", "noted", "stated", "number", "of", "the")]
    return "".join(kept or words)


@cache
def entries_of(element: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each value of *element* with the words that together say it, in their order."""
    table = vocabulary()["words"][element]
    return tuple(
        (value, tuple(words_of(e).split())) for value, known in table.items() for e in known
    )


def clauses(text: str) -> Iterator[list[str]]:
    """Yield the words of each clause of *text*."""
    for clause in re.split(r"[,;:()/]| - |\. ", text.lower()):
        if words := re.findall(r"[a-z0-9]+", clause):
            yield words


def says(entry: tuple[str, ...], stated: set[str], denied: set[str]) -> bool:
    """Return whether every word of *entry* is stated, in any order.

    A word after "no" or "without" counts only for entries that hold the negation themselves.
    """
    pool = stated | denied if NEGATIONS.intersection(entry) else stated
    return all(
        word in pool
        or word + "s" in pool
        or (len(word) >= SHORT and any(each.startswith(word) for each in pool))
        for word in entry
    )


def stated_and_denied(text: str) -> tuple[set[str], set[str]]:
    """Return the words that *text* states, and those that stand within reach of a negation."""
    stated: set[str] = set()
    denied: set[str] = set()
    for words in clauses(text):
        for i, word in enumerate(words):
            negated = NEGATIONS.intersection(words[max(0, i - REACH) : i])
            (denied if negated else stated).add(word)
    return stated, denied


class Reader:
    """Reads the documentation of one case, and keeps what it does not understand."""

    def __init__(self) -> None:
        self.unknown: set[str] = set()
        self.unread: set[str] = set()
        self.problems: list[str] = []
        self.lesions: dict[str, dict[str, Any]] = {}
        self.visit_mode: str | None = None

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
            elif bare(key) in names_of("record"):
                of_record[key] = value
            else:
                self.unknown.add(f"field documentation.{key}")
        self._read_record(of_record, out)
        self._of_patient(out["record"])
        if self.visit_mode is not None and isinstance(out.get("em"), dict):
            out["em"].setdefault("telehealth", self.visit_mode)
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

    def fields(self, part: str, raw: Any) -> dict[str, Any]:
        """Return *raw* under the schema's names and in its types.

        Unknown names and values that say nothing are kept as not understood; two names of one
        element are taken together.
        """
        model, alone = PARTS[part]
        known = names_of(part)
        out: dict[str, Any] = {}
        for key, value in self._flat(part, raw, alone):
            name, given = known.get(bare(key)), value
            if name is None and bare(key).endswith("mm"):
                name, given = known.get(bare(key)[:-2] + "cm"), _in_mm(value)
            if name is None:
                self.unknown.add(f"field {part}.{key}")
                self.unread.add(f"{part}.{key}")
            elif name:
                self._put(out, part, model, name, key, given)
        return out

    def _flat(self, part: str, raw: Any, alone: str) -> Iterator[tuple[str, Any]]:
        """Yield the fields of a part, with those of the tables nested in it."""
        nested = vocabulary()["nested"].get(part, {})
        for key, value in (raw if isinstance(raw, Mapping) else {alone: raw}).items():
            if key in nested and isinstance(value, Mapping):
                for inner, each in value.items():
                    yield nested[key].get(inner, inner), each
            else:
                yield str(key), value

    def _put(
        self,
        out: dict[str, Any],
        part: str,
        model: type[BaseModel],
        name: str,
        key: str,
        value: Any,
    ) -> None:
        """Set the element *name* to what *value* says, beside what another name said of it."""
        own = name.removeprefix("lesion.")
        holder = elements.Lesion if own != name else model
        if own in holder.model_fields:
            if value is True and kind_of(holder, own) in ("text", "texts"):
                value = key.replace("_", " ")
            elif value is False and kind_of(holder, own) == "text":
                return
            given, value = value, read_value(holder, own, self._with_unit(own, key, value))
            if own in COUNTED and value is UNREAD and isinstance(given, str):
                value = None
            if own in CODED and not isinstance(value, bool):
                value = self.word(CODED[own], value, UNREAD)
            if value is UNREAD:
                self._not_read(part, key, own, given)
                return
        out[name] = _together(out[name], value) if name in out else value

    def _with_unit(self, own: str, key: str, value: Any) -> Any:
        """Return a size written as text; without a unit there or in the name it is a problem."""
        if own != "diameter_cm" or not isinstance(value, str) or bare(key)[-2:] in ("cm", "mm"):
            return value
        if re.fullmatch(r"\s*[0-9.]+\s*", value):
            self.problems.append("a size is written without a unit; write 0.8 cm or 8 mm")
            return None
        return value

    def _not_read(self, part: str, key: str, own: str, value: Any) -> None:
        self.unread.add(f"{part}.{own}")
        if own not in CODED:
            self.unknown.add(f"value of {part}.{key}")

    def word(self, element: str, text: Any, otherwise: Any = None) -> Any:
        """Return the value of *element* that *text* says, or *otherwise* if no word is known."""
        if text is None or isinstance(text, bool):
            return text
        if isinstance(text, Mapping):
            text = " ".join(str(each) for each in text.values() if isinstance(each, str))
        elif isinstance(text, list):
            text = "; ".join(str(each) for each in text)
        low = str(text).lower().strip()
        for value in (low, low.replace(" ", "_")):
            if value in vocabulary()["words"][element]:
                return value
        stated, denied = stated_and_denied(low)
        for value, entry in entries_of(element):
            if says(entry, stated, denied):
                return vocabulary()["synonyms"].get(value, value)
        self.unknown.add(f"{element} '{text}'")
        return otherwise

    def tables(self, part: str, raw: Any) -> list[Any]:
        """Return the entries of a list of parts; one entry alone is a list of one."""
        if raw is None or raw is False:
            return []
        return [each for each in (raw if isinstance(raw, list) else [raw]) if each is not None]

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

    def _read_telehealth(self, raw: Any, out: dict[str, Any]) -> None:
        mode = raw.get("mode") if isinstance(raw, Mapping) else raw
        self.visit_mode = None if isinstance(mode, bool) and mode else self.word("telehealth", mode)
        if mode is False:
            self.visit_mode = "none"

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
        # That something was done again, or left undone, needs no date or name.
        if "re_excision" in procedure:
            procedure["re_excision"] = bool(procedure["re_excision"])
        if procedure["type"] == "biopsy" and "technique" not in procedure:
            words = words_of(raw.get("type")).replace("biopsy", "").split()
            if words:
                procedure["technique"] = " ".join(words)
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

    def _read_em(self, raw: Any, out: dict[str, Any]) -> None:
        if raw is None or raw is False:
            out["em"] = None
            return
        em = self.fields("em", raw)
        unrelated = em.pop("unrelated_to_prior_procedure", None)
        if isinstance(unrelated, bool):
            em.setdefault("related_to_prior_procedure", not unrelated)
        self._seen_by(em)
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


def _together(one: Any, other: Any) -> Any:
    """Return what two names of one element say together."""
    if one is None or other is None:
        return other if one is None else one
    if isinstance(one, bool) and isinstance(other, bool):
        return one or other
    if isinstance(one, list) and isinstance(other, list):
        return one + other
    if isinstance(one, str) and isinstance(other, str):
        return one if other in one else f"{one} {other}"
    return one


def _in_mm(value: Any) -> Any:
    """Return a value of a field in millimetres as text that says so."""
    if isinstance(value, list):
        return [_in_mm(each) for each in value]
    number = isinstance(value, int | Decimal) or (
        isinstance(value, str) and value.strip().isdigit()
    )
    return f"{value} mm" if number and not isinstance(value, bool) else value


def _items(key: str, value: Any) -> Any:
    """Return the tests or notes that a text such as "CBC, CMP" lists; another value as it is."""
    listed = isinstance(value, str) and re.search("test|note", bare(key))
    if not listed or re.match(r"\s*[0-9]", value) or DENIALS.intersection(words_of(value).split()):
        return value
    return [item.strip() for item in re.split(r",|;|\band\b|\+", value) if item.strip()]


def _added_on(raw: Any) -> Any:
    """Return the date of an addendum given as a table, or as text that opens with its date."""
    if isinstance(raw, Mapping):
        raw = raw.get("date") or raw.get("dt") or raw.get("added_on") or ""
    day = read_value(elements.Addendum, "added_on", raw)
    return None if day is UNREAD else day


def head_behavior(text: str) -> str | None:
    """Return the behaviour that opens a text such as "benign (wart)", or None."""
    head = re.split(r"[(,:;]", text.lower(), maxsplit=1)[0].strip()
    if "in situ" in text.lower():
        return "in_situ"
    return BEHAVIORS.get(head)
