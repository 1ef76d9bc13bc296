"""Cloned notes: what is found, what is set apart, and what is never printed."""

import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.documentation.clones import clone_rules, find_clones
from auditkit.documentation.clones_page import clones_page, passages
from auditkit.documentation.notes import read_notes
from auditkit.documentation.shingles import shingles
from auditkit.errors import InputError

DICE = random.Random(3)
WORDS = ["".join(DICE.choices("bcdfgklmnprstv", k=6)) for _ in range(900)]


def words(count: int, seed: int) -> list[str]:
    """Return *count* words by chance."""
    return random.Random(seed).choices(WORDS, k=count)


def table(rows) -> pd.DataFrame:
    """Return notes of (encounter, patient, provider, day of January 2024, text)."""
    names = ["encounter_id", "patient_key", "rendering_npi", "day", "text"]
    notes = pd.DataFrame(rows, columns=names)
    return notes.assign(dos=pd.to_datetime("2024-01-01") + pd.to_timedelta(notes["day"], "D"))


def test_likeness_is_the_exact_jaccard_of_runs_of_five_words():
    """Sixty words, the last six replaced: 50 runs of 56 are shared of 62, so 0.806."""
    one = words(60, 1)
    two = [*one[:54], *words(6, 2)]
    notes = table([("a", "K1", "N1", 1, " ".join(one)), ("b", "K2", "N1", 9, " ".join(two))])

    pairs = find_clones(notes).pairs

    assert [("a", "b")] == list(
        pairs[["encounter_id", "other_encounter_id"]].itertuples(index=False, name=None)
    )
    assert 50 / 62 == pytest.approx(pairs["likeness"][0])
    assert 50 / 56 == pytest.approx(pairs["contained"][0])
    assert 8 == pairs["days_apart"][0]


def test_copies_forward_are_told_from_copies_across_patients():
    """The same patient's copy is one kind, another patient's the other; each provider counts."""
    text, other = " ".join(words(80, 5)), " ".join(words(80, 6))
    notes = table([
        ("a", "K1", "N1", 1, text), ("b", "K1", "N1", 30, text),
        ("c", "K2", "N2", 2, other), ("d", "K3", "N2", 3, other.upper() + "."),
        ("e", "K4", "N2", 4, " ".join(words(80, 7))), ("f", "K4", "N2", 5, "Seen."),
    ])  # fmt: skip

    found = find_clones(notes)
    providers = found.providers.set_index("rendering_npi")

    assert {("a", "b", "same_patient"), ("c", "d", "across_patients")} == set(
        found.pairs[["encounter_id", "other_encounter_id", "kind"]].itertuples(
            index=False, name=None
        )
    )
    assert (2, 0) == tuple(providers.loc["N1", ["copied_forward", "like_another_patients"]])
    assert (0, 2) == tuple(providers.loc["N2", ["copied_forward", "like_another_patients"]])
    assert (4, 1) == tuple(providers.loc["N2", ["notes", "too_short"]])


def with_template(copies: int):
    """Return notes of one provider that share forty words, the rest of each its own."""
    shared = " ".join(words(40, 11))
    return table([
        (f"e{n}", f"K{n}", "N1", n, f"{shared} {' '.join(words(30, 100 + n))}")
        for n in range(copies)
    ])  # fmt: skip


def test_template_is_set_apart_and_does_not_make_notes_alike():
    """Forty words in all twelve notes are template; no two of them are alike by it."""
    found = find_clones(with_template(12))

    assert found.pairs.empty
    assert 36 == len(found.template)
    assert 36 / 66 == pytest.approx(found.providers["template_share"][0])


def test_a_passage_of_a_few_patients_is_no_template():
    """What stands in every note of a provider with two patients is a copy, not a template."""
    text = " ".join(words(90, 21))
    notes = table([(f"e{n}", f"K{n % 2}", "N1", n, text) for n in range(12)])

    found = find_clones(notes)

    assert 0 == len(found.template)
    assert {"same_patient", "across_patients"} == set(found.pairs["kind"])
    assert 1 == found.pairs["cluster"].nunique()


def test_one_text_in_two_hundred_notes_is_one_cluster_without_every_pair():
    """A large set of copies is linked in one cluster, by far fewer pairs than there are."""
    rules = clone_rules()
    text = " ".join(words(90, 31))
    rest = [(f"x{n}", f"X{n}", "N9", n, " ".join(words(90, 1000 + n))) for n in range(900)]
    notes = table([*((f"e{n:03}", f"K{n % 9}", "N1", n, text) for n in range(200)), *rest])

    found = find_clones(notes, rules)

    assert {"e000"} == set(found.pairs["cluster"])
    assert 200 == len(set(found.pairs["encounter_id"]) | set(found.pairs["other_encounter_id"]))
    assert len(found.pairs) < 1000


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), min_size=2, max_size=9))
def test_every_pair_alike_is_found_whatever_the_order(made):
    """What MinHash finds is what comparing every pair of word sets finds, in any order of rows."""
    rows = []
    for number, (base, changed) in enumerate(made):
        text = [*words(60 - changed, base), *words(changed, 50 + number)]
        rows.append((f"e{number}", f"K{number}", "N1", number, " ".join(text)))
    sets = {row[0]: set(zip(*(row[4].split()[i:] for i in range(5)), strict=False)) for row in rows}
    wanted = {
        (a, b)
        for a in sets
        for b in sets
        if a < b and len(sets[a] & sets[b]) / len(sets[a] | sets[b]) >= 0.7
    }

    for order in (rows, rows[::-1]):
        pairs = find_clones(table(order)).pairs

        assert wanted == set(
            pairs[["encounter_id", "other_encounter_id"]].itertuples(index=False, name=None)
        )


