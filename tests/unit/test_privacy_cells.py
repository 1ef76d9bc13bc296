"""Small cells are hidden, and nobody can work them out from what is shown."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import auditkit
from auditkit.privacy.cells import hidden_cells, pooled
from auditkit.reporting.facts import PRACTICE, Facts
from auditkit.reporting.practice import em_distribution
from auditkit.reporting.projection import balance_table


def told(*counts, smallest=11):
    """Return the counts that are shown, in order, None where hidden."""
    series = pd.Series(counts)
    hidden = hidden_cells(series, smallest)
    return [None if hidden[i] else n for i, n in enumerate(counts)]


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ((40, 25, 11), [40, 25, 11]),
        ((40, 25, 10), [40, None, None]),  # 10 alone would be the total less the others
        ((40, 25, 0), [40, 25, 0]),  # nobody may be shown
        ((40, 6, 5), [40, None, None]),  # together 11: neither can be told
        ((40, 25, 4, 3), [40, None, None, None]),  # together 7: the total would tell of 7
        ((9, 0), [None, 0]),
        ((40, 9), [None, None]),
        ((), []),
    ],
)
def test_hidden_cells_of_worked_tables(counts, shown):
    """Worked by hand after the CMS cell size policy, with complementary suppression."""
    assert shown == told(*counts)


def test_nothing_is_hidden_where_the_setting_says_so():
    """0 shows every count."""
    assert [3, 40] == told(3, 40, smallest=0)


@given(st.lists(st.integers(0, 60), max_size=12), st.integers(2, 25))
def test_no_small_count_is_shown_or_derived(counts, smallest):
    """No shown cell is small; what is hidden is several cells that add up to enough, or all."""
    shown = told(*counts, smallest=smallest)
    hidden = [n for n, s in zip(counts, shown, strict=True) if s is None]

    assert all(n == 0 or n >= smallest for n in shown if n is not None)
    if hidden:
        alone = all(n == 0 for n in shown if n is not None)
        assert alone or (len(hidden) >= 2 and sum(hidden) >= smallest)
        assert 0 not in hidden


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_pooling_keeps_the_total_or_shows_nothing(counts):
    """The row "other" makes up what is hidden, so the total stands; else no row is shown."""
    table = pd.DataFrame({
        "code": [f"9921{i}" for i in range(len(counts))],
        "count": counts,
        "share": [0.1] * len(counts),
    })  # fmt: skip
    made = pooled(table, "code")

    assert not made["count"].between(1, 10).any()
    assert made.empty or made["count"].sum() == sum(counts)
    assert list(made.columns) == list(table.columns)


def test_a_practice_wide_report_shows_no_small_cell(audit_copy):
    """An E/M level billed ten times stands under "other" in the report of the practice."""
    frame = pd.read_csv(audit_copy / "frame.csv", dtype="str", keep_default_na=False)
    visits = frame["codes"].str.contains("99215")
    keep = frame.index[visits][:10]
    frame.loc[visits & ~frame.index.isin(keep), "codes"] = "99213"
    frame.loc[frame.index[:3], "payer"] = "SMALL PAYER"
    frame.to_csv(audit_copy / "frame.csv", index=False)
    audit = auditkit.Audit(audit_copy)
    assert 10 == audit.frame["codes"].str.contains("99215").sum()
    page = str(em_distribution(Facts(audit, PRACTICE)).html)
    labels = set(balance_table(audit)["label"])

    assert "99215" not in page and "other" in page
    assert "SMALL PAYER" not in labels and "MEDICARE B" in labels
