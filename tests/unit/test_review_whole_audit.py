"""One review from its opening to its last signature, on the sample practice, as its people do it.

Three readers, a preparer, a reviewer and a manager; one record that is missing, one conflict of
two copies, one disagreement of two readers, one dispute that is upheld and one that is overturned.
"""

import json
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from review_books import Filled
from typer.testing import CliRunner

import auditkit
from auditkit.audit import Audit
from auditkit.cli import app
from auditkit.errors import EvidenceError, InputError, StageError
from auditkit.memo import paper_items
from auditkit.review import Review, desk_of, rebuilt, review_gate
from auditkit.review import events as e
from auditkit.review.gate import refusal
from auditkit.review.log import HEAD, LOG
from auditkit.summary import summarize

LINES, ANSWERS, BLIND = "Billed and supported", "Changed lines", "Blind codes"
STAGES = ("charts", "blind_coding", "determinations", "second_read", "review")
SIGNERS = {"second_read": "vic", "review": "vic", "rebuttal": "max", "final": "max"}


@dataclass
class Walk:
    """The audit after the walk, and what was noted on the way."""

    folder: Path
    said: dict[str, str] = field(default_factory=dict)
    missing: str = ""
    conflict: tuple[str, str] = ("", "")
    apart: tuple[str, str] = ("", "")
    own: tuple[str, str] = ("", "")
    before: dict[str, bytes] = field(default_factory=dict)
    moment: object = None
    rehearsal: Path = Path()

    def __call__(self, *arguments: object, code: int = 0) -> str:
        """Give a command, expect its exit code, and return what it printed."""
        done = CliRunner().invoke(app, ["review", *map(str, arguments)])
        if code == 0 and done.exception is not None:
            raise done.exception
        assert done.exit_code == code or done.exception is not None
        return done.output

    @property
    def papers(self) -> Path:
        return self.folder / "private" / "workpapers"

    def book(self, start: str) -> Path:
        return max(self.papers.glob(f"{start}*.xlsx"))


def started(root: Path, repository: Path) -> Path:
    """Make an audit of fourteen encounters of the sample practice, with its notes."""
    folder = root / "reports" / "q3"
    folder.mkdir(parents=True)
    source = repository / "sample_data"
    for name in ("audit.toml", "plan.toml"):
        text = (source / "audit" / name).read_text(encoding="utf-8")
        text = text.replace("SAMPLE_DATA", source.as_posix())
        text = text.replace("[frame]", f'notes = "{source.as_posix()}/notes.jsonl"\n\n[frame]')
        text = text.replace('by = ["provider_id"]', "by = []").replace("= 30", "= 14")
        (folder / name).write_text(text.replace("[inputs]\n\n", "[inputs]\n"), encoding="utf-8")
    inputs = (folder / "audit.toml").read_text(encoding="utf-8")
    notes = next(x for x in inputs.splitlines() if x.startswith("notes"))
    inputs = inputs.replace(notes + "\n", "").replace("[inputs]\n", f"[inputs]\n{notes}\n")
    (folder / "audit.toml").write_text(inputs, encoding="utf-8")
    return folder


def read_and_code(walk: Walk, reader: str) -> Path:
    """Fill the first workpaper: the elements stand, the codes are what the rules support."""
    path = walk.book(f"{reader}-1")
    book, results = Filled(path.read_bytes()), Audit(walk.folder).engine_results
    for place, row in enumerate(book.rows("Assignments")):
        book.set("Assignments", place, Done="yes")
        mine = results[(results["encounter_id"] == row[0]) & results["agreed_code"].notna()]
        if mine.empty:
            book.add(BLIND, Encounter=row[0], Code="none")
        for line in mine.fillna({"agreed_modifiers": ""}).to_dict("records"):
            for code in line["agreed_code"].split(" + "):
                modifiers = line["agreed_modifiers"].replace("+", "").strip()
                book.add(BLIND, Encounter=row[0], Code=code, Modifiers=modifiers, Units=1.0)
    return book.save(walk.papers / f"{reader}-1-filled.xlsx")


