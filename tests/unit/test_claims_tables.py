"""Delimited text and Parquet become the claim lines table, whatever their dress."""

import csv
import io
import stat

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditkit.claims import CLAIM_LINES, PROVIDERS, read_claims, read_table
from auditkit.errors import InputError, SettingsError
from auditkit.schema import described

VISIT = {
    "claim_id": "A1",
    "line": "1",
    "patient_key": "PT9",
    "rendering_npi": "1234567893",
    "billing_npi": "1558444216",
    "dos_from": "2024-03-05",
    "dos_to": "2024-03-05",
    "pos": "11",
    "code": "99213",
    "mod1": "25",
    "units": "1",
    "dx1": "L57.0",
    "charge": "150.00",
    "allowed": "92.50",
    "paid": "74.00",
    "payer": "MEDICARE",
}


def row(**changes):
    """Return the cells of an accepted line with *changes* made."""
    return {**VISIT, **changes}


def as_csv(rows, delimiter=",", newline="\n"):
    """Return *rows* as delimited text with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator=newline)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.fixture
def put(tmp_path):
    """Return a function that writes content to claims.csv and returns the path."""

    def write(content, encoding="utf-8"):
        path = tmp_path / "claims.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


TWO = [row(), row(line="2", code="17000", mod1="", charge="110", allowed="55", paid="")]


def test_a_line_is_read_with_its_types(put):
    """Text, dates, money and numbers have the types that the contract promises."""
    lines = read_claims(put(as_csv(TWO)))

    assert list(lines.columns) == list(CLAIM_LINES.names)
    assert str(lines["claim_id"].dtype) == "str"
    assert lines["line"].dtype == np.int64
    assert lines["charge"].dtype == lines["units"].dtype == np.float64
    assert lines["dos_from"].dtype.kind == "M"
    assert lines["charge"].tolist() == [150.0, 110.0]
    assert lines["dos_from"].tolist() == [pd.Timestamp(2024, 3, 5)] * 2
    assert lines["mod1"].isna().tolist() == [False, True]
    assert lines["paid"].isna().tolist() == [False, True]
    assert lines["frequency_code"].tolist() == ["1", "1"]
    assert lines["ndc"].isna().all()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_every_dress_of_the_same_rows_reads_alike(put, delimiter, newline, encoding):
    """Delimiter, line ends and encoding change nothing; accents survive."""
    rows = [row(payer="Assuré, S.A."), row(line="2", payer='say "so"')]
    lines = read_claims(put(as_csv(rows, delimiter, newline), encoding))

    assert lines["payer"].tolist() == ["Assuré, S.A.", 'say "so"']
    assert lines["charge"].sum() == 300.0


@pytest.mark.parametrize(
    ("written", "dollars"),
    [
        ("1234.5", 1234.5),
        ("1,234.50", 1234.5),
        ("$1,234.50", 1234.5),
        ("$ 12", 12.0),
        (" 7.05 ", 7.05),
        ("0", 0.0),
        ("75.0000", 75.0),
        ("1,234,567.89", 1234567.89),
    ],
)
def test_money_as_people_write_it(put, written, dollars):
    """Thousands commas, dollar signs and blanks are understood."""
    assert read_claims(put(as_csv([row(charge=written)])))["charge"].tolist() == [dollars]


@pytest.mark.parametrize("written", ["-5", "(5.00)", "5.005", "1,23.00", "five", "nan", "1e12"])
def test_money_that_is_not_accepted(put, written):
    """Negative, finer than a cent, or unreadable money is a problem of its row and column."""
    with pytest.raises(InputError) as error:
        read_claims(put(as_csv([row(), row(line="2", charge=written)])))
    (problem,) = error.value.problems
    assert (problem.row, problem.column) == (3, "charge")
    assert "zero or more" in problem.accepted


@pytest.mark.parametrize(
    ("written", "read"),
    [("l570", "L57.0"), ("L57.0", "L57.0"), ("i10", "I10"), ("c44311", "C44.311")],
)
def test_diagnoses_get_their_dot(put, written, read):
    """A diagnosis is dotted ICD-10-CM, however it was written."""
    assert read_claims(put(as_csv([row(dx1=written)])))["dx1"].tolist() == [read]


def test_what_a_spreadsheet_does_to_cells_is_undone(put):
    """A lost leading zero, small letters and a midnight behind the date are mended."""
    line = row(pos="2", code="j3301", mod1="lt", dos_from="2024-03-05 00:00:00")
    lines = read_claims(put(as_csv([line])))

    assert lines.loc[0, ["pos", "code", "mod1"]].tolist() == ["02", "J3301", "LT"]
    assert lines.loc[0, "dos_from"] == pd.Timestamp(2024, 3, 5)


def test_empty_dos_to_is_the_first_day(put):
    """A service of one day needs no last date."""
    lines = read_claims(put(as_csv([row(dos_to="")])))

    assert lines["dos_to"].tolist() == [pd.Timestamp(2024, 3, 5)]


def test_blank_rows_are_counted_not_read(put):
    """Blank lines and rows of commas alone are no lines; the count says so, rows keep numbers."""
    header, first = as_csv([row()]).splitlines()
    text = f"{header}\n{first}\n\n{',' * (len(VISIT) - 1)}\n{first.replace('A1,1', 'A1,2')}\n\n"
    lines = read_claims(put(text))

    assert lines["line"].tolist() == [1, 2]
    assert lines.attrs["auditkit"]["rows"] == 2

    with pytest.raises(InputError) as error:
        read_claims(put(text.replace("A1,2", "A1,0")))
    assert [problem.row for problem in error.value.problems] == [5]


@pytest.mark.parametrize("blank", ["\n", "\n\n", "\r\n\r\n"])
def test_blank_lines_before_the_header(put, blank):
    """Empty lines above the column names are passed over, and rows keep the file's numbers."""
    assert len(read_claims(put(blank + as_csv(TWO)))) == 2

    with pytest.raises(InputError) as error:
        read_claims(put(blank + as_csv([row(units="0")])))
    assert [problem.row for problem in error.value.problems] == [2 + blank.count("\n")]


