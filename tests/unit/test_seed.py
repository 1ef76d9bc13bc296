"""The seed of a draw: taken after the frame is frozen, told in full, taken once."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

import auditkit
from auditkit.errors import PlanError, SettingsError
from auditkit.evidence import seal, verify
from auditkit.memo import _deviations, _random_numbers
from auditkit.sampling.plan import Seed, plan_of, refuse_early_seed

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)


def plan_with(**seed):
    """Return a plan with the entries of a seed."""
    return plan_of({"purpose": "random", "size": {"per_stratum": 1}, "seed": seed})


@pytest.fixture
def unseeded(audit_copy):
    """Return an audit of which nothing was run and whose plan has no seed."""
    plan = (audit_copy / "plan.toml").read_text()
    start, end = plan.index("[seed]"), plan.index("[papers]")
    (audit_copy / "plan.toml").write_text(plan[:start] + plan[end:])
    (audit_copy / "run.json").unlink()
    return audit_copy


def frozen(folder):
    """Return when the frame was frozen."""
    record = json.loads((folder / "run.json").read_text())
    return datetime.fromisoformat(record["stages"]["frame"]["at"])


def test_without_a_seed_the_frame_is_frozen_and_nothing_is_drawn(unseeded):
    """A run stops before the draw, says what to do, and leaves the frozen frame."""
    (unseeded / "sample.csv").unlink()
    with pytest.raises(PlanError, match="auditkit seed"):
        auditkit.run(unseeded)

    assert (unseeded / "frame.csv").is_file()
    assert not (unseeded / "sample.csv").exists()


def test_a_seed_older_than_the_frame_is_refused_when_recorded(unseeded):
    """Dice thrown a second before the freezing are refused, and nothing is written."""
    auditkit.run(unseeded, until="frame")
    before = (unseeded / "plan.toml").read_bytes()
    early = frozen(unseeded) - timedelta(seconds=1)
    with pytest.raises(PlanError, match="older than the frame"):
        auditkit.record_seed(unseeded, "dice", "A. Sample", value="7 3 9 1 4 4", at=early)

    assert before == (unseeded / "plan.toml").read_bytes()


def test_a_seed_older_than_the_frame_is_refused_when_drawn(unseeded):
    """Who writes an early beacon value into the plan by hand is stopped at the draw."""
    plan = unseeded / "plan.toml"
    text = (
        '[seed]\nvalue = "ab"\nsource = "beacon"\norigin = "NIST beacon 2.0"\nround = "1187"\n'
        'by = "A. Sample"\nat = 2024-01-02T03:04:05Z\n'
    )
    plan.write_text(plan.read_text() + text)
    with pytest.raises(PlanError, match=r"2024-01-02 03:04:05.* is older"):
        auditkit.run(unseeded)


def test_a_recorded_seed_draws_and_verifies_and_the_frame_stays_frozen(unseeded):
    """Recording a seed keeps the plan's own words and the freezing time; everything verifies."""
    auditkit.run(unseeded, until="frame")
    since = frozen(unseeded)
    words = (unseeded / "plan.toml").read_text().rstrip("\n")
    plan = auditkit.record_seed(
        unseeded, "beacon", "A. Sample", value="8F0E", round="1187", origin="NIST beacon 2.0",
        at=since + timedelta(seconds=5), now=since + timedelta(seconds=60),
    )  # fmt: skip
    auditkit.run(unseeded)
    seal(auditkit.Audit(unseeded))

    assert (unseeded / "plan.toml").read_text().startswith(words)
    assert "8F0E" == plan.seed.value == auditkit.read_plan(unseeded / "plan.toml").seed.value
    assert since == frozen(unseeded)
    assert verify(unseeded).holds
    said = _random_numbers(auditkit.Audit(unseeded))
    assert "from NIST beacon 2.0 (beacon, round 1187)" in said
    assert "recorded by A. Sample" in said
    assert "could have been chosen" not in _deviations(auditkit.Audit(unseeded))


def test_verify_finds_a_frame_frozen_after_the_seed(unseeded):
    """A freezing time moved past the seed no longer verifies, even when sealed again."""
    auditkit.record_seed(unseeded, "computer", "A. Sample")
    auditkit.run(unseeded)
    record = json.loads((unseeded / "run.json").read_text())
    record["stages"]["frame"]["at"] = "2999-01-01T00:00:00+00:00"
    (unseeded / "run.json").write_text(json.dumps(record))
    seal(auditkit.Audit(unseeded))
    failed = [check for check in verify(unseeded).failures if "seed" in check.what]

    assert failed and "older than the frame" in failed[0].detail


