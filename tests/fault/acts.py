"""Every act that changes files, each with what must be there before it, for fault injection."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

_TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_TESTS / "fault"), str(_TESTS), str(_TESTS / "unit")]

import edition_claims  # noqa: E402
import edition_files  # noqa: E402
import review_books  # noqa: E402
import review_practice  # noqa: E402
import small_audit  # noqa: E402

import auditkit  # noqa: E402
from auditkit import pipeline  # noqa: E402
from auditkit.edits import screening  # noqa: E402
from auditkit.errors import AuditkitError  # noqa: E402
from auditkit.files import REPORTING, finish_replacing, is_unfinished  # noqa: E402
from auditkit.reference import store as store_module  # noqa: E402
from auditkit.review.blind_book import read_of, write_blind_book  # noqa: E402
from auditkit.review.blind_read import read_blind_book  # noqa: E402
from auditkit.review.events import ChartReceived, Opened  # noqa: E402
from auditkit.review.imported import take  # noqa: E402
from auditkit.review.log import append, read_log, verify_log  # noqa: E402
from auditkit.review.session import Review  # noqa: E402

__all__ = ["ACTS", "PREPARE", "AuditkitError", "clock", "state", "warm_up"]

#: How verify calls reports that wait, and those that could not be made.
UNFINISHED, FAILED = "the reports", "the failed reports"
STAGES = ("frame", "draw", "collect", "code", "review", "score")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@contextmanager
def clock(seconds: int = 0) -> Iterator[None]:
    """Set the clock of what records times to one noon, moved by *seconds*."""

    class Fixed(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return NOON + timedelta(seconds=seconds)

    kept = pipeline.datetime
    pipeline.datetime = store_module.datetime = Fixed  # type: ignore[misc, attr-defined]
    try:
        yield
    finally:
        pipeline.datetime = store_module.datetime = kept  # type: ignore[misc, attr-defined]


def folder_of(root: Path) -> Path:
    """Return the audit's folder of an act's *root*."""
    return root / "reports" / "small"


def change(path: Path, old: str, new: str) -> None:
    """Replace text in a file; it must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def whole(root: Path) -> None:
    """Make a small audit, run and sealed."""
    folder = small_audit.build(root)
    auditkit.run(folder)
    auditkit.seal(auditkit.Audit(folder))


def changed_before(stage: str) -> Callable[[Path], None]:
    """Return what makes a sealed audit whose *stage* and later ones are out of date."""

    def prepare(root: Path) -> None:
        whole(root)
        folder = folder_of(root)
        if stage == "frame":
            change(folder / "audit.toml", small_audit.TO, "2024-07-09")
        elif stage == "draw":
            change(folder / "plan.toml", "7 3 9 1", "2 2 6 0")
        else:
            change(root / "inputs" / "documentation.jsonl", '"signed":true', '"signed":false')
        before = [*STAGES, "seal"].index(stage) - 1
        if before >= 0:
            auditkit.run(folder, until=STAGES[before])

    return prepare


def until(stage: str) -> Callable[[Path], None]:
    """Return the act that runs up to *stage*."""

    def act(root: Path) -> None:
        auditkit.run(folder_of(root), until=stage, redraw=True)

    return act


def seal(root: Path) -> None:
    """Seal the audit."""
    auditkit.seal(auditkit.Audit(folder_of(root)))


def before_pack(root: Path) -> None:
    """A sealed audit, and an older pack where the new one goes."""
    whole(root)
    (root / "evidence.zip").write_bytes(b"an older pack")


def pack(root: Path) -> None:
    """Pack the evidence."""
    auditkit.pack(folder_of(root), root / "evidence.zip")


def before_report(root: Path) -> None:
    """A sealed audit that holds an older report."""
    whole(root)
    (folder_of(root) / "P01.html").write_text("an older page")
    seal(root)


def report(root: Path) -> None:
    """Make one provider's report, and the seal that covers it."""
    auditkit.report(folder_of(root), providers=["P01"], workers=1)


def before_init(root: Path) -> None:
    """A claims file and no audit."""
    (root / "claims.csv").write_text("claim_id\n")


def init(root: Path) -> None:
    """Start an audit, or take it that it was started."""
    if not (root / "reports" / "new" / "audit.toml").exists():
        auditkit.start_audit(root / "reports" / "new", root / "claims.csv")


def before_seed(root: Path) -> None:
    """A frozen frame and a plan without a seed."""
    folder = small_audit.build(root)
    plan = folder / "plan.toml"
    plan.write_text(re.sub(r"\[seed\].*?\n\n", "", plan.read_text(), flags=re.S))
    auditkit.run(folder, until="frame")


def seed(root: Path) -> None:
    """Record a seed, or take it that it is recorded."""
    if auditkit.read_plan(folder_of(root) / "plan.toml").recorded_seed is None:
        later = NOON + timedelta(hours=1)
        auditkit.record_seed(
            folder_of(root), "dice", "A. Person", value="3 1 4 1 5", at=later, now=later
        )


def before_append(root: Path) -> None:
    """A log of two lines."""
    events = [Opened(audit="A", seed="1"), ChartReceived(encounter_id="E0")]
    append(root / "log", events, "m", "manager", clock=lambda: NOON)


def append_lines(root: Path) -> None:
    """Add two lines to the log, or those that are not there."""
    there = {getattr(r.event, "encounter_id", "") for r in read_log(root / "log").records}
    events = [ChartReceived(encounter_id=e) for e in ("E1", "E2") if e not in there]
    if events:
        append(root / "log", events, "p", "preparer", clock=lambda: NOON)