def judge(walk: Walk, reader: str, name: str, own: dict[tuple[str, str], dict]) -> Path:
    """Fill the second workpaper: agree, but where *own* says otherwise."""
    book = Filled(walk.book(f"{reader}-2").read_bytes())
    for place, row in enumerate(book.rows(LINES)):
        book.set(LINES, place, **own.get((row[0], row[1]), {"Judgement": "agree"}))
    return book.save(walk.papers / name)


def answer(walk: Walk, line: tuple[str, str], **said: str) -> Path:
    """Fill the response sheet of a line's provider; two lines of one provider go on one sheet."""
    charts = Audit(walk.folder).charts.set_index("encounter_id")
    provider = charts.loc[line[0], "provider_id"]
    filled = walk.papers / f"{provider}-filled.xlsx"
    sheet = filled if filled.exists() else walk.book(f"{provider}-response")
    book = Filled(sheet.read_bytes())
    book.set(ANSWERS, book.find(ANSWERS, *line), **said)
    return book.save(filled)


OVER = {
    "Judgement": "overcoded",
    "Should_have_been_billed": "99211",
    "Category_of_the_error": "insufficient_documentation",
    "Remark": "The note states no problem that was addressed.",
}


def charts_in(walk: Walk) -> None:
    """Open the review, deal out the charts, and declare missing the one that did not come."""
    folder, pia, max_ = walk.folder, ("--as", "pia"), ("--as", "max")
    people = ["--reader", "rob", "--reader", "sue", "--reader", "tom", "--preparer", "pia"]
    walk.said["open"] = walk("open", folder, *max_, *people, "--reviewer", "vic", "--share", 0.25)
    walk("assign", folder, *pia)
    with pytest.raises(StageError, match="14 were never requested"):
        walk("received", folder, "--all", *pia)
    walk.said["request"] = walk("request", folder, *pia)
    review = Review(folder)
    once = sorted(set(review.work().slots) - review.work().double)
    walk.missing = once[0]
    walk("received", folder, "--all", "--but", walk.missing, *pia)
    with pytest.raises(StageError, match="declared missing after that day"):
        walk("missing", folder, walk.missing, *pia)
    reason = ("--reason", "The practice says that the record cannot be found.")
    walk("override", folder, "before_due", walk.missing, *max_, *reason)
    walk("missing", folder, walk.missing, *pia)
    walk("sign", folder, "charts", *pia)


def judgements_in(walk: Walk) -> None:
    """Read and code blind, judge, settle the conflict and the disagreement."""
    folder, pia, vic = walk.folder, ("--as", "pia"), ("--as", "vic")
    walk("workpapers", folder, *pia)
    filled = [read_and_code(walk, reader) for reader in ("rob", "sue", "tom")]
    walk.said["blind"] = walk("import", folder, *filled)
    walk("sign", folder, "blind_coding", *pia)
    walk("workpapers", folder, *pia)
    walk.said["again"] = walk("workpapers", folder, *pia)
    review, results = Review(folder), Audit(folder).engine_results
    readers, twice = review.state.readers, review.work().double
    right = results[(results["verdict"] == "supported") & results["line"].notna()]
    visits = right[right["billed_code"].str.startswith("992")]
    lines = [(x, str(n)) for x, n in zip(right["encounter_id"], right["line"], strict=True)]
    single = [
        (x, str(n))
        for x, n in zip(visits["encounter_id"], visits["line"], strict=True)
        if x not in twice and x != walk.missing
    ]
    walk.own = single[0]
    walk.apart = next(line for line in lines if line[0] in twice)
    walk.conflict = next(x for x in lines if x[0] not in (*twice, walk.missing, walk.own[0]))
    own: dict[str, dict] = {reader: {} for reader in ("rob", "sue", "tom")}
    own[readers[walk.own[0], 1]][walk.own] = OVER
    own[readers[walk.apart[0], 2]][walk.apart] = OVER | {"Should_have_been_billed": "99212"}
    walk("import", folder, *(judge(walk, x, f"{x}-2-filled.xlsx", said) for x, said in own.items()))
    other = readers[walk.conflict[0], 1]
    copy = own[other] | {walk.conflict: OVER}
    walk.said["copy"] = walk("import", folder, judge(walk, other, "copy.xlsx", copy))
    walk.said["status"] = walk("status", folder)
    records = Review(folder).state
    first = records.conflicts[walk.conflict][0].n
    walk("resolve", folder, *walk.conflict, *vic, "--take", first)
    walk("resolve", folder, *walk.apart, *vic, "--judgement", "agree")
    for stage in STAGES[2:]:
        walk("sign", folder, stage, "--as", SIGNERS.get(stage, "pia"))


