"""Each file of an audit's state and inputs in turn, damaged: told, refused or made again."""

import multiprocessing
import shutil
import subprocess
import sys

import pytest
import small_audit

import auditkit
from auditkit.errors import AuditkitError
from auditkit.files import read_json

#: What is made again from the inputs whenever it is damaged.
MADE = (
    "attrition.csv", "frame.csv", "providers.csv", "reading.json", "sample.csv", "strata.csv",
    "sample.json",
    "lines.csv", "history.csv", "documentation.jsonl", "charts.csv", "prices.csv",
    "private/frame_patients.csv", "private/crosswalk.csv", "private/quotes.jsonl",
    "engine_results.csv", "engine_findings.csv",
    "supported.csv", "problems.csv", "line_results.csv", "findings.csv", "scores.csv",
    "estimate.json",
)  # fmt: skip
#: What people write, or what says how things came to be; nothing can make it again.
GIVEN = ("audit.toml", "plan.toml", "run.json", "manifest.json")
INPUTS = ("claims.csv", "documentation.jsonl", "providers.csv", "fees.csv", "sample.key")
DAMAGES = ("one byte", "half", "emptied", "deleted")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """Return the root of a small audit, run and sealed; never written to."""
    root = tmp_path_factory.mktemp("sealed")
    folder = small_audit.build(root)
    auditkit.run(folder)
    auditkit.seal(auditkit.Audit(folder))
    return root


@pytest.fixture
def folder(sealed, tmp_path):
    """Return the audit's folder in a copy that a test may harm."""
    return shutil.copytree(sealed, tmp_path / "copy") / "reports" / "small"


