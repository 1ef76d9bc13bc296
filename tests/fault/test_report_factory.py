"""The report factory under failure: one bad report, a kill, a lock, a read-only folder."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock
from nbformat.v4 import new_code_cell
from reporting_audit import build
from rich.console import Console

from auditkit.audit import Audit
from auditkit.errors import ReportError
from auditkit.places import templates
from auditkit.reporting import documents, report
from auditkit.reporting.jobs import is_finished, provider_jobs
from auditkit.reporting.pool import make_all

SECRET = "patient Jane Roe 1957-03-02"  # what no log, message or notebook may hold


def template_with(path: Path, source: str) -> Path:
    """Write the provider template with one more cell, run before the others."""
    notebook = nbformat.read(templates() / "provider_report.ipynb", 4)
    notebook.cells.insert(3, new_code_cell(source))
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An audit whose reports were made, and what its files were."""
    folder = build(tmp_path_factory.mktemp("reports") / "q3")
    told = []
    paths = report(folder, progress=lambda done, total, name: told.append((done, total, name)))
    return folder, paths, told


@pytest.fixture
def audit_folder(tmp_path):
    return build(tmp_path / "q3", providers=3, per_provider=6)


def test_every_provider_gets_a_page_and_a_notebook(made):
    """A page and a notebook for each provider, an index that leads to each, progress told."""
    folder, paths, told = made

    assert [p.name for p in paths] == ["P01.html", "P02.html", "P03.html"]
    index = (folder / "index.html").read_text("utf-8")
    for path in paths:
        assert path.read_text("utf-8").endswith("</html>\n")
        assert (folder / "notebooks" / f"{path.stem}.ipynb").is_file()
        assert f'href="{path.name}"' in index
    assert [(done, total) for done, total, _ in told] == [(n, 6) for n in range(1, 7)]
    assert told[-1][2] == "index"
    for more in ("practice_report.html", "executive_summary.html", "findings.xlsx"):
        assert (folder / more).is_file() and f'href="{more}"' in index
    assert not list(folder.rglob("*.tmp"))
    assert not (folder / "report_failures.log").exists()


def test_pages_need_nothing_outside_them(made):
    """No script, no link or source outside the page, and a policy that forbids both."""
    for path in made[0].glob("*.html"):
        page = path.read_text("utf-8")
        assert "<script" not in page
        assert "http://" not in page and "https://" not in page
        assert "default-src 'none'" in page


def test_notebooks_hold_no_paths_times_or_names_of_the_machine(made):
    """Papermill's parameters, paths and times are gone; only the hash of the inputs is noted."""
    folder = made[0]
    for path in (folder / "notebooks").iterdir():
        text = path.read_text("utf-8")
        notebook = json.loads(text)
        assert set(notebook["metadata"]) == {"kernelspec", "language_info", "auditkit"}
        assert set(notebook["metadata"]["auditkit"]) == {"made_from"}
        for cell in notebook["cells"]:
            assert set(cell["metadata"]) <= {"tags"}
            assert not [o for o in cell.get("outputs", []) if o.get("name") == "stderr"]
        for word in ("papermill", str(Path.home()), str(folder), os.uname().nodename, sys.prefix):
            assert word not in text


def test_finished_reports_are_recognised(made, tmp_path):
    """A whole report of the same inputs is finished; a damaged, lost or outdated one is not."""
    folder = shutil.copytree(made[0], tmp_path / "q3")
    template = templates() / "provider_report.ipynb"

    def finished() -> list[bool]:
        return [is_finished(job) for job in provider_jobs(Audit(folder), None, template)]

    assert finished() == [True, True, True]
    page = folder / "P01.html"
    page.write_text(page.read_text("utf-8")[:-500], "utf-8")
    (folder / "notebooks" / "P02.ipynb").unlink()
    assert finished() == [False, False, True]
    findings = folder / "findings.csv"
    findings.write_text(findings.read_text("utf-8").replace("2013-01-01", "2014-01-01"), "utf-8")
    assert finished() == [False, False, False]


