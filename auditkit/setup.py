"""A new audit's folder: settings and plan to start from, and the practice's key."""

import os
from pathlib import Path

from auditkit.audit import PLAN, SETTINGS, Audit
from auditkit.errors import SettingsError
from auditkit.files import replace_together, sha256_of, writing
from auditkit.pipeline import RUN, run_record
from auditkit.places import sample_data, templates
from auditkit.privacy import make_key
from auditkit.stages import BY_NAME

_KEY = "practice.key"


def start_audit(folder: Path, claims: Path) -> Path:
    """Make *folder* an audit's folder: `audit.toml`, `plan.toml`, and a key if none is there.

    The plan has no seed yet: `record_seed` writes it once the frame is frozen.

    Args:
        folder: a new or empty folder, usually `reports/<audit>`.
        claims: the claims file.

    Raises:
        SettingsError: if the folder holds an audit already, or the claims file is not there.
    """
    if (folder / SETTINGS).exists():
        raise SettingsError(
            f"{folder} holds an audit already. Edit its {SETTINGS} and {PLAN}, or name another "
            "folder."
        )
    if not claims.is_file():
        raise SettingsError(f"{claims} is not there. Name the claims file to audit.")
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        make_key(folder.parent / _KEY)
    settings = _filled(
        SETTINGS,
        name=_quoted(folder.name),
        claims=_quoted(_relative(claims, folder)),
        key=_quoted(f"../{_KEY}"),
    )
    replace_together(folder, {PLAN: _filled(PLAN).encode(), SETTINGS: settings.encode()})
    return folder


def _filled(template: str, /, **values: str) -> str:
    return (templates() / "audit" / template).read_text(encoding="utf-8").format(**values)


def _quoted(text: str) -> str:
    """Return *text* as the inside of a TOML basic string."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _relative(path: Path, start: Path) -> str:
    """Return *path* relative to *start* with forward slashes, or absolute on another drive."""
    try:
        return Path(os.path.relpath(path.resolve(), start.resolve())).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def start_demo(folder: Path | str) -> Path:
    """Make *folder* an audit of the bundled sample practice, or leave the one that is there.

    A demonstration of an older sample practice, or by an auditkit whose stages made other files,
    starts anew, since its draw binds nobody.

    Args:
        folder: the audit's folder; it is made where it is not there.

    Raises:
        SettingsError: if auditkit was installed without its sample practice.
    """
    folder = Path(folder)
    source = sample_data()
    folder.mkdir(parents=True, exist_ok=True)
    inside = _quoted(_relative(source, folder))
    wanted = {
        name: (source / "audit" / name).read_text(encoding="utf-8").replace("SAMPLE_DATA", inside)
        for name in (PLAN, SETTINGS)
    }
    if (folder / SETTINGS).exists() and not _is_older_demo(folder, source):
        return folder
    started = {name: text.encode() for name, text in wanted.items()}
    replace_together(folder, {RUN: None, **started})
    return folder


def _is_older_demo(folder: Path, source: Path) -> bool:
    """Return whether *folder* is a demonstration of other claims, or made by other stages."""
    ran = run_record(Audit(folder))["stages"]
    claims = source / "claims.csv"
    if not ran or Audit(folder).input_path(Audit(folder).settings.inputs.claims) != claims:
        return False
    if any(not set(BY_NAME[name].makes) <= set(one["made"]) for name, one in ran.items()):
        return True
    return "frame" in ran and bool(ran["frame"]["read"]["inputs.claims"] != sha256_of(claims))
