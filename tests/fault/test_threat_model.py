"""The threat model claims nothing without a test."""

import re


def test_every_test_that_the_threat_model_names_is_there(repository):
    """Each test named on the page is defined in the file named with it."""
    page = (repository / "docs" / "threat-model.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)

    assert len(named) > 40
    for file, test in named:
        assert f"\ndef {test}(" in (repository / file).read_text(encoding="utf-8"), test


def test_every_threat_has_a_test(repository):
    """Each row of the page's tables ends with a test."""
    page = (repository / "docs" / "threat-model.md").read_text(encoding="utf-8")
    rows = [row for row in page.splitlines() if row.startswith("| ") and "threat |" not in row]

    assert len(rows) > 20
    assert [row for row in rows if "`tests/" not in row] == []


def test_every_owner_of_a_promise_is_there(repository):
    """SECURITY.md names files and folders that exist."""
    page = (repository / "SECURITY.md").read_text(encoding="utf-8")

    for owner in re.findall(r"`((?:auditkit/|uv\.lock|\.ci/)[\w/.]*)`", page):
        assert (repository / owner).exists(), owner
