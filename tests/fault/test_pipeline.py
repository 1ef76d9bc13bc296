"""The pipeline under faults: interrupted, changed, locked, read-only."""

import os
import signal
import subprocess
import sys
import time

import pytest
from filelock import FileLock

import auditkit
from auditkit import pipeline, stages
from auditkit.errors import (
    PlanError,
    ProjectionRefusedError,
    SettingsError,
    StageError,
    WriteError,
)
from auditkit.files import write_json
from auditkit.lock import LOCK


def outcomes(folder, **options):
    """Return what became of each stage, by name."""
    return {o.stage: o.done for o in auditkit.run(folder, **options)}


def test_nothing_is_done_twice(audit_copy):
    """A run with nothing changed keeps every stage, and every byte."""
    before = {p: p.read_bytes() for p in audit_copy.glob("*.csv")}

    assert set(outcomes(audit_copy).values()) == {"kept"}
    assert before == {p: p.read_bytes() for p in audit_copy.glob("*.csv")}


def test_a_run_that_died_between_files_starts_the_stage_clean(audit_copy, monkeypatch):
    """Killed between two files of a stage, the next run says that the stage started clean."""
    (audit_copy / "scores.csv").unlink()
    record = pipeline.run_record(auditkit.Audit(audit_copy))
    del record["stages"]["score"]
    write_json(audit_copy / "run.json", record)

    assert outcomes(audit_copy)["score"] == "started clean"


def test_a_killed_run_can_be_run_again(audit_copy):
    """Killed at a random moment, the folder holds no torn file and the next run completes."""
    for name in ("sample.csv", "lines.csv", "findings.csv", "scores.csv", "run.json"):
        (audit_copy / name).unlink()
    code = f"import auditkit; auditkit.run({str(audit_copy)!r})"
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    time.sleep(2.5)
    child.send_signal(signal.SIGKILL)
    child.wait()
    outcomes(audit_copy)
    auditkit.seal(auditkit.Audit(audit_copy))

    assert auditkit.verify(audit_copy).holds
    assert not [p for p in audit_copy.glob("*.tmp") if p.name in ("frame.csv", "sample.csv")]


def test_ctrl_c_leaves_the_old_files(audit_copy, monkeypatch):
    """Ctrl-C while a file is written leaves the old file whole and nothing half-written."""
    kept = (audit_copy / "findings.csv").read_bytes()
    (audit_copy / "findings.csv").write_bytes(kept + b"x")

    def interrupted(self, target):
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        auditkit.run(audit_copy)
    monkeypatch.undo()

    assert not list(audit_copy.rglob("*.tmp"))
    assert outcomes(audit_copy)["review"] == "ran"
    assert kept == (audit_copy / "findings.csv").read_bytes()


def test_a_changed_rule_after_the_draw_is_refused(audit_copy):
    """A frame rule changed after the draw does not quietly become a new sample."""
    settings = audit_copy / "audit.toml"
    settings.write_text(settings.read_text().replace("2024-09-30", "2024-08-31"))

    with pytest.raises(StageError, match="would change after the sample was drawn"):
        auditkit.run(audit_copy)


def test_papers_known_only_later_are_no_other_plan(audit_copy):
    """Who reviewed, deviations and offsets are written after the draw; the sample stands."""
    sample = (audit_copy / "sample.json").read_bytes()
    plan = audit_copy / "plan.toml"
    reviewer = "the rules of auditkit on the documented elements of the sample practice"
    later = plan.read_text().replace(reviewer, "R. Reader") + 'offsets = "none were made"\n'
    plan.write_text(later + 'deviations = ["two charts came late"]\n')

    auditkit.run(audit_copy)
    auditkit.seal(auditkit.Audit(audit_copy))

    assert sample == (audit_copy / "sample.json").read_bytes()
    assert auditkit.verify(audit_copy).holds
    plan.write_text(plan.read_text().replace("confidence = 0.90", "confidence = 0.95"))
    with pytest.raises(StageError, match=r"sample\.json would change after the sample was drawn"):
        auditkit.run(audit_copy)


def test_a_second_draw_is_recorded(audit_copy):
    """Drawing again must be asked for, and the record says how often it was done."""
    plan = audit_copy / "plan.toml"
    plan.write_text(plan.read_text().replace("7 3 9", "8 8 8"))
    with pytest.raises(StageError, match="--redraw"):
        auditkit.run(audit_copy, until="draw")
    auditkit.run(audit_copy, until="draw", redraw=True)

    drawn_in_this_folder = pipeline.run_record(auditkit.Audit(audit_copy))["draws"]
    assert drawn_in_this_folder >= 2


def test_a_frame_changed_after_the_draw_is_not_projected_to(audit_copy):
    """Scores and projections refuse a frame that is not the one drawn from."""
    frame = audit_copy / "frame.csv"
    frame.write_bytes(
        frame.read_bytes() + b"ffff,P01,MEDICARE_B,2024-07,11,visit,99213,1,1,9,9,9\n"
    )

    with pytest.raises(ProjectionRefusedError, match="not the frame that the sample was drawn"):
        stages.make_scores(auditkit.Audit(audit_copy))