def test_shingles_ignore_case_and_layout_and_keep_numbers():
    """Two layouts of one text have the same runs; another number makes other runs."""
    found = shingles(["A b,\nC d E 0.6 f", "a  B c D e 0.6 F.", "a b c d e 0.7 f", "a b"], 5)

    assert np.array_equal(found.of(0), found.of(1))
    assert 1 == len(np.intersect1d(found.of(0), found.of(2)))
    assert [3, 3, 3, 0] == list(found.sizes)
    assert [7, 7, 7, 2] == list(found.words)


def test_passages_are_verbatim_and_template_is_told_apart():
    """The shared stretch runs from its first word to its last; template stands apart."""
    text = "Skin: one two three four five six. Then other words follow here now."
    other = "Before. one two three four five SIX - after that something else entirely."
    template = shingles(["other words follow here now"], 5).values

    shared, common = passages(text, other, template, 5)

    assert "one two three four five six" == text[shared.start : shared.end]
    assert "other words follow here now" == text[common.start : common.end]
    assert ("shared", "template") == (shared.kind, common.kind)


def test_the_page_escapes_notes_and_the_tables_hold_no_text():
    """Markup in a note is shown as text, and neither table carries a word of a note."""
    text = "<script>alert(1)</script> " + " ".join(words(60, 41))
    notes = table([("a", "K1", "N1", 1, text), ("b", "K2", "N1", 2, text)])

    found = find_clones(notes)
    page = clones_page(found, notes)
    printed = found.pairs.to_csv() + found.providers.to_csv()

    assert "<script>" not in page
    assert "&lt;<mark>script&gt;alert(1)&lt;/script&gt;" in page
    assert not any(word in printed for word in text.split())
    assert "K1" not in printed


def test_notes_without_any_are_no_clones():
    """No notes, and notes without words, give empty tables and no error."""
    nobody = find_clones(table([]))
    silent = find_clones(table([("a", "K1", "N1", 1, ""), ("b", "K2", "N1", 2, None)]))

    assert nobody.pairs.empty
    assert silent.pairs.empty
    assert [2] == list(silent.providers["too_short"])


def test_notes_are_read_by_encounter_and_joined(tmp_path):
    """Two notes of one encounter are one text; CSV and JSON Lines give the same."""
    path, lines = tmp_path / "notes.csv", tmp_path / "notes.jsonl"
    path.write_text(
        "patient_key,rendering_npi,dos,text\nK1,N1,2024-01-02,one\nK1,N1,2024-01-02,two\n"
        'K2,N1,2024-01-03,"three, four"\n'
    )
    lines.write_text(
        '{"patient_key":"K1","rendering_npi":"N1","dos":"2024-01-02","text":"one\\n\\ntwo"}\n\n'
        '{"patient_key":"K2","rendering_npi":"N1","dos":"2024-01-03","text":"three, four"}\n'
    )

    first, second = read_notes(path, b"k" * 32), read_notes(lines, b"k" * 32)

    assert ["one\n\ntwo", "three, four"] == list(first["text"])
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    ("name", "content", "row"),
    [
        ("n.csv", "patient_key,dos\nSECRET,2024-01-01\n", "row 1"),
        ("n.csv", "patient_key,rendering_npi,dos,text\nSECRET,N1,01/02/2024,x\n", "row 2"),
        ("n.jsonl", '{"patient_key":"SECRET"}\n', "row 1"),
        ("n.jsonl", "SECRET\n", "row 1"),
        ("n.jsonl", '["SECRET"]\n', "row 1"),
    ],
)
def test_unusable_notes_are_named_by_row_and_not_shown(tmp_path, name, content, row):
    """A row that names no encounter is refused with its number and without its values."""
    path = tmp_path / name
    path.write_text(content)

    with pytest.raises(InputError) as refused:
        read_notes(path, b"k" * 32)

    assert row in str(refused.value)
    assert "SECRET" not in str(refused.value)


def test_notes_that_are_no_text_are_refused(tmp_path):
    """A file that is missing, or not UTF-8, says so."""
    path = tmp_path / "n.csv"
    with pytest.raises(InputError, match="not there"):
        read_notes(path, b"k" * 32)
    path.write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(InputError, match="UTF-8"):
        read_notes(path, b"k" * 32)
