"""Worked encounters: a claim, its record and the answer expected, read into typed values.

The layout is described in docs/worked-encounters.md. Field names and words are mapped by
`worked.toml`; what that file does not know is counted as not understood.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from auditkit.documentation.elements import DocumentedEncounter
from auditkit.errors import InputError, Problem
from auditkit.model import Encounter, Line, PriorService

WORDS = Path(__file__).with_name("worked.toml")
SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(mm|cm)\s*", re.IGNORECASE)
LINE = re.compile(r"(?P<code>[0-9A-Z]{5})(?P<modifiers>(?:-[0-9A-Z]{2})*)(?: x(?P<units>[0-9.]+))?")


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """A line that the answer expects: code, modifiers in any order, units."""

    code: str
    modifiers: frozenset[str]
    units: Decimal


@dataclass(frozen=True, slots=True)
class ExpectedFinding:
    """A finding that the answer expects; `direction` is None where none is asserted."""

    family: str
    line: int | None
    severity: str
    direction: str | None
    diagnosis: str | None = None
    dos: date | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """The answer to one worked encounter. None means that the case does not assert it."""

    findings: tuple[ExpectedFinding, ...]
    agreed: tuple[AgreedLine, ...] | None
    must_not_flag: tuple[str, ...]
    dollars: Decimal | None
    alternatives: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class WorkedEncounter:
    """One worked encounter with its answer, and the words of it that were not understood.

    `raises` names rules that must speak, `holds` rules that are asked and must stay silent.
    """

    id: str
    title: str
    family: str
    encounter: Encounter | None
    documented: DocumentedEncounter | None
    expected: Expected
    not_understood: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    raises: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()


def read_cases(path: Path) -> list[WorkedEncounter]:
    """Read a file of worked encounters, JSON or TOML.

    Raises:
        InputError: if the file cannot be read, holds no cases, or a case lacks its claim, lines,
            documentation or expected answer; every such case is named at once.
    """
    raw = _load(path)
    cases = raw.get("cases", raw.get("case"))
    defaults = raw.get("defaults", {})
    if not isinstance(cases, list) or not cases:
        raise InputError(f"{path.name} holds no worked encounters: a list named 'cases' is needed.")
    problems, found = [], []
    seen: Counter[str] = Counter()
    for row, given in enumerate(cases, start=1):
        case = merged(defaults, given) if isinstance(given, dict) else given
        missing = [k for k in ("claim", "documentation", "expected") if not _is_table(case, k)]
        if missing:
            what = f"lacks {', '.join(missing)}"
            problems.append(Problem(path.name, row, None, what, "claim, documentation, expected"))
            continue
        name = str(case.get("id", f"case {row}"))
        seen[name] += 1
        if seen[name] > 1:
            problems.append(Problem(path.name, row, "id", "is used twice", "one id per case"))
            continue
        found.append(read_case(name, case))
    if problems:
        raise InputError(f"{path.name} cannot be run.", problems)
    return found


def merged(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return *given* with what *defaults* adds to it, table by table."""
    out = dict(defaults)
    for key, value in given.items():
        both = isinstance(value, Mapping) and isinstance(out.get(key), Mapping)
        out[key] = merged(out[key], value) if both else value
    return out


def _is_table(case: Any, key: str) -> bool:
    return isinstance(case, dict) and isinstance(case.get(key), dict)


def _load(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix == ".toml":
            return with_nulls(tomllib.loads(text, parse_float=Decimal))
        raw = json.loads(text, parse_float=Decimal)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is not valid JSON or TOML: {error}.") from error
    return raw if isinstance(raw, dict) else {"cases": raw}


def with_nulls(value: Any) -> Any:
    """Return a TOML value with the text "null" as None: TOML has no word for nothing."""
    if isinstance(value, dict):
        return {k: with_nulls(v) for k, v in value.items()}
    if isinstance(value, list):
        return [with_nulls(v) for v in value]
    return None if value == "null" else value


def read_case(name: str, case: Mapping[str, Any]) -> WorkedEncounter:
    """Return one worked encounter; what is wrong with it stands in its `problems`."""
    reader = Reader()
    problems: list[str] = []
    encounter = documented = None
    try:
        encounter = _encounter(name, case)
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        problems.append(f"the claim cannot be read ({type(error).__name__}: {error})")
    try:
        documented = reader.documented(name, case["documentation"])
    except ValidationError as error:
        for each in error.errors(include_input=False, include_url=False):
            place = ".".join(str(part) for part in each["loc"])
            problems.append(f"documentation.{place}: {each['msg']}")
    return WorkedEncounter(
        id=name,
        title=str(case.get("title", "")),
        family=str(case.get("family", "")),
        encounter=encounter,
        documented=documented,
        expected=_expected(case["expected"]),
        not_understood=tuple(sorted(reader.unknown)),
        problems=(*problems, *reader.problems),
        raises=tuple(case.get("raises") or ()),
        holds=tuple(case.get("holds") or ()),
    )


def _day(value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value)[:10])


