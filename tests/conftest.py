"""Fixtures that every test folder shares."""

from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parent.parent

settings.register_profile("auditkit", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("auditkit")


def pytest_collection_modifyitems(items):
    """Skip what needs the reference folder, with the reason, where that folder is absent."""
    if (REPOSITORY.parent / "shared").is_dir():
        return
    reason = pytest.mark.skip(reason="the shared reference folder is not beside this checkout")
    for item in items:
        if "shared" in item.keywords:
            item.add_marker(reason)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the shared reference folder; ask for it only in tests marked ``shared``."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the shared reference folder is not beside this checkout")
    return folder
