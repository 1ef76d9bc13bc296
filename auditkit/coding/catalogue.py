"""The rule catalogue: every rule of the packs with its citation, dates and worked cases."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from auditkit.coding.pack import Rules, load_rules
from auditkit.coding.rules import Period, Rule
from auditkit.documentation.cases import WorkedEncounter, read_cases

INTRODUCTION = """# The rules

Generated from the rule packs and their worked cases; do not edit. Make it again with
`python -m auditkit.coding.catalogue tests/spec docs/rules.md`.

A rule of severity *error* gives findings with dollars; an *advisory* is remarked and never changes
a line; a *prompt* asks the auditor to judge, with every reading where authorities differ. Nothing
here is legal or coding advice, and a payer's policy overrides it (see overlays.md). CPT codes are
the American Medical Association's; only code numbers are used, and the words are our own.
"""


def read_folder(folder: Path) -> list[WorkedEncounter]:
    """Return the worked cases of every TOML file of *folder*, in the order of file names."""
    return [case for path in sorted(folder.glob("*.toml")) for case in read_cases(path)]


def catalogue(rules: Rules, cases: Iterable[WorkedEncounter]) -> str:
    """Return the catalogue as Markdown, one section per pack and one entry per rule."""
    speaking: dict[str, list[str]] = defaultdict(list)
    silent: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        for rule in case.raises:
            speaking[rule].append(case.title)
        for rule in case.holds:
            silent[rule].append(case.title)
    parts = [INTRODUCTION]
    for pack in rules.packs:
        if pack.rules:
            parts.append(f"## {pack.title}\n")
            parts += [
                "\n".join(_entry(rule, speaking[rule.id], silent[rule.id])) for rule in pack.rules
            ]
    return "\n".join(parts)


def _entry(rule: Rule, speaking: list[str], silent: list[str]) -> Iterator[str]:
    yield f"### {rule.id}: {rule.title}\n"
    spans = ", ".join(_span(period) for period in rule.periods)
    category = rule.category.value.replace("_", " ")
    yield f"*{rule.family}*, {rule.severity.value}, {category}; in force {spans}.\n"
    yield f"Asks: {rule.asks}\n"
    yield f"Would support: {rule.would_support}\n"
    yield "Written in: " + "; ".join(
        str(c) + (f" (uncertain: {c.uncertain})" if c.uncertain else "") for c in rule.citations
    ) + ".\n"  # fmt: skip
    yield from (f"- reading: {reading}" for reading in rule.readings)
    yield from (f"- speaks: {title}" for title in speaking)
    yield from (f"- holds: {title}" for title in silent)
    yield ""


def _span(period: Period) -> str:
    return f"from {period.start}" + (f" until {period.end}" if period.end else "")


def main(folder: str, page: str) -> None:
    """Write the catalogue of the dermatology packs to *page*."""
    text = catalogue(load_rules(), read_folder(Path(folder)))
    Path(page).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    import sys

    main(*sys.argv[1:3])