def answers_in(walk: Walk) -> None:
    """Let two providers dispute, decide both, and sign to the end."""
    folder, max_ = walk.folder, ("--as", "max")
    walk("responses", folder, "--until", "2027-01-31")
    (walk.papers / "pathology.pdf").write_bytes(b"%PDF-1.4 a report")
    gone = (walk.missing, "1")
    two = "Two problems were addressed."
    said = {"Response": "dispute", "Reason": two, "Attachment": "pathology.pdf"}
    late = {"Response": "dispute", "Reason": "The note is on its way."}
    answers = [answer(walk, walk.own, **said), answer(walk, gone, **late)]
    walk("import", folder, *answers, "--as", "pia")
    why = ("--reason", "Both problems stand in the note.")
    walk("decide", folder, *walk.own, "overturned", *max_, *why, "--judgement", "supported")
    walk("decide", folder, *gone, "upheld", *max_, "--reason", "No note arrived.")
    walk("sign", folder, "rebuttal", *max_)
    walk.said["end"] = walk("sign", folder, "final", *max_)


@pytest.fixture(scope="module")
def walk(tmp_path_factory, repository) -> Walk:
    """Return the audit after its whole review, sealed; copies of it may be harmed."""
    root = tmp_path_factory.mktemp("walk")
    walk = Walk(started(root, repository))
    charts_in(walk)
    judgements_in(walk)
    auditkit.run(walk.folder)
    walk.moment = Review(walk.folder).log.records[-1].at
    names = ("line_results.csv", "findings.csv", "scores.csv", "estimate.json")
    walk.before = {name: (walk.folder / name).read_bytes() for name in names}
    walk.rehearsal = shutil.copytree(walk.folder, walk.folder.parent / "unsigned")
    answers_in(walk)
    auditkit.run(walk.folder)
    auditkit.seal(Audit(walk.folder))
    return walk


def copy_of(walk: Walk, tmp_path: Path) -> Path:
    """Return a copy of the sealed audit whose inputs are found from there too."""
    root = tmp_path / "reports"
    root.mkdir()
    return Path(shutil.copytree(walk.folder, root / "q3"))


def failing(folder: Path) -> str:
    found = auditkit.verify(folder, recompute=False).failures
    return "\n".join(f"{check.what}: {check.detail}" for check in found)


def test_the_walk_ends_signed_and_verified(walk):
    """Every stage is signed, and every check of the sealed folder holds, recomputed."""
    gate = review_gate(walk.folder)
    assert (gate.begun, gate.signed, gate.lacking) == (True, True, ())
    assert "signed to its end" in walk.said["end"]

    found = auditkit.verify(walk.folder)
    assert found.failures == ()
    assert any("results follow from the findings and the review" in c.what for c in found.checks)


def test_a_reader_who_is_also_reviewer_is_pointed_out_at_once(walk, tmp_path):
    """Opening says who cannot sign as reviewer; the walk, whose roles are apart, said nothing."""
    assert "cannot sign as reviewer" not in walk.said["open"]
    folder = copy_of(walk, tmp_path)
    for name in ("log.jsonl", "log.head.json"):
        (folder / name).unlink()
    people = ("--reader", "rob", "--reader", "vic", "--preparer", "pia", "--reviewer", "vic")
    said = " ".join(walk("open", folder, "--as", "max", *people).split())

    assert "vic cannot sign as reviewer what they prepare or read" in said
    assert "auditkit review people" in said


