"""BCa limits of R boot 1.3-28 (boot.ci, 200,000 resamples) and of scipy.stats.bootstrap."""

import numpy as np
import pytest
from scipy import stats

from auditkit.stats.bootstrap import bootstrap_total

OVER = [
    0, 0, 240, 0, 62, 0, 0, 0, 205, 0, 0, 0, 35.5, 0, 0,
    220, 0, 0, 0, 0, 0, 48.75, 0, 0, 0, 12, 0, 0, 0, 0,
]  # fmt: skip


@pytest.mark.parametrize(
    ("level", "low", "high"),
    [(0.80, 15.0583333333333, 48.3333333333333), (0.90, 12.0083333333333, 55.375)],
)
def test_plain_limits_of_a_mean(level, low, high):
    """boot.ci(type = "bca") of the mean; two runs of this many differ by about 1 % in an end."""
    universe = 10**9

    found = bootstrap_total(OVER, universe, level=level, resamples=99_999, rescale="plain")

    assert found.lower / universe == pytest.approx(low, rel=0.02)
    assert found.upper / universe == pytest.approx(high, rel=0.02)


def test_plain_limits_of_a_skewed_sample():
    """scipy.stats.bootstrap with method BCa, another sample."""
    values = np.exp(np.linspace(-2, 3, 25))
    oracle = stats.bootstrap(
        (values,), np.mean, confidence_level=0.9, n_resamples=50_000, rng=np.random.default_rng(4)
    ).confidence_interval

    found = bootstrap_total(values, 10**9, resamples=50_000, rescale="plain")

    assert found.lower / 1e9 == pytest.approx(oracle.low, rel=0.02)
    assert found.upper / 1e9 == pytest.approx(oracle.high, rel=0.02)


def test_design_rescaling_gives_the_design_variance():
    """Rao and Wu: the variance of the resampled totals is N²(1 - n/N)s²/n."""
    universe = 100
    expected = universe * (np.var(OVER, ddof=1) / 30 * (1 - 30 / universe)) ** 0.5

    found = bootstrap_total(OVER, universe, resamples=50_000)

    assert found.se == pytest.approx(expected, rel=0.015)


@pytest.mark.parametrize("rescale", ["plain", "design"])
def test_samples_of_equal_amounts_keep_their_ties(rescale):
    """Two errors of 100 dollars in 30: scipy's lower limit, not a lattice's artefact of zero.

    Few distinct values make resamples equal to the sample; each must count as a tie.
    """
    values = np.array([100.0] * 2 + [0.0] * 28)
    oracle = stats.bootstrap(
        (values,), np.mean, confidence_level=0.8, n_resamples=50_000, rng=np.random.default_rng(1)
    ).confidence_interval

    found = bootstrap_total(values, 10**9, level=0.8, resamples=50_000, rescale=rescale)

    assert found.lower / 1e9 == pytest.approx(oracle.low, rel=0.03)
    assert oracle.low > 0
