"""Privacy: keyed ids, identifiers kept apart, small cells, and the de-identified twin.

Each module owns one property: `keys` names patients and encounters by keyed hashes, `apart` keeps
identifiers and note text in the private folder, `cells` hides small counts, `twin` makes an audit
that can be shown.
"""

from auditkit.privacy.apart import (
    CROSSWALK,
    FRAME_PATIENTS,
    PRIVATE,
    QUOTES,
    crosswalk,
    frame_patients,
    make_folder,
    quotes_apart,
    without_identifiers,
)
from auditkit.privacy.keys import keyed_id, make_key, read_key

__all__ = [
    "CROSSWALK",
    "FRAME_PATIENTS",
    "PRIVATE",
    "QUOTES",
    "crosswalk",
    "frame_patients",
    "keyed_id",
    "make_folder",
    "make_key",
    "quotes_apart",
    "read_key",
    "without_identifiers",
]
