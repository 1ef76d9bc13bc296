"""The page that maps RAT-STATS to auditkit runs as it stands."""

import doctest
import re

import pytest


def test_calls_on_the_page_give_what_it_shows(repository):
    """Every call is run, block after block, and its printed result compared."""
    page = (repository / "docs" / "ratstats.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, flags=re.S)
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False)
    failures = ""
    for number, block in enumerate(blocks, start=1):
        output: list[str] = []
        test = parser.get_doctest(block, {}, f"block {number}", "docs/ratstats.md", 0)
        runner.run(test, out=output.append)
        failures += "".join(output)

    assert len(blocks) == 4
    assert failures == ""


@pytest.mark.parametrize("name", ["attribute", "variable"])
def test_every_appraisal_is_on_the_page(repository, name):
    """No public appraisal is missing from the map."""
    import auditkit.stats

    page = (repository / "docs" / "ratstats.md").read_text(encoding="utf-8")
    appraisals = [each for each in auditkit.stats.__all__ if each.startswith(f"{name}_")]

    assert [each for each in appraisals if f"`{each}(" not in page] == []