def test_an_unfinished_review_is_not_scored(audit_copy):
    """A chart that nobody abstracted stops the scores, and the message says how many."""
    records = audit_copy.parent.parent / "inputs" / "documentation.jsonl"
    kept = records.read_text().splitlines(keepends=True)
    records.write_text("".join(kept[: len(kept) // 2]))

    with pytest.raises(ProjectionRefusedError, match="of 300 drawn charts are not abstracted"):
        auditkit.run(audit_copy)


def test_an_unfinished_review_can_be_counted_as_missing(audit_copy):
    """With the setting and a reason, open charts count as missing records in full."""
    records = audit_copy.parent.parent / "inputs" / "documentation.jsonl"
    records.write_text("")
    settings = audit_copy / "audit.toml"
    settings.write_text(
        settings.read_text()
        .replace('not_abstracted = "refuse"', 'not_abstracted = "missing"')
        .replace('reason = ""', 'reason = "the practice closed"')
    )
    auditkit.run(audit_copy)
    audit = auditkit.Audit(audit_copy)

    assert set(audit.line_results["verdict"]) == {"missing_record"}
    assert audit.estimate["overpayment"]["point"] == pytest.approx(
        sum(
            row.units * audit.line_results.query("stratum == @row.stratum")["dollars"].sum() / 30
            for row in audit.strata.itertuples()
        )
    )


def test_two_runs_do_not_meet(audit_copy):
    """A second run on the same audit is refused while the first is at work."""
    with FileLock(audit_copy / LOCK), pytest.raises(StageError, match="Another run"):
        auditkit.run(audit_copy)


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_read_only_folder_is_said(audit_copy, monkeypatch):
    """A folder that cannot be written is named, and nothing was changed."""

    def refused(*args, **options):
        raise PermissionError(13, "Permission denied")

    (audit_copy / "scores.csv").unlink()
    monkeypatch.setattr("tempfile.mkstemp", refused)

    with pytest.raises(WriteError, match="cannot be written"):
        auditkit.run(audit_copy)


def test_a_full_disk_is_said(audit_copy, monkeypatch):
    """A full disk leaves the old files and says what to do."""
    (audit_copy / "scores.csv").unlink()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WriteError, match="No space left on device"):
        auditkit.run(audit_copy)
    monkeypatch.undo()

    assert not list(audit_copy.rglob("*.tmp"))
    assert outcomes(audit_copy)["score"] == "ran"


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ('claims = "../../inputs/claims.csv"', 'claims = "gone.csv"', StageError, "gone.csv"),
        ("paid_above = 0.0", 'paid_above = "much"', SettingsError, "'frame.paid_above"),
        ("[frame]", "[frmae]", SettingsError, "'frmae'"),
        ("[frame]", "[frame", SettingsError, "is not TOML"),
        ('policy = "encounter', 'providers = "x"\npolicy = "encounter', SettingsError, "scoring"),
    ],
)
def test_a_wrong_setting_is_named(audit_copy, old, new, error, message):
    """audit.toml's faults are named by entry."""
    settings = audit_copy / "audit.toml"
    settings.write_text(settings.read_text().replace(old, new))

    with pytest.raises(error, match=message):
        auditkit.run(audit_copy)


def test_an_unknown_provider_in_the_plan_is_named(audit_copy):
    """A stratum that the frame does not hold is named with those that it does."""
    plan = audit_copy / "plan.toml"
    plan.write_text(plan.read_text().replace("per_stratum = 30", "by_stratum = { P99 = 5 }"))

    with pytest.raises(PlanError, match="names P99"):
        auditkit.run(audit_copy, redraw=True)


def test_a_folder_without_an_audit_is_said(tmp_path):
    """A folder that holds no audit is refused with how to make one."""
    with pytest.raises(SettingsError, match="auditkit init"):
        auditkit.run(tmp_path)


@pytest.mark.parametrize("unit", ["claim", "line"])
def test_any_declared_unit_goes_through(audit_copy, unit):
    """An audit by claim or by line is drawn, scored, projected and verified like any other."""
    plan = audit_copy / "plan.toml"
    plan.write_text(plan.read_text().replace('unit = "encounter"', f'unit = "{unit}"'))
    auditkit.run(audit_copy, redraw=True)
    audit = auditkit.Audit(audit_copy)
    auditkit.seal(audit)

    assert 300 == len(audit.sample) == audit.estimate["overpayment"]["n"]
    assert auditkit.verify(audit_copy).holds


def test_a_targeted_audit_is_scored_and_not_projected(audit_copy):
    """Chosen encounters are scored for themselves; nothing is carried to the frame."""
    chosen = auditkit.Audit(audit_copy).frame["unit_id"].iloc[:12].tolist()
    plan = audit_copy / "plan.toml"
    listed = ", ".join(f'"{unit}"' for unit in chosen)
    text = plan.read_text().replace(
        'purpose = "random"', f'purpose = "targeted"\ntargeted_units = [{listed}]'
    )
    plan.write_text(text.replace('by = ["provider_id"]', ""))
    auditkit.run(audit_copy, redraw=True)
    audit = auditkit.Audit(audit_copy)

    assert "targeted" in audit.estimate["refused"]
    assert 12 == audit.line_results["encounter_id"].nunique()
    assert "not projected" in "\n".join(auditkit.summarize(audit))


def test_pricing_by_an_edition_needs_a_store(audit_copy):
    """Asking for a fee edition without naming a store is refused with what to write."""
    settings = audit_copy / "audit.toml"
    settings.write_text(settings.read_text() + "\n[pricing]\nedition = true\n")

    with pytest.raises(SettingsError, match=r"needs \[reference\] store"):
        auditkit.run(audit_copy)
