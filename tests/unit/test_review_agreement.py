"""Agreement of readers by family and element, drift, and sensitivity of the rate."""

from datetime import UTC, datetime

import pandas as pd
import pytest
from review_practice import ENCOUNTERS, blind, judge, line_results, practice, request, second

from auditkit.review.agreement import (
    ELEMENTS,
    agreement_table,
    drift,
    engine_readings,
    rate_sensitivity,
    readings,
)
from auditkit.stats._check import StatisticsError


def read(name: str, *wrong: int, of: int = 20, month: int = 1) -> pd.DataFrame:
    """Readings of *of* visits, those numbered in *wrong* one level too high."""
    rows = [
        {
            "encounter_id": f"E{i}",
            "slot": "1",
            "reader": name,
            "at": datetime(2026, month, 3, tzinfo=UTC),
            "family": "em" if i % 2 else "biopsy",
            "in_error": "yes" if i in wrong else "no",
            "verdict": "overcoded" if i in wrong else "supported",
            "direction": "over" if i in wrong else "none",
            "code": "99213" if i in wrong else "99214",
            "modifiers": "",
            "units": "1",
            "em_level": 3 if i in wrong else 4,
        }
        for i in range(of)
    ]
    return pd.DataFrame(rows)


def value(table, family, element, statistic, column="value"):
    rows = table[
        (table["family"] == family)
        & (table["element"] == element)
        & (table["statistic"] == statistic)
    ]
    return rows.iloc[0][column]


def test_agreement_is_that_of_the_cross_table():
    """Both find 1 and 3; one finds 5, the other 7: 18 of 20 agree; expected 0.15² + 0.85² =
    0.745, kappa (0.9 - 0.745) / 0.255; AC1 chance 2 * 0.15 * 0.85 = 0.255 gives 0.645 / 0.745."""
    table = agreement_table(read("rob", 1, 3, 5), read("sue", 1, 3, 7))

    assert value(table, "all", "verdict", "raw") == pytest.approx(0.9)
    assert value(table, "all", "verdict", "kappa") == pytest.approx(0.155 / 0.255)
    assert value(table, "all", "verdict", "ac1") == pytest.approx(0.645 / 0.745)
    assert value(table, "em", "verdict", "raw") == pytest.approx(0.8)
    assert value(table, "biopsy", "verdict", "raw") == 1
    assert "not defined" in value(table, "biopsy", "verdict", "kappa", "note")
    assert value(table, "biopsy", "verdict", "ac1") == 1


def test_levels_have_a_weighted_kappa_with_the_levels_between():
    """Levels 3 and 5 are two apart although nobody used 4."""
    one, two = read("rob", 1, 3), read("sue", 1, 3)
    one.loc[one["em_level"] == 4, "em_level"] = 5
    two.loc[two["em_level"] == 4, "em_level"] = 5
    two.loc[0, "em_level"] = 4
    table = agreement_table(one, two)

    assert value(table, "all", "em_level", "kappa_linear") > value(
        table, "all", "em_level", "kappa"
    )


def test_only_lines_that_both_read_count():
    """A line beyond the double-read share is left out; a line only one found is not."""
    one, two = read("rob", 1), read("sue", 1, of=10)
    found = two.iloc[[0]].assign(slot="+11102", verdict="undercoded", in_error="yes")
    table = agreement_table(one, pd.concat([two, found]))

    assert value(table, "all", "verdict", "raw", "n") == 11
    assert value(table, "all", "verdict", "raw") == pytest.approx(10 / 11)


def test_the_engine_is_a_reader(tmp_path):
    """A reader who agrees with the engine on every line agrees in every element."""
    review = practice(tmp_path)
    request(review)
    blind(review, *ENCOUNTERS)
    judge(review, *ENCOUNTERS)
    first = readings(review.state, 1, line_results())
    table = agreement_table(first, engine_readings(line_results()))

    raw = table[(table["statistic"] == "raw") & (table["family"] == "all")]
    assert raw["value"].tolist() == [1.0] * len(ELEMENTS)
    assert raw["n"].tolist() == [9] * 6 + [4]


def test_second_readings_come_from_the_double_read_share(tmp_path):
    """The second reader's lines are those of the two encounters drawn."""
    review = practice(tmp_path)
    request(review)
    blind(review, *ENCOUNTERS)
    judge(review, *ENCOUNTERS)
    second(review)
    twice = readings(review.state, 2, line_results())

    assert set(twice["encounter_id"]) == set(review.work().double)
    assert set(twice["reader"]) == {"sue"}


def test_a_reader_apart_from_the_others_is_flagged():
    """One of 60 for one reader, 30 of 60 for another: both lie outside a common 25.8 %."""
    table = drift(
        pd.concat(
            [read("rob", 1, of=60), read("sue", *range(30), of=60), read("tom", *range(16), of=62)]
        )
    ).set_index("reader")

    assert table["apart"].to_dict() == {"rob": True, "sue": True, "tom": False}
    assert table.loc["sue", "share"] == 0.5


def test_drift_counts_periods_and_agreement():
    """Two months of one reader; the second reader agreed on 19 of 20 lines of the first."""
    later = read("rob", 1, month=2).assign(encounter_id=lambda d: "F" + d["encounter_id"])
    table = drift(pd.concat([read("rob", 1), later]), read("sue", 1, 2))

    assert table["period"].tolist() == ["2026-01", "2026-02"]
    assert table["read_twice"].tolist() == [20, 0]
    assert table["agreed"].tolist() == [19, 0]


def test_the_rate_is_given_as_if_readers_never_erred():
    """4 of 20 found, 2 of 20 disagreed: false findings alone e = 0.1 / 1.6 = 0.0625, so
    (0.2 - 0.0625) / 0.9375; misses alone e = 0.1 / 0.4 = 0.25, so 0.2 / 0.75."""
    one = read("rob", 1, 2, 3, 4)
    table = rate_sensitivity(one, read("sue", 1, 2, 3, 5), one).set_index("kind")

    assert table.loc["false_findings", "corrected"] == pytest.approx(0.1375 / 0.9375)
    assert table.loc["misses", "corrected"] == pytest.approx(0.2 / 0.75)
    assert (table["observed"] == 0.2).all()


def test_without_double_reads_no_sensitivity_is_given():
    """Nothing read twice is said."""
    with pytest.raises(StatisticsError, match="double-read a share"):
        rate_sensitivity(read("rob"), read("sue").iloc[:0], read("rob"))
