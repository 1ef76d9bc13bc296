"""Reports that wait: put in place with their seal as one step, and nothing sealed besides them."""

import errno
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import small_audit
from rich.console import Console

import auditkit
from auditkit.audit import Audit
from auditkit.cli.workflow import main
from auditkit.errors import ReportError, WriteError
from auditkit.files import finish_replacing, is_unfinished
from auditkit.lock import alone
from auditkit.reporting import factory
from auditkit.reporting.factory import run_jobs
from auditkit.reporting.failures import Failure
from auditkit.reporting.jobs import Job, is_finished
from auditkit.reporting.staging import is_there, put_in_place, resume, waiting


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """Return the root of a small audit, run and sealed; never written to."""
    root = tmp_path_factory.mktemp("sealed")
    folder = small_audit.build(root)
    auditkit.run(folder)
    auditkit.seal(Audit(folder))
    return root


@pytest.fixture
def audit(sealed, tmp_path):
    """Return the audit in a copy that a test may change."""
    return Audit(shutil.copytree(sealed, tmp_path / "copy") / "reports" / "small")


def job(audit, name, made_from="1", after_all=False):
    """Return the job of a report."""
    folder = audit.folder.resolve()
    return Job(
        name, "t.ipynb", {}, str(folder / f"{name}.html"),
        str(folder / "notebooks" / f"{name}.ipynb"), made_from, after_all=after_all,
    )  # fmt: skip


def make(job):
    """Write what a finished report consists of, without running a notebook."""
    for place in (job.html, job.notebook):
        Path(place).parent.mkdir(parents=True, exist_ok=True)
    mark = f'<meta name="made-from" content="{job.made_from}">'
    Path(job.html).write_text(f"<html>{mark}<p>The figures of {job.name}.</p></html>\n")
    noted = {"metadata": {"auditkit": {"made_from": job.made_from}}}
    Path(job.notebook).write_text(json.dumps(noted))


def told(audit):
    """Return what verify finds wrong, as one text each."""
    checks = auditkit.verify(audit.folder, recompute=False).failures
    return [f"{c.what}: {c.detail}" for c in checks]


def test_waiting_reports_are_said_and_are_no_fault(audit):
    """Beside an unfinished run the sealed audit holds, and verify says that it is there."""
    make(waiting(audit, job(audit, "P01")))
    found = auditkit.verify(audit.folder)

    assert found.holds
    said = [c for c in found.checks if c.what == "the reports"]
    assert [c.holds for c in said] == [None]
    assert "an unfinished run of them is beside the audit" in said[0].detail


def test_reports_and_their_seal_are_put_in_place_together(audit):
    """Afterwards verify holds, with the reports among the sealed files, and nothing waits."""
    made = job(audit, "letters/P01")
    make(waiting(audit, made))
    assert not is_finished(made)
    put_in_place(audit, [made], {"findings.xlsx": b"a workbook"})

    assert is_finished(made)
    assert told(audit) == []
    listed = json.loads(audit.path("manifest.json").read_text())["files"]
    assert {"letters/P01.html", "notebooks/letters/P01.ipynb", "findings.xlsx"} <= set(listed)
    assert not audit.path(".reporting").exists() and not audit.path(".pending").exists()


@pytest.mark.parametrize("done", range(4))
def test_a_step_interrupted_in_its_middle_accuses_nobody(audit, monkeypatch, done):
    """After any number of renames verify names the step alone; whoever comes next completes it."""
    made = job(audit, "P01")
    audit.path("P01.pdf").write_bytes(b"of an older page")
    auditkit.seal(audit)
    make(waiting(audit, made))
    renamed, rename = [], Path.replace

    def until(path, target):
        if Path(target).parent in (audit.folder, audit.folder / "notebooks"):
            renamed.append(target)
            if len(renamed) > done:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", until)
    if done < 3:
        with pytest.raises(WriteError):
            put_in_place(audit, [made], {})
        assert is_unfinished(audit.folder)
        assert [each.partition(":")[0] for each in told(audit)] == ["the last stage"]
        monkeypatch.undo()
        finish_replacing(audit.folder)
    else:
        put_in_place(audit, [made], {})

    assert told(audit) == []
    assert is_finished(made) and not audit.path("P01.pdf").exists()
    assert not audit.path(".reporting").exists()


def test_other_changes_are_not_sealed_with_the_reports(audit):
    """A finding changed by hand is named after the reports were made as before."""
    findings = audit.path("findings.csv")
    findings.write_bytes(findings.read_bytes() + b"x")
    made = job(audit, "P01")
    make(waiting(audit, made))
    put_in_place(audit, [made], {})

    assert told(audit) == ["file findings.csv: was changed: its SHA-256 differs"]


