"""The review: people read, judge, dispute, decide and sign; every act is a line of a log.

Names load when first used.
"""

from importlib import import_module
from typing import Any

_PUBLIC = {
    "Appointed": "events",
    "ChartReceived": "events",
    "Desk": "desk",
    "Gate": "gate",
    "Imported": "imported",
    "Issued": "issue",
    "LogError": "log",
    "Received": "receipt",
    "Review": "session",
    "ReviewWidget": "widget",
    "Taken": "imported",
    "action_register": "corrective",
    "agreement_by_phase": "model_reader",
    "agreement_table": "agreement",
    "assign_charts": "assignment",
    "before_and_after": "rebuttal",
    "caveat": "repeats",
    "changes": "standing",
    "decision": "ruling",
    "desk_of": "issue",
    "declare_missing": "requests",
    "drift": "agreement",
    "education_notebook": "quiz_notebook",
    "education_pack": "education",
    "engine_readings": "agreement",
    "exposure_sheet": "exposure",
    "issue_education": "quiz_notebook",
    "issue_requests": "issue",
    "issue_responses": "issue",
    "issue_workpapers": "issue",
    "keep_attachment": "response_book",
    "ledger": "rebuttal",
    "load_elements": "imported",
    "model_readings": "model_reader",
    "overturn_rates": "rebuttal",
    "pack_markdown": "education",
    "proposal_rates": "proposals",
    "rate_sensitivity": "agreement",
    "read_blind_book": "blind_read",
    "read_compare_book": "compare_read",
    "read_log": "log",
    "read_of": "blind_book",
    "read_response_book": "response_book",
    "readers_progress": "progress",
    "readings": "agreement",
    "rebuilt": "past",
    "receive": "receipt",
    "refund_clock": "exposure",
    "repeat_findings": "repeats",
    "repeats_between": "repeats",
    "request_charts": "requests",
    "request_list": "requests",
    "request_policy": "requests",
    "resolution": "ruling",
    "review_gate": "gate",
    "review_state": "joined",
    "review_tables": "tables",
    "reviewed": "outcome",
    "stages_progress": "progress",
    "standing_findings": "standing",
    "take": "imported",
    "to_settle": "progress",
    "verify_log": "log",
    "write_blind_book": "blind_book",
    "write_compare_book": "compare_book",
    "write_response_book": "response_book",
}

__all__ = sorted(_PUBLIC)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'auditkit.review' has no attribute {name!r}")
    return getattr(import_module(f"auditkit.review.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
