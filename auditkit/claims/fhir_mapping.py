"""The mapping file for FHIR data: a user's own codes, and which number names a patient."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditkit.claims.mapping import mapping_file
from auditkit.errors import SettingsError

_KEYS = ("patient_identifier", "codes", "procedures")


@dataclass(frozen=True, slots=True)
class FhirMapping:
    """What a mapping file says of FHIR data.

    Attributes:
        patient_identifier: the system of the identifier that is the patient key; "" for none.
        codes: code system, then its code, to the CPT, HCPCS or ICD-10-CM code it stands for.
        procedures: code system, then its code, to elements of a procedure, such as type.
    """

    patient_identifier: str = ""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    procedures: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)

    def code(self, system: str, code: str) -> str | None:
        """Return the code that *code* of *system* stands for, or None where none is mapped."""
        return self.codes.get(system, {}).get(code)


def read_fhir_mapping(source: str | Path | Mapping[str, Any] | None) -> FhirMapping:
    """Return the mapping that *source* declares.

    Args:
        source: a TOML file, its content as a dictionary, or None for no mapping. Tables:
            `[codes."SYSTEM"]` with `"code" = "11102"`, and `[procedures."SYSTEM"."code"]` with
            elements of a procedure.

    Raises:
        SettingsError: if the file cannot be read, or an entry is not accepted.
    """
    if source is None:
        return FhirMapping()
    if isinstance(source, Mapping):
        name, content = "mapping", dict(source)
    else:
        name = Path(source).name
        content = mapping_file(Path(source))
    slips = [
        f"'{key}' is not a key of a mapping for FHIR data. Accepted: {', '.join(_KEYS)}."
        for key in content
        if key not in _KEYS
    ]
    if not isinstance(content.get("patient_identifier", ""), str):
        slips.append("'patient_identifier' must be text in quotes: the system of an identifier.")
    slips += _slips("codes", content.get("codes", {}), 2)
    slips += _slips("procedures", content.get("procedures", {}), 3)
    if slips:
        raise SettingsError("\n  ".join([f"{name}: the mapping is not accepted.", *slips]))
    return FhirMapping(**content)


def _slips(place: str, given: Any, depth: int) -> list[str]:
    """Return what is not as it must be: tables *depth* deep with filled texts in them."""
    if depth == 0:
        fine = isinstance(given, str) and given
        return [] if fine else [f"[{place}] must be text in quotes."]
    if not isinstance(given, dict):
        return [f"'{place}' must be a table, written [{place}]."]
    return [
        slip for key, value in given.items() for slip in _slips(f"{place}.{key}", value, depth - 1)
    ]
