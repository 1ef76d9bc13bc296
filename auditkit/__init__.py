"""Audit the coding of health-care claims, and defend the result.

The public names of the whole toolkit; notebooks use nothing else. They are loaded when first
used, so that `auditkit --help` need not wait for the scientific stack.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "Audit": "auditkit.audit",
    "AuditkitError": "auditkit.errors",
    "FrameRules": "auditkit.sampling.frame",
    "build_frame": "auditkit.sampling.frame",
    "draw": "auditkit.sampling.draw",
    "encounters": "auditkit.claims",
    "json_schema": "auditkit.documentation.elements",
    "pack": "auditkit.evidence",
    "plan_of": "auditkit.sampling.plan",
    "project": "auditkit.estimate",
    "read_claims": "auditkit.claims",
    "read_plan": "auditkit.sampling.plan",
    "read_record": "auditkit.documentation.sources",
    "report": "auditkit.reporting",
    "record_seed": "auditkit.seeds",
    "run": "auditkit.pipeline",
    "run_cases": "auditkit.coding",
    "score": "auditkit.scoring",
    "simulate_plan": "auditkit.planning",
    "seal": "auditkit.evidence",
    "start_audit": "auditkit.setup",
    "start_demo": "auditkit.setup",
    "summarize": "auditkit.summary",
    "ticket": "auditkit.sampling.draw",
    "denials": "auditkit.revenue",
    "make_twin": "auditkit.privacy.twin",
    "measures": "auditkit.revenue",
    "pareto": "auditkit.revenue",
    "read_remittance": "auditkit.claims",
    "screen": "auditkit.edits",
    "screening": "auditkit.edits",
    "Store": "auditkit.reference",
    "verify": "auditkit.evidence",
    "verify_pack": "auditkit.evidence",
    "audit_gaps": "auditkit.gaps_of_audit",
    "compare_with_notes": "auditkit.from_notes",
    "deidentify": "auditkit.documentation.deidentify",
    "find_clones": "auditkit.documentation.clones",
    "gap_rates": "auditkit.documentation.gaps",
    "read_note": "auditkit.documentation.reader",
    "read_notes": "auditkit.documentation.notes",
}

#: Parts of the package that are public as a whole: the pictures, the draws, the statistics.
_PARTS = {
    "charts": "auditkit.reporting.charts",
    "review": "auditkit.review",
    "sampling": "auditkit.sampling",
    "stats": "auditkit.stats",
}

__all__ = ["__version__", *sorted(_PUBLIC), *_PARTS]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name in _PARTS:
        return import_module(_PARTS[name])
    if name not in _PUBLIC:
        raise AttributeError(f"module 'auditkit' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
