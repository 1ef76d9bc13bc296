"""A register: every public method is held to a figure from outside, or says what proves it."""

import re
from pathlib import Path

import pytest

from auditkit import sampling, stats

HERE = Path(__file__).parent

#: What no published figure covers, and the test that stands for it.
PROVEN_ELSEWHERE = {
    "attribute_rhc_two_stage": (
        "property/test_stats_appraisals.py", "test_rhc_rates_are_those_of_zeros_and_ones"
    ),
    "attribute_rhc_three_stage": (
        "property/test_stats_appraisals.py", "test_rhc_rates_are_those_of_zeros_and_ones"
    ),
    "variable_rhc_two_stage": ("unit/test_stats_estimates.py", "test_rhc_by_hand"),
    "variable_rhc_three_stage": (
        "property/test_stats_appraisals.py", "test_three_stages_of_rhc_are_unbiased"
    ),
    "lavallee_hidiroglou": (
        "property/test_stats_allocation.py", "test_lavallee_hidiroglou_finds_the_smallest_sample"
    ),
    "geometric": ("property/test_stats_allocation.py", "test_geometric_boundaries_by_hand"),
    "cumulative_root_f": (
        "property/test_stats_allocation.py", "test_boundaries_put_every_unit_in_one_stratum"
    ),
    "proportional": (
        "property/test_stats_allocation.py", "test_proportional_shares_are_within_a_unit"
    ),
    "impartial_prior": (
        "property/test_skewed_limits.py", "test_the_impartial_prior_is_impartial"
    ),
    "few_nonzero": ("unit/test_stats_words.py", "test_few_nonzero_amounts_are_a_caution"),
    "full_errors": ("unit/test_stats_words.py", "test_many_full_errors_are_a_caution"),
    "sensitivity": ("unit/test_stats_words.py", "test_methods_stand_side_by_side"),
    "rhc_partition": ("unit/test_ratstats.py", "test_rhc_groups_follow_the_ranks_of_the_draw"),
    "rhc_pick": ("unit/test_ratstats.py", "test_rhc_picks_by_size"),
    "replicate": ("unit/test_ratstats.py", "test_replicate_confirms_an_ascending_listing"),
    "stream_number": ("unit/test_ratstats.py", "test_different_seeds_can_share_a_stream"),
    "mixed": ("property/test_planner.py", "test_patterns_have_exactly_their_rate"),
    "clustered": (
        "property/test_planner.py", "test_clustered_errors_gather_where_the_money_is"
    ),
    "full_sample": ("unit/test_rounds.py", "test_the_full_sample_begins_with_the_discovery_sample"),
}  # fmt: skip

#: Tables, hashes and readers, which estimate nothing.
NOT_METHODS = {
    "assign_strata", "build_frame", "design_of", "frame_hash", "plan_of", "read_plan", "ticket",
}  # fmt: skip


def public_functions():
    named = [name for name in sampling.__all__ if not name[0].isupper()]
    return sorted({*stats.methods()["name"], *named} - NOT_METHODS)


@pytest.mark.parametrize("name", public_functions())
def test_method_is_held_to_a_figure_from_outside(name):
    """A test of this folder uses it; or the test that proves it by other means is named."""
    own = Path(__file__).name
    files = [path for path in HERE.glob("*.py") if path.name != own]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    published = re.search(rf"\b{name}\b", text)
    if name in PROVEN_ELSEWHERE:
        file, test = PROVEN_ELSEWHERE[name]
        proof = (HERE.parent / file).read_text(encoding="utf-8")
        assert not published, f"{name} has a published figure now; take it off the list"
        assert f"def {test}(" in proof
        assert re.search(rf"\b{name}\b", proof)
    else:
        assert published
