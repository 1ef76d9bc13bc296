"""XML of C-CDA documents, read safely: no document types, no entities, bounded size and depth."""

import io
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError  # built by defusedxml's parser alone

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from auditkit.errors import InputError, Problem

#: The largest C-CDA document that is read, in bytes; the deepest, and the most elements.
SIZE_LIMIT = 33_554_432
DEPTH_LIMIT = 200
ELEMENT_LIMIT = 300_000

HL7 = "{urn:hl7-org:v3}"


def tree(content: bytes, file: str) -> Element:
    """Return the root of an XML document.

    Raises:
        InputError: if it is not well-formed, declares a document type or an entity, or is larger
            or deeper than any clinical document.
    """
    if len(content) > SIZE_LIMIT:
        raise refused(file, "too large", f"at most {SIZE_LIMIT:,} bytes")
    depth = count = 0
    root: Element | None = None
    try:
        parts = iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True)
        for event, element in parts:
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            count += event == "start"
            if depth > DEPTH_LIMIT or count > ELEMENT_LIMIT:
                limits = f"{DEPTH_LIMIT} deep and {ELEMENT_LIMIT:,} elements"
                raise refused(file, "nested too deeply, or too many elements", f"at most {limits}")
    except DefusedXmlException:
        raise refused(file, "declares a document type or an entity", "XML without them") from None
    except (ParseError, LookupError, ValueError):
        raise refused(file, "not well-formed XML", "a C-CDA document, whole") from None
    if root is None:
        raise refused(file, "not well-formed XML", "a C-CDA document, whole")
    return root


def refused(file: str, what: str, accepted: str) -> InputError:
    """Return the error of a document that is not read; it quotes nothing of it."""
    problem = Problem(file, None, None, what, accepted)
    return InputError(f"{file}: the document cannot be read.", [problem])


def find(element: Element | None, path: str) -> Element | None:
    """Return the first element at *path*, such as "author/time", under an element."""
    return None if element is None else element.find(_path(path))


def find_all(element: Element | None, path: str) -> list[Element]:
    """Return all elements at *path* under an element."""
    return [] if element is None else element.findall(_path(path))


def every(element: Element, name: str) -> Iterator[Element]:
    """Yield every element called *name* at any depth."""
    return element.iter(HL7 + name)


def _path(path: str) -> str:
    return "/".join(HL7 + step for step in path.split("/"))
