"""Discovery samples lead to full samples by a rule fixed in advance, with the same seed."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from auditkit.errors import FrameError, PlanError
from auditkit.sampling.designs import design_of
from auditkit.sampling.draw import TAKE_ALL, draw
from auditkit.sampling.frame import Frame, frame_hash
from auditkit.sampling.patterns import all_or_nothing
from auditkit.sampling.plan import plan_of
from auditkit.sampling.planner import simulate
from auditkit.sampling.rounds import DiscoveryRule, full_sample
from auditkit.stats._check import StatisticsError


def frame_of(count, shift=0.0):
    """Return a frame of *count* units of two providers, allowed 1, 2, 3… dollars."""
    units = pd.DataFrame({
        "unit_id": [f"U{i:05d}" for i in range(count)],
        "provider_id": [f"P{i % 2 + 1:02d}" for i in range(count)],
        "payer": "MEDICARE_B",
        "month": "2024-07",
        "pos": "11",
        "family": "visit",
        "codes": "99213",
        "encounters": 1,
        "lines": 1,
        "charge": np.arange(1.0, count + 1) * 2,
        "allowed": np.arange(1.0, count + 1) + shift,
        "paid": np.arange(1.0, count + 1) * 0.8,
    })  # fmt: skip
    return Frame(units, "encounter", pd.DataFrame(), frame_hash(units))


def plan(**entries):
    """Return a random plan of twenty units; *entries* replace its sections."""
    whole = {
        "purpose": "random",
        "size": {"total": 20},
        "seed": {"value": "411", "origin": "dice", "recorded_on": date(2024, 10, 7)},
    } | entries
    return plan_of(whole)


def test_net_error_rate_below_five_percent_ends_the_audit():
    """Overpaid 300 and underpaid 60 of 5,000 dollars: 4.8 %, no full sample."""
    over = [300.0, -60.0] + [0.0] * 48

    found = DiscoveryRule().decide([100.0] * 50, over, 4000)

    assert found.error_rate == pytest.approx(0.048)
    assert found.size is None and found.further == 0
    assert "No full sample is due" in found.sentence()


def test_the_rate_without_netting_leads_to_a_full_sample():
    """The same sample without netting is at 6 % and leads on."""
    over = [300.0, -60.0] + [0.0] * 48

    found = DiscoveryRule(netted=False).decide([100.0] * 50, over, 4000)

    assert found.full
    assert found.further == found.size - 50 > 0


def test_full_sample_is_sized_for_25_percent_at_90_percent():
    """Ten of fifty overpaid 100: mean 20, sd 40.406; n0 = (1.645 * 40.406 / 5)² = 176.7.

    With 4,000 units that is 176.7 / (1 + 176.7 / 4000) = 169.2, so 169 units, 119 more.
    """
    found = DiscoveryRule().decide([100.0] * 50, [100.0] * 10 + [0.0] * 40, 4000)

    assert found.size == 169
    assert found.further == 119
    assert "119 more units, drawn with the same seed" in found.sentence()


def test_a_precise_discovery_sample_needs_no_more():
    """When every unit is overpaid alike the discovery sample has the precision already."""
    found = DiscoveryRule().decide([100.0] * 50, [50.0] * 50, 4000)

    assert found.full
    assert found.further == 0


@pytest.mark.parametrize(
    ("paid", "over", "argument"),
    [([0.0, 0.0], [0.0, 0.0], "paid"), ([1.0, 2.0], [1.0], "overpaid"), ([1.0], [1.0], "paid")],
)
def test_discovery_samples_that_decide_nothing_are_refused(paid, over, argument):
    """Nothing paid, lists that do not agree, or a single unit."""
    with pytest.raises(StatisticsError, match=f"'{argument}'"):
        DiscoveryRule().decide(paid, over, 100)


def test_the_full_sample_begins_with_the_discovery_sample():
    """Same seed, larger size: the first twenty units in selection order are the same."""
    frame = frame_of(400)
    discovery = draw(plan(), frame)

    full = full_sample(discovery, frame, 90)

    assert len(full.units) == 90
    assert full.units["unit_id"].head(20).tolist() == discovery.units["unit_id"].tolist()
    assert full.plan.seed == discovery.plan.seed


def test_sizes_by_stratum_extend_each_stratum():
    """With strata the sizes are named, and every stratum keeps its discovery units."""
    frame = frame_of(400)
    discovery = draw(plan(strata={"by": ["provider_id"]}, size={"per_stratum": 10}), frame)

    full = full_sample(discovery, frame, {"P01": 40, "P02": 12})

    assert set(discovery.units["unit_id"]) < set(full.units["unit_id"])
    assert len(full.units) == 52


def test_a_smaller_stratum_is_refused():
    """A full sample that would drop reviewed units is an error."""
    frame = frame_of(400)
    discovery = draw(plan(strata={"by": ["provider_id"]}, size={"per_stratum": 10}), frame)

    with pytest.raises(PlanError, match="leave out"):
        full_sample(discovery, frame, {"P01": 40, "P02": 9})


def test_another_frame_is_refused():
    """One changed amount is another frame."""
    discovery = draw(plan(), frame_of(400))

    with pytest.raises(FrameError, match="hashes differ"):
        full_sample(discovery, frame_of(400, shift=0.01), 90)


def test_a_discovery_sample_that_the_seed_does_not_give_is_refused():
    """Swapping a drawn unit for another is found before anything is extended."""
    frame = frame_of(400)
    discovery = draw(plan(), frame)
    units = discovery.units.copy()
    units.loc[0, "unit_id"] = "U99999"

    with pytest.raises(PlanError, match="plan and seed"):
        full_sample(replace(discovery, units=units), frame, 90)


def test_a_plan_is_simulated_as_it_would_be_drawn():
    """The design of a plan has its strata and sizes, take-all units whole."""
    frame = frame_of(400)
    stratified = plan(
        strata={"by": ["provider_id"], "take_all_above": 380.0}, size={"per_stratum": 15}
    )

    design = design_of(stratified, frame)
    found = simulate(frame.units["paid"], design, all_or_nothing(0.3), replicates=500)

    assert design.sizes == {"P01": 15, "P02": 15, TAKE_ALL: 20}
    assert found.outcomes[0].n == 50
    assert found.universe == 400


def test_a_targeted_plan_is_not_simulated():
    """Chosen units cannot be projected, so their plan is refused."""
    chosen = plan(purpose="targeted", targeted_units=["U00001"], size={"total": 1})

    with pytest.raises(PlanError, match="nothing can be projected"):
        design_of(chosen, frame_of(10))


def test_a_plan_without_a_seed_can_be_tried():
    """The plan is tried before the seed exists; its sizes are those it has with a seed."""
    entries = {"purpose": "random", "unit": "encounter", "size": {"per_stratum": 4}}

    assert {"all": 4} == design_of(plan_of(entries), frame_of(10)).sizes
