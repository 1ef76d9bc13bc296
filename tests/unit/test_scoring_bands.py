"""Bands, actions and next audit dates."""

from datetime import date

import pytest

from auditkit.errors import SettingsError
from auditkit.scoring import next_audit, policies, read_bands, read_policy, standard_bands
from auditkit.scoring.bands import add_months


@pytest.mark.parametrize(
    ("rate", "on"),
    [
        (0.90, date(2026, 1, 31)),  # twelve months
        (0.8999, date(2025, 8, 31)),  # seven months
        (0.70, date(2025, 8, 31)),
        (0.6999, date(2025, 5, 31)),  # four months
    ],
)
def test_bands_give_the_next_date(rate, on):
    """90 and above is audited in 12 months, 70 to 90 in 7, below 70 in 4; nothing is rounded."""
    assert next_audit(rate, rate, rate, date(2025, 1, 31), "aamc_90_70").on == on


def test_an_interval_over_several_bands_is_insufficient_to_judge():
    """9 of 10 right reaches from below 70 % to above 90 %: the band is not decided."""
    found = next_audit(0.9, 0.555, 0.9975, date(2025, 1, 31), "aamc_90_70")

    assert not found.decided
    assert len(found.possible) == 3
    assert "insufficient to judge" in found.sentence


def test_an_interval_within_one_band_decides():
    """Limits within one band leave no doubt."""
    found = next_audit(0.5, 0.4, 0.6, date(2025, 1, 31), "aamc_90_70")

    assert found.decided
    assert found.possible == ("below 70 %",)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
    ],
)
def test_months_end_on_the_last_day_that_exists(start, months, expected):
    """The day of the month is kept, or falls back to the month's last day."""
    assert add_months(start, months) == expected


def test_an_undefined_score_has_no_band():
    """A score that is not defined is refused rather than banded."""
    with pytest.raises(SettingsError, match="defined score"):
        next_audit(float("nan"), float("nan"), float("nan"), date(2025, 1, 1), "aamc_90_70")


def test_unknown_bands_are_refused_with_the_list():
    """A misspelt set of bands names those that exist."""
    with pytest.raises(SettingsError, match="tiers_95_90_80"):
        next_audit(0.9, 0.8, 1.0, date(2025, 1, 1), "tiers")


def test_bands_that_leave_a_gap_are_refused(tmp_path):
    """Bands must reach down to zero."""
    path = tmp_path / "gap.toml"
    path.write_text(
        'id = "gap"\ntitle = "t"\nsource = "s"\n'
        '[[band]]\nname = "a"\nat_least = 0.9\naction = "x"\nmonths = 1\n'
    )

    with pytest.raises(SettingsError, match="fall from the highest mark to 0"):
        read_bands(path)


def test_a_policy_file_with_an_unknown_key_is_refused(tmp_path):
    """A misspelt key is named, not ignored."""
    path = tmp_path / "mine.toml"
    path.write_text('id = "mine"\npasmark = 0.9\n')

    with pytest.raises(SettingsError, match="pasmark"):
        read_policy(path)


def test_every_policy_and_every_set_of_bands_names_its_source():
    """No figure is printed without where its rule comes from."""
    assert all(each.source and each.numerator and each.denominator for each in policies().values())
    assert all(each.source for each in standard_bands().values())
