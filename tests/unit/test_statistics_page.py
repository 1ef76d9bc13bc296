"""The page for statisticians and counsel is complete, runs, and agrees with its benchmark."""

import doctest
import re
import runpy

import pytest

from auditkit import stats

PARTS_WITHOUT_ESTIMATORS = {"agreement of reviewers", "parts of the arithmetic"}


@pytest.fixture(scope="module")
def text(repository):
    return (repository / "docs" / "statistics.md").read_text(encoding="utf-8")


def test_calls_on_the_page_give_what_it_shows(text):
    """Warnings are quoted word for word, figures to the dollar."""
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    runner, failures = doctest.DocTestRunner(verbose=False), []
    for block in blocks:
        test = doctest.DocTestParser().get_doctest(block, {}, "page", "docs/statistics.md", 0)
        runner.run(test, out=failures.append)

    assert blocks
    assert failures == []


def test_every_method_is_on_the_page(text):
    """Each public method is named where its formula and source stand."""
    table = stats.methods()
    wanted = table[~table["part"].isin(PARTS_WITHOUT_ESTIMATORS)]["name"]
    missing = [name for name in wanted if f"`{name}`" not in text]

    assert set(missing) <= {"full_errors", "few_nonzero", "sensitivity"}


def test_the_coverage_table_is_that_of_the_benchmark(repository, text):
    """The study's figures are those that the benchmark compares with, row by row."""
    study = runpy.run_path(str(repository / "benchmarks" / "coverage.py"))
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.split("coverage:begin -->")[1].split("<!--")[0].strip().splitlines()[2:]
    ]
    expected = [
        [kind, f"{rate:.0%}", str(n), study["LABELS"][name], f"{figures[0]:.3f}/{figures[1]:.2f}"]
        for kind, rate, n, *printed in study["STUDY"]
        for name, figures in zip(study["METHODS"], printed, strict=True)
    ]
    compared = [row for row in rows if row[4]]

    assert [row[:5] for row in compared] == expected
    beyond = [row for row in compared if abs(float(row[6])) > 2.05]
    assert [row[:4] for row in beyond] == [["lognormal", "5%", "30", "Student's t"]]
    assert {(row[0], row[1]) for row in rows if "short" in row[5]} == {
        ("equal", "85%"), ("equal", "95%"),
    }  # fmt: skip
