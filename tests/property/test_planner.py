"""Properties of the planner: fair draws, estimators equal to the real ones, honest chances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from auditkit.sampling._batch import ESTIMATORS, Batch
from auditkit.sampling.designs import Design, cut
from auditkit.sampling.patterns import all_or_nothing, clustered, mixed, partial
from auditkit.sampling.planner import draw_places, simulate
from auditkit.stats.auxiliary import ratio_total
from auditkit.stats.likelihood import likelihood_total
from auditkit.stats.msm import minimum_sum, minimum_sum_stratified
from auditkit.stats.variable import variable_stratified, variable_unrestricted


@pytest.mark.parametrize(("size", "n"), [(12, 5), (50, 3), (40, 8), (30, 29)])
def test_draws_are_simple_random_samples(size, n):
    """Each row holds n different units, and every unit is drawn equally often (chi-squared)."""
    times = 20_000

    places = draw_places(np.random.default_rng(3), size, n, times)

    assert places.shape == (times, n)
    assert (np.diff(places, axis=1) > 0).all()
    seen = np.bincount(places.ravel(), minlength=size)
    # Without replacement the counts vary less than a multinomial, by (N - n)/(N - 1).
    chi = ((seen - times * n / size) ** 2).sum() / (times * n / size)
    scaled = chi * (size - 1) / (size - n)
    assert 0.001 < stats.chi2.sf(scaled, size - 1) < 0.999


def test_every_pair_is_drawn_equally_often():
    """All ten pairs of five units turn up a tenth of the time."""
    places = draw_places(np.random.default_rng(5), 50, 2, 100_000)

    inside = (places < 5).all(axis=1)
    pairs = np.bincount(places[inside, 0] * 5 + places[inside, 1])
    counts = pairs[pairs > 0]
    assert len(counts) == 10
    assert stats.chisquare(counts).pvalue > 0.001


def real_estimate(name, paid, over, sizes, labels, rest):
    """Return the estimate of one sample by the function that a real audit would call."""
    single = len(sizes) == 1
    if name == "expansion":
        if single:
            return variable_unrestricted(over, sizes["s0"])
        return variable_stratified(over, sizes, labels)
    if name == "ratio":
        total = float(np.sum(paid) + sum(np.sum(values) for values in rest.values()))
        return ratio_total(over, paid, sizes, total, labels)
    if name == "likelihood":
        return likelihood_total(over, sizes, labels)
    if single:
        return minimum_sum(paid, over, rest["s0"])
    return minimum_sum_stratified(paid, over, labels, rest)


@settings(max_examples=25)
@given(data=st.data(), seed=st.integers(0, 10**6), strata=st.integers(1, 3))
def test_simulated_estimates_equal_the_real_ones(data, seed, strata):
    """Point and limits of each simulated sample are those of the functions for real samples."""
    generator = np.random.default_rng(seed)
    paid = np.round(generator.lognormal(4, 1, 40 * strata), 2)
    labels = np.repeat([f"s{h}" for h in range(strata)], 40)
    sizes = {f"s{h}": data.draw(st.sampled_from([2, 7, 25, 40])) for h in range(strata)}
    pattern = data.draw(st.sampled_from([all_or_nothing(0.3), mixed(0.6), partial(0.5)]))
    over = pattern.overpaid(paid, generator, 1)[0]
    layout = cut(Design("d", sizes, tuple(labels)), paid)
    places = tuple(draw_places(generator, s.size, s.n, 3) for s in layout)
    rows = [s.units[place] for s, place in zip(layout, places, strict=True)]
    batch = Batch(layout, places, tuple(paid[r] for r in rows), tuple(over[r] for r in rows))

    for name, estimator in ESTIMATORS.items():
        found = estimator(batch, 0.9)
        for k in range(3):
            drawn = np.concatenate([r[k] for r in rows])
            rest = {
                s.label: paid[np.setdiff1d(s.units, r[k])]
                for s, r in zip(layout, rows, strict=True)
            }
            real = real_estimate(
                name, paid[drawn], over[drawn], {s.label: s.size for s in layout},
                labels[drawn].tolist(), rest,
            )  # fmt: skip
            for limit in ("point", "lower", "upper", "lower_one_sided"):
                value = np.broadcast_to(getattr(found, limit), 3)[k]
                assert value == pytest.approx(getattr(real, limit), rel=1e-5, abs=1e-3), (
                    name,
                    limit,
                )


@given(
    rate=st.floats(0, 1),
    pattern=st.sampled_from([all_or_nothing, partial, mixed, clustered]),
    seed=st.integers(0, 10**6),
)
def test_patterns_have_exactly_their_rate(rate, pattern, seed):
    """Errors number round(rate * N); no overpayment is negative or above the payment."""
    paid = np.random.default_rng(seed).lognormal(4, 1, 60)

    over = pattern(rate).overpaid(paid, np.random.default_rng(seed), 3)

    assert ((over > 0).sum(axis=1) == round(rate * 60)).all()
    assert ((over >= 0) & (over <= paid + 1e-9)).all()
    if pattern is all_or_nothing:
        assert np.isin(over / paid, (0, 1)).all()


def test_clustered_errors_gather_where_the_money_is():
    """A positive strength puts more money in error than chance would, a negative one less."""
    paid = np.random.default_rng(1).lognormal(4, 1, 2000)

    sums = [
        clustered(0.2, strength).overpaid(paid, np.random.default_rng(2), 20).sum(axis=1).mean()
        for strength in (-1, 0, 1)
    ]

    assert sums[0] < 0.75 * sums[1] < sums[1] < 0.75 * sums[2]


def test_a_simulation_is_reproducible_from_its_seed():
    """The same seed gives the same table; another seed another one."""
    paid = np.random.default_rng(0).lognormal(4, 1, 500)
    args = (paid, 40, all_or_nothing(0.2))

    one, two, other = (simulate(*args, replicates=500, seed=seed) for seed in (1, 1, 2))

    assert one.outcomes == two.outcomes
    assert one.intervals.equals(two.intervals)
    assert one.outcomes != other.outcomes
    assert "PCG64" in one.generator


def test_a_census_always_covers_and_has_no_width():
    """Sampling every unit leaves nothing open, by every estimator."""
    paid = np.random.default_rng(0).lognormal(4, 1, 50)

    found = simulate(paid, 50, mixed(0.3), estimators=list(ESTIMATORS), replicates=100)

    for outcome in found.outcomes:
        assert outcome.coverage == outcome.lower_coverage == 1
        assert outcome.width == pytest.approx(0, abs=1e-6)
        assert outcome.lower_share == pytest.approx(1)


def test_take_all_strata_narrow_the_interval():
    """Reviewing the large payments whole shortens the interval at no loss of coverage."""
    paid = np.random.default_rng(0).lognormal(4, 1.3, 2000)
    big = tuple(np.where(paid > np.quantile(paid, 0.98), "whole", "part"))
    designs = [
        Design("at random", 140),
        Design("large ones whole", {"whole": big.count("whole"), "part": 100}, big),
    ]

    found = simulate(paid, designs, mixed(0.3), estimators=["expansion"], replicates=2000)

    plain, whole = found.outcomes
    assert plain.n == whole.n == 140
    assert whole.width < 0.85 * plain.width
    assert whole.coverage > plain.coverage - 0.02
