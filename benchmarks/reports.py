"""Provider reports per second: the factory, papermill in a loop, and the same code as a function.

Run: `uv run python benchmarks/reports.py [REPORTS] [STOCK]`. All three make the same report from
the same audit in one run; start-up is counted. Stock papermill is measured on a few, one after
another, and only runs the notebook; the other two also write the page.
"""

import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

WORKERS = 2
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def factory(folder: Path) -> float:
    """Return the seconds that the factory takes for every provider."""
    from auditkit.audit import Audit
    from auditkit.places import templates
    from auditkit.reporting.factory import run_jobs
    from auditkit.reporting.jobs import provider_jobs

    audit = Audit(folder)
    jobs = provider_jobs(audit, None, templates() / "provider_report.ipynb")
    begun = time.perf_counter()
    run_jobs(audit, jobs, WORKERS)
    return time.perf_counter() - begun


def as_function(task: tuple[str, str]) -> None:
    """Make one report by calling its sections, without a notebook."""
    folder, name = task
    from auditkit.audit import Audit
    from auditkit.files import write_text
    from auditkit.reporting import provider
    from auditkit.reporting.facts import Facts
    from auditkit.reporting.html import Page, export_html, page_of

    facts = Facts(Audit(Path(folder)), name)
    sections = (
        provider.title, provider.scope, provider.why_these_charts, provider.method,
        provider.result, provider.findings, provider.evidence, provider.em_distribution,
        provider.education, provider.dispute, provider.limits, provider.glossary,
    )  # fmt: skip
    page = export_html(page_of([section(facts) for section in sections]), Page("benchmark"))
    write_text(Path(folder) / "function" / f"{name}.html", page)


def functions(folder: Path, names: list[str]) -> float:
    """Return the seconds that as many processes take to call the plain function."""
    begun = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(WORKERS) as pool:
        pool.map(as_function, [(str(folder), name) for name in names], chunksize=1)
    return time.perf_counter() - begun


def stock(folder: Path, names: list[str]) -> float:
    """Return the seconds that papermill's own engine takes, one notebook after another."""
    import papermill

    from auditkit.places import templates

    begun = time.perf_counter()
    for name in names:
        papermill.execute_notebook(
            str(templates() / "provider_report.ipynb"), str(folder / "stock" / f"{name}.ipynb"),
            {"audit": folder.name, "provider_id": name}, progress_bar=False,
        )  # fmt: skip
    return time.perf_counter() - begun


class Memory(threading.Thread):
    """The memory of this process and its descendants, sampled while a block runs (PSS, MB)."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.samples: list[float] = []
        self._ended = threading.Event()

    def run(self) -> None:
        """Sample until the block ends."""
        import psutil

        own = psutil.Process()
        while not self._ended.wait(0.5):
            total = 0
            for process in (own, *own.children(recursive=True)):
                try:
                    total += process.memory_full_info().pss
                except (psutil.Error, AttributeError):
                    continue
            self.samples.append(total / 1e6)

    def __enter__(self) -> "Memory":
        """Begin sampling."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End sampling."""
        self._ended.set()
        self.join()


def export_seconds(folder: Path, name: str) -> float:
    """Return the median seconds of exporting one executed notebook to HTML."""
    import nbformat

    from auditkit.reporting.html import Page, export_html

    notebook = nbformat.read(folder / "notebooks" / f"{name}.ipynb", 4)
    times = []
    for _ in range(9):
        begun = time.perf_counter()
        export_html(notebook, Page("benchmark"))
        times.append(time.perf_counter() - begun)
    return statistics.median(times[1:])


def main(reports: int, few: int) -> None:
    """Print seconds a report and the two ratios."""
    from reporting_audit import build

    from auditkit.audit import Audit

    for name in ONE_THREAD:
        os.environ[name] = "1"
    with tempfile.TemporaryDirectory() as root:
        folder = build(Path(root) / "bench", providers=reports, per_provider=20)
        os.environ["AUDITKIT_REPORTS"] = root
        (folder / "stock").mkdir()
        ids = sorted(Audit(folder).providers["provider_id"])
        loop = stock(folder, ids[:few]) / few
        with Memory() as memory:
            ours = factory(folder) / reports
        plain = functions(folder, ids) / reports
        loop = (loop + stock(folder, ids[-few:]) / few) / 2
        half = len(memory.samples) // 2
        print(f"reports {reports}, workers {WORKERS}, load {os.getloadavg()[0]:.1f}")
        print(f"stock papermill, one after another  {loop:6.2f} s a report ({2 * few} measured)")
        print(f"factory                             {ours:6.2f} s a report")
        print(f"plain function, {WORKERS} processes         {plain:6.2f} s a report")
        print(f"factory is {loop / ours:.1f} times as fast as stock (target 8 or more)")
        print(f"factory takes {ours / plain:.2f} times the plain function (target 2 or less)")
        print(f"HTML export {export_seconds(folder, ids[0]):.3f} s a report (target 0.1 or less)")
        print(
            f"memory of all processes: peak {max(memory.samples[:half]):.0f} MB in the first half, "
            f"{max(memory.samples[half:]):.0f} MB in the second"
        )


if __name__ == "__main__":
    main(*(int(each) for each in (sys.argv[1:] + ["100", "3"][len(sys.argv) - 1 :])))
