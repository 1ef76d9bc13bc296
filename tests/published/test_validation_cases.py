"""RAT-STATS documentation and OIG challenge review notes: what must be refused or collapse."""

import pytest
from tolerances import check

from auditkit.stats._check import StatisticsError
from auditkit.stats.attribute import attribute_unrestricted
from auditkit.stats.variable import variable_unrestricted


def test_one_unit_has_no_standard_error():
    """A single sampled unit of 100 is refused, and the argument named."""
    with pytest.raises(StatisticsError, match="'values' holds one unit of 100"):
        variable_unrestricted([50], 100)


def test_a_census_has_no_width():
    """All five units: the total is known."""
    found = variable_unrestricted([10, 0, 0, 7.5, 2], 5)

    assert (found.point, found.se, found.lower, found.upper) == (19.5, 0, 19.5, 19.5)


@pytest.mark.parametrize(
    ("universe", "sample", "errors", "named"), [(10, 5, 6, "errors"), (10, 11, 1, "sample")]
)
def test_impossible_counts_are_refused(universe, sample, errors, named):
    """More errors than units, more units than the universe."""
    with pytest.raises(StatisticsError) as error:
        attribute_unrestricted(errors, sample, universe)

    assert error.value.argument == named


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["BEH01"])
def test_open_single_unit(case, case_id):
    """The same from the case."""
    with pytest.raises(StatisticsError):
        variable_unrestricted(**case(case_id)["input"])


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["BEH02"])
def test_open_census(case, case_id):
    """The same from the case."""
    found = variable_unrestricted(**case(case_id)["input"])
    check(
        case(case_id),
        {
            "point": found.point,
            "se_total": found.se,
            "lower90": found.lower,
            "upper90": found.upper,
        },
    )


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["BEH05"])
def test_open_impossible_counts(case, case_id):
    """The same from the case."""
    for universe, sample, errors in case(case_id)["input"]["cases"]:
        with pytest.raises(StatisticsError):
            attribute_unrestricted(errors, sample, universe)