def test_every_problem_is_reported_at_once_without_values(put):
    """One reading names each bad cell by row and column and shows none of them."""
    rows = [
        row(),
        row(line="2", dos_from="2024-02-30"),
        row(line="3", units="-3"),
        row(line="4", units="0"),
        row(line="5", dos_to="2024-03-04"),
        row(line="6", rendering_npi="SECRETNPI"),
        row(line="7", payer=""),
        row(line="8", code="9921"),
        row(line="x"),
        row(line="9", dos_from="0024-03-05"),
    ]
    with pytest.raises(InputError) as error:
        read_claims(put(as_csv(rows)))

    found = {(problem.row, problem.column) for problem in error.value.problems}
    assert found == {
        (3, "dos_from"),
        (4, "units"),
        (5, "units"),
        (6, "dos_to"),
        (7, "rendering_npi"),
        (8, "payer"),
        (9, "code"),
        (10, "line"),
        (11, "dos_from"),
    }
    message = str(error.value)
    assert "claims.csv, row 3, column 'dos_from'" in message
    for value in ("SECRETNPI", "2024-02-30", "PT9", "9921."):
        assert value not in message


def test_many_bad_rows_are_listed_then_counted(put):
    """Ten rows of a kind are listed, the rest are one counted line, and no row is uncounted."""
    rows = [row(line=str(number), units="0") for number in range(1, 31)]
    with pytest.raises(InputError) as error:
        read_claims(put(as_csv(rows)))

    assert len(error.value.problems) == 11
    assert sum(problem.count for problem in error.value.problems) == 30


def test_duplicate_keys_are_all_named(put):
    """Rows that share claim_id and line are each a problem."""
    with pytest.raises(InputError) as error:
        read_claims(put(as_csv([row(), row(line="2"), row(charge="1")])))

    assert [(problem.row, problem.column) for problem in error.value.problems] == [
        (2, "line"),
        (4, "line"),
    ]


def test_missing_columns_come_with_likely_names(put):
    """Each missing needed column is named, with the user's own likely names as mapping lines."""
    text = as_csv([row()]).replace("claim_id", "Clm No").replace("dos_from", "Service Date")
    text = text.replace("rendering_npi", "Rendering Provider NPI")
    with pytest.raises(InputError) as error:
        read_claims(put(text.replace("units", "zzz")))

    assert {problem.column for problem in error.value.problems} == {
        "claim_id",
        "dos_from",
        "rendering_npi",
        "units",
    }
    assert 'dos_from = "Service Date"' in str(error.value)
    assert 'rendering_npi = "Rendering Provider NPI"' in str(error.value)