def test_finished_reports_are_not_made_again(made):
    """A second run on an unchanged audit writes nothing."""
    folder, paths, _ = made
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}

    assert report(folder) == paths

    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_without_forking_the_reports_are_the_same(made, tmp_path):
    """Under papermill's own engine and kernels, as on Windows, the pages are equal bytes."""
    folder = build(tmp_path / "q3")
    template = templates() / "provider_report.ipynb"
    jobs = provider_jobs(Audit(folder), ["P01"], template)

    told = list(make_all(jobs, folder.parent, workers=2, kernels=True))

    assert told == [("P01", None)]
    for name in ("P01.html", "notebooks/P01.ipynb"):
        assert (folder / name).read_bytes() == (made[0] / name).read_bytes()


#: What goes wrong in the report of each provider, and what is told of it.
FAULTS = {
    "P01": (f"raise ValueError({SECRET!r})", "ValueError"),
    "P02": ("import os; os._exit(1)", "DeadKernelError"),
    "P03": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "DeadKernelError"),
    "P04": ("import os, signal; os.kill(os.getppid(), signal.SIGKILL)", "ProcessEnded"),
    "P05": ("import sys; sys.exit(3)", "SystemExit"),
    "P06": ("print('made', flush=True); raise KeyError(1)", "KeyError"),
    "P07": (
        "from auditkit.errors import PlanError; raise PlanError('Raise size.total to 12.')",
        "PlanError: Raise size.total to 12.",
    ),
    "P08": (f"raise RuntimeError({SECRET!r}) from ValueError({SECRET!r})", "RuntimeError"),
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_one_failure_does_not_stop_the_others(tmp_path):
    """Whatever a notebook does to its process, it is named, the others are made, a rerun mends."""
    folder = build(tmp_path / "q3", providers=10, per_provider=4)
    faults = {name: source for name, (source, _) in FAULTS.items()}
    template = template_with(tmp_path / "t.ipynb", f"exec({faults!r}.get(provider_id, 'pass'))")

    with pytest.raises(ReportError) as caught:
        report(folder, template=template)

    message = str(caught.value)
    log = (folder / "report_failures.log").read_text("utf-8")
    assert message.startswith("8 of 11 reports could not be made; the others were.")
    for name, (_, told) in FAULTS.items():
        assert f"\n  {name}: {told}\n" in message
        assert f"{name}: {told}\n" in log
        assert not (folder / f"{name}.html").exists()
        assert not (folder / "notebooks" / f"{name}.ipynb").exists()
    assert caught.value.exit_code != 0
    assert "cell 4, line 1" in log
    assert "Jane" not in message + log and "1957" not in message + log
    index = (folder / "index.html").read_text("utf-8")
    for name in ("P09", "P10"):
        assert (folder / f"{name}.html").exists() and f'href="{name}.html"' in index
    assert 'href="P01.html"' not in index

    kept = (folder / "P09.html").stat().st_mtime_ns
    report(folder, providers=["P01"])
    assert (folder / "P01.html").exists() and (folder / "P09.html").stat().st_mtime_ns == kept
    left = (folder / "report_failures.log").read_text("utf-8")
    assert "P01:" not in left and "P02:" in left
    assert 'href="P01.html"' in (folder / "index.html").read_text("utf-8")
    report(folder)
    assert not (folder / "report_failures.log").exists()


def test_unknown_providers_parameters_and_workers_are_refused(audit_folder, tmp_path):
    """Refused before anything is made, with what is accepted."""
    with pytest.raises(ReportError, match=r"No chart of P09.*Reviewed: P01, P02, P03"):
        report(audit_folder, providers=["P01", "P09"])
    notebook = nbformat.read(templates() / "provider_report.ipynb", 4)
    notebook.cells[1].source = 'audit = "demo"'
    nbformat.write(notebook, tmp_path / "t.ipynb")
    with pytest.raises(ReportError, match=r"no parameter provider_id\. It accepts: audit;"):
        report(audit_folder, template=tmp_path / "t.ipynb")
    with pytest.raises(ReportError, match="workers must be 1 or more"):
        report(audit_folder, workers=0)
    with pytest.raises(ReportError, match="is not there"):
        report(audit_folder, template=tmp_path / "absent.ipynb")
    assert not list(audit_folder.glob("P*.html"))


