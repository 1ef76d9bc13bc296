"""What signals are for: beside the group, strata of risk, worklists, and their yield."""

import numpy as np
import pandas as pd
import pytest
from edition_claims import PARTNER, SURGEON, line, universe

from auditkit.claims import encounters
from auditkit.edits import edit_yield, profile, risk_strata, stratum_sizes, worklist
from auditkit.errors import InputError, PlanError
from auditkit.stats.comparison import funnel_limits


def signal(claim, number=1, edit="PTP", family="PTP", severity="error", reason="A reason."):
    """Return one signal."""
    return {
        "edit_id": edit,
        "family": family,
        "outcome": "x",
        "severity": severity,
        "claim_id": claim,
        "line": number,
        "reason": reason,
    }


@pytest.fixture
def lines():
    """Return two providers with 40 and 20 encounters of one line each, 5 to 64 dollars allowed."""
    rows = [line("99213", claim=f"A{at}", patient=f"P{at}") for at in range(40)]
    rows += [line("17000", claim=f"B{at}", patient=f"R{at}", npi=PARTNER) for at in range(20)]
    found = encounters(universe(*rows))
    found["allowed"] = np.arange(5.0, 65.0)
    return found


def test_profile_counts_encounters_and_not_signals(lines):
    """Two signals of an encounter count once; the rate is of 100 encounters."""
    signals = pd.DataFrame([signal("A0"), signal("A0"), signal("A1"), signal("B0", family="MUE")])

    found = profile(signals, lines).set_index(["provider", "family"])

    assert (40, 2, 5.0) == tuple(
        found.loc[(SURGEON, "PTP"), ["encounters", "with_signal", "per_100"]]
    )
    assert 100 * 2 / 60 == pytest.approx(found.loc[(PARTNER, "PTP"), "group_per_100"])
    assert 1 == found.loc[(PARTNER, "MUE"), "with_signal"]


def test_profile_limits_are_the_funnel_limits_of_the_group(lines):
    """The limits are the exact binomial ones, and the reading is never a verdict."""
    signals = pd.DataFrame(
        [signal(f"A{at}") for at in range(2)] + [signal(f"B{at}") for at in range(15)]
    )
    found = profile(signals, lines).set_index("provider")
    low, high = funnel_limits(17 / 60, [40, 20])

    assert 100 * low == pytest.approx(found.loc[[SURGEON, PARTNER], "lower_per_100"].to_numpy())
    assert 100 * high == pytest.approx(found.loc[[SURGEON, PARTNER], "upper_per_100"].to_numpy())
    assert "more than chance explains" in found.loc[PARTNER, "reading"]
    assert not found["reading"].str.contains("error|fault|wrong|worst", regex=True).any()


def test_profile_of_a_chosen_severity(lines):
    """Prompts can be left out."""
    signals = pd.DataFrame([signal("A0"), signal("A1", severity="prompt")])

    assert 1 == profile(signals, lines, severities=["error"])["with_signal"].sum()


def test_profile_of_one_provider_has_no_group(lines):
    """A group of one has nothing to be compared with, and says so."""
    alone = lines[lines["rendering_npi"] == SURGEON]

    found = profile(pd.DataFrame([signal("A0")]), alone)

    assert "no group" in found.loc[0, "reading"] and np.isnan(found.loc[0, "upper_per_100"])


def test_every_encounter_has_the_stratum_of_its_worst_signal(lines):
    """All 60 encounters are there; an advisory beside an error counts as the error."""
    signals = pd.DataFrame(
        [
            signal("A0"),
            signal("A0", family="MUE", severity="advisory"),
            signal("A1", severity="advisory"),
            signal("A2", severity="prompt"),
        ]
    )

    found = risk_strata(signals, lines)
    by_stratum = found.groupby("stratum")["encounter_id"].size()

    assert 60 == len(found) and found["encounter_id"].is_monotonic_increasing
    assert {"error signal": 1, "advisory signal": 1, "prompt": 1, "no signal": 57} == (
        by_stratum.to_dict()
    )
    error = found[found["stratum"] == "error signal"].iloc[0]
    assert (2, "MUE PTP", 5.0) == (error["signals"], error["families"], error["allowed_signalled"])
    assert lines["allowed"].sum() == found["allowed"].sum()


