"""Bad arguments are refused with an error that names them."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from auditkit.stats import _check
from auditkit.stats._check import StatisticsError
from auditkit.stats.attribute import attribute_stratified, attribute_unrestricted
from auditkit.stats.attribute_multistage import (
    attribute_rhc_two_stage,
    attribute_three_stage,
    attribute_two_stage,
)
from auditkit.stats.binomial import binomial_rate, clopper_pearson, korn_graubard
from auditkit.stats.cluster import attribute_stratified_cluster, variable_stratified_cluster
from auditkit.stats.multistage import rhc_stage
from auditkit.stats.post_stratified import variable_post_stratified
from auditkit.stats.quantiles import t, two_sided, z
from auditkit.stats.result import from_standard_error
from auditkit.stats.shape import sections
from auditkit.stats.stratified_multistage import (
    attribute_stratified_multistage,
    variable_stratified_multistage,
)
from auditkit.stats.units import Counted, Grouped, Measured
from auditkit.stats.variable import (
    variable_stratified,
    variable_unknown_universe,
    variable_unrestricted,
)
from auditkit.stats.variable_multistage import variable_two_stage

UNIT = {"universe": 10, "sample": 5, "errors": 1}


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: attribute_unrestricted(6, 5, 10), "errors"),
        (lambda: attribute_unrestricted(-1, 5, 10), "errors"),
        (lambda: attribute_unrestricted(1.5, 5, 10), "errors"),
        (lambda: attribute_unrestricted("1", 5, 10), "errors"),
        (lambda: attribute_unrestricted(1, 11, 10), "sample"),
        (lambda: attribute_unrestricted(0, 0, 10), "sample"),
        (lambda: attribute_unrestricted(1, 5, 2**31), "universe"),
        (lambda: attribute_unrestricted(1, 5, None), "universe"),
        (lambda: attribute_unrestricted(1, 5, 10, 90), "level"),
        (lambda: attribute_unrestricted(1, 5, 10, 1.0), "level"),
        (lambda: attribute_unrestricted(1, 5, 10, convention="RAT-STATS"), "convention"),
        (lambda: binomial_rate(2, 1), "errors"),
        (lambda: clopper_pearson(1, 0, 0.9), "sample"),
        (lambda: korn_graubard(1.2, 0.1, 9, 0.9), "rate"),
        (lambda: korn_graubard(0.2, -0.1, 9, 0.9), "se"),
        (lambda: attribute_stratified([]), "strata"),
        (lambda: attribute_stratified("ab"), "strata"),
        (lambda: attribute_stratified([{"universe": 5, "sample": 2}]), "strata"),
        (lambda: attribute_stratified([{**UNIT, "size": 3}]), "strata"),
        (lambda: attribute_stratified([{**UNIT, "name": "a"}, {**UNIT, "name": "a"}]), "strata"),
        (lambda: attribute_stratified([(10, 5, 1)]), "strata"),
        (lambda: attribute_stratified([{**UNIT, "sample": 1}]), "strata"),
        (lambda: attribute_stratified([UNIT], lonely="ignore"), "lonely"),
        (lambda: variable_unrestricted([5.0], 10), "values"),
        (lambda: variable_unrestricted([], 10), "values"),
        (lambda: variable_unrestricted([1, 2, 3], 2), "values"),
        (lambda: variable_unrestricted([1, "2"], 9), "values"),
        (lambda: variable_unrestricted([1, float("nan")], 9), "values"),
        (lambda: variable_unrestricted([1, None], 9), "values"),
        (lambda: variable_unrestricted([1, True], 9), "values"),
        (lambda: variable_unrestricted([1, float("inf")], 9), "values"),
        (lambda: variable_unrestricted(np.array([1, 2j]), 9), "values"),
        (lambda: variable_unrestricted(np.array([1, 2], dtype="m8[D]"), 9), "values"),
        (lambda: variable_unrestricted([[1, 2], [3, 4]], 9), "values"),
        (lambda: variable_unrestricted("12", 9), "values"),
        (lambda: variable_unrestricted([1, 2], 9, quantile="x"), "quantile"),
        (lambda: variable_stratified([1, 2], {"a": 5}, ["a", "b"]), "universe"),
        (lambda: variable_stratified([1, 2], {"a": 5, "b": 5}, ["a", "a"]), "strata"),
        (lambda: variable_stratified([1, 2], {"a": 5}, ["a"]), "strata"),
        (lambda: variable_stratified([1, 2], {"a": 5, "b": 5}, ["a", "b"]), "strata"),
        (
            lambda: variable_stratified([1, 2], {"a": 5, "b": 5}, ["a", "b"], lonely="adjust"),
            "strata",
        ),
        (lambda: variable_stratified([1, 2], {"a": 5}, ["a", "a"], degrees="n"), "degrees"),
        (lambda: variable_unknown_universe(5, 6, 1, 1, 2, 1, 1), "n1"),
        (lambda: variable_unknown_universe(5, 2, 1, 1, 9, 1, 1), "n2"),
        (lambda: variable_unknown_universe(5, 2, 1, -1, 2, 1, 1), "sd1"),
        (lambda: variable_post_stratified([1, 2, 3], {"a": 5, "b": 5}, "aab"), "strata"),
        (lambda: variable_two_stage(5, [{"universe": 3, "values": [1, 2]}]), "primary"),
        (lambda: variable_two_stage(2, [{"universe": 3, "values": [1]}] * 2), "primary"),
        (lambda: variable_two_stage(2, [{"universe": 1, "values": [1, 2]}] * 2), "values"),
        (lambda: variable_two_stage(2, [UNIT, UNIT]), "primary"),
        (lambda: variable_two_stage(2, []), "primary"),
        (lambda: variable_two_stage(2, {"universe": 3}), "primary"),
        (lambda: attribute_two_stage(5, [UNIT, UNIT], 5), "universe"),
        (lambda: attribute_two_stage(5, [UNIT, UNIT], of="mean"), "of"),
        (lambda: attribute_three_stage(5, [UNIT, UNIT]), "primary"),
        (lambda: attribute_rhc_two_stage([UNIT]), "groups"),
        (lambda: rhc_stage([Grouped(Counted(9, 3, 1), 5, 4, 2)] * 2), "size"),
        (lambda: rhc_stage([Grouped(Counted(9, 3, 1), 0, 4, 2)] * 2), "size"),
        (lambda: rhc_stage([Grouped(Counted(9, 3, 1), 2, 4, 2)]), "primary"),
        (
            lambda: attribute_stratified_cluster(
                [{"clusters_universe": 5, "totals": [1, 4], "sizes": [2, 3]}]
            ),
            "totals",
        ),
        (
            lambda: attribute_stratified_cluster(
                [{"clusters_universe": 5, "totals": [1, 2], "sizes": [2, 3]}]
            ),
            "elements_universe",
        ),
        (lambda: variable_stratified_cluster([{"clusters_universe": 5, "totals": [1]}]), "strata"),
        (lambda: variable_stratified_multistage([{"point": 5, "se": -1}]), "se"),
        (lambda: variable_stratified_multistage([{"point": "5", "se": 1}]), "point"),
        (lambda: variable_stratified_multistage(7), "strata"),
        (lambda: attribute_stratified_multistage([{"point": 0.1, "se": 0.01}]), "universe"),
        (
            lambda: attribute_stratified_multistage([{"point": 5, "se": 0.01, "universe": 9}]),
            "point",
        ),
        (lambda: t(0.9, 0), "df"),
        (lambda: z(0), "level"),
        (lambda: two_sided(0.4), "level"),
        (lambda: sections(), "examined"),
        (lambda: sections([1, 2], [1]), "audited"),
        (lambda: sections([5, 5], [1, 1], [4, 3]), "difference"),
        (lambda: _check.shares("weights", [0.5, 0.4]), "weights"),
        (lambda: _check.shares("weights", [1.5, -0.5]), "weights"),
        (lambda: from_standard_error("x", 1, 1, 0.9, 1, 1).at(90), "level"),
        (lambda: attribute_unrestricted(1, 5, 10).at(0.8), "level"),
        (lambda: binomial_rate(1, 5).per_unit(), "universe"),
        (lambda: from_standard_error("x", 1, 1, 0.9, 1, 1).named("y", "euros"), "unit"),
    ],
)
def test_error_names_the_argument(call, argument):
    """The message begins with the argument, and the error carries it."""
    with pytest.raises(StatisticsError) as error:
        call()

    assert error.value.argument == argument
    assert str(error.value).startswith(f"'{argument}' ")


def test_messages_never_show_amounts():
    """Positions are counted from 1; amounts and texts stay out."""
    with pytest.raises(StatisticsError) as error:
        variable_unrestricted([123.45, "Smith", None, 4], 900)

    assert "positions 2, 3" in str(error.value)
    assert "Smith" not in str(error.value)
    assert "123.45" not in str(error.value)


def test_a_level_written_as_a_percentage_is_explained():
    """90 is never taken for 0.90."""
    with pytest.raises(StatisticsError, match=r"write 0\.9 for 90 %"):
        variable_unrestricted([1, 2], 9, 90)


@pytest.mark.parametrize(
    "values",
    [
        (10, 0, 5),
        np.array([10, 0, 5]),
        pd.Series([10.0, 0.0, 5.0], index=[7, 8, 9]),
        pd.Series([10, 0, 5], dtype="Int64"),
        [Decimal("10"), Decimal("0"), np.float32(5)],
        iter([10, 0, 5]),
    ],
    ids=["tuple", "array", "series", "nullable", "decimal", "iterator"],
)
def test_amounts_may_come_in_any_container(values):
    """Only the numbers count."""
    assert variable_unrestricted(values, 30).point == pytest.approx(150)


def test_a_blank_in_a_nullable_column_is_refused():
    """A missing amount is not zero."""
    with pytest.raises(StatisticsError, match="position 2 is blank"):
        variable_unrestricted(pd.Series([10, None, 5], dtype="Int64"), 30)


def test_units_may_be_values_or_dictionaries():
    """A row of a table serves as well as a value."""
    one = variable_two_stage(4, [Measured(3, [1, 2]), Measured(4, [5, 1])])
    two = variable_two_stage(
        4, [{"universe": 3, "values": [1, 2]}, {"universe": 4, "values": [5, 1]}]
    )

    assert (one.point, one.se) == (two.point, two.se)
