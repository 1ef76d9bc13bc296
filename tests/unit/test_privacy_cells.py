"""Small cells are hidden, and nobody can work them out from what is shown."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import auditkit
from auditkit.errors import InputError
from auditkit.privacy.cells import cell_patients, hidden_cells, pooled
from auditkit.reporting.facts import PRACTICE, Facts
from auditkit.reporting.practice import em_distribution
from auditkit.reporting.projection import balance, balance_table


def told(*counts, smallest=11):
    """Return the counts that are shown, in order, None where hidden."""
    series = pd.Series(counts)
    hidden = hidden_cells(series, smallest)
    return [None if hidden[i] else n for i, n in enumerate(counts)]


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ((40, 25, 11), [40, 25, 11]),
        ((40, 25, 10), [40, None, None]),  # 10 alone would be the total less the others
        ((40, 25, 0), [40, 25, 0]),  # nobody may be shown
        ((40, 6, 5), [40, None, None]),  # together 11: neither can be told
        ((40, 25, 4, 3), [40, None, None, None]),  # together 7: the total would tell of 7
        ((9, 0), [None, 0]),
        ((40, 9), [None, None]),
        ((), []),
    ],
)
def test_hidden_cells_of_worked_tables(counts, shown):
    """Worked by hand after the CMS cell size policy, with complementary suppression."""
    assert shown == told(*counts)


def test_nothing_is_hidden_where_the_setting_says_so():
    """0 shows every count."""
    assert [3, 40] == told(3, 40, smallest=0)


@given(st.lists(st.integers(0, 60), max_size=12), st.integers(2, 25))
def test_no_small_count_is_shown_or_derived(counts, smallest):
    """No shown cell is small; what is hidden is several cells that add up to enough, or all."""
    shown = told(*counts, smallest=smallest)
    hidden = [n for n, s in zip(counts, shown, strict=True) if s is None]

    assert all(n == 0 or n >= smallest for n in shown if n is not None)
    if hidden:
        alone = all(n == 0 for n in shown if n is not None)
        assert alone or (len(hidden) >= 2 and sum(hidden) >= smallest)
        assert 0 not in hidden


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_pooling_keeps_the_total_or_shows_nothing(counts):
    """The row "other" makes up what is hidden, so the total stands; else no row is shown."""
    table = pd.DataFrame({
        "code": [f"9921{i}" for i in range(len(counts))],
        "count": counts,
        "share": [0.1] * len(counts),
    })  # fmt: skip
    made = pooled(table, "code")

    assert not made["count"].between(1, 10).any()
    assert made.empty or made["count"].sum() == sum(counts)
    assert list(made.columns) == list(table.columns)


def people(*cells):
    """Return the patients of cells by place: numbers, as a set each."""
    return pd.Series([frozenset(map(str, cell)) for cell in cells], dtype=object)


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        # Twenty visits of ten patients are a small cell; the next smallest hides with it.
        (((*range(10), *range(10)), range(20, 60), range(60, 90)), [None, 40, None]),
        # Eleven patients may be shown, however often each came.
        (((*range(11), *range(11)), range(20, 60)), [22, 40]),
        # The same ten patients in both small cells are ten together, not twenty.
        ((range(10), range(10), range(30, 45), range(50, 90)), [None, None, None, 40]),
        # Ten others each: twenty together, so the rest may be shown.
        ((range(10), range(10, 20), range(30, 45), range(50, 90)), [None, None, 15, 40]),
        # Nobody is enough: all hidden.
        ((range(10), range(5)), [None, None]),
        ((range(12), ()), [12, 0]),
    ],
)
def test_patients_decide_where_they_are_known(cells, shown):
    """Worked by hand: a cell is small by its patients, each counted once in cells together."""
    counts = pd.Series([len(list(cell)) for cell in cells])
    hidden = hidden_cells(counts, 11, people(*cells))

    assert shown == [None if hidden[i] else n for i, n in enumerate(counts)]


VISITS = st.lists(st.lists(st.integers(0, 40), max_size=45), max_size=8)


@given(VISITS, st.integers(2, 25))
def test_no_group_of_few_patients_is_shown_or_derived(cells, smallest):
    """Shown cells hold enough patients; the hidden ones hold enough together, or nothing shows."""
    counts = pd.Series([len(cell) for cell in cells], dtype="int64")
    hidden = hidden_cells(counts, smallest, people(*cells))
    open_ = [set(cell) for i, cell in enumerate(cells) if not hidden[i]]
    closed = [set(cell) for i, cell in enumerate(cells) if hidden[i]]

    assert all(not cell or len(cell) >= smallest for cell in open_)
    assert all(closed)
    if closed and any(open_):
        assert len(closed) >= 2 and len(set().union(*closed)) >= smallest


@given(VISITS)
def test_a_visit_each_is_the_same_with_patients_as_without(cells):
    """Where every visit is another patient's, patients and encounters hide the same cells."""
    counts = pd.Series([len(cell) for cell in cells], dtype="int64")
    each = people(*([f"{i} {n}" for n in range(len(cell))] for i, cell in enumerate(cells)))

    assert list(hidden_cells(counts, 11)) == list(hidden_cells(counts, 11, each))


