"""Draws: fixed by seed, stratum and unit id alone."""

import subprocess
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from auditkit.errors import FrameError, PlanError
from auditkit.sampling.draw import TAKE_ALL, assign_strata, draw, ticket
from auditkit.sampling.frame import Frame, frame_hash
from auditkit.sampling.plan import plan_of


def frame_of(count, providers=1, unit="encounter"):
    """Return a frame of *count* units over *providers*, allowed 1, 2, 3… dollars."""
    units = pd.DataFrame({
        "unit_id": [f"U{i:05d}" for i in range(count)],
        "provider_id": [f"P{i % providers + 1:02d}" for i in range(count)],
        "payer": "MEDICARE_B",
        "month": "2024-07",
        "pos": "11",
        "family": "visit",
        "codes": "99213",
        "encounters": 1,
        "lines": 1,
        "charge": np.arange(1.0, count + 1) * 2,
        "allowed": np.arange(1.0, count + 1),
        "paid": np.arange(1.0, count + 1) * 0.8,
    })  # fmt: skip
    return Frame(units, unit, pd.DataFrame(), frame_hash(units))


def plan(seed="20241007", **entries):
    """Return a random plan; *entries* replace its sections."""
    whole = {
        "purpose": "random",
        "size": {"total": 10},
        "seed": {"value": seed, "origin": "dice", "recorded_on": date(2024, 10, 7)},
    } | entries
    return plan_of(whole)


def test_ticket_is_what_sha256sum_prints():
    """Anyone can check a ticket with the sha256sum of coreutils."""
    printed = subprocess.run(
        ["sha256sum"], input=b"20241007|P01|U00001", capture_output=True, check=True
    ).stdout.decode().split()[0]  # fmt: skip

    assert printed == ticket("20241007", "P01", "U00001")


def test_ticket_of_the_published_test_vector():
    """SHA-256 of 'abc' is the FIPS 180-4 example, so a ticket made of it is that digest."""
    import hashlib

    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    assert expected == hashlib.sha256(b"abc").hexdigest()
    assert ticket("a", "b", "c") == hashlib.sha256(b"a|b|c").hexdigest()


@given(st.randoms(use_true_random=False))
def test_order_of_the_frame_does_not_matter(random):
    """The same seed and frame give the same sample in whatever order the rows come."""
    frame = frame_of(60, providers=3)
    rows = list(range(60))
    random.shuffle(rows)
    shuffled = frame.units.iloc[rows].reset_index(drop=True)
    again = Frame(shuffled, "encounter", frame.attrition, frame_hash(shuffled))
    by_provider = plan(strata={"by": ["provider_id"]}, size={"per_stratum": 7})

    pd.testing.assert_frame_equal(draw(by_provider, frame).units, draw(by_provider, again).units)


@given(st.integers(2, 40), st.integers(0, 19))
def test_a_larger_draw_begins_with_the_smaller(size, more):
    """The first n of a draw of n + m are the draw of n, in the same order."""
    frame = frame_of(60)
    small = draw(plan(size={"total": size}), frame).units["unit_id"].tolist()
    large = draw(plan(size={"total": size + more}), frame).units["unit_id"].tolist()

    assert small == large[:size]


def test_every_unit_is_drawn_as_often_as_any_other():
    """Over 4,000 seeds, 10 of 50 units: inclusion counts fit the uniform (chi-squared)."""
    frame = frame_of(50)
    counts = pd.Series(0, index=frame.units["unit_id"])
    for seed in range(4000):
        tickets = {u: ticket(str(seed), "all", u) for u in counts.index}
        counts[sorted(tickets, key=tickets.get)[:10]] += 1
    # Without replacement the counts vary less than Poisson: divide by 1 - n/N.
    expected = 4000 * 10 / 50
    statistic = float(((counts - expected) ** 2).sum() / expected / (1 - 10 / 50))

    assert stats.chi2.sf(statistic, 49) > 0.001


def test_a_small_stratum_is_taken_whole_once():
    """A stratum no larger than its allocation is taken whole, once."""
    sample = draw(plan(strata={"by": ["provider_id"]}, size={"per_stratum": 30}), frame_of(12, 2))

    assert 12 == len(sample.units)
    assert sample.units["unit_id"].is_unique
    assert sample.strata["take_all"].all()