@pytest.mark.parametrize("content", ["", "{}", None])
def test_a_manifest_that_is_missing_or_damaged_is_not_made_good(audit, content):
    """Without a whole manifest the reports are put in place, and nothing is sealed."""
    manifest = audit.path("manifest.json")
    manifest.unlink()
    if content is not None:
        manifest.write_text(content)
    made = job(audit, "P01")
    make(waiting(audit, made))
    put_in_place(audit, [made], {})

    assert is_finished(made)
    assert (manifest.read_text() if manifest.exists() else None) == content


def test_a_manifest_changed_by_hand_is_not_made_good(audit):
    """A manifest whose own hash fails keeps failing."""
    manifest = audit.path("manifest.json")
    manifest.write_text(manifest.read_text().replace("sample.csv", "simple.csv"))
    made = job(audit, "P01")
    make(waiting(audit, made))
    put_in_place(audit, [made], {})

    assert any(each.startswith("file manifest.json") for each in told(audit))


def test_only_finished_reports_of_the_run_are_gone_on_with(audit):
    """Outdated, half and foreign ones are removed; the finished one waits."""
    finished, outdated, half, foreign = (job(audit, f"P0{n}") for n in range(1, 5))
    for each in (finished, half, foreign):
        make(waiting(audit, each))
    make(waiting(audit, job(audit, "P02", made_from="0")))
    Path(waiting(audit, half).notebook).unlink()

    assert resume(audit, [finished, outdated, half]) == [finished]
    left = {p.name for p in audit.path(".reporting").rglob("*") if p.is_file()}
    assert left == {"P01.html", "P01.ipynb"}
    assert is_there(audit, "P01.html") and not is_there(audit, "P04.html")


def fake_press(made):
    """Return what makes waiting reports without notebooks, and notes their names."""

    def make_all(jobs, root, workers):
        for each in jobs:
            make(each)
            made.append(each.name)
            yield each.name, None

    return make_all


def test_a_report_changed_in_its_middle_is_made_again(audit, monkeypatch):
    """A page that is whole and not as it was sealed is no finished one."""
    made = []
    monkeypatch.setattr(factory, "make_all", fake_press(made))
    jobs = [job(audit, "P01"), job(audit, "P02"), job(audit, "index", after_all=True)]
    run_jobs(audit, jobs)
    assert made == ["P01", "P02", "index"] and told(audit) == []
    page = audit.path("P02.html")
    page.write_text(page.read_text().replace("figures", "forgery"))
    assert told(audit) == ["file P02.html: was changed: its SHA-256 differs"]
    made.clear()
    run_jobs(audit, jobs)

    assert made == ["P02", "index"] and told(audit) == []
    assert "forgery" not in page.read_text()
    made.clear()
    run_jobs(audit, jobs)
    assert made == []


def test_a_run_whose_switch_fails_is_gone_on_with(audit, monkeypatch):
    """No room for the seal: the audit is as it was, and the next run makes the index alone."""
    made = []
    monkeypatch.setattr(factory, "make_all", fake_press(made))
    jobs = [job(audit, "P01"), job(audit, "index", after_all=True)]

    def no_room(*_):
        raise WriteError("manifest.json", OSError(errno.ENOSPC, "No space left on device"))

    monkeypatch.setattr(factory, "put_in_place", no_room)
    with pytest.raises(WriteError, match="Make room"):
        run_jobs(audit, jobs)
    assert told(audit) == [] and not audit.path("P01.html").exists()
    monkeypatch.setattr(factory, "put_in_place", put_in_place)
    made.clear()
    run_jobs(audit, jobs)

    assert made == ["index"] and told(audit) == []
    assert audit.path("P01.html").is_file()


