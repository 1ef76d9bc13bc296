"""Accounts of one encounter merged: who comes first, what is withheld, what is shown."""

import json
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from fhir_builder import encounter, note, people, procedure, write_bundle
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from auditkit.cli import app
from auditkit.documentation.elements import DocumentedEncounter
from auditkit.documentation.merge import CONFLICT_COLUMNS, conflicts_table, merge
from auditkit.documentation.sources import Account
from auditkit.documentation.sources.account import Visit
from auditkit.documentation.store import read_documentation

VISIT = Visit("M1", "1999900099", date(2024, 3, 5))


def account(kind, name="", **parts):
    """Return what one source says of the visit."""
    elements = DocumentedEncounter(**{"record": {}, **parts}, **VISIT.as_dict())
    return Account(kind, name, VISIT, elements)


def biopsy(site="left arm", **said):
    """Return one biopsy and its lesion."""
    size = {"diameter_cm": said.pop("diameter_cm")} if "diameter_cm" in said else {}
    return {
        "procedures": [
            {"procedure_id": "P1", "type": "biopsy", "lesion_ids": ["L1"], "site": site, **said}
        ],
        "lesions": [{"lesion_id": "L1", "site": site, **size}],
    }


def told(merged):
    """Return part, field, how, taken and open of each conflict."""
    return [(c.part, c.field, c.how, c.taken, c.open) for c in merged.conflicts]


def test_a_person_stands_over_every_system(tmp_path):
    """The person's value is the record's; that others say otherwise is shown and settled."""
    found = merge([
        account("ehr", record={"signed": False}), account("note", record={"signed": False}),
        account("person", record={"signed": True}),
    ])  # fmt: skip

    assert found.elements.record.signed is True
    assert [("record", "signed", "person_overrules", "person", False)] * 2 == told(found)
    assert ("yes", "no") == (found.conflicts[0].first_value, found.conflicts[0].second_value)


def test_a_person_who_found_nothing_stands_too():
    """ "Not documented" by a person is an answer; a system's value does not fill it."""
    found = merge([
        account("person", em={"total_time_min": None}), account("note", em={"total_time_min": 30}),
    ])  # fmt: skip

    assert found.elements.em.abstracted("total_time_min")
    assert found.elements.em.total_time_min is None
    assert "not documented" == found.conflicts[0].first_value


def test_what_a_person_did_not_look_for_is_filled():
    """An element that is absent from the abstraction is proposed by the others."""
    found = merge([
        account("person", record={"present": True}), account("ehr", record={"signed": True}),
    ])  # fmt: skip

    assert (True, True) == (found.elements.record.present, found.elements.record.signed)
    assert () == found.conflicts


def test_sources_that_disagree_give_nothing():
    """Note and system say two sizes: the element stays open, and a row waits for a person."""
    found = merge([
        account("note", "n", **biopsy(diameter_cm="0.6")),
        account("ehr", "e", **biopsy(diameter_cm="0.8")),
    ])  # fmt: skip

    assert not found.elements.lesions[0].abstracted("diameter_cm")
    assert [("lesions[L1]", "diameter_cm", "differs", "neither", True)] == told(found)
    first = found.conflicts[0]
    assert ("note: n", "0.6", "ehr: e", "0.8") == (
        first.first, first.first_value, first.second, first.second_value,
    )  # fmt: skip


def test_sources_that_agree_keep_the_quote():
    """One value of two sources: the evidence is the note's words."""
    quoted = biopsy(diameter_cm="0.6")
    quoted["lesions"][0]["evidence"] = {
        "diameter_cm": {"source": "note_reader", "quote": "6 mm", "start": 0, "end": 4}
    }
    system = biopsy("Left upper arm", diameter_cm="0.60")
    system["lesions"][0]["evidence"] = {"diameter_cm": {"source": "ehr", "document": "x"}}
    found = merge([account("ehr", **system), account("note", **quoted)])

    assert Decimal("0.6") == found.elements.lesions[0].diameter_cm
    assert "6 mm" == found.elements.lesions[0].evidence["diameter_cm"].quote
    assert ("left arm", ("L1",)) == (
        found.elements.procedures[0].site, found.elements.procedures[0].lesion_ids,
    )  # fmt: skip
    assert () == found.conflicts