def damage(path, how):
    """Change one byte in the middle, cut in half, empty or delete the file."""
    content = bytearray(path.read_bytes())
    if how == "deleted":
        path.unlink()
    elif how == "one byte" and content:
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))
    else:
        path.write_bytes(bytes(content[: len(content) // 2 if how == "half" else 0]))


def made(folder):
    """Return the bytes of everything that the stages make."""
    return {name: (folder / name).read_bytes() for name in MADE if (folder / name).exists()}


def told(folder):
    """Return what verify finds wrong, or its refusal, as one text."""
    try:
        return "\n".join(
            f"{c.what}: {c.detail}" for c in auditkit.verify(folder, recompute=False).failures
        )
    except AuditkitError as error:
        return str(error)


@pytest.mark.parametrize("how", DAMAGES)
def test_damaged_state_is_told_and_made_again(folder, how):
    """Each made file in turn: verify names it, and running again restores its bytes.

    Every file is tried with every damage, and made again after one of them.
    """
    before = made(folder)
    assert set(before) == set(MADE)
    again = MADE[DAMAGES.index(how) :: len(DAMAGES)]
    for name in MADE:
        damage(folder / name, how)
        if (folder / name).exists() and (folder / name).read_bytes() == before[name]:
            continue  # an empty file cannot be emptied
        assert f"file {name}: " in told(folder), name
        if name in again:
            auditkit.run(folder)
            assert made(folder) == before, name
        else:
            (folder / name).write_bytes(before[name])


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", GIVEN)
def test_damage_to_what_people_wrote_is_told(folder, name, how):
    """Settings, plan, record, manifest: verify names the damage; a run restores or refuses."""
    before = made(folder)
    damage(folder / name, how)
    said = told(folder)
    try:
        auditkit.run(folder)
    except AuditkitError as error:
        assert str(error)
    else:
        assert name == "manifest.json" or made(folder) == before

    assert name in said


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", INPUTS)
def test_damaged_inputs_change_no_result_unseen(folder, name, how):
    """An input in turn: verify names it, and the run refuses, or changes no frozen file."""
    frozen = {n: (folder / n).read_bytes() for n in ("frame.csv", "sample.csv", "sample.json")}
    damage(folder.parents[1] / "inputs" / name, how)
    said = told(folder)
    try:
        auditkit.run(folder)
    except AuditkitError as error:
        assert str(error)

    assert frozen == {n: (folder / n).read_bytes() for n in frozen}
    assert name in said or (how == "deleted" and said == "")


@pytest.mark.parametrize("content", ["{}", "[]", "7", '{"stages": 3}', '{"stages": {"frame": 1}}'])
def test_a_record_of_another_shape_is_refused(folder, content):
    """A run.json that is JSON and no record is refused by name, not with a traceback."""
    (folder / "run.json").write_text(content)

    with pytest.raises(AuditkitError, match=r"run\.json"):
        auditkit.run(folder)


@pytest.mark.parametrize("content", ["{}", "[]", "7", '{"files": 3, "inputs": {}}'])
def test_a_manifest_of_another_shape_is_refused(folder, content):
    """A manifest.json that is JSON and no manifest is refused by name."""
    (folder / "manifest.json").write_text(content)

    with pytest.raises(AuditkitError, match=r"manifest\.json"):
        auditkit.verify(folder)


def test_a_damaged_commit_is_thrown_away(folder):
    """A list of a committed step that somebody damaged, or that leads outside, moves nothing."""
    before = made(folder)
    leads_outside = (
        '{"replace": {"../../stolen": ".pending/0.new"}, "remove": [], "clear": ""}',
        '{"replace": {"stolen": "../../audit.toml"}, "remove": [], "clear": ""}',
        '{"replace": {}, "remove": ["../../inputs/claims.csv"], "clear": ""}',
        '{"replace": {}, "remove": [], "clear": "private"}',
        '{"replace": {}, "remove": [], "clear": "../../inputs"}',
    )
    for content in ("", "{", "[]", *leads_outside):
        pending = folder / ".pending"
        pending.mkdir()
        (pending / "commit.json").write_text(content)
        (pending / "0.new").write_text("evil")
        assert "the last stage" in told(folder)
        auditkit.run(folder)

        assert not pending.exists()
        assert not (folder.parent.parent / "stolen").exists()
        assert (folder.parents[1] / "inputs" / "claims.csv").is_file()
        assert made(folder) == before


RUNNER = """
import sys
import auditkit
from auditkit.errors import StageError
try:
    auditkit.run(sys.argv[1], wait=float(sys.argv[2]))
    auditkit.seal(auditkit.Audit(sys.argv[1]), wait=float(sys.argv[2]))
    print("done")
except StageError as error:
    assert "Another run" in str(error), error
    print("refused")
"""


@pytest.mark.parametrize("wait", [0, 120])
def test_concurrent_runs_end_in_one_result(sealed, tmp_path, wait):
    """Three processes run one audit at once: each is done or refused, and the result is one."""
    root = tmp_path / "crowd"
    folder = small_audit.build(root)
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", RUNNER, str(folder), str(wait)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [each.communicate(timeout=120)[0].strip() for each in crowd]

    assert set(said) <= ({"done"} if wait else {"done", "refused"})
    assert "done" in said
    auditkit.seal(auditkit.Audit(folder))
    assert auditkit.verify(folder, recompute=False).holds
    assert made(folder) == made(sealed / "reports" / "small")
    assert read_json(folder / "run.json")["draws"] == 1


def record(folder, value, answers):
    """Record a seed in a process of its own, and tell whether it was taken."""
    try:
        auditkit.record_seed(folder, "dice", "A. Person", value=value)
        answers.put(value)
    except AuditkitError:
        answers.put("")


def test_of_two_seeds_recorded_at_once_one_is_taken(tmp_path):
    """Two people record a seed at the same moment: one is refused, and the plan has one seed."""
    import re

    folder = small_audit.build(tmp_path / "seeds")
    plan = folder / "plan.toml"
    plan.write_text(re.sub(r"\[seed\].*?\n\n", "", plan.read_text(), flags=re.S))
    auditkit.run(folder, until="frame")
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    crowd = [
        context.Process(target=record, args=(folder, f"{n} {n} {n} {n} {n} {n} {n}", answers))
        for n in (3, 8)
    ]
    for each in crowd:
        each.start()
    taken = [answers.get(timeout=120) for _ in crowd]
    for each in crowd:
        each.join()

    assert 1 == sum(bool(value) for value in taken)
    assert auditkit.read_plan(plan).recorded_seed.value in taken
