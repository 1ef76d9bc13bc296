"""One trial: a fault in the middle of an act, what stands afterwards, and doing it again."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from injection import Fault, Nursery

#: Acts that make several files which need not change together; each is old or new by itself.
FILE_BY_FILE = ("log append", "review import")
#: What the run of reports says when one failed and the others are in place, and what names them.
_OTHERS_MADE = "could not be made; the others were"
_SAY_WHICH = ("manifest.json", "index.html", "index.ipynb", "report_failures.log")
#: The act of several steps, and its steps: after a fault the state after any of them stands.
STEPS = {"first run": ("frame", "draw", "collect", "code", "review")}


@dataclass(frozen=True)
class Ground:
    """An act's folder before it, and the states before and after an undisturbed act.

    `operations` and `seconds` are those of the undisturbed act.
    """

    name: str
    root: Path
    operations: int
    seconds: float
    old: dict[str, Any]
    new: dict[str, Any]
    between: tuple[dict[str, str], ...] = ()


def ground(nursery: Nursery, name: str, place: Path) -> Ground:
    """Prepare the act *name* and do it once undisturbed."""
    root = place / "before"
    root.mkdir(parents=True)
    _must(nursery, f"prepare {name}", root)
    old = _must(nursery, "settle", root)
    done = shutil.copytree(root, place / "after")
    between = []
    for step in STEPS.get(name, ()):
        stepwise = place / "stepwise"
        shutil.copytree(done, stepwise)
        _must(nursery, step, stepwise)
        between.append(_must(nursery, "state", stepwise))
        shutil.rmtree(stepwise)
    began = time.monotonic()
    ended = nursery.run(name, done)
    seconds = time.monotonic() - began
    assert ended.how == "done", ended.said
    new = _must(nursery, "settle", done)
    assert old["state"] != new["state"], f"{name} changes nothing, so a fault in it shows nothing"
    return Ground(name, root, ended.operations, seconds, old, new, tuple(between))


def _must(nursery: Nursery, act: str, root: Path) -> Any:
    ended = nursery.run(act, root)
    assert ended.how == "done", ended.said
    return ended.gave


def trial(nursery: Nursery, on: Ground, fault: Fault, place: Path) -> tuple[str, list[str]]:
    """Return what stood after the fault, and everything that is wrong with it.

    What stands is old, new, or a part of the reports.
    """
    root = shutil.copytree(on.root, place)
    try:
        ended = nursery.run(on.name, root, fault)
        wrong = [f"ended by an error of another kind: {ended.said}"] * (ended.how == "broken")
        after = _must(nursery, "settle", root)
        stands = _stands(on, after["state"])
        if on.name == "report" and _OTHERS_MADE in ended.said:
            stands = _part_of(on, after["state"])
        wrong += [f"{stands} stands"] * (stands not in ("old", "new", "part"))
        wrong += _misjudged(on, stands, after)
        again = nursery.run(on.name, root)
        wrong += [f"doing it again: {again.said}"] * (again.how != "done")
        if again.how == "done":
            finished = _must(nursery, "state", root)
            wrong += [f"done again, it differs in {_differing(finished, on.new['state'])}"] * (
                finished != on.new["state"]
            )
            left = _must(nursery, "leavings", root)
            wrong += [f"left behind: {n}" for n in left if not n.endswith(".tmp")]
        return stands, wrong
    finally:
        shutil.rmtree(root)


def _stands(on: Ground, state: dict[str, str]) -> str:
    """Return old, new, or what is neither."""
    old, new = on.old["state"], on.new["state"]
    if state in (old, new):
        return "old" if state == old else "new"
    if state in on.between:
        return "old"
    if on.name in FILE_BY_FILE:
        torn = [n for n, digest in state.items() if digest not in (old.get(n), new.get(n))]
        lost = [n for n in old if n in new and n not in state]
        return "old" if not torn + lost else f"neither old nor new of {torn + lost}"
    return f"a mixture ({_differing(state, old)} from before)"


def _part_of(on: Ground, state: dict[str, str]) -> str:
    """Return "part" where one report failed by itself and every other file is old or new.

    The page that leads to the reports, the seal and the log of failures say which were made.
    """
    old, new = on.old["state"], on.new["state"]
    known = {n: digest for n, digest in state.items() if not n.endswith(_SAY_WHICH)}
    torn = [n for n, digest in known.items() if digest not in (old.get(n), new.get(n))]
    lost = [n for n in old if n not in state]
    return "part" if not torn + lost else f"neither old nor new of {torn + lost}"


def _misjudged(on: Ground, stands: str, after: dict[str, Any]) -> Iterator[str]:
    """Yield what the checks said that does not fit what stands."""
    if on.name in FILE_BY_FILE:
        yield from (f"verify says {told}" for told in after["told"])
        return
    if on.name in ("init", "first run"):  # nothing is sealed yet
        return
    waits, failed = (
        [told for told in after["told"] if told.startswith(what)]
        for what in ("the reports", "the failed reports")
    )
    found = [told for told in after["told"] if told not in (*waits, *failed)]
    if after["waits"] != bool(waits):
        yield f"reports wait: {after['waits']}, and verify says {after['told']}"
    if after["unfinished"]:
        if not any(told.startswith("the last stage") for told in found):
            yield "verify does not say that a stage was interrupted"
        if on.name == "report" and len(found) > 1:
            yield f"verify says {found} of files that are being put in place"
        return
    if bool(failed) != (stands == "part"):
        yield f"{stands} stands, and verify says {failed} of reports that failed"
    expected = (on.old if stands == "old" else on.new)["told"]
    if found != expected:
        yield f"verify says {found}, of the {stands} state it says {expected}"


def _differing(one: dict[str, str], other: dict[str, str]) -> str:
    names = sorted(n for n in {*one, *other} if one.get(n) != other.get(n))
    return ", ".join(names[:6])
