"""Files that are no claims, or are damaged, are refused with what to do next."""

import pandas as pd
import pytest

from auditkit.claims import read_claims
from auditkit.claims import x12 as x12_reader
from auditkit.claims.delimited import ROW_LIMIT
from auditkit.errors import InputError

HEADER = (
    "claim_id,line,patient_key,rendering_npi,billing_npi,dos_from,dos_to,pos,code,mod1,units,"
    "dx1,charge,allowed,paid,payer\n"
)
LINE = (
    "A1,1,PT9,1234567893,1558444216,2024-03-05,2024-03-05,11,99213,25,1,L57.0,150,92.5,74,"
    "MEDICARE\n"
)


def refusal(tmp_path, content, name="claims.csv"):
    """Return the message with which *content* is refused."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as error:
        read_claims(path)
    return str(error.value)


@pytest.mark.parametrize("content", ["", "\n\n\r\n", "   ", "\ufeff"])
def test_an_empty_file_is_called_empty(tmp_path, content):
    """Nothing, blank lines, blanks and a lone byte order mark are all an empty file."""
    assert "empty" in refusal(tmp_path, content)


def test_a_header_alone_has_no_rows(tmp_path):
    """Column names without rows are refused."""
    assert "no rows" in refusal(tmp_path, HEADER)


@pytest.mark.parametrize("mark", "^~:")
def test_a_wrong_delimiter_is_named(tmp_path, mark):
    """A file separated by something else says 'wrong delimiter' and guesses which."""
    message = refusal(tmp_path, (HEADER + LINE).replace(",", mark))

    assert "wrong delimiter" in message
    assert mark in message


def test_a_declared_delimiter_that_is_not_there_is_named(tmp_path):
    """The mapping's delimiter must occur."""
    path = tmp_path / "claims.csv"
    path.write_text(HEADER + LINE)
    with pytest.raises(InputError, match="wrong delimiter: the declared delimiter ';'"):
        read_claims(path, {"delimiter": ";"})


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    """What cannot be opened is named without its folder."""
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(InputError, match=path.name):
            read_claims(path)


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"PK\x03\x04zz", "workbook"), (b"%PDF-1.7", "PDF"), (b"\x1f\x8b\x08", "gzip")],
)
def test_other_kinds_of_files_are_named(tmp_path, start, kind):
    """A workbook, a PDF and an archive are recognised by content and refused."""
    assert kind in refusal(tmp_path, start)


def test_binary_content_is_not_text(tmp_path):
    """NUL bytes are no text."""
    assert "not a text file" in refusal(tmp_path, b"\x00\x01\x02\x03" * 50)


def test_a_damaged_parquet_file_is_named(tmp_path):
    """Parquet cut short is refused as damaged."""
    whole = tmp_path / "whole.parquet"
    pd.DataFrame({"claim_id": ["A1"] * 100}).to_parquet(whole)
    message = refusal(tmp_path, whole.read_bytes()[:200], "cut.parquet")

    assert "cut.parquet: not a readable Parquet file" in message


def test_rows_of_another_width_are_problems(tmp_path):
    """A row with a bare comma in a value is named by its row."""
    message = refusal(tmp_path, HEADER + LINE + LINE.replace("MEDICARE", "SMITH, INC"))

    assert "row 3: 17 columns" in message
    assert "SMITH" not in message


def test_a_quote_that_never_ends_is_stopped(tmp_path):
    """A quote opened and not closed cannot swallow the file."""
    path = tmp_path / "claims.csv"
    body = LINE * (ROW_LIMIT // len(LINE) + 1000)
    path.write_text(HEADER + LINE.replace("PT9", '"PT9') + body)
    with pytest.raises(InputError):
        read_claims(path)


def test_an_oversized_cell_is_refused(tmp_path):
    """A cell longer than the stated limit is a problem of its row and column."""
    message = refusal(tmp_path, HEADER + LINE.replace("PT9", "P" * 5_000))

    assert "row 2, column 'patient_key': longer than 4,096 characters" in message


def test_a_column_named_twice_is_refused(tmp_path):
    """Two columns of one name are not guessed between."""
    message = refusal(tmp_path, HEADER.replace("dx1", "Code") + LINE)

    assert "column 'code': 2 columns have this name" in message


def test_no_accepted_row_is_refused_even_with_rejects(tmp_path):
    """A file of which nothing is left is no claims file; its rejects are written all the same."""
    path = tmp_path / "claims.csv"
    path.write_text(HEADER + LINE.replace("99213", "visit"))
    with pytest.raises(InputError, match="none of 1 rows"):
        read_claims(path, rejects=tmp_path / "rejects.csv")

    assert len((tmp_path / "rejects.csv").read_text().splitlines()) == 2


def test_a_rejects_folder_that_is_not_there_is_named(tmp_path):
    """Rows cannot be set aside into a folder that does not exist; nothing is half written."""
    path = tmp_path / "claims.csv"
    path.write_text(HEADER + LINE)
    with pytest.raises(InputError, match="rejects file cannot be written"):
        read_claims(path, rejects=tmp_path / "no" / "rejects.csv")


def test_bytes_that_are_not_utf8_are_read_as_latin1(tmp_path):
    """An accent past the first bytes of a Latin-1 file is still found out."""
    path = tmp_path / "claims.csv"
    lines = [LINE.replace("A1", f"A{number}") for number in range(2_000)]
    last = LINE.replace("A1", "Z").replace("MEDICARE", "ASSURÉ")
    path.write_bytes((HEADER + "".join(lines) + last).encode("latin-1"))

    assert read_claims(path)["payer"].iloc[-1] == "ASSURÉ"


def test_an_oversized_x12_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    """The size is looked at first; the message says what is accepted and what to do."""
    monkeypatch.setattr(x12_reader, "FILE_LIMIT", 1_000)
    message = refusal(tmp_path, "ISA*" + "0" * 2_000, "big.837")

    assert "big.837: 2,004 bytes. Accepted: X12 files up to 1,000 bytes" in message


def test_x12_without_a_transaction_is_refused(tmp_path):
    """An interchange around nothing holds no claims."""
    isa = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *260301*1200*^"
    text = isa + "*00501*000000001*0*P*:~IEA*0*000000001~"

    assert "no transaction set" in refusal(tmp_path, text, "empty.837")
