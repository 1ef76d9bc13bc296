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


@pytest.fixture(scope="session")
def scored_audit(tmp_path_factory) -> Path:
    """Return the folder of the demonstration audit, scored and sealed; never write to it."""
    import auditkit

    folder = auditkit.start_demo(tmp_path_factory.mktemp("reports") / "demo")
    auditkit.run(folder)
    auditkit.seal(auditkit.Audit(folder))
    return folder


@pytest.fixture
def audit_copy(scored_audit, tmp_path) -> Path:
    """Return a copy of the scored demonstration audit that a test may harm, with its inputs."""
    import shutil

    folder = tmp_path / "reports" / "demo"
    shutil.copytree(scored_audit, folder)
    inputs = tmp_path / "inputs"
    shutil.copytree(REPOSITORY / "sample_data", inputs, ignore=shutil.ignore_patterns("*.py"))
    settings = (REPOSITORY / "sample_data" / "audit" / "audit.toml").read_text()
    (folder / "audit.toml").write_text(settings.replace("SAMPLE_DATA", "../../inputs"))
    auditkit_run_again(folder)
    return folder


def auditkit_run_again(folder: Path) -> None:
    """Bring a copied audit up to date with its own inputs, and seal it."""
    import auditkit

    auditkit.run(folder)
    auditkit.seal(auditkit.Audit(folder))