def test_a_silent_source_contradicts_nobody():
    """A source's null is no disagreement with a value of another."""
    found = merge([
        account("note", record={"signed": None}), account("ehr", record={"signed": True}),
    ])  # fmt: skip

    assert found.elements.record.signed is True
    assert () == found.conflicts


def test_a_recorded_procedure_that_the_note_does_not_tell_waits():
    """A charge without words in the note is not taken as performed; a person decides."""
    found = merge([
        account("note", "n", procedures=[], lesions=[]), account("ehr", "e", **biopsy()),
    ])  # fmt: skip

    assert () == found.elements.procedures
    assert () == found.elements.lesions
    assert ("procedures", "", "not_in_note", "neither", True) in told(found)


def test_a_recorded_procedure_without_a_note_is_proposed():
    """Where there is no note to read, the system's procedure stands as its proposal."""
    found = merge([account("ehr", **biopsy())])

    assert ["biopsy"] == [str(each.type) for each in found.elements.procedures]
    assert () == found.conflicts


def test_a_told_procedure_that_no_system_holds_is_taken_and_shown():
    """The note is the record: its procedure stands, and the missing entry is shown."""
    destroyed = {"procedure_id": "P1", "type": "destruction", "site": "left hand"}
    found = merge([account("note", **biopsy()), account("ehr", procedures=[destroyed])])

    assert ["biopsy"] == [str(each.type) for each in found.elements.procedures]
    assert {
        ("procedures", "", "not_in_system", "note", False),
        ("procedures", "", "not_in_note", "neither", True),
    } == set(told(found))


def test_a_persons_list_is_complete():
    """What a person did not list is not added; what they listed is, though nobody else has it."""
    listed = {"procedure_id": "X9", "type": "destruction", "site": "left hand"}
    found = merge([account("person", procedures=[listed]), account("note", **biopsy())])

    assert ["X9"] == [each.procedure_id for each in found.elements.procedures]
    assert ("procedures", "", "not_in_abstraction", "person", False) in told(found)


def test_two_sides_are_two_procedures():
    """A biopsy of the left arm is not one of the right arm."""
    found = merge([account("note", **biopsy("left arm")), account("ehr", **biopsy("right arm"))])

    assert ["left arm"] == [each.site for each in found.elements.procedures]
    assert ("procedures", "", "not_in_note", "neither", True) in told(found)


def test_pathology_joins_the_lesion_of_its_site():
    """A laboratory's diagnosis goes to the lesion at the same place, and its specimen to both."""
    came_back = account(
        "lis", "path",
        lesions=[{"lesion_id": "L1", "site": "Left arm", "path_dx": "nevus"}],
        specimens=[{"specimen_id": "S1", "lesion_id": "L1", "path_dx": "nevus"}],
    )  # fmt: skip
    both = biopsy("right cheek")
    both["procedures"].append({"procedure_id": "P2", "type": "biopsy", "lesion_ids": ["L2"]})
    both["lesions"].append({"lesion_id": "L2", "site": "left arm"})
    found = merge([account("note", **both), came_back]).elements

    assert [False, True] == [each.abstracted("path_dx") for each in found.lesions]
    assert ("L2", "nevus") == (found.specimens[0].lesion_id, found.specimens[0].path_dx)


def test_accounts_of_two_encounters_are_refused():
    """Merging is of one encounter."""
    other = Account("ehr", "", Visit("M2", "1999900099", VISIT.dos), account("ehr").elements)

    with pytest.raises(ValueError, match="one encounter"):
        merge([account("ehr"), other])
    with pytest.raises(ValueError, match="at least one"):
        merge([])


records = st.fixed_dictionaries(
    {},
    optional={
        "signed": st.sampled_from([None, True, False]),
        "consent": st.sampled_from([None, True, False]),
        "pos_actual": st.sampled_from([None, "11", "22"]),
    },
)


