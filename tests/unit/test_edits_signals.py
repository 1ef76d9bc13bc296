"""Each edit: what gives a signal, and what must not."""

import pytest
from edition_claims import (
    ASSISTANT,
    INTERNAL,
    INTERNIST,
    MOHS,
    OTHER_GROUP,
    PARTNER,
    STRANGER,
    line,
    universe,
    write_editions,
)
from edition_files import write_nppes

from auditkit.edits import catalogue, screening
from auditkit.reference import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a store with an edition of every kind."""
    return write_editions(tmp_path_factory.mktemp("files"), Store(tmp_path_factory.mktemp("store")))


def signals(store, edit, *lines, **options):
    """Return the signals of one edit as tuples of outcome, claim, line, other claim, other line."""
    found = screening(universe(*lines), store, [edit], **options).signals
    assert found["edit_id"].eq(edit).all()
    columns = ["outcome", "claim_id", "line", "other_claim_id", "other_line"]
    return [
        tuple(None if value is None or value != value else value for value in row)
        for row in found[columns].astype(object).where(found[columns].notna(), None).to_numpy()
    ]


NONE = []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # 17000 is column 2 of 11102, whichever line comes first.
        ([line("11102"), line("17000")], [("modifier", "C1", 2, "C1", 1)]),
        ([line("17000"), line("11102")], [("modifier", "C1", 1, "C1", 2)]),
        # A modifier of the NCCI list on column 2, or from July 2019 on column 1, separates them.
        ([line("11102"), line("17000", "59")], NONE),
        ([line("11102", "XS"), line("17000")], NONE),
        (
            [line("11102", "59", dos="2019-06-30"), line("17000", dos="2019-06-30")],
            [("modifier", "C1", 2, "C1", 1)],
        ),
        ([line("11102", dos="2019-06-30"), line("17000", "59", dos="2019-06-30")], NONE),
        # 76, 51 and RT: the first two are not of the list, the third is.
        ([line("11102"), line("17000", "76")], [("modifier", "C1", 2, "C1", 1)]),
        ([line("11102"), line("17000", "51")], [("modifier", "C1", 2, "C1", 1)]),
        ([line("11102"), line("17000", "RT")], NONE),
        # XS was no modifier before 2015, when the pair of 11301 had not begun either.
        # Indicator 0: no modifier helps.
        ([line("11104"), line("11102", "59")], [("never", "C1", 2, "C1", 1)]),
        # Across claims of the day, and not across days or patients.
        ([line("11102"), line("17000", claim="C2")], [("modifier", "C2", 1, "C1", 1)]),
        ([line("11102"), line("17000", dos="2024-08-15")], NONE),
        ([line("11102"), line("17000", patient="P2")], NONE),
        # The same specialty of the group is one provider; another specialty or group is not.
        ([line("11102"), line("17000", npi=PARTNER)], [("modifier", "C1", 2, "C1", 1)]),
        ([line("11102"), line("17000", npi=INTERNIST, taxonomy=INTERNAL)], NONE),
        ([line("11102"), line("17000", npi=STRANGER, group=OTHER_GROUP)], NONE),
        # Without a taxonomy only the provider himself is known to be the same.
        (
            [line("11102", taxonomy=None), line("17000", taxonomy=None)],
            [("modifier", "C1", 2, "C1", 1)],
        ),
        ([line("11102", taxonomy=None), line("17000", npi=PARTNER, taxonomy=None)], NONE),
        # The deletion date is the last day in force; indicator 9 never was.
        (
            [line("11102", dos="2024-07-31"), line("88305", dos="2024-07-31")],
            [("modifier", "C1", 2, "C1", 1)],
        ),
        ([line("11102", dos="2024-08-01"), line("88305", dos="2024-08-01")], NONE),
        ([line("17110"), line("11102")], NONE),
    ],
)
def test_ptp(store, lines, expected):
    """Column 2 carries the signal and column 1 is named; a modifier may separate indicator 1."""
    assert expected == signals(store, "PTP", *lines)


def test_one_column_two_line_names_every_column_one_line(store):
    """17000 beside 11102 and 17004: one signal for each, with its own outcome."""
    found = signals(store, "PTP", line("11102"), line("17000"), line("17004"))

    assert [("modifier", "C1", 2, "C1", 1), ("never", "C1", 2, "C1", 3)] == found


@pytest.mark.parametrize(
    ("edit", "lines", "expected"),
    [
        # Indicator 1 looks at each line by itself.
        ("MUE-LINE", [line("A4595", units=5)], [("over", "C1", 1, None, None)]),
        ("MUE-LINE", [line("A4595", units=4), line("A4595", "76", units=4)], NONE),
        ("MUE-LINE", [line("A4595", units=8, to="2024-08-15")], NONE),
        ("MUE-LINE", [line("A4595", units=9, to="2024-08-15")], [("over", "C1", 1, None, None)]),
        # Indicators 2 and 3 sum the day, over claims and whatever the modifiers.
        ("MUE-DAY", [line("17110", units=3)], [("absolute", "C1", 1, None, None)]),
        (
            "MUE-DAY",
            [line("17110"), line("17110", "59", claim="C2")],
            [("absolute", "C1", 1, None, None), ("absolute", "C2", 1, None, None)],
        ),
        ("MUE-DAY", [line("17110"), line("17110", dos="2024-08-15")], NONE),
        ("MUE-DAY", [line("17110"), line("17110", npi=PARTNER)], NONE),
        ("MUE-DAY", [line("11103", units=6)], NONE),
        (
            "MUE-DAY",
            [line("11103", units=4), line("11103", "59", units=3)],
            [("clinical", "C1", 1, None, None), ("clinical", "C1", 2, None, None)],
        ),
        ("MUE-DAY", [line("A4595", units=5)], NONE),
        ("MUE-DAY", [line("99213", units=40)], NONE),
    ],
)
def test_mue(store, edit, lines, expected):
    """Line or day, by the adjudication indicator; indicator 3 is only clinical."""
    assert expected == signals(store, edit, *lines)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("17312")], [("no primary", "C1", 1, None, None)]),
        ([line("17312"), line("17311")], NONE),
        ([line("17312"), line("17311", claim="C2")], NONE),
        ([line("17312"), line("17311", npi=PARTNER)], NONE),
        (
            [line("17312"), line("17311", npi=STRANGER, group=OTHER_GROUP)],
            [("no primary", "C1", 1, None, None)],
        ),
        ([line("17312"), line("17311", dos="2024-08-13")], [("no primary", "C1", 1, None, None)]),
        ([line("11103"), line("11104")], NONE),
        # Type 3 is open, type 2 is the contractor's: any other service of the day will do.
        ([line("88311"), line("88305")], [("unlisted", "C1", 1, None, None)]),
        ([line("88311"), line("17311")], NONE),
        ([line("0054T")], [("alone", "C1", 1, None, None)]),
        ([line("0054T"), line("99213")], NONE),
        (
            [line("0054T"), line("17003")],
            [("alone", "C1", 1, None, None), ("no primary", "C1", 2, None, None)],
        ),
        # 11101 was an add-on code until the end of 2018.
        ([line("11101", dos="2018-12-31")], [("no primary", "C1", 1, None, None)]),
        ([line("11101", dos="2019-01-01")], NONE),
    ],
)
def test_add_on(store, lines, expected):
    """An add-on code needs one of its primaries on the day, on any claim, by the same party."""
    assert expected == signals(store, "ADDON", *lines)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # Ten days after a minor procedure: day 10 is inside, day 11 is not.
        (
            [line("11602"), line("99213", dos="2024-08-24", claim="C2")],
            [("visit after", "C2", 1, "C1", 1)],
        ),
        ([line("11602"), line("99213", dos="2024-08-25", claim="C2")], NONE),
        ([line("11602"), line("99213", "24", dos="2024-08-24", claim="C2")], NONE),
        # A biopsy has its day only.
        ([line("11102"), line("99213", dos="2024-08-15", claim="C2")], NONE),
        ([line("11102"), line("99213", claim="C2")], [("same day", "C2", 1, "C1", 1)]),
        ([line("11102"), line("99203", "25")], NONE),
        # Ninety days, and the day before.
        (
            [line("14040", dos="2024-07-01"), line("99213", dos="2024-09-29", claim="C2")],
            [("visit after", "C2", 1, "C1", 1)],
        ),
        ([line("14040", dos="2024-07-01"), line("99213", dos="2024-09-30", claim="C2")], NONE),
        (
            [line("14040"), line("99213", dos="2024-08-13", claim="C2")],
            [("decision", "C2", 1, "C1", 1)],
        ),
        ([line("14040"), line("99213", "57", dos="2024-08-13", claim="C2")], NONE),
        ([line("14040"), line("99213", dos="2024-08-12", claim="C2")], NONE),
        ([line("14040"), line("99213", "57")], NONE),
        # A later procedure needs 58, 78 or 79.
        (
            [line("11602"), line("11603", dos="2024-08-22", claim="C2")],
            [("procedure", "C2", 1, "C1", 1)],
        ),
        *(
            ([line("11602"), line("17000", mod, dos="2024-08-19", claim="C2")], NONE)
            for mod in ("58", "78", "79")
        ),
        ([line("11602"), line("17000")], NONE),
        ([line("11602"), line("88305", dos="2024-08-19", claim="C2")], NONE),
        # The group and specialty count, another specialty or group does not.
        (
            [line("11602"), line("99213", dos="2024-08-20", claim="C2", npi=PARTNER)],
            [("visit after", "C2", 1, "C1", 1)],
        ),
        (
            [
                line("11602"),
                line("99213", dos="2024-08-20", claim="C2", npi=PARTNER, taxonomy=ASSISTANT),
            ],
            [("visit after", "C2", 1, "C1", 1)],
        ),
        (
            [
                line("11602"),
                line("99213", dos="2024-08-20", claim="C2", npi=INTERNIST, taxonomy=INTERNAL),
            ],
            NONE,
        ),
        (
            [
                line("11602"),
                line("99213", dos="2024-08-20", claim="C2", npi=STRANGER, group=OTHER_GROUP),
            ],
            NONE,
        ),
        # An assistant, care taken over, and a return to the operating room bring no period.
        *(
            ([line("14040", mod), line("99213", dos="2024-08-20", claim="C2")], NONE)
            for mod in ("80", "AS", "55", "78")
        ),
        ([line("11602"), line("99213", dos="2024-08-20", claim="C2", patient="P2")], NONE),
    ],
)
def test_global_period(store, lines, expected):
    """Visits and procedures inside a period, by the same party, without the modifier that says
    they are not part of it."""
    assert expected == signals(store, "GLOBAL", *lines)


def test_of_two_surgeries_the_latest_is_named(store):
    """A visit inside two periods gives one signal, which names the later surgery."""
    found = signals(
        store,
        "GLOBAL",
        line("11602", dos="2024-08-12"),
        line("11603", "79", dos="2024-08-14", claim="C2"),
        line("99213", dos="2024-08-16", claim="C3"),
    )

    assert [("visit after", "C3", 1, "C2", 1)] == found


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("99213", "57"), line("11602")], [("minor", "C1", 1, None, None)]),
        ([line("99213", "57"), line("14040")], NONE),
        ([line("99213", "57"), line("14040", dos="2024-08-15", claim="C2")], NONE),
        (
            [line("99213", "57"), line("14040", dos="2024-08-16", claim="C2")],
            [("none", "C1", 1, None, None)],
        ),
        ([line("99213", "57")], [("none", "C1", 1, None, None)]),
        ([line("99213", "25"), line("11602")], NONE),
    ],
)
def test_decision_for_surgery(store, lines, expected):
    """57 belongs to a surgery of ninety days on the day or the next."""
    assert expected == signals(store, "DECISION", *lines)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("99213"), line("99213")], [("same claim", "C1", 2, "C1", 1)]),
        ([line("99213"), line("99213", claim="C2")], [("other claim", "C2", 1, "C1", 1)]),
        ([line("99213", paid=0.0), line("99213", claim="C2")], [("unpaid", "C2", 1, "C1", 1)]),
        ([line("11602"), line("11602", "59")], NONE),
        ([line("11602", "59"), line("11602", "59")], NONE),
        ([line("11602", "LT"), line("11602", "RT")], NONE),
        (
            [line("99213", "25 95"), line("99213", "95 25", claim="C2")],
            [("other claim", "C2", 1, "C1", 1)],
        ),
        ([line("88305", "26"), line("88305", "TC")], NONE),
        ([line("99213"), line("99213", npi=PARTNER)], NONE),
        ([line("99213"), line("99213", dos="2024-08-15")], NONE),
        # A replacement or a void takes the claim before it out of the universe.
        ([line("99213"), line("99213", claim="C2", frequency="7", received="2024-09-01")], NONE),
        ([line("99213"), line("99213", claim="C2", frequency="8", received="2024-09-01")], NONE),
        # A replacement received before another original does not replace it.
        (
            [
                line("99213", received="2024-09-10"),
                line("99213", claim="C2", frequency="7", received="2024-09-01"),
            ],
            [("other claim", "C2", 1, "C1", 1)],
        ),
    ],
)
def test_duplicate(store, lines, expected):
    """The later line repeats the earlier one with the same modifiers, none distinguishing."""
    assert expected == signals(store, "DUPLICATE", *lines)


def test_a_third_repeat_names_each_earlier_line(store):
    """Three equal lines give a signal for each pair."""
    found = signals(store, "DUPLICATE", line("99213"), line("99213"), line("99213"))

    assert [(2, 1), (3, 1), (3, 2)] == [(one[2], one[4]) for one in found]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            [line("99213", claim="C0", dos="2023-08-01"), line("99203")],
            [("seen before", "C1", 1, "C0", 1)],
        ),
        # The physician assistant counts as the specialty of the group's physicians.
        (
            [
                line("99213", claim="C0", dos="2023-08-01", npi=PARTNER, taxonomy=ASSISTANT),
                line("99203"),
            ],
            [("seen before", "C1", 1, "C0", 1)],
        ),
        (
            [
                line("99214", claim="C0", dos="2024-01-10", npi=INTERNIST, taxonomy=INTERNAL),
                line("99203"),
            ],
            NONE,
        ),
        (
            [
                line("99213", claim="C0", dos="2024-01-10", npi=STRANGER, group=OTHER_GROUP),
                line("99203"),
            ],
            NONE,
        ),
        # Three years to the day are inside, one day more is not.
        (
            [line("99213", claim="C0", dos="2021-08-14"), line("99203")],
            [("seen before", "C1", 1, "C0", 1)],
        ),
        ([line("99213", claim="C0", dos="2021-08-13"), line("99203")], NONE),
        # Reading a specimen is not seeing the patient.
        ([line("88305", claim="C0", dos="2024-01-10"), line("99203")], NONE),
        (
            [line("17000", claim="C0", dos="2024-01-10"), line("99203")],
            [("seen before", "C1", 1, "C0", 1)],
        ),
        ([line("99203"), line("17000")], NONE),
        ([line("99213", claim="C0", dos="2023-08-01"), line("99213")], NONE),
        # Mohs surgery is a specialty of its own in the crosswalk.
        (
            [
                line("99213", claim="C0", dos="2023-08-01", npi=PARTNER, taxonomy=MOHS),
                line("99203"),
            ],
            NONE,
        ),
    ],
)
def test_new_patient(store, lines, expected):
    """A new-patient visit by a party that saw the patient within three years."""
    assert expected == signals(store, "NEW-PATIENT", *lines)


def test_the_latest_earlier_service_is_named(store):
    """Of several earlier services the last before the visit is named."""
    found = signals(
        store,
        "NEW-PATIENT",
        line("99213", claim="C8", dos="2023-01-05"),
        line("99214", claim="C9", dos="2024-02-05"),
        line("99203"),
    )

    assert [("seen before", "C1", 1, "C9", 1)] == found


@pytest.mark.parametrize(
    ("edit", "lines", "expected"),
    [
        ("CODE", [line("99201")], ["not in use"]),
        ("CODE", [line("99213"), line("J3301"), line("11103")], NONE),
        ("CODE", [line("99417")], ["not for Medicare"]),
        ("CODE", [line("99417", payer="AETNA")], NONE),
        ("CODE", [line("A4595")], ["bundled"]),
        ("CODE", [line("17380")], ["not covered"]),
        ("CODE", [line("C9999")], ["not in use"]),
        ("MODIFIER", [line("17003", "51")], ["51 on add-on"]),
        ("MODIFIER", [line("17000", "51")], NONE),
        ("MODIFIER", [line("17000", "25")], ["visit modifier"]),
        ("MODIFIER", [line("99213", "25"), line("17000", "59")], NONE),
        ("MODIFIER", [line("99213", "59")], ["procedure modifier"]),
        ("MODIFIER", [line("17000", "59 XS")], ["59 and X"]),
        ("MODIFIER", [line("88305", "26 TC")], ["26 and TC"]),
        ("MODIFIER", [line("17000", "LT RT")], ["both sides"]),
        ("MODIFIER", [line("17000", "79 79")], ["repeated"]),
        ("MODIFIER", [line("J7308", "JZ")], NONE),
        ("MODIFIER", [line("99213", "49")], ["not in use"]),
        ("MODIFIER", [line("99213", "ZZ")], ["not in use"]),
        ("MODIFIER", [line("99213", "x1")], ["malformed"]),
        ("BILATERAL", [line("17000", "50")], ["not bilateral"]),
        ("BILATERAL", [line("19303", "50")], NONE),
        ("BILATERAL", [line("19303", "50", units=2)], ["units"]),
        ("BILATERAL", [line("17000", "LT")], NONE),
        ("ASSISTANT", [line("11602", "80")], ["assistant never"]),
        ("ASSISTANT", [line("14040", "AS")], NONE),
        ("ASSISTANT", [line("19303", "82")], ["assistant record"]),
        ("ASSISTANT", [line("14040", "62")], ["cosurgeon record"]),
        ("ASSISTANT", [line("11602", "62")], ["cosurgeon never"]),
        ("ASSISTANT", [line("19303", "62")], NONE),
        ("ASSISTANT", [line("19303", "66")], ["team record"]),
        ("ASSISTANT", [line("11602", "66")], ["team never"]),
        ("COMPONENT", [line("17000", "26")], ["no components"]),
        ("COMPONENT", [line("88305", "26"), line("88305", "TC")], NONE),
        ("COMPONENT", [line("88305", pos="22")], ["whole in facility"]),
        ("COMPONENT", [line("88305", "TC", pos="22")], ["technical in facility"]),
        ("COMPONENT", [line("88305", "26", pos="22"), line("88305")], NONE),
        ("POS", [line("99213", pos="77")], ["not in use"]),
        ("POS", [line("99213", pos="10", dos="2024-08-14")], NONE),
        ("POS", [line("99221")], ["visit elsewhere"]),
        ("POS", [line("99221", pos="21")], NONE),
        ("POS", [line("99281", pos="11")], ["visit elsewhere"]),
        ("POS", [line("19303")], ["not done there"]),
        ("POS", [line("19303", pos="22")], NONE),
        ("POS", [line("99213"), line("17000", pos="22")], ["two places"]),
        ("POS", [line("99213"), line("17000", pos="22", npi=PARTNER)], NONE),
        ("TIMELY", [line("99213", received="2025-08-15")], ["late"]),
        ("TIMELY", [line("99213", received="2025-08-14")], NONE),
        ("TIMELY", [line("99213", received="2026-08-15", payer="AETNA")], NONE),
        ("NPI", [line("99213", npi="1234567890")], ["rendering"]),
        ("NPI", [line("99213", group="1558444217")], ["billing"]),
        ("NPI", [line("99213")], NONE),
        ("TAXONOMY", [line("99213")], NONE),
        ("TAXONOMY", [line("99213", npi=PARTNER, taxonomy=ASSISTANT)], ["deactivated"]),
        ("TAXONOMY", [line("99213", npi=PARTNER, taxonomy=ASSISTANT, dos="2024-04-30")], NONE),
        ("TAXONOMY", [line("99213", npi=INTERNIST, taxonomy=INTERNAL, dos="2020-06-01")], NONE),
        (
            "TAXONOMY",
            [line("99213", npi=INTERNIST, taxonomy=INTERNAL, dos="2020-05-31")],
            ["deactivated"],
        ),
        ("TAXONOMY", [line("99213", taxonomy=MOHS)], ["taxonomy"]),
        ("TAXONOMY", [line("99213", npi=STRANGER)], ["unknown"]),
        ("JWJZ", [line("J7308", "JW JZ")], ["both"]),
        ("JWJZ", [line("J7308", "JZ")], NONE),
        ("JWJZ", [line("J7308"), line("J7308", "JW")], NONE),
        ("JWJZ", [line("J7308", "JW")], ["discarded alone"]),
        ("JWJZ", [line("J7308", "JZ"), line("J7308", "JW")], ["contradiction"]),
        ("JWJZ", [line("J7308")], ["neither"]),
        ("JWJZ", [line("J7308", dos="2023-06-30")], NONE),
        ("JWJZ", [line("J7308", payer="AETNA")], NONE),
        ("JWJZ", [line("J3301"), line("J3301", "JW")], ["multiple dose"]),
        ("JWJZ", [line("J3301")], NONE),
    ],
)
def test_lines_by_themselves(store, edit, lines, expected):
    """Validity, indicators, place, filing, providers and discarded drugs."""
    assert expected == [one[0] for one in signals(store, edit, *lines)]


def test_a_subset_of_nppes_does_not_miss_anybody(tmp_path):
    """A provider outside a subset is no signal; the coverage names the edition as an extract."""
    subset = Store(tmp_path / "store")
    register = write_nppes(tmp_path, name="npidata_pfile_20050523-20240831.csv")
    subset.add(register, npis=[PARTNER])

    found = screening(
        universe(line("99213", npi=STRANGER), line("99213", npi=PARTNER)), subset, ["TAXONOMY"]
    )

    assert ["deactivated"] == found.signals["outcome"].tolist()
    assert "is an extract" in found.coverage["why"].iloc[0]


@pytest.mark.parametrize(
    ("edit", "lines", "expected"),
    [
        ("DIAGNOSIS", [line("99213", dx="L66.1", dos="2024-09-30")], NONE),
        ("DIAGNOSIS", [line("99213", dx="L66.1", dos="2024-10-01")], ["heading"]),
        ("DIAGNOSIS", [line("99213", dx="L57.9")], ["not a code"]),
        # A diagnosis that the line does not point to is another line's.
        ("DIAGNOSIS", [line("99213", dx="L57.0 L57.9", pointers="1")], NONE),
        ("DIAGNOSIS", [line("99213", dx="L57.0 L57.9", pointers="1,2")], ["not a code"]),
        ("DIAGNOSIS", [line("99213", dx="L57.0 L57.9", pointers=None)], ["not a code"]),
        ("DX-CLASS", [line("17000", dx="L82.0")], ["error"]),
        ("DX-CLASS", [line("17000", dx="L82.0 L57.0", pointers="2")], NONE),
        ("DX-CLASS", [line("17110", dx="L57.0")], ["error"]),
        ("DX-CLASS", [line("17110", dx="B07.8")], NONE),
        ("DX-CLASS", [line("11602", dx="C44.519")], NONE),
        ("DX-CLASS", [line("17311", dx="L57.0")], ["advisory"]),
        ("DX-CLASS", [line("99213", dx="L82.0")], NONE),
        ("EXCLUDES1", [line("99213", dx="L81.4 Q82.5")], ["both"]),
        ("EXCLUDES1", [line("99213", dx="Q82.5 L81.4", pointers="2")], ["both"]),
        ("EXCLUDES1", [line("99213", dx="L81.4 L57.0")], NONE),
        ("EXCLUDES1", [line("99213", dx="L81.4"), line("99213", dx="Q82.5", claim="C2")], NONE),
    ],
)
def test_diagnoses(store, edit, lines, expected):
    """Valid on the date, of the procedure's family, and codable together."""
    assert expected == [one[0] for one in signals(store, edit, *lines)]


