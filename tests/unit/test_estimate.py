"""The projection: its arithmetic, its cautions, its lines by other methods, its refusals."""

import hashlib
import json
import math
from datetime import date
from time import process_time

import pandas as pd
import pytest

from auditkit.audit import Audit
from auditkit.errors import ProjectionRefusedError
from auditkit.estimate import bootstrap_seed, project, unit_dollars
from auditkit.sampling.plan import plan_of
from auditkit.stages import make_scores


def plan(seed="4711", **entries):
    """Return a plan that stratifies by provider."""
    return plan_of({
        "purpose": "random", "size": {"per_stratum": 3}, "strata": {"by": ["provider_id"]},
        "seed": {"value": seed, "origin": "dice", "recorded_on": date(2024, 1, 2)}, **entries,
    })  # fmt: skip


def audit_of(over, allowed, sampled):
    """Return line results, sample, strata and frame of units of two providers.

    *over* and *allowed* list the units of P1, then of P2; the first *sampled* of each were drawn.
    """
    rows = [
        {"unit_id": f"{p}-{i}", "provider_id": p, "allowed": a, "dollars": o, "drawn": i < sampled}
        for p in ("P1", "P2")
        for i, (a, o) in enumerate(zip(allowed[p], over[p], strict=True))
    ]
    units = pd.DataFrame(rows)
    drawn = units[units["drawn"]]
    sample = drawn.assign(stratum=drawn["provider_id"])[["unit_id", "stratum"]]
    strata = pd.DataFrame({
        "stratum": ["P1", "P2"],
        "units": [len(allowed["P1"]), len(allowed["P2"])],
        "sampled": [sampled, sampled],
    })  # fmt: skip
    frame = units[["unit_id", "provider_id", "allowed"]]
    return drawn[["unit_id", "dollars"]], sample, strata, frame


SMALL = (
    {"P1": [10.0, 0.0, 20.0, 0, 0, 0], "P2": [0.0, 30.0, 0.0, 0, 0, 0, 0, 0, 0]},
    {"P1": [40.0] * 6, "P2": [50.0] * 9},
    3,
)


def test_the_projection_by_hand():
    """6 units of mean 10 and 9 of mean 10 make 150; 6*3*100/3 + 9*6*300/3 make 6,000."""
    lines, sample, strata, frame = audit_of(*SMALL)

    found = project(lines, sample, strata, plan(), frame)["overpayment"]

    assert found["point"] == pytest.approx(150)
    assert found["se"] == pytest.approx(6000**0.5)
    assert found["sampled_total"] == 60
    assert "fewer than 10" in found["warnings"][0]


def test_over_and_underpayments_are_kept_apart():
    """Two lines of one unit: 12 dollars too much and 5 too little; the net is 7."""
    lines = pd.DataFrame({"unit_id": ["a", "a", "b"], "dollars": [12.0, -5.0, 0.0]})
    sample = pd.DataFrame({"unit_id": ["a", "b"], "stratum": ["all", "all"]})

    found = unit_dollars(lines, sample).set_index("unit_id").loc["a"]

    assert (found["overpayment"], found["underpayment"], found["net"]) == (12, 5, 7)


def test_other_methods_stand_beside_students_t():
    """The required line first, as it stands in the estimate; then three others."""
    lines, sample, strata, frame = audit_of(*SMALL)

    found = project(lines, sample, strata, plan(), frame)["overpayment"]
    first, *others = found["sensitivity"]

    assert first["method"].startswith("Student's t")
    for name in ("point", "lower", "upper", "lower_one_sided"):
        assert first[name] == round(found[name], 2)
    assert [each["method"].split()[-1] for each in others] == ["likelihood", "resamples", "sample"]
    assert found["sensitivity_left_out"] == []
    assert "Student's t" in found["sensitivity_sentence"]
    assert json.loads(json.dumps(found)) == found


def test_minimum_sum_counts_the_smallest_payments_not_sampled():
    """All three of six overpaid in full, the others 1, 2 and 3: at least one more at 94.87 %.

    P(3 of 3 | 3 in error) = 1/20 = .05 and .0513 is allowed, so 3 in error are ruled out and the
    fourth is worth the smallest payment left, 1 dollar. P2 is right throughout.
    """
    over = {"P1": [10.0, 10.0, 10.0, 0, 0, 0], "P2": [0.0] * 6}
    allowed = {"P1": [10.0, 10.0, 10.0, 3.0, 1.0, 2.0], "P2": [50.0] * 6}
    lines, sample, strata, frame = audit_of(over, allowed, 3)

    found = project(lines, sample, strata, plan(), frame)["overpayment"]

    assert found["sensitivity"][-1]["lower_one_sided"] == pytest.approx(31)


