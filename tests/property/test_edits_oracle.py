"""Random small universes: the edits say what a slow, separate reading of the rules says."""

from datetime import timedelta
from itertools import combinations, permutations

import pytest
from edition_claims import (
    DERMATOLOGY,
    INTERNAL,
    INTERNIST,
    MUE,
    PARTNER,
    PTP,
    SURGEON,
    line,
    universe,
    write_editions,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditkit.edits import screening
from auditkit.reference import Store

FIVE = ["PTP", "MUE-LINE", "MUE-DAY", "GLOBAL", "DUPLICATE"]
NCCI = {"25", "57", "59", "24", "58", "78", "79", "RT", "LT", "XS"}
DISTINGUISHING = {"59", "XS", "RT", "LT", "76", "58", "78", "79"}
DAYS = {"11102": 0, "11104": 0, "11602": 10, "17000": 10, "17004": 10, "17110": 10, "14040": 90}
VISITS = {"99203", "99213"}

lines = st.lists(
    st.builds(
        dict,
        code=st.sampled_from([*DAYS, *VISITS, "11103", "A4595", "88305"]),
        mods=st.sampled_from(["", "", "", "25", "57", "59", "24", "79", "RT", "76", "59 RT"]),
        claim=st.sampled_from(["C1", "C2", "C3"]),
        dos=st.sampled_from(["2024-07-10", "2024-07-11", "2024-07-20", "2024-07-21"]),
        units=st.sampled_from([1, 1, 1, 2, 5, 7]),
        who=st.sampled_from(
            [(SURGEON, DERMATOLOGY), (PARTNER, DERMATOLOGY), (INTERNIST, INTERNAL)]
        ),
    ),
    min_size=2,
    max_size=9,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a store with an edition of every kind."""
    return write_editions(tmp_path_factory.mktemp("files"), Store(tmp_path_factory.mktemp("store")))


def made(drawn):
    """Return the claims line table of what was drawn; a claim is of one provider and day."""
    return universe(
        *(
            line(
                one["code"],
                one["mods"],
                claim=f"{one['claim']}-{one['who'][0]}-{one['dos']}",
                dos=one["dos"],
                units=one["units"],
                npi=one["who"][0],
                taxonomy=one["who"][1],
            )
            for one in drawn
        )
    )


def read_slowly(frame):
    """Return the signals that the rules give, comparing every line with every other."""
    rows = frame.to_dict("records")
    for row in rows:
        row["key"] = (row["claim_id"], row["line"])
        row["mods"] = {row[f"mod{at}"] for at in range(1, 5) if isinstance(row[f"mod{at}"], str)}
        row["day"] = row["dos_from"].date()
    found = set()
    for a, b in permutations(rows, 2):
        if a["rendering_taxonomy"] != b["rendering_taxonomy"]:
            continue
        if a["day"] == b["day"]:
            found |= pair_signals(a, b)
        found |= period_signals(a, b)
    for a, b in combinations(sorted(rows, key=lambda row: row["key"]), 2):
        same = ("rendering_npi", "code", "day", "mods")
        if all(a[name] == b[name] for name in same) and not a["mods"] & DISTINGUISHING:
            found.add(("DUPLICATE", b["key"], a["key"]))
    return keep_latest_period(found, {row["key"]: row for row in rows}) | unit_signals(rows)


def pair_signals(a, b):
    """Return the signal of column 2 *b* beside column 1 *a*."""
    for first, second, _, start, end, indicator in (row for part in PTP.values() for row in part):
        day = f"{a['day']:%Y%m%d}"
        inside = start <= day and (end == "*" or day <= end) and indicator != "9"
        if (
            (first, second) == (a["code"], b["code"])
            and inside
            and (indicator == "0" or not (a["mods"] | b["mods"]) & NCCI)
        ):
            return {("PTP", b["key"], a["key"])}
    return set()


def period_signals(surgery, other):
    """Return the signal of *other* inside the package of *surgery*."""
    days = DAYS.get(surgery["code"])
    if days is None or "78" in surgery["mods"]:
        return set()
    first = surgery["day"] - timedelta(days=1 if days == 90 else 0)
    if not first <= other["day"] <= surgery["day"] + timedelta(days=days):
        return set()
    after = other["day"] > surgery["day"]
    if other["code"] in VISITS:
        if after:
            excused = {"24"}
        elif other["day"] < surgery["day"]:
            excused = {"24", "57"}
        else:
            excused = {"25", "57"} if days == 90 else {"25"}
    elif other["code"] in DAYS and after:
        excused = {"58", "78", "79"}
    else:
        return set()
    return set() if other["mods"] & excused else {("GLOBAL", other["key"], surgery["key"])}


def keep_latest_period(found, rows):
    """Keep of the surgeries named for a line the latest, then the longest package, then by key."""
    kept = {one for one in found if one[0] != "GLOBAL"}
    for key in {one[1] for one in found if one[0] == "GLOBAL"}:
        surgeries = [one[2] for one in found if one[:2] == ("GLOBAL", key)]
        surgeries.sort()
        surgeries.sort(key=lambda one: (rows[one]["day"], DAYS[rows[one]["code"]]), reverse=True)
        kept.add(("GLOBAL", key, surgeries[0]))
    return kept


def unit_signals(rows):
    """Return the signals of too many units, by line and by day."""
    found = set()
    for code, value, indicator, _ in MUE:
        billed = [row for row in rows if row["code"] == code]
        for row in billed:
            if indicator[0] == "1":
                if row["units"] > int(value):
                    found.add(("MUE-LINE", row["key"], None))
                continue
            day = [
                one
                for one in billed
                if one["day"] == row["day"] and one["rendering_npi"] == row["rendering_npi"]
            ]
            if sum(one["units"] for one in day) > int(value):
                found.add(("MUE-DAY", row["key"], None))
    return found


def screened(frame, store):
    """Return the signals of the five edits as a set."""
    signals = screening(frame, store, FIVE).signals
    return {
        (
            row.edit_id,
            (row.claim_id, row.line),
            None
            if row.other_claim_id != row.other_claim_id
            else (row.other_claim_id, row.other_line),
        )
        for row in signals.itertuples()
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=lines)
def test_the_edits_say_what_a_slow_reading_says(store, drawn):
    """PTP, MUE by line and day, global periods and duplicates, on any small universe."""
    frame = made(drawn)

    assert read_slowly(frame) == screened(frame, store)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=lines, data=st.data())
def test_the_order_of_the_rows_does_not_matter(store, drawn, data):
    """The same lines in another order give the same signals."""
    frame = made(drawn)
    order = data.draw(st.permutations(range(len(frame))))

    assert screened(frame, store) == screened(frame.iloc[order], store)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=lines, more=lines)
def test_another_patient_changes_nothing(store, drawn, more):
    """Adding another patient's lines, of providers already known, adds only that patient's."""
    frame = made(drawn)
    other = made(more)
    other["patient_key"] = "P2"
    other["claim_id"] = "X" + other["claim_id"]
    known = set(zip(frame["rendering_npi"], frame["rendering_taxonomy"], strict=True))
    pairs = zip(other["rendering_npi"], other["rendering_taxonomy"], strict=True)
    other = other[[pair in known for pair in pairs]]
    both = universe(*frame.to_dict("records"), *other.to_dict("records"))

    alone = {one for one in screened(both, store) if not one[1][0].startswith("X")}

    assert screened(frame, store) == alone
