"""The review: people read, judge, dispute, decide and sign; every act is a line of a log."""

from auditkit.review import events
from auditkit.review.agreement import (
    agreement,
    drift,
    engine_readings,
    rate_sensitivity,
    readings,
)
from auditkit.review.blind_book import blind_book, read_of
from auditkit.review.blind_read import read_blind_book
from auditkit.review.compare_book import compare_book
from auditkit.review.compare_read import read_compare_book
from auditkit.review.corrective import action_register
from auditkit.review.education import education_pack, pack_markdown
from auditkit.review.exposure import exposure_sheet, refund_clock
from auditkit.review.gate import Gate, review_gate
from auditkit.review.imported import Imported, Taken, load_elements, take
from auditkit.review.log import LogError, read_log, verify_log
from auditkit.review.outcome import reviewed
from auditkit.review.quiz_notebook import education_notebook
from auditkit.review.rebuttal import before_and_after, ledger, overturn_rates
from auditkit.review.repeats import caveat, repeat_findings
from auditkit.review.requests import (
    declare_missing,
    request_charts,
    request_list,
    request_policy,
)
from auditkit.review.response_book import read_response_book, response_book
from auditkit.review.session import Review

__all__ = [
    "Gate",
    "Imported",
    "LogError",
    "Review",
    "Taken",
    "action_register",
    "agreement",
    "before_and_after",
    "blind_book",
    "caveat",
    "compare_book",
    "declare_missing",
    "drift",
    "education_notebook",
    "education_pack",
    "engine_readings",
    "events",
    "exposure_sheet",
    "ledger",
    "load_elements",
    "overturn_rates",
    "pack_markdown",
    "rate_sensitivity",
    "read_blind_book",
    "read_compare_book",
    "read_log",
    "read_of",
    "read_response_book",
    "readings",
    "refund_clock",
    "repeat_findings",
    "request_charts",
    "request_list",
    "request_policy",
    "response_book",
    "review_gate",
    "reviewed",
    "take",
    "verify_log",
]
