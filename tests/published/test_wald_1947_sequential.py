"""Wald 1947: the lines of the binomial test; Lan and DeMets 1983: spending functions (rpact)."""

import math
from dataclasses import replace

import pytest

from auditkit.stats.sequential import group_sequential, probability_ratio_test


def test_lines_of_the_binomial_test():
    """Chapter 5: fail at h1 + s n and pass at h0 + s n errors, for rates .1 and .3.

    With alpha .02 and beta .03: g = ln(3) - ln(.7/.9) = 1.34993, s = ln(.9/.7)/g = .18617,
    h1 = ln(.97/.02)/g = 2.8755, h0 = ln(.03/.98)/g = -2.5824.
    """
    rule = probability_ratio_test(0.1, 0.3, alpha=0.02, beta=0.03, most=60, boundaries="wald")

    for n in (20, 30, 45, 59):
        look = rule.looks.index(n)
        assert rule.fail_at[look] == math.ceil(2.8755 + 0.18617 * n)
        assert rule.pass_at[look] == math.floor(-2.5824 + 0.18617 * n)


@pytest.mark.parametrize(
    ("spending", "spent"),
    [
        ("obrien_fleming", [8.85754383213033e-05, 5.57459673114991e-03, 0.05]),
        ("pocock", [0.0178687009754395, 0.0310057255916402, 0.05]),
        ("linear", [0.0125, 0.025, 0.05]),
    ],
)
def test_no_look_spends_more_than_the_function_allows(spending, spent):
    """rpact getDesignGroupSequential(typeOfDesign = "asOF", "asP"), looks at 1/4, 1/2 and all.

    Up to each look the exact chance of a wrong failure is within what rpact says may be spent,
    and one error less at that look would break it.
    """
    rule = group_sequential([100, 200, 400], 0.05, 0.10, spending=spending, futility=False)

    for look, allowed in enumerate(spent):
        partial = _first_looks(rule, look)
        assert partial.chances(0.05).fail <= allowed
        assert _first_looks(rule, look, sooner=1).chances(0.05).fail > allowed


def _first_looks(rule, last, sooner=0):
    """Return the rule cut after a look, which fails *sooner* errors earlier there."""
    fail_at = list(rule.fail_at[: last + 1])
    fail_at[-1] -= sooner
    pass_at = (*rule.pass_at[:last], fail_at[-1] - 1)
    return replace(rule, looks=rule.looks[: last + 1], fail_at=tuple(fail_at), pass_at=pass_at)