def test_a_file_without_header_does_not_show_its_first_row(put):
    """When the first row is data, no cell of it is shown."""
    with pytest.raises(InputError) as error:
        read_claims(put("A77,1,SMITH JOHN,1234567893,2024-03-05\n"))

    assert "column names" in str(error.value)
    assert "SMITH" not in str(error.value)


def test_a_mapping_reads_foreign_columns(put, tmp_path):
    """Names, dates, constants and the delimiter come from the TOML mapping."""
    text = (
        "No^Ln^MRN^NPI^DOS^CPT^M1^Qty^Dx^Chg^All^Paid^DOB\n"
        "A1^1^PT9^1234567893^3/5/2024^99213^^1^L57.0^150^92.5^74^19500131\n"
    )
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        """
        date_format = "MM/DD/YYYY"
        delimiter = "^"
        [columns]
        claim_id = "No"
        line = "Ln"
        patient_key = "MRN"
        rendering_npi = "NPI"
        dos_from = "DOS"
        dos_to = "DOS"
        code = "CPT"
        mod1 = "M1"
        units = "Qty"
        dx1 = "Dx"
        charge = "Chg"
        allowed = "All"
        patient_birth_date = "DOB"
        [dates]
        patient_birth_date = "YYYYMMDD"
        [values]
        payer = "Medicare's"
        pos = "11"
        billing_npi = "1558444216"
        """
    )
    lines = read_claims(put(text), mapping)

    assert lines.loc[0, "dos_to"] == pd.Timestamp(2024, 3, 5)
    assert lines.loc[0, "patient_birth_date"] == pd.Timestamp(1950, 1, 31)
    assert lines.loc[0, "payer"] == "Medicare's"
    assert lines.loc[0, "paid"] == 74.0


def test_a_wrong_date_form_names_the_declared_one(put):
    """A date that does not fit the declared form says which form was expected."""
    with pytest.raises(InputError, match="MM/DD/YYYY"):
        read_claims(put(as_csv([row()])), {"date_format": "MM/DD/YYYY"})


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"colums": {}}, "'colums' is not a key"),
        ({"columns": {"claim": "X"}}, "'claim' is no column"),
        ({"columns": {"claim_id": 3}}, "must be text"),
        ({"columns": "claim_id"}, "must be a table"),
        ({"date_format": "MM/DD/YY"}, "YYYY, MM and DD"),
        ({"dates": {"dos_from": "DD'; DROP TABLE x --"}}, "YYYY, MM and DD"),
        ({"delimiter": ";;"}, "one character"),
        ({"encoding": "ebcdic"}, "must be one of"),
    ],
)
def test_a_mapping_with_a_slip_is_refused(put, mapping, said):
    """Every slip in a mapping is named."""
    with pytest.raises(SettingsError, match=said):
        read_claims(put(as_csv([row()])), mapping)


def test_a_mapped_column_that_is_not_there_is_a_problem(put):
    """A mapping to a column that the file has not is refused, even for an optional column."""
    with pytest.raises(InputError, match="received_date"):
        read_claims(put(as_csv([row()])), {"columns": {"received_date": "Recvd"}})


def test_an_unread_column_that_looks_like_ours_is_noted(put):
    """A likely optional column that is not read is mentioned in the notes."""
    lines = read_claims(put(as_csv([{**row(), "DOB": "1950-01-01"}])))

    assert any("patient_birth_date" in note for note in lines.attrs["auditkit"]["notes"])


def test_rejects_hold_the_users_own_rows(put, tmp_path):
    """Bad rows go to the rejects file with row number and reason; the others are read."""
    rows = [row(), row(line="2", units="0"), row(line="3", payer="=HYPERLINK(1)", code="?")]
    text = as_csv(rows) + "A9,1,too,short\n"
    rejects = tmp_path / "rejects.csv"
    lines = read_claims(put(text), rejects=rejects)

    account = lines.attrs["auditkit"]
    assert (account["rows"], account["accepted"], account["set_aside"]) == (4, 1, 3)
    assert any("1 claim_id" in note for note in account["notes"])
    kept = list(csv.DictReader(rejects.open(newline="")))
    assert [one["row"] for one in kept] == ["3", "4", "5"]
    assert kept[0]["units"] == "0"
    assert "units" in kept[0]["problems"]
    assert kept[1]["payer"] == "'=HYPERLINK(1)"
    assert kept[2]["unparsed"] == "A9,1,too,short"
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600


