"""A process that makes one report after another: ``python -m auditkit.reporting.press``.

It imports the scientific stack once and keeps itself clean: each notebook runs in a child of its
own (see `auditkit.reporting.engine`). Jobs come in as JSON lines on standard input, results go
out as JSON lines on standard output.
"""

import gc
import json
import os
import re
import sys
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from auditkit import errors

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_PLACE = re.compile(r"^(?:File (?P<file>.+?):(?P<line>\d+), in (?P<name>\w+)|Cell In\[(?P<cell>\d+)\], line (?P<at>\d+))")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Job:
    """One report to make.

    Attributes:
        name: what the report is called in messages, such as P07.
        template: the notebook to run.
        parameters: opaque values for the notebook's parameters.
        html: where the page goes.
        notebook: where the executed notebook goes.
        made_from: the hash of everything that the report is made from.
        footer: the last line of the page.
        css: further style, from the branding.
        timeout: seconds that one cell may take.
    """

    name: str
    template: str
    parameters: dict[str, str]
    html: str
    notebook: str
    made_from: str
    footer: str = ""
    css: str = ""
    timeout: float = 300.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a report could not be made, without any value of the data.

    `message` is there only where the error is one of auditkit's own, which never hold patient
    data; of every other error the type and the places in the code are kept, and no more.
    """

    name: str
    error: str
    message: str
    places: tuple[str, ...]


def make(job: Job, engine: str | None) -> None:
    """Run the notebook of *job*, then write the page and the executed notebook, each whole.

    Args:
        job: what to make.
        engine: the papermill engine; None for papermill's own.
    """
    import nbformat
    import papermill

    from auditkit.files import write_text
    from auditkit.reporting.html import Page, export_html
    from auditkit.reporting.scrub import scrub

    executed = papermill.execute_notebook(
        job.template,
        None,
        parameters=job.parameters,
        engine_name=engine,
        progress_bar=False,
        request_save_on_cell_execute=False,
        execution_timeout=int(job.timeout),
    )
    clean = scrub(executed, job.made_from)
    page = export_html(clean, Page(job.footer, job.made_from, job.css))
    write_text(Path(job.html), page)
    # The notebook is written last: a finished one says that the page beside it is finished too.
    write_text(Path(job.notebook), nbformat.writes(clean, indent=1) + "\n")


def failure_of(job: Job, error: BaseException) -> Failure:
    """Return what may be said of *error*: its type and its places in the code."""
    kind, message = type(error).__name__, ""
    if kind == "PapermillExecutionError":
        kind, message = error.ename, error.evalue  # type: ignore[attr-defined]
        places = _places("\n".join(error.traceback))  # type: ignore[attr-defined]
    else:
        message = str(error)
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{_short(f.filename)}:{f.lineno} in {f.name}" for f in frames]
    known = isinstance(getattr(errors, kind, None), type)
    return Failure(job.name, kind, message if known else "", tuple(places))


def _places(text: str) -> list[str]:
    """Return the places that an IPython traceback names, without source lines and values."""
    found = []
    for line in _ANSI.sub("", text).splitlines():
        match = _PLACE.match(line)
        if match and match["cell"]:
            found.append(f"cell {match['cell']}, line {match['at']}")
        elif match:
            found.append(f"{_short(match['file'])}:{match['line']} in {match['name']}")
    return found


def _short(file: str) -> str:
    """Return a path without what comes before the package."""
    return "/".join(Path(file.replace("\\", "/")).parts[-3:]).lstrip("/")


def warm_up() -> None:
    """Import what reports use, and leave nothing else behind."""
    import matplotlib.pyplot  # noqa: F401
    import scipy.stats  # noqa: F401

    from auditkit.reporting import provider  # noqa: F401
    from auditkit.reporting.drawing import canvas, svg_of
    from auditkit.reporting.html import warm_exporter
    from auditkit.reporting.shell import make_shell

    with canvas(0.5) as (figure, axes):
        axes.set_title("Aa 0 %")
        svg_of(figure)
    warm_exporter()
    make_shell()
    gc.collect()
    gc.freeze()  # children then share these pages instead of copying them


def main() -> int:
    """Answer each job on standard input until it ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a notebook's stray output is no answer

    def answer(value: dict[str, Any]) -> None:
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    engine = None
    if hasattr(os, "fork"):
        from auditkit.reporting import engine as ours

        ours.register()
        warm_up()
        engine = ours.NAME
    answer({"ready": True})
    for line in sys.stdin:
        job = Job(**json.loads(line))
        try:
            make(job, engine)
        except Exception as error:
            answer({"failure": asdict(failure_of(job, error))})
        else:
            answer({"made": job.name})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