def _money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _line(number: int, raw: Any, dos: date | None, pos: str) -> Line:
    """Return one billed line from a table, or from text such as "17003-59 x2 L57.0 $6.66"."""
    if isinstance(raw, str):
        raw = _written_line(number, raw)
    allowed = raw.get("allowed", raw.get("allowed_no_mppr"))
    return Line(
        number=int(raw.get("line", number)),
        code=str(raw["code"]),
        modifiers=tuple(str(m) for m in raw.get("modifiers") or ()),
        units=Decimal(str(raw.get("units", 1))),
        diagnoses=tuple(str(d) for d in raw.get("dx_pointers") or raw.get("diagnoses") or ()),
        dos=_day(raw.get("dos")) or dos or _required_day(raw),
        pos=str(raw.get("pos", pos)),
        charge=_money(raw.get("charge")),
        allowed=_money(allowed),
        paid=_money(raw.get("paid")),
    )


def _required_day(raw: Mapping[str, Any]) -> date:
    raise KeyError("dos")


def _written_line(number: int, text: str) -> dict[str, Any]:
    found = LINE.match(text)
    if found is None:
        raise ValueError("a line is written CODE-MODIFIER xUNITS DIAGNOSES $ALLOWED")
    rest = text[found.end() :].split()
    priced = [word[1:] for word in rest if word.startswith("$")]
    return {
        "line": number,
        "code": found["code"],
        "modifiers": [m for m in found["modifiers"].split("-") if m],
        "units": found["units"] or 1,
        "dx_pointers": [word for word in rest if not word.startswith("$")],
        "allowed": priced[0] if priced else None,
    }


def _encounter(name: str, case: Mapping[str, Any]) -> Encounter:
    claim = case["claim"]
    patient = case.get("patient") or {}
    pos = str(claim.get("pos", "11"))
    dos = _day(claim.get("dos"))
    lines = tuple(_line(i, raw, dos, pos) for i, raw in enumerate(claim["lines"], start=1))
    return Encounter(
        encounter_id=name,
        dos=min(line.dos for line in lines),
        payer=str(case.get("payer") or claim.get("payer") or ""),
        rendering_npi=str(claim.get("rendering_npi", "")),
        lines=lines,
        billing_npi=claim.get("billing_npi"),
        rendering_taxonomy=claim.get("rendering_taxonomy"),
        pos=pos,
        birth_date=_day(patient.get("dob")),
        sex=patient.get("sex"),
        received_date=_day(claim.get("received_date")),
        frequency_code=str(claim.get("frequency_code", "1")),
        history=tuple(_prior(each) for each in case.get("history") or ()),
    )


def _prior(raw: Mapping[str, Any]) -> PriorService:
    day = _day(raw["dos"])
    if day is None:
        raise ValueError("a service of the history has no date")
    return PriorService(
        dos=day,
        code=str(raw["code"]),
        npi=str(raw.get("npi", "")),
        specialty=raw.get("specialty"),
        works_with_specialty=raw.get("works_with_specialty"),
        same_group=bool(raw.get("same_group", True)),
        face_to_face=bool(raw.get("face_to_face", True)),
        global_days=raw.get("global_days"),
        modifiers=tuple(raw.get("modifiers") or ()),
        units=Decimal(str(raw.get("units", 1))),
        claim_id=str(raw.get("claim_id", "")),
    )


def _agreed(raw: Any) -> AgreedLine:
    if isinstance(raw, str):
        raw = _written_line(0, raw)
    modifiers = frozenset(str(m) for m in raw.get("modifiers") or ())
    return AgreedLine(str(raw["code"]), modifiers, Decimal(str(raw.get("units", 1))))