def test_a_frame_that_changes_after_the_seed_needs_a_new_seed(unseeded):
    """When the frame comes out otherwise later, it is frozen anew and the seed is too old."""
    auditkit.run(unseeded, until="frame")
    since = frozen(unseeded)
    record = json.loads((unseeded / "run.json").read_text())
    record["stages"]["frame"]["at"] = (since - timedelta(hours=1)).isoformat()
    (unseeded / "run.json").write_text(json.dumps(record))
    auditkit.record_seed(unseeded, "dice", "A.", value="7 1 1 9 3", at=since - timedelta(minutes=5))
    settings = unseeded / "audit.toml"
    settings.write_text(settings.read_text().replace("dos_to = 2024-09-30", "dos_to = 2024-08-31"))
    with pytest.raises(PlanError, match="older than the frame"):
        auditkit.run(unseeded)


def test_a_file_that_a_newer_auditkit_adds_leaves_the_frame_frozen_since_before(unseeded):
    """An audit begun under a version that made fewer files of the frame keeps its seed."""
    auditkit.run(unseeded, until="frame")
    since = frozen(unseeded) - timedelta(hours=1)
    record = json.loads((unseeded / "run.json").read_text())
    record["stages"]["frame"] |= {"at": since.isoformat(), "read": {}}
    record["stages"]["frame"]["made"].pop("providers.csv")
    (unseeded / "run.json").write_text(json.dumps(record))
    auditkit.run(unseeded, until="frame")

    made = json.loads((unseeded / "run.json").read_text())["stages"]["frame"]["made"]
    assert "providers.csv" in made
    assert frozen(unseeded) == since


def test_a_seed_is_recorded_once(unseeded):
    """A second seed is refused: one that may be taken again can be chosen."""
    auditkit.record_seed(unseeded, "computer", "A. Sample")
    with pytest.raises(PlanError, match="has a seed already"):
        auditkit.record_seed(unseeded, "computer", "A. Sample")


def test_the_computer_draws_its_own_seed(unseeded):
    """The operating system gives 32 hexadecimal digits; a named value is refused."""
    with pytest.raises(PlanError, match="give no value"):
        auditkit.record_seed(unseeded, "computer", "A. Sample", value="1")
    plan = auditkit.record_seed(unseeded, "computer", "A. Sample")

    assert 32 == len(bytes.fromhex(plan.seed.value).hex())


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"source": "dice", "by": "A"}, "needs its value"),
        ({"source": "dice", "by": "A", "value": "7 3  9 1"}, "5 throws or more"),
        ({"source": "beacon", "by": "A", "value": "1"}, "round"),
        ({"source": "counsel", "by": "", "value": "1"}, "'by'"),
        ({"source": "fixed", "by": "A", "value": "1"}, "write it into plan.toml"),
        ({"source": "coin", "by": "A", "value": "1"}, "seed.source"),
        ({"source": "dice", "by": "A", "value": "31415", "at": datetime(9000, 1, 1, tzinfo=UTC)},
         "future"),
        ({"source": "dice", "by": "A", "value": "31415", "at": datetime(2026, 1, 1)}, "seed.at"),
    ],
)  # fmt: skip
def test_what_is_missing_about_a_seed_is_named(unseeded, entries, said):
    """Value, round, name, source and time are each asked for by name; nothing is written."""
    before = (unseeded / "plan.toml").read_bytes()
    with pytest.raises((PlanError, SettingsError), match=said):
        auditkit.record_seed(unseeded, **entries)

    assert before == (unseeded / "plan.toml").read_bytes()


def test_a_fixed_seed_is_said_to_be_open_to_choice(audit_copy):
    """The demonstration's seed was known before; its papers say so, and it is not refused."""
    audit = auditkit.Audit(audit_copy)

    assert "fixed" == audit.plan.seed.source
    assert "could have been chosen" in _deviations(audit)


def test_the_day_follows_from_the_time_and_never_precedes_it():
    """The recording day is the day of `at` unless a later one is named."""
    told = {"value": "1", "origin": "dice", "source": "dice", "by": "A", "at": NOON}

    assert date(2025, 3, 14) == plan_with(**told).seed.recorded_on
    with pytest.raises(PlanError, match="before 'at'"):
        plan_with(**told, recorded_on=date(2025, 3, 13))


def test_the_moment_of_freezing_itself_is_late_enough():
    """A seed of the very second of the freezing is accepted, one a second earlier is not."""
    seed = Seed(value="1", origin="x", source="dice", by="A", at=NOON, recorded_on=NOON.date())
    refuse_early_seed(seed, NOON)
    with pytest.raises(PlanError):
        refuse_early_seed(seed, NOON + timedelta(seconds=1))