def test_a_disk_that_is_full_at_the_lock_is_said_in_words(audit, monkeypatch):
    """The error is ours, names the folder and says what to do."""
    opened = os.open

    def full(path, *more, **options):
        if str(path).endswith(".lock"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return opened(path, *more, **options)

    monkeypatch.setattr(os, "open", full)
    said = r"small cannot be read or cannot be written .*Make room"
    with pytest.raises(ReportError, match=said), alone(audit.folder, ReportError):
        pass


def test_what_another_command_had_finished_is_dropped_and_named(audit, monkeypatch):
    """Documents after a stopped run of reports: the waiting report goes, and the run says so."""
    monkeypatch.setattr(factory, "make_all", fake_press([]))
    make(waiting(audit, job(audit, "P01")))
    make(waiting(audit, job(audit, "letters/P02")))
    half = waiting(audit, job(audit, "P03"))
    make(half)
    Path(half.notebook).unlink()
    said = Console(file=io.StringIO(), width=400)
    run_jobs(audit, [job(audit, "method_memo"), job(audit, "index", after_all=True)], console=said)

    assert "2 finished by a run of another command" in said.file.getvalue()
    assert "P01, letters/P02. That command makes them again" in said.file.getvalue()
    assert not audit.path(".reporting").exists() and not audit.path("P01.html").exists()
    assert told(audit) == []


def failing_press(names):
    """Return what makes waiting reports without notebooks, but for those of *names*."""

    def make_all(jobs, root, workers):
        for each in jobs:
            if each.name in names:
                yield each.name, Failure(each.name, "ValueError", "", ("cell 3, line 1",))
                continue
            make(each)
            yield each.name, None

    return make_all


def command(monkeypatch, *arguments):
    """Return the exit code of the command."""
    monkeypatch.setattr(sys, "argv", ["auditkit", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code or 0


def test_one_report_that_fails_is_named_everywhere_until_it_is_made(audit, monkeypatch, capsys):
    """The command ends with 7 and names it; the others are sealed; verify says what is lacking."""
    first, second = sorted(audit.line_results["provider_id"].unique())
    monkeypatch.setattr(factory, "make_all", failing_press({first}))
    assert command(monkeypatch, "report", audit.folder) == 7
    stopped = capsys.readouterr().err
    assert f"  {first}: ValueError" in stopped and "the others were" in stopped

    assert audit.path(f"{second}.html").is_file() and not audit.path(f"{first}.html").exists()
    assert command(monkeypatch, "verify", audit.folder, "--quick") == 0
    lacking = [c for c in auditkit.verify(audit.folder).checks if c.what == "the failed reports"]
    assert [c.holds for c in lacking] == [None]
    assert f"1 could not be made: {first}; report_failures.log" in lacking[0].detail

    monkeypatch.setattr(factory, "make_all", failing_press(()))
    assert command(monkeypatch, "report", audit.folder, "--provider", second) == 0
    assert first in audit.path("report_failures.log").read_text()  # not made by this command
    assert command(monkeypatch, "report", audit.folder) == 0
    assert audit.path(f"{first}.html").is_file()
    assert not audit.path("report_failures.log").exists()
    checks = auditkit.verify(audit.folder).checks
    assert told(audit) == [] and "the failed reports" not in {c.what for c in checks}


@pytest.mark.parametrize("verb", [("report",), ("documents", "--kind", "memo"), ("run",)])
def test_a_refused_command_seals_nothing(audit, monkeypatch, capsys, verb):
    """While another process holds the audit, what it has changed so far is not sealed over it."""
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys, filelock\n"
         "with filelock.FileLock(sys.argv[1]):\n print('held', flush=True)\n sys.stdin.read()",
         str(audit.path(".lock"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout.readline() == "held\n"
    before = audit.path("manifest.json").read_bytes()
    scores = audit.path("scores.csv")
    scores.write_bytes(scores.read_bytes() + b"half of a stage")
    name, *options = verb
    code = command(monkeypatch, name, audit.folder, *options)
    with pytest.raises(auditkit.AuditkitError, match="Another run is at work"):
        auditkit.seal(audit)
    holder.communicate()

    assert code == {"run": 6}.get(name, 7)
    assert "Another run is at work" in capsys.readouterr().err
    assert audit.path("manifest.json").read_bytes() == before
    assert told(audit) == ["file scores.csv: was changed: its SHA-256 differs"]


def test_of_two_runs_at_once_one_is_refused_and_seals_nothing(audit):
    """`run` and `report` while another run is at work are refused; afterwards they are not."""
    auditkit_ = [sys.executable, "-c", "from auditkit.cli.workflow import main; main()"]
    before = audit.path("manifest.json").read_bytes()
    with alone(audit.folder):
        refused = [
            subprocess.run(
                [*auditkit_, verb, audit.folder], capture_output=True, text=True, timeout=120
            )
            for verb in ("run", "report")
        ]

    assert [each.returncode for each in refused] == [6, 7]
    assert all("Another run is at work" in each.stderr for each in refused)
    assert audit.path("manifest.json").read_bytes() == before
    assert subprocess.run([*auditkit_, "report", audit.folder], timeout=300).returncode == 0
    assert auditkit.verify(audit.folder).holds
    assert audit.path("P01.html").is_file() and not audit.path(".reporting").exists()