def test_corrected_rejects_read_again(put, tmp_path):
    """The rejects file, once corrected, is itself a file of claims."""
    rejects = tmp_path / "rejects.csv"
    read_claims(put(as_csv([row(), row(line="2", units="0")])), rejects=rejects)
    rejects.write_text(rejects.read_text().replace(",25,0,", ",25,2,"))

    assert read_claims(rejects)["units"].tolist() == [2.0]


def test_a_file_in_order_leaves_an_empty_rejects_file(put, tmp_path):
    """The rejects of an earlier reading do not survive a clean one."""
    rejects = tmp_path / "rejects.csv"
    rejects.write_text("old")
    read_claims(put(as_csv(TWO)), rejects=rejects)

    assert len(rejects.read_text().splitlines()) == 1


def test_parquet_typed_and_text_read_alike(put, tmp_path):
    """Parquet with dates, floats and integers gives the same table as the CSV."""
    expected = read_claims(put(as_csv(TWO)))
    typed, text = tmp_path / "typed.parquet", tmp_path / "text.parquet"
    expected.to_parquet(typed)
    pd.DataFrame(TWO).to_parquet(text)

    pd.testing.assert_frame_equal(expected, read_claims(typed))
    pd.testing.assert_frame_equal(expected, read_claims(text))


def test_parquet_of_numbers_where_text_is_due(tmp_path):
    """NPIs and places of service stored as numbers keep their digits; dates may have a zone."""
    frame = pd.DataFrame([row()]).astype({"rendering_npi": "int64", "pos": "float64"})
    frame["dos_from"] = pd.to_datetime(frame["dos_from"]).dt.tz_localize("America/Phoenix")
    path = tmp_path / "claims.parquet"
    frame.to_parquet(path)
    lines = read_claims(path)

    assert lines.loc[0, ["rendering_npi", "pos"]].tolist() == ["1234567893", "11"]
    assert lines.loc[0, "dos_from"] == pd.Timestamp(2024, 3, 5)


def test_parquet_problems_name_rows(tmp_path):
    """In Parquet the first row is row 1; typed cells are checked too."""
    frame = pd.DataFrame([row(), row(line="2")])
    frame["units"] = [1.0, -1.0]
    path = tmp_path / "claims.parquet"
    pq.write_table(pa.Table.from_pandas(frame), path)
    with pytest.raises(InputError) as error:
        read_claims(path)

    assert [(problem.row, problem.column) for problem in error.value.problems] == [(2, "units")]


def test_row_order_is_kept_across_many_rows(put):
    """Line *n* of the file is row *n* of the table, however many rows there are."""
    count = 20_000
    body = pd.DataFrame([row()] * count)
    body["line"] = 1
    body["claim_id"] = [f"C{number}" for number in range(count)]
    lines = read_claims(put(body.to_csv(index=False)))

    assert lines["claim_id"].tolist() == body["claim_id"].tolist()


def test_providers_read_under_their_contract(put):
    """Other tables are read by the same reader."""
    text = "npi,name,taxonomy,role\n1234567893,Ann Smith,207N00000X,physician\n"

    assert read_table(put(text), PROVIDERS)["name"].tolist() == ["Ann Smith"]
    with pytest.raises(InputError, match="same npi"):
        read_table(put(text + "1234567893,Bob,,\n"), PROVIDERS)


@pytest.mark.parametrize(
    ("name", "table"), [("claim lines", CLAIM_LINES), ("providers", PROVIDERS)]
)
def test_the_manual_prints_the_contract(repository, name, table):
    """docs/claims.md holds the contract as the code has it."""
    text = (repository / "docs" / "claims.md").read_text()
    printed = text.split(f"<!-- begin {table.name} -->\n")[1].split(f"\n<!-- end {table.name} -->")[
        0
    ]

    assert printed == described(table)


def test_the_mapping_of_the_manual_is_accepted(repository, put, tmp_path):
    """The mapping example in docs/claims.md is valid and reads a file of its description."""
    text = (repository / "docs" / "claims.md").read_text()
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(text.split("```toml\n")[1].split("```")[0])
    line = row(**{"Claim No": "A1", "Rend NPI": "1234567893", "Service Date": "03/05/2024"})
    for name in ("claim_id", "rendering_npi", "dos_from", "dos_to", "payer", "pos"):
        del line[name]
    lines = read_claims(put(as_csv([line], ";"), "latin-1"), mapping)

    assert lines.loc[0, ["payer", "pos"]].tolist() == ["Medicare Part B", "11"]