def test_no_file_is_taken_in_when_one_is_absent(walk, tmp_path, monkeypatch):
    """A name that is not there is told before any workbook is read."""
    folder = copy_of(walk, tmp_path)
    read = []
    monkeypatch.setattr("auditkit.review.receipt.receive", lambda *given: read.append(given))
    with pytest.raises(InputError, match=r"gone\.xlsx is not there; nothing was taken in"):
        walk("import", folder, walk.papers / "rob-1-filled.xlsx", tmp_path / "gone.xlsx")

    assert read == []


def test_workpapers_issued_twice_are_the_same_files(walk):
    """Nothing has happened in between, so no second copy invites a conflict."""
    assert walk.said["again"].count("is there already") == 3
    assert len(list(walk.papers.glob("*-2-judge-*.xlsx"))) == 3


def test_the_double_read_share_is_that_of_the_plan(walk):
    """A quarter of fourteen charts, rounded up, is four."""
    assert "14 charts, 4 of them to be read twice" in walk.said["open"]


def test_what_people_fill_in_is_private_and_no_evidence(walk):
    """Workpapers lie in a folder for their owner alone, and the manifest does not list them."""
    assert stat.S_IMODE(walk.papers.stat().st_mode) == 0o700
    assert stat.S_IMODE(walk.papers.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(walk.book("rob-1-read").stat().st_mode) == 0o600
    listed = json.loads((walk.folder / "manifest.json").read_text())["files"]
    assert not [name for name in listed if "workpapers" in name]
    assert {LOG, HEAD, "private/abstraction.jsonl"} <= set(listed)
    assert [name for name in listed if name.startswith("private/attachments/")]


def test_names_of_providers_stand_in_the_papers_that_people_act_on(walk):
    """The chart list and the response sheet say the name of providers.csv beside the id."""
    names = dict(Audit(walk.folder).providers[["provider_id", "name"]].to_numpy())
    listed = pd.read_csv(walk.papers / "chart-requests.csv", dtype="str")
    assert len(listed) and dict(listed[["provider_id", "provider_name"]].to_numpy()) == {
        provider: names[provider] for provider in listed["provider_id"]
    }
    sheets = sorted(walk.papers.glob("P*-response-*.xlsx"))
    assert sheets
    for path in sheets:
        provider = path.name.split("-")[0]
        title = Filled(path.read_bytes()).sheets["Start"][0][0]
        assert title == f"Response of provider {provider}, {names[provider]}"


def test_no_patient_key_leaves_the_private_folder(walk):
    """Neither the log nor a table or page of the audit holds a patient's key."""
    keys = pd.read_csv(walk.folder / "private" / "crosswalk.csv", dtype="str")["patient_key"]
    for path in walk.folder.rglob("*"):
        if path.is_file() and "private" not in path.parts:
            content = path.read_text(encoding="utf-8")
            assert not [key for key in keys if key in content], path.name


def test_a_workpaper_never_names_a_billed_code_before_blind_codes(walk):
    """The first workpaper has notes and elements, and no sheet of billed lines."""
    book = Filled(walk.book("rob-1-read").read_bytes())
    assert LINES not in book.sheets
    assert all(row[2] for row in book.rows("Notes"))


def test_blind_codes_stand_once_the_billed_codes_were_shown(walk):
    """After the second workpaper was issued the first one can no longer change the codes."""
    review = Review(walk.folder)
    encounter, reader = sorted(review.state.shown)[0]
    new = e.BlindCode(encounter_id=encounter, lines=(e.CodedLine(code="99215"),), seen=9999)
    with pytest.raises(StageError, match="has seen the billed codes"):
        review.record([new], reader, "reader")


def test_a_reader_s_desk_shows_the_audit_s_notes_and_lines(walk):
    """The widget's desk of an audit has the note of each chart and its compared lines."""
    view = desk_of(Audit(walk.folder), "rob").view(0)
    assert view["stage"] == "compare"
    assert view["note"][0]["text"]
    assert view["rows"]
    with pytest.raises(StageError, match="not appointed reader"):
        desk_of(Audit(walk.folder), "zoe")


def test_the_conflict_is_said_with_its_judgements(walk):
    """The copy that differs makes a conflict; status lists both judgements by log line."""
    assert (
        f"line {walk.conflict[1]} of {walk.conflict[0]} was judged differently"
        in (walk.said["copy"])
    )
    assert "two copies" in walk.said["status"]
    assert "disagree" in walk.said["status"]


def test_a_declared_missing_record_counts_in_full(walk):
    """Each billed line of the missing record is worth nothing, whatever the input says of it."""
    audit = Audit(walk.folder)
    chart = audit.charts.set_index("encounter_id").loc[walk.missing]
    assert (chart["status"], chart["source"]) == ("record_missing", "declared missing")
    others = audit.charts[audit.charts["encounter_id"] != walk.missing]
    assert set(others["source"]) == {"reader"}

    lines = audit.line_results[audit.line_results["encounter_id"] == walk.missing]
    billed = audit.lines[audit.lines["encounter_id"] == walk.missing]
    assert len(lines) == len(billed)
    assert set(lines["verdict"]) == {"missing_record"}
    assert lines["dollars"].sum() == pytest.approx(billed["allowed"].sum())


def test_an_unsigned_review_is_not_projected(walk):
    """Before the last signature there are scores and no projection, and the reason is said."""
    estimate = json.loads(walk.before["estimate.json"])
    assert "overpayment" not in estimate
    assert "stage 'rebuttal' is not signed" in estimate["refused"]
    assert refusal(estimate) == (
        "the review of these results is not signed yet, so they are a draft"
    )
    assert "rebuttal" not in estimate["review"]["sentence"]
    signed = Audit(walk.folder).estimate
    assert signed["review"]["signed"] is True
    assert signed["overpayment"]["n"] == 14


def test_an_override_projects_and_is_printed(walk, tmp_path):
    """The manager can set the rule aside; projection, summary and memo then say so."""
    folder = Path(shutil.copytree(walk.rehearsal, tmp_path / "unsigned"))
    reason = "Counsel asked for an interim figure."
    walk("override", folder, "project_unsigned", "projection", "--as", "max", "--reason", reason)
    with pytest.raises(StageError, match="has not been appointed manager"):
        walk("override", folder, "incomplete", "final", "--as", "pia", "--reason", reason)
    auditkit.run(folder)

    audit = Audit(folder)
    assert any(reason in warning for warning in audit.estimate["overpayment"]["warnings"])
    items = {item.number: item.text for item in paper_items(audit)}
    assert reason in items[20]
    assert "not signed to its end" in items[18]
    assert any(reason in line for line in summarize(audit))


def test_the_overturned_finding_is_gone_and_kept(walk):
    """One encounter is right after the decision; the log and the ledger keep what was found."""
    before = pd.read_csv(pd.io.common.BytesIO(walk.before["line_results.csv"]))
    after = Audit(walk.folder).line_results
    key = (before["encounter_id"] == walk.own[0]) & (before["line"] == int(walk.own[1]))
    assert before.loc[key, "verdict"].item() == "overcoded"
    now = after[(after["encounter_id"] == walk.own[0]) & (after["line"] == int(walk.own[1]))]
    assert (now["verdict"].item(), now["basis"].item()) == ("supported", "manager")
    assert now["dollars"].item() == 0

    ledger = pd.read_csv(walk.folder / "review" / "ledger.csv").set_index("encounter_id")
    assert ledger.loc[walk.own[0], "decision"] == "overturned"
    assert ledger.loc[walk.missing, "decision"] == "upheld"
    by_rule = pd.read_csv(walk.folder / "review" / "overturned_by_rule.csv").set_index("rule_id")
    assert by_rule.loc["REVIEW", ["errors", "disputed", "overturned"]].tolist() == [1, 1, 1]
    scores = pd.read_csv(walk.folder / "review" / "before_and_after.csv")
    practice = scores[(scores["scope"] == "practice") & (scores["measure"] == "encounter_accuracy")]
    assert practice["change"].item() == pytest.approx(1 / 14)


def test_the_reader_s_own_finding_is_priced_and_told(walk):
    """Before the rebuttal the visit was worth the lower code, and its finding says who and why."""
    before = pd.read_csv(pd.io.common.BytesIO(walk.before["line_results.csv"]))
    row = before[(before["encounter_id"] == walk.own[0]) & (before["line"] == int(walk.own[1]))]
    assert 0 < row["agreed_dollars"].item() < row["billed_dollars"].item()
    findings = pd.read_csv(pd.io.common.BytesIO(walk.before["findings.csv"]))
    mine = findings[(findings["encounter_id"] == walk.own[0]) & findings["main"]]
    told = mine[mine["line"] == int(walk.own[1])].iloc[0]
    assert told["rule_id"] == "REVIEW"
    assert OVER["Remark"] in told["why"]
    assert told["dollars"] == row["dollars"].item()


def test_any_past_moment_gives_the_results_of_that_moment(walk):
    """Made again after the rebuttal, the results before it are the files of then, byte for byte."""
    again = rebuilt(Audit(walk.folder), walk.moment)
    for name, content in walk.before.items():
        assert again[name] == content, name
    assert again["line_results.csv"] != (walk.folder / "line_results.csv").read_bytes()


def test_status_rebuilds_a_day_outside_the_audit_s_folder(walk, tmp_path):
    """`status --as-of` writes that day's results elsewhere; a day before the opening is refused."""
    today = Review(walk.folder).log.records[-1].at.date()
    out = tmp_path / "then"
    said = walk("status", walk.folder, "--as-of", today, "--rebuild", out)
    assert "Every stage is signed" in said
    assert (out / "scores.csv").read_bytes() == (walk.folder / "scores.csv").read_bytes()
    with pytest.raises(StageError, match="was not open yet"):
        walk("status", walk.folder, "--as-of", "2020-01-01", "--rebuild", out)
    with pytest.raises(auditkit.AuditkitError, match="holds evidence alone"):
        walk("status", walk.folder, "--as-of", today, "--rebuild", walk.folder / "then")


def test_memo_and_summary_tell_the_review(walk):
    """Spares, people and reversals are read from plan and log, and the estimates stand apart."""
    audit = Audit(walk.folder)
    items = {item.number: item.text for item in paper_items(audit)}
    assert "None: the plan allots 14 units" in items[17]
    assert "1 of their records were missing" in items[17]
    assert "Reviewed by rob, sue, tom. Signed by max, pia, vic" in items[18]
    assert "2 of 2 answered finding(s) were disputed: 1 reversed, 1 upheld, 0 open." in items[22]
    assert f"${audit.estimate['overpayment']['point']:,.2f}" in items[22]
    assert any("Signed by max, pia, vic" in line for line in summarize(audit))


def test_a_changed_log_makes_the_results_due(walk, tmp_path):
    """After another line of the log, results and scores are made again, and nothing before."""
    folder = copy_of(walk, tmp_path)
    walk("people", folder, "zoe", "reader", "--as", "max")
    done = {outcome.stage: outcome.done for outcome in auditkit.run(folder)}
    assert done["code"] == "kept"
    assert (done["review"], done["score"]) == ("ran", "ran")


def test_work_after_the_last_signature_takes_the_projection_back(walk, tmp_path):
    """A judgement that changes after the end has to be signed again."""
    folder = copy_of(walk, tmp_path)
    said = ("--judgement", "supported", "--remark", "The note supports it.")
    walk("resolve", folder, *walk.apart, "--as", "vic", *said)
    auditkit.run(folder)
    assert "after its signature; sign it again" in Audit(folder).estimate["refused"]


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (lambda x: [*x[:4], x[4].replace(b"pia", b"max"), *x[5:]], "line 5: was altered"),
        (lambda x: [*x[:7], *x[8:]], "line 8: was removed"),
        (lambda x: [*x[:3], x[4], x[3], *x[5:]], "line 4: was moved"),
        (lambda x: x[:-2], "was removed from the end"),
    ],
)
def test_verify_names_the_line_of_the_log(walk, tmp_path, harm, named):
    """An altered, removed or moved line is named, and nothing is computed from such a log."""
    folder = copy_of(walk, tmp_path)
    path = folder / LOG
    path.write_bytes(b"".join(harm(path.read_bytes().splitlines(keepends=True))))

    assert named in failing(folder)
    with pytest.raises(EvidenceError):
        auditkit.run(folder)
    with pytest.raises(EvidenceError):
        auditkit.seal(Audit(folder))