def test_sizes_give_every_encounter_a_known_probability(lines):
    """Sizes sum to the total, follow encounters times weight, and no probability is nought."""
    signals = pd.DataFrame([signal(f"A{at}") for at in range(30)])
    strata = risk_strata(signals, lines)

    found = stratum_sizes(strata, 25, weights={"error signal": 4.0}).set_index("stratum")

    # 30 x 4 to 30 x 1: 20 and 5.
    assert (20, 5) == (found.loc["error signal", "sampled"], found.loc["no signal", "sampled"])
    assert 20 / 30 == found.loc["error signal", "probability"]
    assert 25 == found["sampled"].sum()


def test_sizes_keep_their_minimum_and_take_no_more_than_there_is(lines):
    """A stratum of one is taken whole; a small stratum keeps its minimum."""
    signals = pd.DataFrame(
        [signal("A0"), *(signal(f"A{at}", severity="prompt") for at in range(1, 5))]
    )
    strata = risk_strata(signals, lines)

    found = stratum_sizes(strata, 12, minimum=3).set_index("stratum")["sampled"]

    assert (1, 3, 8) == (found["error signal"], found["prompt"], found["no signal"])
    assert stratum_sizes(strata, 60)["probability"].eq(1.0).all()


@pytest.mark.parametrize(
    ("total", "options"),
    [(1, {}), (61, {}), (20, {"weights": {"odd": 1.0}}), (20, {"weights": {"prompt": 0.0}})],
)
def test_sizes_that_cannot_be_are_refused(lines, total, options):
    """Too few, too many, a stratum that is none, a weight of nought."""
    strata = risk_strata(pd.DataFrame([signal("A0")]), lines)

    with pytest.raises(PlanError):
        stratum_sizes(strata, total, **options)


def test_worklist_has_the_most_serious_and_then_the_dearest_first(lines):
    """One row per line, errors before advisories, then by dollars; reasons are joined once."""
    signals = pd.DataFrame(
        [
            signal("A1", reason="One."),
            signal("A1", edit="MUE-DAY", family="MUE", reason="Two."),
            signal("A1", reason="One."),
            signal("B3"),
            signal("A9", severity="advisory"),
        ]
    )

    found = worklist(signals, lines)

    assert ["B3", "A1", "A9"] == found["claim_id"].tolist()
    assert ["error", "error", "advisory"] == found["severity"].tolist()
    assert ("MUE-DAY PTP", "Two. One.") == tuple(found.loc[1, ["edits", "reasons"]])


def test_yield_is_the_share_of_audited_signals_that_became_findings(lines):
    """Lines that were not audited do not count; the interval is exact."""
    signals = pd.DataFrame([signal(f"A{at}") for at in range(10)] + [signal("B0")])
    ids = lines.set_index("claim_id")["encounter_id"]
    results = pd.DataFrame(
        [
            {
                "encounter_id": ids[f"A{at}"],
                "line": 1,
                "family": "PTP" if at < 2 else "MOD59",
                "verdict": "not_supported" if at < 3 else "supported",
            }
            for at in range(8)
        ]
    )
    # A line that the record supports and nobody billed has no number.
    results.loc[8] = {
        "encounter_id": ids["A0"],
        "line": None,
        "family": "X",
        "verdict": "undercoded",
    }

    (row,) = edit_yield(signals, lines, results).to_dict("records")

    assert ("PTP", 8, 3, 2, 3 / 8) == (
        row["edit_id"],
        row["audited_lines"],
        row["findings"],
        row["same_family"],
        row["yield"],
    )
    # Clopper-Pearson 95 % for 3 of 8 (Brown, Cai and DasGupta 2001 give the method).
    assert (0.0852, 0.7551) == (round(row["lower"], 4), round(row["upper"], 4))


def test_columns_that_are_missing_are_named(lines):
    """Lines without their encounters cannot be used, and the message names the column."""
    for use in (profile, risk_strata, worklist):
        with pytest.raises(InputError, match="encounter_id"):
            use(pd.DataFrame([signal("A0")]), lines.drop(columns="encounter_id"))