def test_documents_of_other_kinds_are_made_by_name(audit_folder):
    """Letters, executive summary and workbook are made; an unknown kind is refused."""
    with pytest.raises(ReportError, match=r"No document is called memos\. There are: practice, "):
        documents(audit_folder, ["memos"])

    made = documents(audit_folder, ["executive", "letters", "workbook"])

    names = [
        path.relative_to(audit_folder.resolve()).as_posix() for path in map(Path.resolve, made)
    ]
    assert names == [
        "executive_summary.html", "letters/P01.html", "letters/P02.html", "letters/P03.html",
        "findings.xlsx",
    ]  # fmt: skip
    assert all(path.is_file() for path in made)
    assert (audit_folder / "notebooks" / "letters" / "P03.ipynb").is_file()


@pytest.mark.parametrize("path", sorted(templates().glob("*.ipynb")), ids=lambda path: path.stem)
def test_templates_are_short_and_call_public_functions(path):
    """Fifteen cells at most, parameters tagged and opaque, no output, one public call in each."""
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    parameters, *others = code

    assert len(notebook.cells) <= 15
    assert parameters.metadata.tags == ["parameters"]
    assert set(re.findall(r"^(\w+) =", parameters.source, re.M)) <= {"audit", "provider_id"}
    for cell in others:
        assert not cell.outputs and cell.execution_count is None
        assert len(cell.source.splitlines()) <= 4 and not re.search(r"\._|import \*", cell.source)


def test_a_second_run_on_the_same_audit_is_refused(audit_folder):
    """While one run holds the audit, another says so at once."""
    with (
        FileLock(audit_folder / ".lock"),
        pytest.raises(ReportError, match="Another run is at work"),
    ):
        report(audit_folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said_in_words(audit_folder):
    """A read-only folder ends with what to do."""
    audit_folder.chmod(0o500)
    try:
        with pytest.raises(ReportError, match="cannot be written"):
            report(audit_folder)
    finally:
        audit_folder.chmod(0o700)


def is_running(pid: int) -> bool:
    """Return whether a process is at work; one that ended and awaits its parent is not."""
    state = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True)
    return state.stdout.strip()[:1] not in ("", "Z")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_an_interrupted_run_changes_nothing_and_is_gone_on_with(audit_folder, tmp_path, how):
    """The audit is as it was, nothing is left running, and the next run keeps what was finished."""
    template = template_with(
        tmp_path / "t.ipynb",
        "import os, time, pathlib\n"
        f"pathlib.Path({str(tmp_path)!r}, 'pid-' + provider_id).write_text(str(os.getpid()))\n"
        f"slow = pathlib.Path({str(tmp_path)!r}, 'slow').exists() and provider_id != 'P01'\n"
        "time.sleep(60 if slow else 0)",
    )
    script = (
        f"from pathlib import Path\nfrom auditkit.reporting import report\n"
        f"report({str(audit_folder)!r}, template=Path({str(template)!r}))"
    )
    before = {path.name for path in audit_folder.iterdir()}
    waits = audit_folder / ".reporting"
    (tmp_path / "slow").touch()
    run = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline and not (
        (waits / "notebooks" / "P01.ipynb").exists() and (tmp_path / "pid-P03").exists()
    ):
        time.sleep(0.1)
    run.send_signal(how)
    run.communicate(timeout=20)
    while time.monotonic() < deadline and any(
        is_running(int(note.read_text())) for note in tmp_path.glob("pid-*")
    ):
        time.sleep(0.1)

    assert run.returncode != 0
    assert {path.name for path in audit_folder.iterdir()} - before <= {".lock", ".reporting"}
    assert (waits / "P01.html").read_text("utf-8").endswith("</html>\n")
    assert not (waits / "P03.html").exists()
    for note in tmp_path.glob("pid-*"):
        assert not is_running(int(note.read_text()))

    (tmp_path / "slow").unlink()
    (tmp_path / "pid-P01").unlink()
    said = Console(file=io.StringIO(), width=200)
    report(audit_folder, template=template, console=said)

    assert "1 of 4 reports were finished by a run that was stopped" in said.file.getvalue()
    assert not (tmp_path / "pid-P01").exists()
    jobs = provider_jobs(Audit(audit_folder), None, template)
    assert [is_finished(job) for job in jobs] == [True, True, True]
    index = (audit_folder / "index.html").read_text("utf-8")
    assert all(f'href="{name}.html"' in index for name in ("P01", "P02", "P03"))
    assert not waits.exists()