def _expected(raw: Mapping[str, Any]) -> Expected:
    agreed = raw.get("agreed_lines")
    dollars = raw.get("allowed_delta_no_mppr", raw.get("dollars"))
    return Expected(
        findings=tuple(_finding(each) for each in raw.get("findings") or ()),
        agreed=None if agreed is None else tuple(_agreed(each) for each in agreed),
        must_not_flag=tuple(raw.get("must_not_flag") or ()),
        dollars=None if dollars is None else Decimal(str(dollars)),
        alternatives=tuple(
            tuple(str(part) for part in each) if isinstance(each, list) else (str(each),)
            for each in raw.get("acceptable_alternatives") or ()
        ),
    )


def _finding(raw: Mapping[str, Any]) -> ExpectedFinding:
    direction = raw.get("direction")
    line = raw.get("line")
    return ExpectedFinding(
        family=str(raw.get("rule_family") or raw.get("family") or ""),
        line=None if line is None else int(line),
        severity=str(raw.get("severity", "error")),
        direction=direction if direction in ("over", "under") else None,
        diagnosis=raw.get("agreed_dx"),
        dos=_day(raw.get("agreed_dos")),
    )


@cache
def vocabulary() -> dict[str, dict[str, Any]]:
    """Return the field names and words by which worked encounters are read."""
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