def test_dear_units_are_all_taken():
    """Units allowed more than take_all_above form a stratum of their own, taken whole."""
    wanted = plan(strata={"take_all_above": 95.0}, size={"total": 5})
    sample = draw(wanted, frame_of(100))

    assert 5 == (sample.units["stratum"] == TAKE_ALL).sum()
    assert 10 == len(sample.units)
    assert (
        sample.units.loc[sample.units["stratum"] == TAKE_ALL, "inclusion_probability"] == 1
    ).all()


def test_bands_include_their_upper_boundary():
    """An amount on a boundary belongs to the band below it."""
    labels = assign_strata(
        frame_of(4).units, plan(strata={"allowed_boundaries": [2.0, 3.0]})
    ).tolist()

    assert ["0.00 to 2.00", "0.00 to 2.00", "2.00 to 3.00", "above 3.00"] == labels


def test_proportional_sizes_add_up():
    """A total is shared in proportion: 600, 300 and 100 units get 60, 30 and 10 of 100."""
    frame = frame_of(1000)
    frame.units["payer"] = ["A"] * 600 + ["B"] * 300 + ["C"] * 100
    frame = Frame(frame.units, "encounter", frame.attrition, frame_hash(frame.units))
    sample = draw(plan(strata={"by": ["payer"]}, size={"total": 100}), frame)

    assert {"A": 60, "B": 30, "C": 10} == dict(
        zip(sample.strata["stratum"], sample.strata["sampled"], strict=True)
    )


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.data())
def test_any_total_is_met_within_the_strata(held, data):
    """Whatever the strata, the sizes add up to the total and none exceeds its stratum."""
    total = data.draw(st.integers(min(sum(held), 2 * len(held)), sum(held)))
    units = frame_of(sum(held)).units
    units["payer"] = [f"payer {i}" for i, n in enumerate(held) for _ in range(n)]
    frame = Frame(units, "encounter", pd.DataFrame(), frame_hash(units))
    strata = draw(plan(strata={"by": ["payer"]}, size={"total": total}), frame).strata

    assert total == strata["sampled"].sum()
    assert (strata["sampled"] <= strata["units"]).all()
    assert (strata["sampled"] >= np.minimum(2, strata["units"])).all()


def test_a_changed_frame_is_refused():
    """A frame whose rows are not those of its hash is not drawn from."""
    frame = frame_of(20)
    frame.units.loc[3, "allowed"] = 9.99

    with pytest.raises(FrameError, match="changed after it was frozen"):
        draw(plan(), frame)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"size": {"total": 21}}, "asks for 21 units, but the frame holds 20"),
        ({"size": {"per_stratum": 21}}, "asks for 21 units, but the frame holds 20"),
        (
            {"strata": {"by": ["provider_id"]}, "size": {"by_stratum": {"P01": 21}}},
            "asks for 21 units of stratum 'P01', which holds 20",
        ),
        (
            {"strata": {"by": ["provider_id"]}, "size": {"by_stratum": {"P01": 2, "P99": 2}}},
            "names P99, which the frame does not hold",
        ),
        ({"unit": "claim"}, "draws claims, but the frame lists encounters"),
        ({"purpose": "targeted", "targeted_units": ["nobody"]}, "does not hold"),
    ],
)
def test_a_plan_that_cannot_be_drawn_says_why(entries, message):
    """Each impossible plan is refused with the number or name that makes it so."""
    with pytest.raises(PlanError, match=message):
        draw(plan(**entries), frame_of(20))


@pytest.mark.parametrize(
    ("entries", "place"),
    [
        ({"purpose": "random-ish"}, "purpose"),
        ({"size": {}}, "size"),
        ({"size": {"per_stratum": 3, "total": 3}}, "size"),
        ({"size": {"per_stratum": 0}}, "size.per_stratum"),
        ({"confidence": 1.2}, "confidence"),
        ({"strata": {"by": ["surname"]}}, "strata.by.0"),
        ({"strata": {"allowed_boundaries": [5, 2]}}, "strata"),
        ({"sede": 5}, "sede"),
        ({"targeted_units": ["U1"]}, "the file"),
    ],
)
def test_a_plan_with_a_wrong_entry_names_it(entries, place):
    """The message names the entry in plan.toml that is not accepted."""
    with pytest.raises(PlanError, match=f"'{place}'"):
        plan(**entries)
