"""Fixtures that every test folder shares."""

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

import auditkit

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


@pytest.fixture(scope="session")
def scored_audit(tmp_path_factory) -> Path:
    """Return the folder of the demonstration audit, scored and sealed; never write to it.

    Its inputs are copies in `../../inputs`, so that the whole can be copied and harmed.
    """
    root = tmp_path_factory.mktemp("demonstration")
    shutil.copytree(
        REPOSITORY / "sample_data",
        root / "inputs",
        ignore=shutil.ignore_patterns("*.py", "__pycache__", "notes.jsonl"),
    )
    folder = root / "reports" / "demo"
    folder.mkdir(parents=True)
    for name in ("audit.toml", "plan.toml"):
        text = (root / "inputs" / "audit" / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace("SAMPLE_DATA", "../../inputs"), encoding="utf-8")
    auditkit.run(folder)
    auditkit.seal(auditkit.Audit(folder))
    return folder


@pytest.fixture
def audit_copy(scored_audit, tmp_path) -> Path:
    """Return a copy of the scored demonstration audit, with its inputs, that a test may harm."""
    root = tmp_path / "copy"
    shutil.copytree(scored_audit.parent.parent, root)
    return root / "reports" / "demo"
