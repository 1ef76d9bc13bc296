"""Where the files that ship with auditkit are, in a checkout and when installed."""

from pathlib import Path

from auditkit.errors import SettingsError

_PACKAGE = Path(__file__).resolve().parent


def templates() -> Path:
    """Return the folder of templates: report notebooks, scoring policies, settings."""
    return _shipped("templates")


def sample_data() -> Path:
    """Return the folder of the sample practice.

    Raises:
        SettingsError: if auditkit was installed without it.
    """
    return _shipped("sample_data")


def lock_file() -> Path:
    """Return the lock file: the exact versions and hashes that auditkit was tested with.

    Raises:
        SettingsError: if auditkit was installed without it.
    """
    for parent in (_PACKAGE, _PACKAGE.parent):
        if (parent / "uv.lock").is_file():
            return parent / "uv.lock"
    raise SettingsError(
        "This installation of auditkit has no uv.lock. Install it again from its repository, or "
        "run it in a checkout."
    )


def _shipped(name: str) -> Path:
    for parent in (_PACKAGE, _PACKAGE.parent):
        if (parent / name).is_dir():
            return parent / name
    raise SettingsError(
        f"This installation of auditkit has no '{name}' folder. Install it again from its "
        "repository, or run it in a checkout."
    )
