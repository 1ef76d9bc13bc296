"""Whatever bytes come in, a reader answers with a table or with an error of ours."""

from hypothesis import example, given
from hypothesis import strategies as st

from auditkit.claims import CLAIM_LINES, read_claims
from auditkit.errors import AuditkitError

HEADER = (
    b"claim_id,line,patient_key,rendering_npi,billing_npi,dos_from,dos_to,pos,code,mod1,units,"
    b"dx1,charge,allowed,paid,payer\n"
)
CELLS = st.sampled_from(
    [b"A1", b"1", b"1234567893", b"2024-03-05", b"11", b"99213", b"25", b"L57.0", b"1,5", b'"']
) | st.sampled_from(
    [b"", b"-1", b"NULL", b"\xe9", b"infinity", b"9" * 400, b"2024-13-01", b"\r", b"\n", b"'"]
)


def outcome(path):
    """Return the table read from *path*, or None where an error of ours is raised."""
    try:
        return read_claims(path)
    except AuditkitError:
        return None


@given(st.binary(max_size=400))
@example(b'"')
@example(b"\xff\xfe")
@example(b"\xff\xfea")
@example(b"\xef\xbb\xbf\n")
@example(b"PAR1")
def test_any_bytes(tmp_path_factory, content):
    """Arbitrary bytes never end in another kind of error."""
    path = tmp_path_factory.mktemp("any") / "claims.csv"
    path.write_bytes(content)

    assert outcome(path) is None


@given(st.lists(st.lists(CELLS, min_size=1, max_size=17), max_size=4), st.sampled_from(b",;\t|"))
def test_any_cells_under_a_good_header(tmp_path_factory, rows, mark):
    """Odd cells under a good header give a table of the contract or an error of ours."""
    delimiter = bytes([mark])
    body = b"\n".join(delimiter.join(row) for row in rows)
    path = tmp_path_factory.mktemp("cells") / "claims.csv"
    path.write_bytes(HEADER.replace(b",", delimiter) + body)
    lines = outcome(path)

    assert lines is None or list(lines.columns) == list(CLAIM_LINES.names)


@given(st.data())
def test_one_damaged_byte(tmp_path_factory, data):
    """One byte changed anywhere in a good file gives a table or an error of ours."""
    line = b"A1,1,P9,1234567893,1558444216,2024-03-05,2024-03-05,11,99213,25,1,L57.0,150,9,7,M\n"
    content = bytearray(HEADER + line + line.replace(b",1,P9", b",2,P9"))
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damage") / "claims.csv"
    path.write_bytes(bytes(content))
    lines = outcome(path)

    assert lines is None or lines["charge"].notna().all()
