"""The rules that people may name as the reason of an error, as they stand on a date of service."""

from datetime import date
from functools import cache

from auditkit.coding.pack import load_rules
from auditkit.coding.rules import Rule, Rules
from auditkit.review.cells import CellError

#: What a reader calls the entry in which they name a rule.
RULE = "Rule of the error"


@cache
def _rules() -> Rules:
    return load_rules()


def rule_titles(day: date | None) -> dict[str, str]:
    """Return id and title of each rule in force on *day*; of every rule when there is no day."""
    known = {rule.id: rule for pack in _rules().packs for rule in pack.rules}
    return {
        rule.id: rule.title
        for rule in known.values()
        if day is None or rule.version(day) is not None
    }


def named_rule(text: str) -> Rule:
    """Return the rule that a reader named.

    Raises:
        CellError: No pack has it; its arguments are as for
            :func:`auditkit.review.judgement.judgement_of`.
    """
    wanted = text.strip().upper()
    for pack in _rules().packs:
        for rule in pack.rules:
            if rule.id == wanted:
                return rule
    raise CellError(
        "is not in the rule catalogue", RULE, "an id of the catalogue, such as EM-1, or a blank"
    )
