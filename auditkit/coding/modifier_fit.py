"""Modifiers that never suit a kind of code, whatever the record says."""

from auditkit.coding.chart import Draft
from auditkit.coding.pack import RulesOn

#: The row of `modifier.unfit` that stands for every kind without a row of its own.
OTHERS = "others"


def known_modifiers(rules: RulesOn) -> frozenset[str]:
    """Return every modifier that the packs know to exist."""
    classes = rules.value("modifier.classes").values()
    listed = {modifier for members in classes for modifier in members}
    return frozenset(listed | set(rules.value("modifier.others").split()))


def unfit_by_kind(rules: RulesOn) -> dict[str, frozenset[str]]:
    """Return, by kind of code, the modifiers that never stand on it."""
    classes = rules.value("modifier.classes")
    found: dict[str, frozenset[str]] = {}
    for row in rules.value("modifier.unfit"):
        members = {m for name in row["classes"] for m in classes[name]} | set(row["modifiers"])
        for kind in row["kinds"]:
            found[kind] = found.get(kind, frozenset()) | members
    return found


def misfit(modifier: str, draft: Draft, rules: RulesOn) -> str | None:
    """Return why *modifier* never stands on the code of *draft*, or None when it may."""
    if modifier not in rules.once(known_modifiers):
        return f"Modifier {modifier} is not one that CPT or HCPCS lists."
    table = rules.once(unfit_by_kind)
    if modifier in table.get(draft.kind, table[OTHERS]):
        return f"Modifier {modifier} does not stand on {draft.code}."
    return None