class Reader:
    """Reads the documentation of one case, and keeps what it does not understand."""

    def __init__(self) -> None:
        self.unknown: set[str] = set()
        self.problems: list[str] = []
        self.lesions: dict[str, dict[str, Any]] = {}
        self.visit_mode: str | None = None

    def documented(self, name: str, raw: Mapping[str, Any]) -> DocumentedEncounter:
        """Return the documented elements of a case.

        Raises:
            ValidationError: if a value does not fit the schema of documented elements.
        """
        # A worked encounter states all that its record holds: a list left out is an empty one.
        out: dict[str, Any] = {"encounter_id": name, "drugs": [], "specimens": []}
        # Specimens name lesions, so the procedures that list them are read first.
        of_record = {}
        for key, value in sorted(raw.items(), key=lambda item: item[0] != "procedures"):
            handler = getattr(self, f"_read_{key}", None)
            if handler is not None:
                handler(value, out)
            elif key in vocabulary()["fields"]["record"]:
                of_record[key] = value
            else:
                self.unknown.add(f"field documentation.{key}")
        out["record"] = out.get("record", {}) | self._record(of_record)
        if self.visit_mode is not None and isinstance(out.get("em"), dict):
            out["em"].setdefault("telehealth", self.visit_mode)
        out["lesions"] = [dict(x) for _, x in sorted(self.lesions.items())]
        return DocumentedEncounter.model_validate(out)

    def fields(self, part: str, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Return *raw* under the schema's names; unknown names are kept as not understood."""
        known = vocabulary()["fields"][part]
        out = {}
        for key, value in raw.items():
            if key not in known:
                self.unknown.add(f"field {part}.{key}")
            elif known[key]:
                out[known[key]] = value
        return out

    def word(self, element: str, text: Any) -> Any:
        """Return the value of *element* that *text* says, or None if no word of it is known."""
        if text is None or isinstance(text, bool):
            return text
        low = str(text).lower()
        words = vocabulary()["words"][element]
        if low in words:
            return low
        tokens = set(re.findall(r"[a-z]+", low))
        for value, known in words.items():
            if any(word in tokens if len(word) < SHORT else word in low for word in known):
                return value
        self.unknown.add(f"{element} '{text}'")
        return None

    def _read_record(self, raw: Mapping[str, Any], out: dict[str, Any]) -> None:
        out["record"] = self._record(raw)

    def _read_incident_to(self, raw: Mapping[str, Any], out: dict[str, Any]) -> None:
        out["record"] = out.get("record", {}) | self._record(raw)

    _read_supervision = _read_incident_to

    def _record(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        record = self.fields("record", raw)
        addenda = record.pop("addenda", None)
        if addenda:
            record["addenda"] = [{"added_on": _day(a.get("date") or a.get("dt"))} for a in addenda]
        for key in ("note_date", "signature_date"):
            if key in record:
                record[key] = _day(record[key])
        if isinstance(record.get("pos_actual"), str) and not record["pos_actual"].isdigit():
            record["pos_actual"] = self.word("place", record["pos_actual"])
        if "performed_by" in record:
            record["performed_by"] = self.word("person", record["performed_by"])
        return record

    def _read_telehealth(self, raw: Any, out: dict[str, Any]) -> None:
        mode = raw.get("mode") if isinstance(raw, Mapping) else raw
        self.visit_mode = self.word("telehealth", mode)

    def _read_abn(self, raw: Any, out: dict[str, Any]) -> None:
        if not isinstance(raw, Mapping):
            out["abn"] = {"signed": bool(raw)} if raw is not None else None
            return
        signed = raw.get("signed", raw.get("on_file"))
        out["abn"] = {"signed": signed, "signed_on": _day(raw.get("date"))}

    def _read_procedures(self, raw: Any, out: dict[str, Any]) -> None:
        out["procedures"] = [self._procedure(i, each) for i, each in enumerate(raw or (), start=1)]

    def _procedure(self, number: int, raw: Mapping[str, Any]) -> dict[str, Any]:
        named = self.fields("procedure", {k: v for k, v in raw.items() if k not in ID_FIELDS})
        procedure = {k: v for k, v in named.items() if not k.startswith("lesion.")}
        lesion = {k.removeprefix("lesion."): v for k, v in named.items() if k.startswith("lesion.")}
        procedure["procedure_id"] = str(
            raw.get("proc_id") or raw.get("procedure_id") or f"P{number}"
        )
        procedure["type"] = self.word("type", procedure.get("type")) or "other"
        for name, element in CODED.items():
            if name in procedure:
                procedure[name] = self.word(element, procedure[name])
        for name in COUNTED:
            if isinstance(procedure.get(name), str):
                procedure[name] = as_count(procedure[name])
        if "re_excision" in procedure:
            procedure["re_excision"] = bool(procedure["re_excision"])
        if isinstance(procedure.get("complicated"), str):
            procedure["complicated"] = "simple" not in procedure["complicated"].lower()
        if isinstance(procedure.get("margins_cm"), Decimal | int):
            procedure["margins_cm"] = [procedure["margins_cm"]]
        for name in ("deep_structures", "complex_criteria"):
            if isinstance(procedure.get(name), str):
                procedure[name] = [procedure[name]]
        if procedure["type"] in SAID_BY_TYPE and raw.get("type"):
            said = [str(raw["type"]), procedure.get("technique")]
            procedure["technique"] = " ".join(word for word in said if word)
        if "stages" in procedure and isinstance(procedure["stages"], list):
            procedure["stages"] = [self.fields("stage", stage) for stage in procedure["stages"]]
        ids = raw.get("lesion_ids") or [
            raw.get("lesion_id") or f"{procedure['procedure_id']}-lesion"
        ]
        procedure["lesion_ids"] = [str(i) for i in ids]
        if procedure.get("site") is not None:
            lesion["site"] = procedure["site"]
        for lesion_id in procedure["lesion_ids"]:
            self._lesion(lesion_id, lesion)
        return procedure

    def _lesion(self, lesion_id: str, raw: Mapping[str, Any]) -> None:
        """Add what one procedure says of a lesion; sayings that differ are a problem."""
        lesion = self.lesions.setdefault(lesion_id, {"lesion_id": lesion_id})
        for name, value in self._lesion_values(raw).items():
            if name in lesion and lesion[name] != value and name != "site":
                self.problems.append(f"lesion '{lesion_id}' has two values of {name}")
            lesion.setdefault(name, value)

    def _lesion_values(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        out = dict(raw)
        for name, text in (("clinical_behavior", "clinical_dx"), ("path_behavior", "path_dx")):
            if name in out:
                said = out.pop(name)
                pending = isinstance(said, str) and "pending" in said.lower()
                if pending:
                    out["path_pending"] = True
                elif said is not None:
                    out[text] = str(said)
                    if (behavior := head_behavior(str(said))) is not None:
                        out[name] = behavior
                else:
                    out[name] = None
        if "diameter_mm" in out:
            millimetres = out.pop("diameter_mm")
            out["diameter_cm"] = None if millimetres is None else Decimal(millimetres) / 10
        if out.pop("asymptomatic", False):
            out.setdefault("symptoms", [])
        if isinstance(out.get("laterality"), str):
            out["laterality"] = self.word("laterality", out["laterality"])
        if isinstance(out.get("path_pending"), str):
            out["path_pending"] = "pending" in out["path_pending"].lower()
        if isinstance(out.get("symptoms"), str):
            out["symptoms"] = [out["symptoms"]]
        if "diameter_cm" in out:
            out["diameter_cm"] = self.size(out["diameter_cm"])
        if "prior_path_date" in out:
            out["prior_path_date"] = _day(out["prior_path_date"])
        return out

    def size(self, value: Any) -> Decimal | None:
        """Return a size in cm; a text needs its unit."""
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, int):
            return Decimal(value)
        found = SIZE.fullmatch(str(value))
        if found is None:
            self.problems.append("a size is written without a unit; write 0.8 cm or 8 mm")
            return None
        number = Decimal(found[1])
        return number / 10 if found[2].lower() == "mm" else number

    def _read_em(self, raw: Mapping[str, Any] | None, out: dict[str, Any]) -> None:
        if raw is None:
            out["em"] = None
            return
        em = self.fields("em", raw)
        if "risk" in em:
            em["risk"] = self.word("risk", em["risk"])
        if isinstance(em.get("telehealth"), str):
            em["telehealth"] = self.word("telehealth", em["telehealth"])
        unrelated = em.pop("unrelated_to_prior_procedure", None)
        if unrelated is not None:
            em.setdefault("related_to_prior_procedure", not unrelated)
        if "data" in em:
            em["data"] = self.fields("data", em["data"] or {})
        em["problems"] = [self._problem(each) for each in em.get("problems") or ()]
        out["em"] = em

    def _problem(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        problem = self.fields("problem", raw)
        status = self.word("status", problem.get("status"))
        if status == "treated":
            problem["status"] = None
            problem["treated_by_procedure"] = True
        else:
            problem["status"] = status
        return problem

    def _read_pathology(self, raw: Any, out: dict[str, Any]) -> None:
        specimens = []
        for number, each in enumerate(raw or (), start=1):
            specimen = self.fields("specimen", each)
            words = set(re.findall(r"[A-Za-z0-9]+", str(specimen.get("specimen_id", ""))))
            specimen["specimen_id"] = f"S{number}"
            if "lesion_id" not in specimen and len(named := words & set(self.lesions)) == 1:
                specimen["lesion_id"] = named.pop()
            specimens.append(specimen)
        out["specimens"] = specimens

    _read_specimens = _read_pathology

    def _read_drugs(self, raw: Any, out: dict[str, Any]) -> None:
        out["drugs"] = [self.fields("drug", each) for each in raw or ()]
        for drug in out["drugs"]:
            if isinstance(drug.get("container"), str):
                drug["container"] = self.word("container", drug["container"])

    def _read_dx_documented(self, raw: Any, out: dict[str, Any]) -> None:
        entries = raw if isinstance(raw, list) else [raw]
        out["diagnoses"] = [
            {"label": each} if isinstance(each, str) else dict(each) for each in entries if each
        ]

    def _read_class_findings(self, raw: Any, out: dict[str, Any]) -> None:
        out["class_findings"] = raw

    def _read_systemic_condition(self, raw: Any, out: dict[str, Any]) -> None:
        out["systemic_condition"] = raw

    def _read_last_seen_treating_md(self, raw: Any, out: dict[str, Any]) -> None:
        out["last_seen_treating_md"] = _day(raw)


#: Shorter words are looked for as whole words: "ma" is not in "dermatologist".
SHORT = 5
ID_FIELDS = ("lesion_id", "lesion_ids", "proc_id", "procedure_id")
#: Elements of a procedure that are read by their words.
CODED = {
    "intent": "intent",
    "measured": "measured",
    "closure": "closure",
    "applied_by": "person",
    "illuminated_by": "person",
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


def as_count(text: str) -> int | None:
    """Return the number that *text* states, or None for words such as "several"."""
    return int(text) if text.strip().isdigit() else None


def head_behavior(text: str) -> str | None:
    """Return the behaviour that opens a text such as "benign (wart)", or None."""
    head = re.split(r"[(,:;]", text.lower(), maxsplit=1)[0].strip()
    if "in situ" in text.lower():
        return "in_situ"
    return BEHAVIORS.get(head)