def test_lines_cut_off_with_their_head_are_seen_by_the_seal(walk, tmp_path):
    """Who cuts the end off and mends the head is found out by the manifest."""
    folder = copy_of(walk, tmp_path)
    path = folder / LOG
    kept = path.read_bytes().splitlines(keepends=True)[:-1]
    last = json.loads(kept[-1])
    path.write_bytes(b"".join(kept))
    (folder / HEAD).write_text(json.dumps({"n": last["n"], "hash": last["hash"]}))

    assert f"lines {last['n'] + 1} to {last['n'] + 1} were removed from the end" in failing(folder)


def test_lines_added_after_the_seal_are_told_from_tampering(walk, tmp_path):
    """A log that went on is named as such, with what to do."""
    folder = copy_of(walk, tmp_path)
    walk("people", folder, "zoe", "reader", "--as", "max")

    assert "1 line(s) were added after the seal" in failing(folder)
    assert "auditkit run" in failing(folder)


def test_a_changed_attachment_or_elements_are_named(walk, tmp_path):
    """What a provider handed in and what a reader entered is compared with the log."""
    folder = copy_of(walk, tmp_path)
    for path in (folder / "private" / "attachments").iterdir():
        path.write_bytes(b"another document")
    elements = folder / "private" / "abstraction.jsonl"
    elements.write_text(elements.read_text().replace('"present":true', '"present":false', 1))

    said = failing(folder)
    assert f"the attachment of {walk.own[0]} line {walk.own[1]}" in said
    assert "private/abstraction.jsonl are those that the log names: not those of" in said
    with pytest.raises(EvidenceError, match="are not those that the log names"):
        auditkit.run(folder)


def test_follow_up_is_written_as_open_files(walk, tmp_path):
    """Corrective actions, the 60-day sheet and education packs are files that anyone can read."""
    folder = copy_of(walk, tmp_path)
    proof = tmp_path / "course.txt"
    proof.write_text("attended")
    said = ("--issue", "Visit levels", "--do", "A course", "--owner", "pia", "--due", "2099-01-31")
    walk("action", "open", folder, "A1", "--as", "max", *said)
    walk("action", "close", folder, "A1", "--as", "pia", "--evidence", proof)
    walk("register", folder)
    walk("exposure", folder, "--identified", "2025-01-10", "--payer", "MEDICARE_B")
    walk("education", folder)

    actions = pd.read_csv(folder / "review" / "actions.csv")
    assert actions[["action_id", "status"]].to_numpy().tolist() == [["A1", "closed"]]
    sheet = pd.read_csv(folder / "review" / "exposure.csv").set_index("item")
    assert sheet.loc["60 days after identification", "date"] == "2025-03-11"
    assert list((folder / "education").glob("P*.md"))
    auditkit.run(folder)
    auditkit.seal(Audit(folder))
    assert failing(folder) == ""
