"""A small audit for the tests of the review: six encounters, two providers, one tenth twice."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from auditkit.review import events as e
from auditkit.review.session import Review

RESULTS = """\
encounter_id,provider_id,stratum,line,billed_code,billed_modifiers,billed_units,agreed_code,\
agreed_modifiers,agreed_units,verdict,direction,category,family,rule_id,billed_dollars,\
agreed_dollars,dollars
E1,P01,A,1,99213,25,1,99213,25,1,supported,none,,em,EM-1,90,90,0
E1,P01,A,2,11102,,1,11102,,1,supported,none,,biopsy,BX-1,100,100,0
E2,P01,A,1,99214,,1,99213,,1,overcoded,over,incorrect_coding,em,EM-1,130,90,40
E2,P01,A,,,,,11301,,1,undercoded,under,incorrect_coding,shave,SHV-1,0,120,-120
E3,P01,A,1,17000,,1,17000,,1,supported,none,,destruction,DES-1,70,70,0
E4,P02,B,1,99212,,1,99213,,1,undercoded,under,incorrect_coding,em,EM-1,60,90,-30
E5,P02,B,1,17003,,5,17003,,3,overcoded,over,incorrect_coding,destruction,DES-2,50,30,20
E6,P02,B,1,99203,,1,99203,,1,supported,none,,em,EM-1,110,110,0
E6,P02,B,2,11102,,1,11102,,1,supported,none,,biopsy,BX-1,100,100,0
"""

LINES = """\
encounter_id,provider_id,line,code,patient_key,dos_from
E1,P01,1,99213,PT-0001,2025-03-04
E1,P01,2,11102,PT-0001,2025-03-04
E2,P01,1,99214,PT-0002,2025-03-05
E3,P01,1,17000,PT-0003,2025-03-05
E4,P02,1,99212,PT-0004,2025-03-06
E5,P02,1,17003,PT-0005,2025-03-06
E6,P02,1,99203,PT-0006,2025-03-07
E6,P02,2,11102,PT-0006,2025-03-07
"""

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ENCOUNTERS = ("E1", "E2", "E3", "E4", "E5", "E6")


class Clock:
    """A clock that ticks a second at each look and can be put forward."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def forward(self, days: int) -> None:
        self.at += timedelta(days=days)


def line_results() -> pd.DataFrame:
    text = ("billed_code", "billed_modifiers", "agreed_code", "agreed_modifiers")
    return pd.read_csv(io.StringIO(RESULTS), dtype=dict.fromkeys(text, "str"))


def practice(folder: Path, share: float = 0.3) -> Review:
    """A review that is open, its people appointed, nothing read. `share` 0.3 reads E? twice."""
    (folder / "lines.csv").write_text(LINES)
    for name in ("engine_results.csv", "line_results.csv"):
        (folder / name).write_text(RESULTS)
    review = Review(folder, clock=Clock())
    review.open("2025 Q1", "max", seed="7", double_read_share=share)
    people = [("pia", "preparer"), ("rob", "reader"), ("sue", "reader"), ("vic", "reviewer")]
    review.record([e.Appointed(person=p, in_role=r) for p, r in people], "max", "manager")
    return review


def request(review: Review, *missing: str, due_in: int = 14) -> None:
    """Assign and request every chart; receive all but *missing*, which are declared so."""
    due = review.clock.at.date() + timedelta(days=due_in)
    twice = review.work().double
    review.record(
        [
            *(e.Assigned(encounter_id=x, reader="rob") for x in ENCOUNTERS),
            *(e.Assigned(encounter_id=x, reader="sue", read=2) for x in sorted(twice)),
            *(e.ChartRequested(encounter_id=x, due=due) for x in ENCOUNTERS),
            *(e.ChartReceived(encounter_id=x) for x in ENCOUNTERS if x not in missing),
        ],
        "pia",
        "preparer",
    )
    if missing:
        review.clock.forward(due_in + 1)
        review.record([e.ChartMissing(encounter_id=x) for x in missing], "pia", "preparer")


def blind(review: Review, *encounters: str, by: str = "rob") -> None:
    lines = (e.CodedLine(code="99213"),)
    review.record([e.BlindCode(encounter_id=x, lines=lines) for x in encounters], by, "reader")


def as_engine(row: dict, **changes: object) -> dict:
    """The fields of a judgement that agrees with the engine's row, with *changes*."""
    unbilled = pd.isna(row["line"])
    agreed = ()
    if not pd.isna(row["agreed_code"]):
        modifiers = row["agreed_modifiers"]
        line = e.CodedLine(
            code=row["agreed_code"],
            modifiers=() if pd.isna(modifiers) else tuple(modifiers.split()),
            units=row["agreed_units"],
        )
        agreed = (line,)
    found = {
        "encounter_id": row["encounter_id"],
        "line": None if unbilled else int(row["line"]),
        "verdict": row["verdict"],
        "direction": row["direction"],
        "category": None if pd.isna(row["category"]) else row["category"],
        "agreed": agreed,
        "rule_id": row["rule_id"],
        "with_engine": not changes.keys() - {"seen"},
    }
    return {**found, **changes}


def rows_of(*encounters: str) -> list[dict]:
    table = line_results()
    return table[table["encounter_id"].isin(encounters)].to_dict("records")


def judge(review: Review, *encounters: str) -> None:
    """The first reader agrees with the engine on every line."""
    events = [e.Determination(**as_engine(row)) for row in rows_of(*encounters)]
    review.record(events, "rob", "reader")


def second(review: Review, **changes: object) -> None:
    """The second reader codes the double-read share blind, and judges as the engine."""
    twice = sorted(review.work().double)
    blind(review, *twice, by="sue")
    events = [e.SecondRead(**as_engine(row, **changes)) for row in rows_of(*twice)]
    review.record(events, "sue", "reader")


def sign(review: Review, *stages: str) -> None:
    """Sign each stage by the person whose role it is."""
    who = {"second_read": ("vic", "reviewer"), "review": ("vic", "reviewer")}
    who |= dict.fromkeys(("rebuttal", "final"), ("max", "manager"))
    for stage in stages:
        by, role = who.get(stage, ("pia", "preparer"))
        review.record([e.SignOff(stage=stage)], by, role)


def reviewed_practice(folder: Path, *missing: str) -> Review:
    """A review signed up to stage `review`, with *missing* records."""
    review = practice(folder)
    request(review, *missing)
    there = [x for x in ENCOUNTERS if x not in missing]
    sign(review, "charts")
    blind(review, *there)
    sign(review, "blind_coding")
    judge(review, *there)
    sign(review, "determinations")
    second(review)
    sign(review, "second_read", "review")
    return review
