"""Every act that changes files, interrupted at its file operations: old or new stands, rerun ends.

`benchmarks/trust_faults.py` tries every operation; here a seeded few of each act are tried.
"""

import os
import random
import shutil
import sys
import time

import pytest
from acts import DO
from injection import KINDS, Fault, Nursery
from trials import ground, trial

from auditkit.files import replacing, write_text

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the injection reads /proc"
)

ACTS = [name for name in DO if name not in ("report", "first run")]


@pytest.fixture(scope="module")
def nursery():
    """Return the warm process that forks the acts."""
    started = Nursery()
    yield started
    started.close()


@pytest.fixture(scope="module")
def grounds(nursery, tmp_path_factory):
    """Return what prepares an act once, however many faults are tried on it."""
    made = {}

    def of(name):
        if name not in made:
            made[name] = ground(nursery, name, tmp_path_factory.mktemp("ground"))
        return made[name]

    return of


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ACTS)
def test_a_fault_at_any_operation_leaves_old_or_new(nursery, grounds, tmp_path, name, kind):
    """Killed, disk full, permission lost, one failure: old or new stands, and a rerun ends it."""
    on = grounds(name)
    rng = random.Random(f"{name} {kind}")
    # The last operations are those that put files in place; every other kind strikes there.
    late = KINDS.index(kind) % 2 == 0
    at = rng.randint(on.operations // 2 + 1 if late else 1, on.operations)
    _, wrong = trial(nursery, on, Fault(kind, at), tmp_path / "trial")

    assert wrong == [], f"{kind} at operation {at} of {on.operations}"


@pytest.mark.parametrize("kind", ["kill", "full"])
def test_a_fault_while_reports_are_made_leaves_old_or_new(nursery, grounds, tmp_path, kind):
    """Killed or without room in any of its processes: reports and seal are both old or both new."""
    on = grounds("report")
    at = random.Random(kind).randint(on.operations // 3, on.operations)
    _, wrong = trial(nursery, on, Fault(kind, at), tmp_path / "trial")

    assert wrong == [], f"{kind} at operation {at} of {on.operations}"


@pytest.mark.parametrize("name", ["draw", "score", "review import", "screen"])
def test_a_kill_at_a_random_moment_leaves_old_or_new(nursery, grounds, tmp_path, name):
    """Killed by the clock, wherever Python or a library is at work."""
    rng = random.Random(name)
    fault = Fault(seconds=rng.uniform(0.005, 0.3))
    _, wrong = trial(nursery, grounds(name), fault, tmp_path / "trial")

    assert wrong == []


@pytest.mark.parametrize("name", ["collect", "seal", "pack", "log append", "screen"])
@pytest.mark.parametrize("size", [1, 600])
def test_a_file_that_may_not_grow_leaves_the_old(nursery, grounds, tmp_path, name, size):
    """The system itself refuses writes beyond a size, in libraries as well as in Python."""
    stands, wrong = trial(nursery, grounds(name), Fault(size=size), tmp_path / "trial")

    assert (stands, wrong) == ("old", [])


def test_a_stage_committed_and_not_finished_is_told_by_verify(nursery, grounds, tmp_path):
    """Between the commit of a stage and its last file, verify says so and the next run ends it."""
    on = grounds("collect")
    stood = {}
    for at in range(on.operations - 14, on.operations):
        root = shutil.copytree(on.root, tmp_path / "trial")
        nursery.run("collect", root, Fault("kill", at))
        after = nursery.run("settle", root).gave
        stood[at] = (after["unfinished"], after["state"] == on.new["state"])
        shutil.rmtree(root)

    assert (True, True) in stood.values()
    assert all(new for unfinished, new in stood.values() if unfinished)


@pytest.mark.parametrize("days", [-4000, 4000])
@pytest.mark.parametrize("name", ["collect", "score", "seal"])
def test_a_clock_that_jumps_changes_no_result(nursery, grounds, tmp_path, name, days):
    """A clock gone back or ahead by days or years changes the noted time and nothing else."""
    on = grounds(name)
    root = shutil.copytree(on.root, tmp_path / "trial")
    ended = nursery.run(name, root, Fault(clock=days * 86_400))
    found = nursery.run("state", root).gave
    timed = {"reports/small/run.json", "reports/small/manifest.json"}

    assert ended.how == "done"
    assert {n for n in found if found[n] != on.new["state"].get(n)} <= timed
    assert set(found) == set(on.new["state"])


def test_what_a_killed_writer_left_is_removed_later(tmp_path):
    """A temporary file ten minutes old is swept by the next writer; a younger one is another's."""
    target = tmp_path / "scores.csv"
    with pytest.raises(KeyboardInterrupt), replacing(target) as stream:
        stream.write(b"half")
        for name in ("old", "young"):
            shutil.copy(
                next(tmp_path.glob(".scores.csv.*.tmp")), tmp_path / f".scores.csv.{name}.tmp"
            )
        raise KeyboardInterrupt
    long_ago = time.time() - 3_600
    os.utime(tmp_path / ".scores.csv.old.tmp", (long_ago, long_ago))
    write_text(target, "whole")

    assert {p.name for p in tmp_path.iterdir()} == {"scores.csv", ".scores.csv.young.tmp"}
