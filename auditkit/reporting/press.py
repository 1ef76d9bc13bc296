"""A process that makes one report after another: ``python -m auditkit.reporting.press``.

It imports the scientific stack once and keeps itself clean: each notebook runs in a child of its
own (see `auditkit.reporting.engine`). Jobs come in as JSON lines on standard input, results go
out as JSON lines on standard output.
"""

import gc
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from auditkit.reporting.failures import failure_of
from auditkit.reporting.jobs import Job


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
            answer({"failure": asdict(failure_of(job.name, error))})
        else:
            answer({"made": job.name})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
