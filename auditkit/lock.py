"""The lock of an audit's folder: one run at a time changes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from auditkit.errors import AuditkitError, StageError, WriteError
from auditkit.files import finish_replacing

LOCK = ".lock"


@contextmanager
def alone(
    folder: Path, refused: type[AuditkitError] = StageError, wait: float = 0
) -> Iterator[None]:
    """Hold the audit's lock, complete a step that was interrupted, and say what is in the way.

    Whoever holds the lock may take it again, so that several acts become one run.

    Args:
        folder: the audit's folder.
        refused: what is raised where the lock cannot be had.
        wait: seconds to wait for another run to end.

    Raises:
        AuditkitError: of the kind *refused*, if another run is at work on this audit, or the
            folder cannot be read or written.
        WriteError: if the disk does not take a file.
    """
    try:
        with FileLock(folder.resolve() / LOCK, is_singleton=True).acquire(timeout=wait):
            finish_replacing(folder)
            yield
    except Timeout as error:
        raise refused(
            f"Another run is at work on {folder}. Wait until it ends, then run this again."
        ) from error
    except WriteError:
        raise
    except OSError as error:
        raise refused(
            f"{folder} cannot be read or cannot be written ({error.strerror}). What was finished "
            "stands. Make room or give yourself the permission, then run the same command again."
        ) from error