@given(VISITS)
def test_pooling_by_patients_keeps_the_total_or_shows_nothing(cells):
    """The row "other" holds eleven patients at least and makes up the total of encounters."""
    names = [f"9921{i}" for i in range(len(cells))]
    table = pd.DataFrame({"code": names, "count": [len(cell) for cell in cells]})
    table = table.astype({"count": "int64"})
    who = people(*cells).set_axis(names)
    made = pooled(table, "code", patients=who)
    shown = set(made["code"]) - {"other"}
    rest = [who[name] for name in names if name not in shown]

    assert made.empty or made["count"].sum() == table["count"].sum()
    assert all(not who[name] or len(who[name]) >= 11 for name in shown)
    assert "other" not in set(made["code"]) or len(frozenset().union(*rest)) >= 11


def test_cells_list_each_unit_s_patient():
    """A unit with two codes counts its patient in both cells, a second visit not again."""
    codes = pd.Series(["99213", "17000", "99213", "99213"], index=["u1", "u1", "u2", "u3"])
    patients = pd.Series({"u1": "a", "u2": "a", "u3": "b"})

    found = cell_patients(codes, patients)
    assert found.to_dict() == {"17000": {"a"}, "99213": {"a", "b"}}
    assert cell_patients(codes, None) is None


def test_visits_of_few_patients_are_a_small_cell_of_a_report(audit_copy):
    """Hundreds of visits of ten patients are left out; without the list nothing shows at all."""
    audit = auditkit.Audit(audit_copy)
    whose = audit.frame_patients
    assert whose is not None and set(whose.index) == set(audit.frame["unit_id"])
    units = audit.frame[["unit_id", "payer"]]
    few = units["payer"] == "MEDICARE_B"
    assert few.sum() > 100
    numbers = pd.Series(range(len(units)))
    listed = units[["unit_id"]].assign(patient_id=numbers.mod(10).where(few, numbers + 10))
    place = audit_copy / "private" / "frame_patients.csv"
    listed.to_csv(place, index=False)

    assert "MEDICARE B" not in set(balance_table(auditkit.Audit(audit_copy))["label"])
    place.unlink()
    assert balance_table(auditkit.Audit(audit_copy)).empty
    listed.iloc[5:].to_csv(place, index=False)
    with pytest.raises(InputError, match="does not list the units"):
        balance_table(auditkit.Audit(audit_copy))


@pytest.mark.parametrize("gone", [Path.unlink, lambda path: path.write_bytes(b"")])
def test_without_the_list_of_patients_no_practice_wide_table_is_made(audit_copy, gone):
    """As in an opened pack (no list) and a twin (an empty one); all shows where nothing is small.

    So nothing is shown there that the source's report hides.
    """
    gone(audit_copy / "private" / "frame_patients.csv")
    facts = Facts(auditkit.Audit(audit_copy), PRACTICE)
    page, beside = str(em_distribution(facts).html), str(balance(facts))
    billed = facts.em_levels("Established patients")

    assert balance_table(facts.audit).empty
    for shown in (page, beside):
        assert "Not shown here." in shown and "private/frame_patients.csv" in shown
    assert not any(str(code) in page for code in billed["code"])
    settings = audit_copy / "audit.toml"
    settings.write_text(settings.read_text().replace("[privacy]", "[privacy]\nsmall_cells = 0"))
    assert not balance_table(auditkit.Audit(audit_copy)).empty


def test_a_practice_wide_report_shows_no_small_cell(audit_copy):
    """An E/M level billed ten times stands under "other" in the report of the practice."""
    frame = pd.read_csv(audit_copy / "frame.csv", dtype="str", keep_default_na=False)
    visits = frame["codes"].str.contains("99215")
    keep = frame.index[visits][:10]
    frame.loc[visits & ~frame.index.isin(keep), "codes"] = "99213"
    frame.loc[frame.index[:3], "payer"] = "SMALL PAYER"
    frame.to_csv(audit_copy / "frame.csv", index=False)
    audit = auditkit.Audit(audit_copy)
    assert 10 == audit.frame["codes"].str.contains("99215").sum()
    page = str(em_distribution(Facts(audit, PRACTICE)).html)
    labels = set(balance_table(audit)["label"])

    assert "99215" not in page and "other" in page
    assert "SMALL PAYER" not in labels and "MEDICARE B" in labels
