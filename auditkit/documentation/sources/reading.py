"""Structured sources recognised by their content: FHIR, C-CDA, or an export with its mapping."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from auditkit.claims.fhir_files import looks_like_fhir
from auditkit.claims.fhir_mapping import FhirMapping
from auditkit.documentation.elements import Procedure
from auditkit.documentation.sources.account import RecordSources
from auditkit.documentation.sources.ccda import read_ccda
from auditkit.documentation.sources.exports import read_export
from auditkit.documentation.sources.fhir import read_fhir_record
from auditkit.errors import InputError, SettingsError

_HEAD = 4_096


def is_record(path: Path) -> bool:
    """Return whether *path* is FHIR, a C-CDA document, or a folder of either."""
    return looks_like_fhir(path) or bool(_documents(path))


def read_record(paths: Iterable[Path], mapping: FhirMapping | None = None) -> RecordSources:
    """Read sources of the record; FHIR and C-CDA are recognised by their content.

    Args:
        paths: files, folders of a bulk export or of C-CDA documents, and the mapping files
            (TOML) of exports, each of which names its export.
        mapping: the user's own codes; none when left out.

    Raises:
        InputError: if a path cannot be opened or is of no kind that is read. What is malformed
            within a source is listed in the result instead.
        SettingsError: if a mapping is not accepted.
    """
    declared = mapping or FhirMapping()
    _refuse_unfit(declared)
    found = RecordSources()
    for path in paths:
        if path.suffix.lower() == ".toml":
            found.add(read_export(path))
            continue
        documents = _documents(path)
        fhir = looks_like_fhir(path)
        if not path.exists():
            raise InputError(f"{path.name} is not there. Check the path.")
        if not documents and not fhir:
            raise InputError(
                f"{path.name}: not a source of the record. Accepted: FHIR R4 as JSON or NDJSON, "
                "C-CDA, or a folder of them (an archive must be unpacked); an export of an EHR or "
                "laboratory system by its mapping file (.toml)."
            )
        if fhir:
            found.add(read_fhir_record(path, declared))
        for document in documents:
            found.add(read_ccda(document, declared))
    return found


def _documents(path: Path) -> list[Path]:
    """Return the XML documents at *path*: the file itself, or those of a folder."""
    try:
        if path.is_dir():
            files = [f for f in path.iterdir() if f.suffix.lower() == ".xml" and f.is_file()]
            return sorted(files)
        with path.open("rb") as stream:
            head = stream.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError:
        return []
    return [path] if head.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<")) else []


def _refuse_unfit(mapping: FhirMapping) -> None:
    """Refuse what a mapping says of procedures where it is no element of one.

    Raises:
        SettingsError: naming each element that does not fit the schema.
    """
    slips = []
    for system, known in mapping.procedures.items():
        for code, said in known.items():
            place = f'[procedures."{system}"."{code}"]'
            if "type" not in said:
                slips.append(f"{place} needs a type, such as biopsy.")
                continue
            try:
                Procedure.model_validate({"procedure_id": "P1", **said})
            except ValidationError as error:
                fields = {str(each["loc"][0]) for each in error.errors()}
                slips += [f"{place} '{name}' is not accepted." for name in sorted(fields)]
    if slips:
        raise SettingsError("\n  ".join(["The mapping for FHIR data is not accepted.", *slips]))
