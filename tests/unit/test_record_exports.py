"""CSV exports of an EHR or laboratory system, read through their mapping files."""

from decimal import Decimal

import pytest

from auditkit.documentation.sources import read_record
from auditkit.documentation.sources.exports import EXPORT, read_declared
from auditkit.errors import InputError, SettingsError

CANARY = "Zebulon Quixote"
EHR = """
file = "visits.csv"
kind = "ehr"
date_format = "MM/DD/YYYY"
delimiter = ";"

[columns]
patient_key = "MRN"
rendering_npi = "Provider"
dos = "Visit"
note = "Text"
"procedure.type" = "Proc"
"procedure.lesions_treated" = "No"
"lesion.site" = "Where"
"lesion.diameter_cm" = "Size"
"record.signed" = "Signed?"
"diagnosis.icd10" = "Dx"

[words."procedure.type"]
"LN2" = "destruction"
"Shave bx" = "biopsy"

[units]
"lesion.diameter_cm" = "mm"
"""
HEADER = "MRN;Provider;Visit;Text;Proc;No;Where;Size;Signed?;Dx"


def read(tmp_path, *rows, mapping=EHR):
    """Read an export with the header above."""
    (tmp_path / "visits.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    return read_record([tmp_path / "map.toml"])


def test_rows_of_one_visit_are_one_account(tmp_path):
    """Two procedures of a visit, each with its lesion; words, counts and millimetres."""
    found = read(
        tmp_path,
        "M1;1999900099;03/05/2024;Froze 3 AKs.;LN2;3;left hand;;Y;L57.0",
        "M1;1999900099;03/05/2024;;shave BX;;right arm;6;Y;D48.5",
        "M2;1999900099;03/05/2024;;;;;;N;",
    )
    first, second = (each.elements for each in found.accounts)

    assert ["destruction", "biopsy"] == [str(each.type) for each in first.procedures]
    assert 3 == first.procedures[0].lesions_treated
    assert not first.procedures[1].abstracted("lesions_treated")
    assert [("left hand", None), ("right arm", Decimal("0.6"))] == [
        (each.site, each.diameter_cm) for each in first.lesions
    ]
    assert (("L2",), True) == (first.procedures[1].lesion_ids, first.record.signed)
    assert ["L57.0", "D48.5"] == [each.icd10 for each in first.diagnoses]
    assert (False, ()) == (second.record.signed, second.procedures)
    assert ["Froze 3 AKs."] == [each.text for each in found.notes]
    assert "visits.csv, row 3" == first.procedures[1].evidence["type"].document


def test_cells_that_are_not_understood_are_listed_and_left_open(tmp_path):
    """An unknown word, an impossible size and a bad key: by row and element, without values."""
    found = read(
        tmp_path,
        f"M1;1999900099;03/05/2024;;{CANARY};;left hand;6;Y;",
        "M1;1999900099;03/05/2024;;LN2;;left hand;99999 cm;Y;",
        f"M1;{CANARY};03/05/2024;;LN2;;;;;",
        "M1;1999900099;13/45/2024;;LN2;;;;;",
        "M1;1999900099",
    )
    listed = [(each.row, each.column) for each in found.problems]

    assert {
        (2, "procedure.type"), (2, "procedure.type"), (3, "lesion.diameter_cm"),
        (4, "rendering_npi"), (5, "dos"), (6, None),
    } == set(listed)  # fmt: skip
    assert CANARY not in " ".join(map(str, found.problems))
    (account,) = found.accounts
    assert ["destruction"] == [str(each.type) for each in account.elements.procedures]


def test_rows_that_differ_in_what_a_visit_has_once_leave_it_open(tmp_path):
    """Signed in one row and unsigned in the next: neither is taken."""
    found = read(
        tmp_path,
        "M1;1999900099;03/05/2024;;LN2;;;;Y;",
        "M1;1999900099;03/05/2024;;LN2;;;;N;",
    )

    assert not found.accounts[0].elements.record.abstracted("signed")
    assert 1 == found.counts["visits whose rows differ in record.signed; it is left open"]


def test_a_laboratory_export_gives_specimens(tmp_path):
    """A laboratory system's rows are accounts of their own kind."""
    (tmp_path / "path.csv").write_text(
        "mrn,npi,collected,container,diagnosis,site\n"
        "M1,1999900099,2024-03-05,A,Basal cell carcinoma,left forearm\n"
    )
    (tmp_path / "lis.toml").write_text(
        'file = "path.csv"\nkind = "lis"\n[columns]\npatient_key = "mrn"\nrendering_npi = "npi"\n'
        'dos = "collected"\n"specimen.path_dx" = "diagnosis"\n"lesion.site" = "site"\n'
    )
    (account,) = read_record([tmp_path / "lis.toml"]).accounts

    assert "lis" == account.kind
    assert ("Basal cell carcinoma", "L1") == (
        account.elements.specimens[0].path_dx, account.elements.specimens[0].lesion_id,
    )  # fmt: skip


def test_a_note_may_be_longer_than_a_cell_of_claims(tmp_path):
    """The text of a note is taken whole."""
    found = read(tmp_path, f"M1;1999900099;03/05/2024;{'word ' * 2_000}end;;;;;;")

    assert 10_003 == len(found.notes[0].text)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (('kind = "ehr"', 'kind = "emr"'), "'kind' must be"),
        (('file = "visits.csv"', ""), "'file' must name the export"),
        (('"lesion.site"', '"lesion.place"'), "'lesion.place' is no column"),
        (('[words."procedure.type"]', '[words."procedure.kind"]'), "is no element of an export"),
        (("[units]", "[sizes]"), "'sizes' is not a key"),
        (("[units]", "[units"), "not a readable TOML mapping"),
    ],
)
def test_slips_of_a_mapping_are_named(tmp_path, change, what):
    """Every slip stops the reading before a row is looked at."""
    with pytest.raises(SettingsError, match=what.replace(".", r"\.")):
        read(tmp_path, mapping=EHR.replace(*change))


def test_a_mapping_or_export_that_is_not_there(tmp_path):
    """Both are named; a column that the export lacks is named too."""
    with pytest.raises(SettingsError, match="no such mapping file"):
        read_record([tmp_path / "absent.toml"])
    (tmp_path / "map.toml").write_text(EHR)
    with pytest.raises(InputError, match=r"visits\.csv"):
        read_record([tmp_path / "map.toml"])
    with pytest.raises(InputError, match="mapping names a column that the file does not have"):
        read(tmp_path, mapping=EHR.replace('"Dx"', '"Dx 1"'))


def test_an_export_can_hold_every_element_of_a_list_or_of_a_visit(tmp_path):
    """The manual's list of elements is the schema's, ids and evidence aside."""
    assert {"procedure.technique", "em.total_time_min", "drug.wasted_mg"} <= set(EXPORT.names)
    assert not {"procedure.stages", "lesion.lesion_id", "record.evidence"} & set(EXPORT.names)
    (tmp_path / "m.toml").write_text(EHR)
    assert "ehr" == read_declared(tmp_path / "m.toml").kind
