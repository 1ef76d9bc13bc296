"""Medical decision making: each element's level, and the level that two of three support."""

from collections.abc import Iterable
from dataclasses import dataclass

from auditkit.coding.pack import RulesOn
from auditkit.documentation.elements import Data, Em, Problem, RiskElement

#: Levels of decision making, as the tables of the packs number them.
LEVELS = ("", "straightforward", "low", "moderate", "high")
HIGHEST = 4


@dataclass(frozen=True, slots=True)
class Level:
    """The level that decision making supports, with the levels of its three elements.

    `low` and `high` differ when an element was not abstracted and could change the level.
    """

    problems: int
    data: tuple[int, int]
    risk: tuple[int, int]
    low: int
    high: int

    @property
    def known(self) -> bool:
        """Return whether the level is the same whatever was not abstracted."""
        return self.low == self.high

    def __str__(self) -> str:
        """Return the three elements in words."""
        names = [LEVELS[self.problems]]
        names += [LEVELS[a] if a == b else "not abstracted" for a, b in (self.data, self.risk)]
        return f"problems {names[0]}, data {names[1]}, risk {names[2]}"


def two_of_three(*levels: int) -> int:
    """Return the highest level that two of three elements meet or exceed."""
    return sorted(levels)[1]


def decide(em: Em, problems: Iterable[Problem], rules: RulesOn) -> Level:
    """Return the level of decision making for *problems* with the visit's data and risk.

    CPT table of medical decision making: two of three elements must be met or exceeded.
    """
    p = problem_level(problems, rules)
    d = data_level(em, rules)
    r = risk_level(em, rules)
    return Level(p, d, r, two_of_three(p, d[0], r[0]), two_of_three(p, d[1], r[1]))


def problem_level(problems: Iterable[Problem], rules: RulesOn) -> int:
    """Return the level of the number and complexity of problems addressed; 1 when minimal."""
    statuses = [p.status.value for p in problems if p.status is not None]
    for row in rules.value("em.problem_levels"):
        if sum(status in row["status"] for status in statuses) >= row["count"]:
            return int(row["level"])
    return 1


def data_level(em: Em, rules: RulesOn) -> tuple[int, int]:
    """Return the lowest and highest level that the data can have; equal when all is abstracted."""
    if not em.abstracted("data"):
        return 1, HIGHEST
    limits = rules.value("em.data_thresholds")
    data = em.data
    items = counted_items(data)
    historian = bool(data.independent_historian)
    categories = (
        items + historian >= limits["moderate"],
        bool(data.independent_interpretation),
        bool(data.external_discussion),
    )
    met = sum(categories)
    if met:
        return (4, 4) if met > 1 else (3, 3)
    return (2, 2) if historian or items >= limits["limited"] else (1, 1)


def counted_items(data: Data) -> int:
    """Return notes, results and orders that count: each once, none billed by the same group.

    CPT: a test ordered and reviewed counts once; a test whose professional component the same
    group reports does not count.
    """
    tests = (data.unique_tests_ordered or 0) + (data.unique_tests_reviewed or 0)
    tests -= (data.ordered_and_reviewed_same_test or 0) + (data.tests_billed_by_same_group or 0)
    return (data.external_notes or 0) + max(tests, 0)


def risk_level(em: Em, rules: RulesOn) -> tuple[int, int]:
    """Return the lowest and highest level of risk; no risk documented counts as minimal."""
    if not em.abstracted("risk"):
        return 1, HIGHEST
    if em.risk is None:
        return 1, 1
    levels = rules.value("em.risk_levels")
    name = em.risk.value
    if name == RiskElement.INTENSIVE_MONITORING and not intensive(em, rules):
        name = RiskElement.PRESCRIPTION_DRUG.value
    level = int(levels[name])
    return level, level


def intensive(em: Em, rules: RulesOn) -> bool:
    """Return whether monitoring is intensive: for toxicity, and often enough in a year.

    CPT: generally not less than quarterly, and not for how well the drug works.
    """
    if em.monitoring_for_toxicity is False:
        return False
    times = em.monitoring_per_year
    return times is None or times >= int(rules.value("em.monitoring_per_year"))