def before_import(root: Path) -> None:
    """A review with requested charts, and a workpaper filled in."""
    (root / "review").mkdir()
    review = review_practice.practice(root / "review")
    review_practice.request(review)
    import pandas as pd

    lines = pd.read_csv(review.folder / "lines.csv", dtype="str")
    book = review_books.Filled(write_blind_book(review, "rob", lines))
    for encounter in review_practice.ENCOUNTERS:
        book.set("Assignments", book.find("Assignments", encounter), Done="yes")
        book.set("Record", book.find("Record", encounter), Present="yes")
        book.add("Blind codes", Encounter=encounter, Code="99213")
    book.save(root / "filled.xlsx")


def take_in(root: Path) -> None:
    """Take the workpaper in."""
    review = Review(root / "review", clock=lambda: NOON)
    take(review, read_blind_book(review, root / "filled.xlsx"), read_of=read_of("rob"))


def before_store(root: Path) -> None:
    """A store that holds one edition, and the files of another."""
    auditkit.Store(root / "store").add(edition_files.write_addon(root))
    edition_files.write_mue(root)


def add_reference(root: Path) -> None:
    """Add the other edition."""
    auditkit.Store(root / "store").add(next(root.glob("*MUE*")))


def before_screen(root: Path) -> None:
    """Claims, editions, and the signals of fewer claims."""
    auditkit.Store(root / "store").add(edition_files.write_mue(root))
    line = edition_claims.line
    claims = edition_claims.universe(line("11103", units=9), line("11102", units=4, claim="C2"))
    for name, part in (("few", claims.head(1)), ("claims", claims)):
        part.to_parquet(root / f"{name}.parquet")
    screening(root / "few.parquet", root / "store", out=root / "signals", threads=1)


def screen(root: Path) -> None:
    """Screen the claims into the folder of signals."""
    screening(root / "claims.parquet", root / "store", out=root / "signals", threads=1)


PREPARE: dict[str, Callable[[Path], Any]] = {
    **{stage: changed_before(stage) for stage in STAGES},
    "first run": lambda root: small_audit.build(root) and None,
    "seal": changed_before("seal"),
    "pack": before_pack,
    "report": before_report,
    "init": before_init,
    "seed": before_seed,
    "log append": before_append,
    "review import": before_import,
    "reference add": before_store,
    "screen": before_screen,
}
DO: dict[str, Callable[[Path], Any]] = {
    **{stage: until(stage) for stage in STAGES},
    "first run": until("score"),
    "seal": seal,
    "pack": pack,
    "report": report,
    "init": init,
    "seed": seed,
    "log append": append_lines,
    "review import": take_in,
    "reference add": add_reference,
    "screen": screen,
}

#: What is left out of a state: locks, keys that are drawn at random, temporary files.
_VOLATILE = re.compile(r"(^|/)(\.[^/]*|practice\.key|log\.head\.json|log\.torn)(/|$)|\.part$")


def state(root: Path) -> dict[str, str]:
    """Return the hash of every file below *root*, but for locks and temporary files.

    A log counts event by event, without the note of a torn line. A store holds only what its
    manifest names.
    """
    names = {p.relative_to(root).as_posix(): p for p in sorted(root.rglob("*")) if p.is_file()}
    found = {
        name: sha256(path.read_bytes()).hexdigest()
        for name, path in names.items()
        if not _VOLATILE.search(name) and path.name != "log.jsonl"
    }
    for name in ("log", "review"):
        records = read_log(root / name).records if (root / name).exists() else ()
        events = [r.event for r in records if r.event.kind != "torn_line"]
        found |= {f"{name} line {n}": e.model_dump_json() for n, e in enumerate(events)}
    if (root / "store").exists():
        held = {"manifest.json", *(e.folder for e in auditkit.Store(root / "store").editions())}
        of_store = {n: n.split("/")[1] for n in found if n.startswith("store/")}
        found = {n: d for n, d in found.items() if of_store.get(n, "manifest.json") in held}
    return found


def leavings(root: Path) -> list[str]:
    """Return the temporary files and folders below *root*."""
    found = [p.relative_to(root).as_posix() for p in root.rglob("*")]
    locks = (".lock", ".log.lock")
    return sorted(n for n in found if re.search(r"(^|/)\.[^/]+$", n) and not n.endswith(locks))


def settle(root: Path) -> dict[str, Any]:
    """Say what stands after a fault: the files, what verify fails, and a committed step's end."""
    told = _told(root)
    step = waits = False
    if (root / "reports").exists():
        for folder in (root / "reports").iterdir():
            step = step or is_unfinished(folder)
            waits = waits or (folder / REPORTING).exists()
            finish_replacing(folder)
    return {"told": told, "unfinished": step, "waits": waits, "state": state(root)}


def _told(root: Path) -> list[str]:
    """Return what the checks of this kind of folder say is wrong."""
    if (root / "log").exists():
        return [str(p) for p in verify_log(root / "log")]
    if (root / "review").exists():
        return [str(p) for p in verify_log(root / "review")]
    if (root / "store").exists():
        return [str(c) for c in auditkit.Store(root / "store").verify() if not c.holds]
    if not (folder_of(root) / "manifest.json").exists():
        return []
    checks = auditkit.verify(folder_of(root), recompute=False).checks
    said = [c for c in checks if c.holds is False or c.what in (UNFINISHED, FAILED)]
    return sorted(f"{c.what}: {c.detail}" for c in said)


ACTS: dict[str, Callable[[Path], Any]] = {
    **DO,
    **{f"prepare {name}": prepare for name, prepare in PREPARE.items()},
    "settle": settle,
    "state": state,
    "leavings": leavings,
}


def warm_up() -> None:
    """Load in the parent what every child would load again."""
    import auditkit.evidence.archive
    import auditkit.reporting
    import auditkit.seeds
    import auditkit.setup
    import auditkit.stages  # noqa: F401