def test_excludes1_marks_the_first_line_of_the_claim(store):
    """The note concerns the claim: one signal, on its first line."""
    found = signals(
        store, "EXCLUDES1", line("99213", dx="L81.4 Q82.5"), line("17000", dx="L81.4 Q82.5")
    )

    assert [("both", "C1", 1, None, None)] == found


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("17110", dx="B07.8")], NONE),
        ([line("17110", dx="L57.0")], ["not listed"]),
        ([line("17110", dx="L91.8")], ["excluded"]),
        ([line("17110", dx="L57.0", payer="AETNA")], NONE),
        ([line("11720", dx="L84")], NONE),
        ([line("11720", dx="L57.0")], ["unclear"]),
        ([line("11720", dx="L57.0", dos="2023-09-30"), line("99213")], NONE),
        ([line("99213", dx="L57.0")], NONE),
    ],
)
def test_coverage(store, lines, expected):
    """By article and state; an unclear link asks the auditor instead of deciding."""
    lines = [
        {
            **one,
            "dos_from": min(one["dos_from"], one["dos_from"].replace(day=1)),
            "dos_to": one["dos_to"].replace(day=1),
        }
        for one in lines
    ]

    assert expected == [one[0] for one in signals(store, "COVERAGE", *lines, state="FL")]


def test_every_edit_of_the_catalogue_is_tried_here():
    """No edit is without a case above, and each carries citation, sentence and severity."""
    tried = {
        "PTP",
        "MUE-LINE",
        "MUE-DAY",
        "ADDON",
        "GLOBAL",
        "DECISION",
        "DUPLICATE",
        "NEW-PATIENT",
        "CODE",
        "MODIFIER",
        "BILATERAL",
        "ASSISTANT",
        "COMPONENT",
        "POS",
        "TIMELY",
        "NPI",
        "TAXONOMY",
        "JWJZ",
        "DIAGNOSIS",
        "DX-CLASS",
        "EXCLUDES1",
        "COVERAGE",
    }

    assert tried == {edit.id for edit in catalogue()}
    for edit in catalogue():
        assert str(edit.citation) and edit.title
        for outcome in edit.outcomes:
            assert (outcome.reason.endswith(".") and "{code}" in outcome.reason) or edit.id in (
                "DIAGNOSIS",
                "EXCLUDES1",
            )