@given(st.lists(st.tuples(st.sampled_from(["person", "note", "ehr", "lis"]), records), min_size=1))
def test_nothing_is_decided_in_silence(given_):
    """For any accounts: a person's first word stands; of the others, one value or none."""
    found = merge([account(kind, str(n), record=said) for n, (kind, said) in enumerate(given_)])
    for name in ("signed", "consent", "pos_actual"):
        person = [said[name] for kind, said in given_ if kind == "person" and name in said]
        others = {s[name] for kind, s in given_ if kind != "person" and s.get(name) is not None}
        looked = any(name in said for _, said in given_)
        record = found.elements.record
        rows = [c for c in found.conflicts if c.field == name]
        if person:
            assert person[0] == getattr(record, name)
        elif len(others) > 1:
            assert not record.abstracted(name)
            assert rows and all(c.open for c in rows)
        else:
            assert looked == record.abstracted(name)
            assert (others.pop() if others else None) == getattr(record, name)
            assert [] == rows


def test_the_conflicts_are_a_table():
    """One row for each disagreement, with the encounter it is of."""
    found = merge(
        [account("note", record={"signed": True}), account("ehr", record={"signed": False})]
    )
    table = conflicts_table([found])

    assert list(CONFLICT_COLUMNS) == table.columns.tolist()
    assert ("M1", "signed", True) == tuple(table.loc[0, ["patient_key", "field", "open"]])


def test_the_command_writes_elements_and_conflicts(tmp_path):
    """Sources, a person's abstraction and the note reader, from the command line."""
    text = "PROCEDURE: Shave biopsy of 6 mm lesion of the left arm."
    frozen = procedure("PR2", "17000", "right hand")
    signer = {"reference": "Practitioner/prac-1999900099"}
    write_bundle(
        tmp_path / "r.json",
        [
            *people(),
            encounter(),
            note(text, authenticator=signer),
            procedure(site="Left arm"),
            frozen,
        ],
    )
    person = {**VISIT.as_dict(), "dos": "2024-03-05", "record": {"signed": False}}
    alone = person | {"dos": "2024-05-07"}
    (tmp_path / "p.jsonl").write_text(json.dumps(person) + "\n" + json.dumps(alone) + "\n")
    ran = CliRunner().invoke(
        app,
        [
            "notes", "sources", str(tmp_path / "r.json"), "--out", str(tmp_path / "d.jsonl"),
            "--conflicts", str(tmp_path / "c.csv"), "--abstraction", str(tmp_path / "p.jsonl"),
        ],
    )  # fmt: skip

    assert 0 == ran.exit_code, ran.output
    assert "2 encounters: 1 accounts of systems, 1 notes, 1 of persons alone." in ran.output
    found = read_documentation(tmp_path / "d.jsonl", b"").elements().values()
    made = next(each for each in found if each.procedures)
    assert [("biopsy", "tangential")] == [(each.type, each.technique) for each in made.procedures]
    assert (False, True) == (made.record.signed, made.record.signer_matches_renderer)
    conflicts = pd.read_csv(tmp_path / "c.csv")
    assert {"person_overrules", "not_in_note"} == set(conflicts["how"])
    assert 0o600 == (tmp_path / "c.csv").stat().st_mode & 0o777


def test_conflicts_are_safe_in_a_spreadsheet(tmp_path):
    """A value that a spreadsheet would run as a formula is neutralised."""
    (tmp_path / "e.csv").write_text(
        "patient_key,rendering_npi,dos,record.signature_type\n"
        'M1,1999900099,2024-03-05,"=HYPERLINK(""http://x"")"\n'
    )
    (tmp_path / "m.toml").write_text('file = "e.csv"\nkind = "ehr"\n')
    person = {**VISIT.as_dict(), "dos": "2024-03-05", "record": {"signature_type": "stamp"}}
    (tmp_path / "p.jsonl").write_text(json.dumps(person) + "\n")
    ran = CliRunner().invoke(
        app,
        [
            "notes", "sources", str(tmp_path / "m.toml"), "--out", str(tmp_path / "d.jsonl"),
            "--conflicts", str(tmp_path / "c.csv"), "--abstraction", str(tmp_path / "p.jsonl"),
        ],
    )  # fmt: skip
    table = pd.read_csv(tmp_path / "c.csv", dtype=str, keep_default_na=False)

    assert 0 == ran.exit_code, ran.output
    assert ['\'=HYPERLINK("http://x")'] == table["second_value"].tolist()