def test_mostly_full_errors_are_a_caution():
    """Five of six sampled units overpaid in full: the t limit can be too high."""
    over = {"P1": [40.0] * 3 + [0.0] * 3, "P2": [50.0, 50.0, 0.0] + [0.0] * 6}
    lines, sample, strata, frame = audit_of(over, SMALL[1], 3)

    found = project(lines, sample, strata, plan(), frame)["overpayment"]

    assert any("83 % of the sampled units are overpaid in full" in w for w in found["warnings"])


@pytest.mark.parametrize("missing", ["frame", "amount"])
def test_without_allowed_amounts_the_minimum_sum_is_left_out(missing):
    """The other lines stand, and the reason is given."""
    lines, sample, strata, frame = audit_of(*SMALL)
    if missing == "amount":
        frame = frame.assign(allowed=frame["allowed"].mask(frame.index == 4))

    found = project(lines, sample, strata, plan(), None if missing == "frame" else frame)
    over = found["overpayment"]

    assert len(over["sensitivity"]) == 3
    assert "minimum sum: it needs the allowed amount" in over["sensitivity_left_out"][0]


def test_an_overpayment_above_its_payment_leaves_out_the_minimum_sum_only():
    """What one method cannot use does not stop the projection."""
    over = {"P1": [90.0, 0.0, 20.0, 0, 0, 0], "P2": SMALL[0]["P2"]}
    lines, sample, strata, frame = audit_of(over, SMALL[1], 3)

    found = project(lines, sample, strata, plan(), frame)["overpayment"]

    assert found["point"] > 0
    assert "more than was paid" in found["sensitivity_left_out"][0]


def test_the_bootstrap_follows_from_the_plans_seed():
    """52 bits of SHA-256 of "4711|bootstrap"; the same seed gives the same lines."""
    digest = hashlib.sha256(b"4711|bootstrap").hexdigest()
    rows = audit_of(*SMALL)
    one, two, other = (project(*rows[:3], plan(seed), rows[3]) for seed in ("4711", "4711", "4712"))

    assert bootstrap_seed(plan()) == int(digest[:13], 16) < 2**52
    assert one == two
    assert one["overpayment"]["bootstrap_seed"] == bootstrap_seed(plan())
    assert one["overpayment"]["bootstrap_seed"] != other["overpayment"]["bootstrap_seed"]


def test_nothing_found_is_said_to_prove_little():
    """All zeros: every line is zero, and the caution says why."""
    nothing = {"P1": [0.0] * 6, "P2": [0.0] * 9}
    lines, sample, strata, frame = audit_of(nothing, SMALL[1], 3)

    found = project(lines, sample, strata, plan(), frame)["overpayment"]

    assert all(each["lower_one_sided"] == 0 for each in found["sensitivity"])
    assert "because nothing was found" in found["warnings"][0]


def test_refusals():
    """A targeted sample, a line without a price, a stratum not sampled, a lonely stratum."""
    lines, sample, strata, frame = audit_of(*SMALL)
    targeted = plan(purpose="targeted", targeted_units=("P1-0",))
    unpriced = lines.assign(dollars=lines["dollars"].mask(lines.index == 0))
    empty = strata.assign(sampled=[3, 0])
    lonely = sample.drop(index=[7, 8])

    assert "targeted" in project(lines, sample, strata, targeted, frame)["refused"]
    assert "no allowed amount" in project(unpriced, sample, strata, plan(), frame)["refused"]
    with pytest.raises(ProjectionRefusedError, match="No unit was sampled from P2"):
        project(lines, sample, empty, plan(), frame)
    with pytest.raises(ProjectionRefusedError, match="single sampled unit in 'P2'"):
        project(lines, lonely, strata, plan(), frame)


def test_the_score_stage_is_quick_and_comes_out_the_same(scored_audit):
    """Under three seconds of the demonstration audit; the same bytes again, as in its folder."""
    started = process_time()
    one = make_scores(Audit(scored_audit))
    seconds = process_time() - started

    assert seconds < 3
    assert one == make_scores(Audit(scored_audit))
    assert one["estimate.json"] == (scored_audit / "estimate.json").read_bytes()
    for line in json.loads(one["estimate.json"])["overpayment"]["sensitivity"]:
        assert all(math.isfinite(value) for name, value in line.items() if name != "method")
