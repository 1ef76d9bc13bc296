"""Whatever happens to an X12 text, its reader answers with a table or an error of ours."""

from hypothesis import example, given
from hypothesis import strategies as st

from auditkit.claims import CLAIM_LINES, net_lines, read_claims, read_remittance
from auditkit.errors import AuditkitError

ISA = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1200*^*00501"
    "*000000001*0*P*:"
)
SEGMENTS = [
    ISA,
    "GS*HC*SENDER*RECEIVER*20260301*1200*1*X*005010X222A1",
    "ST*837*0001*005010X222A1",
    "BHT*0019*00*B1*20260301*1200*CH",
    "HL*1**20*1",
    "NM1*85*2*EXAMPLE DERMATOLOGY*****XX*1558444216",
    "HL*2*1*22*1",
    "SBR*P*18*******MB",
    "NM1*IL*1*ROE*JANE****MI*M001",
    "DMG*D8*19500131*F",
    "NM1*PR*2*MEDICARE*****PI*03102",
    "HL*3*2*23*0",
    "NM1*QC*1*ROE*TOM",
    "CLM*PCN1*260***11:B:1*Y*A*Y*Y",
    "HI*ABK:C44311*ABF:L570",
    "NM1*82*1*SMITH*ANN****XX*1234567893",
    "LX*1",
    "SV1*HC:99213:25*150*UN*1***1:2",
    "DTP*472*D8*20260215",
    "LX*2",
    "SV1*HC:17000*110*UN*1***2",
    "DTP*472*RD8*20260215-20260216",
    "SE*20*0001",
    "GE*1*1",
    "IEA*1*000000001",
]
PLACES = st.integers(0, len(SEGMENTS) - 1)


def outcome(tmp_path_factory, content):
    """Return the table that *content* gives, or None where an error of ours is raised."""
    path = tmp_path_factory.mktemp("x12") / "claims.837"
    path.write_bytes(content)
    try:
        return read_claims(path)
    except AuditkitError:
        return None


def written(segments):
    """Return segments as bytes."""
    return "".join(segment + "~" for segment in segments).encode()


@given(st.lists(st.tuples(PLACES, PLACES), max_size=3), st.lists(PLACES, max_size=3))
@example([], [])
def test_segments_moved_and_lost(tmp_path_factory, swaps, lost):
    """Segments swapped or left out give whole lines or an error, never a line without money."""
    segments = list(SEGMENTS)
    for one, other in swaps:
        segments[one], segments[other] = segments[other], segments[one]
    segments = [segment for place, segment in enumerate(segments) if place not in lost]
    lines = outcome(tmp_path_factory, written(segments))

    if not swaps and not lost:
        assert lines is not None
    if lines is not None:
        assert list(lines.columns) == list(CLAIM_LINES.names)
        services = sum(segment.startswith("SV1") for segment in segments)
        assert len(lines) == services
        assert lines["charge"].sum() == (260 if services == 2 else lines["charge"].iloc[0])


@given(st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=4)), min_size=1, max_size=4))
def test_bytes_overwritten(tmp_path_factory, changes):
    """Bytes overwritten anywhere never end in another kind of error."""
    content = bytearray(written(SEGMENTS))
    for place, new in changes:
        place %= len(content)
        content[place : place + len(new)] = new
    lines = outcome(tmp_path_factory, bytes(content))

    assert lines is None or lines[["code", "charge", "units", "patient_key"]].notna().all().all()


@given(st.integers(0, 1_000))
def test_cut_short(tmp_path_factory, size):
    """A file cut anywhere before its end is refused, never read in part."""
    content = written(SEGMENTS)
    whole = content.index(b"IEA*")

    assert outcome(tmp_path_factory, content[: size % whole]) is None


@given(st.text(alphabet="ISAGTE*~:^|HCLMNX1 \n0", max_size=200))
@example("")
@example("*")
@example("00*")
def test_anything_after_the_first_letters(tmp_path_factory, text):
    """Arbitrary text that starts like X12 never ends in another kind of error."""
    assert outcome(tmp_path_factory, ("ISA*" + text).encode()) is None
    assert outcome(tmp_path_factory, ("ST*" + text).encode()) is None
    assert outcome(tmp_path_factory, ("GS|" + text).encode()) is None


PAYMENT = [
    ISA,
    "GS*HP*PAYER*PROVIDER*20260315*1200*1*X*005010X221A1",
    "ST*835*0001",
    "BPR*I*104*C*ACH************20260315",
    "TRN*1*EFT1*1512345678",
    "N1*PR*MEDICARE",
    "N1*PE*EXAMPLE*XX*1558444216",
    "LX*1",
    "CLP*PCN1*1*260*104*26*MB*ICN1*11*1",
    "NM1*QC*1*ROE*JANE****MI*M001",
    "MOA***MA01",
    "SVC*HC:99213:25*150*60**1",
    "DTM*472*20260215",
    "CAS*CO*45*75**97*0",
    "CAS*PR*2*15",
    "REF*6R*L0-1",
    "AMT*B6*75",
    "LQ*HE*M15",
    "SVC*HC:17000*110*44**1",
    "CAS*CO*45*55",
    "CAS*PR*2*11",
    "PLB*1558444216*20261231*WO:ICN0*0",
    "SE*20*0001",
    "GE*1*1",
    "IEA*1*000000001",
]


def remitted(tmp_path_factory, content):
    """Return the remittance that *content* gives, or None where an error of ours is raised."""
    path = tmp_path_factory.mktemp("x12") / "remit.835"
    path.write_bytes(content)
    try:
        return read_remittance(path)
    except AuditkitError:
        return None


@given(
    st.lists(st.tuples(PLACES, PLACES), max_size=3),
    st.lists(PLACES, max_size=3),
)
@example([], [])
def test_remittance_segments_moved_and_lost(tmp_path_factory, swaps, lost):
    """Segments swapped or left out give whole tables or an error; no service is lost."""
    segments = list(PAYMENT)
    for one, other in swaps:
        segments[one], segments[other] = segments[other], segments[one]
    segments = [segment for place, segment in enumerate(segments) if place not in lost]
    found = remitted(tmp_path_factory, written(segments))

    if not swaps and not lost:
        assert found is not None
    if found is not None:
        assert len(found.lines) == sum(segment.startswith("SVC") for segment in segments)
        assert len(found.claims) == sum(segment.startswith("CLP") for segment in segments)
        assert round(net_lines(found)["paid"].sum(), 2) == round(found.lines["paid"].sum(), 2)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=4)), min_size=1, max_size=4))
def test_remittance_bytes_overwritten(tmp_path_factory, changes):
    """Bytes overwritten anywhere never end in another kind of error."""
    content = bytearray(written(PAYMENT))
    for place, new in changes:
        place %= len(content)
        content[place : place + len(new)] = new
    found = remitted(tmp_path_factory, bytes(content))

    if found is not None:
        assert set(found.lines["claim"]) <= set(found.claims["claim"])
        assert len(found.checks.query("what == 'line payment'")) == len(found.lines)


@given(st.binary(max_size=300))
def test_any_bytes_as_a_remittance(tmp_path_factory, content):
    """Arbitrary bytes are no remittance and never end in another kind of error."""
    assert remitted(tmp_path_factory, content) is None
