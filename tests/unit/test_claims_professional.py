"""837P files become claim lines, whatever their delimiters and nesting."""

import csv
import re

import pandas as pd
import pytest

from auditkit.claims import encounters, read_claims
from auditkit.errors import InputError

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1200*^*00501"
HEAD = [
    "GS*HC*SENDER*RECEIVER*20260301*1200*1*X*005010X222A1",
    "ST*837*0001*005010X222A1",
    "BHT*0019*00*B1*20260301*1200*CH",
    "NM1*41*2*EXAMPLE BILLING*****46*S1",
    "HL*1**20*1",
    "PRV*BI*PXC*207N00000X",
    "NM1*85*2*EXAMPLE DERMATOLOGY*****XX*1558444216",
    "REF*EI*123456789",
]
SUBSCRIBER = [
    "HL*2*1*22*0",
    "SBR*P*18*******MB",
    "NM1*IL*1*ROE*JANE****MI*M001",
    "DMG*D8*19500131*F",
    "NM1*PR*2*MEDICARE*****PI*03102",
    "REF*2U*W1014",
]
CLAIM = [
    "CLM*PCN1*340***11:B:1*Y*A*Y*Y",
    "REF*D9*000000001",
    "HI*ABK:C44311*ABF:L570",
    "NM1*82*1*SMITH*ANN****XX*1234567893",
    "PRV*PE*PXC*207ND0101X",
    "LX*1",
    "SV1*HC:99213:25*150*UN*1***1:2",
    "DTP*472*D8*20260215",
    "REF*6R*L0-1",
    "LX*2",
    "SV1*HC:17000*110.5*UN*1*22**2",
    "DTP*472*RD8*20260215-20260216",
    "LX*3",
    "SV1*HC:J3301*79.5*UN*4***2",
    "DTP*472*D8*20260215",
    "LIN**N4*00003029305",
    "CTP****1*ML",
]


def interchange(*loops, element="*", component=":", end="~\n", number="000000001"):
    """Return loops of segments as one interchange, with the given delimiters."""
    body = [segment for loop in loops for segment in loop]
    size = sum(1 for _ in body) if not body or not body[0].startswith("GS") else len(body)
    body += [f"SE*{size}*0001", "GE*1*1", f"IEA*1*{number}"]
    text = "".join(segment + end for segment in [f"{ISA}*{number}*0*P*:", *body])
    return (
        text.replace("*", "\1").replace(":", "\2").replace("\1", element).replace("\2", component)
    )


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a text as a file of claims."""

    def reading(text, **options):
        path = tmp_path / "claims.837"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_claims(path, **options)

    return reading


PLAIN = interchange(HEAD, SUBSCRIBER, CLAIM)


def test_every_field_of_a_line_is_read(read):
    """Claim, patient, provider, service, dates, diagnoses, money and drug code arrive."""
    lines = read(PLAIN)
    first, second, third = lines.to_dict("records")

    assert first["claim_id"] == "PCN1"
    assert [row["line"] for row in (first, second, third)] == [1, 2, 3]
    assert (first["patient_key"], first["patient_sex"]) == ("M001", "F")
    assert first["patient_birth_date"] == pd.Timestamp(1950, 1, 31)
    assert (first["rendering_npi"], first["billing_npi"]) == ("1234567893", "1558444216")
    assert first["rendering_taxonomy"] == "207ND0101X"
    assert (first["code"], first["mod1"]) == ("99213", "25")
    assert pd.isna(second["mod1"])
    assert [row["charge"] for row in (first, second, third)] == [150.0, 110.5, 79.5]
    assert [row["units"] for row in (first, second, third)] == [1.0, 1.0, 4.0]
    assert [row["pos"] for row in (first, second, third)] == ["11", "22", "11"]
    assert (first["dx1"], first["dx2"]) == ("C44.311", "L57.0")
    assert pd.isna(first["dx3"])
    assert first["dx_pointers"] == "1,2"
    assert (second["dos_from"], second["dos_to"]) == (
        pd.Timestamp(2026, 2, 15),
        pd.Timestamp(2026, 2, 16),
    )
    assert first["dos_to"] == pd.Timestamp(2026, 2, 15)
    assert first["payer"] == "MEDICARE"
    assert first["received_date"] == pd.Timestamp(2026, 3, 1)
    assert first["frequency_code"] == "1"
    assert first["line_control"] == "L0-1"
    assert pd.isna(second["line_control"])
    assert (third["ndc"], third["code"]) == ("00003029305", "J3301")
    assert lines[["allowed", "paid", "original_claim_id"]].isna().all().all()
    assert lines.attrs["auditkit"]["notes"] == []


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n", "\n", "\r\n", "\r", "'", "~ \n", "~~"])
@pytest.mark.parametrize(("element", "component"), [("*", ":"), ("|", ">"), ("\x1d", "\x1f")])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\r\n  "])
def test_delimiters_change_nothing(read, end, element, component, mark):
    """Any delimiters, line ends, byte order mark and leading blanks give the same table."""
    text = interchange(HEAD, SUBSCRIBER, CLAIM, element=element, component=component, end=end)

    pd.testing.assert_frame_equal(read(PLAIN), read(mark + text.encode()), check_flags=False)


def test_lines_wrapped_at_eighty_columns(read):
    """Line ends within segments, as some systems wrap them, are taken out."""
    text = interchange(HEAD, SUBSCRIBER, CLAIM, end="~")
    wrapped = "\r\n".join(text[start : start + 80] for start in range(0, len(text), 80))

    assert read(wrapped)["charge"].sum() == 340.0


def test_several_interchanges_of_other_delimiters(read):
    """Every interchange is read by its own delimiters."""
    second = [*CLAIM]
    second[0] = second[0].replace("PCN1", "PCN2")
    other = interchange(HEAD, SUBSCRIBER, second, element="|", component=">", end="\n")
    lines = read(PLAIN + "\r\n" + other + PLAIN.replace("PCN1", "PCN3"))

    assert lines["claim_id"].tolist() == ["PCN1"] * 3 + ["PCN2"] * 3 + ["PCN3"] * 3
    assert lines["charge"].sum() == 3 * 340.0
    assert lines["dx_pointers"].tolist() == ["1,2", "2", "2"] * 3


def test_a_repeated_claim_number_is_told_apart_and_noted(read):
    """The same file twice gives twice the lines; the second claims are marked, and noted."""
    lines = read(PLAIN + PLAIN)

    assert lines["claim_id"].tolist() == ["PCN1"] * 3 + ["PCN1#2"] * 3
    assert any("repeat a claim number" in note for note in lines.attrs["auditkit"]["notes"])


def test_the_dependent_is_the_patient(read):
    """A claim under level 23 is the dependent's; the subscriber's own claim stays theirs."""
    son = [
        "HL*3*2*23*0",
        "PAT*19",
        "NM1*QC*1*ROE*TOM",
        "DMG*D8*20100101*M",
        CLAIM[0].replace("PCN1", "PCN2"),
        *CLAIM[1:],
    ]
    daughter = [line.replace("TOM", "ANN").replace("*M", "*F") for line in son]
    daughter = [line.replace("PCN2", "PCN3") for line in daughter]
    lines = read(interchange(HEAD, SUBSCRIBER, CLAIM, son, daughter))
    claims = lines.drop_duplicates("claim_id").set_index("claim_id")

    assert claims.loc["PCN1", "patient_key"] == "M001"
    assert claims["patient_key"].nunique() == 3
    assert claims["patient_key"].str.startswith("M001").all()
    assert claims.loc["PCN2", "patient_birth_date"] == pd.Timestamp(2010, 1, 1)
    assert claims["patient_sex"].tolist() == ["F", "M", "F"]
    assert claims["payer"].tolist() == ["MEDICARE"] * 3
    assert not lines["patient_key"].str.contains("TOM|ROE").any()
    assert encounters(lines)["encounter_id"].nunique() == 3


def test_a_dependent_has_one_key_in_every_file(read):
    """The key of a dependent does not depend on the claim or file it stands in."""
    son = ["HL*3*2*23*0", "NM1*QC*1*ROE*TOM", "DMG*D8*20100101*M", *CLAIM]
    one = read(interchange(HEAD, SUBSCRIBER, son))["patient_key"].unique()
    other = read(interchange(HEAD, [*SUBSCRIBER[:-1], "REF*SY*1"], son), rejects=None)

    assert one.tolist() == other["patient_key"].unique().tolist()


def test_the_line_names_its_own_renderer(read):
    """Loop 2420A overrides the claim's rendering provider for its line alone."""
    claim = [*CLAIM]
    claim[12:12] = ["NM1*82*1*JONES*BO****XX*1245319599", "PRV*PE*PXC*363A00000X"]
    lines = read(interchange(HEAD, SUBSCRIBER, claim))

    assert lines["rendering_npi"].tolist() == ["1234567893", "1245319599", "1234567893"]
    assert lines["rendering_taxonomy"].tolist() == ["207ND0101X", "363A00000X", "207ND0101X"]


def test_the_biller_renders_where_nobody_else_is_named(read):
    """Without NM1*82 the billing provider rendered, with its own taxonomy."""
    claim = [segment for segment in CLAIM if segment[:6] not in ("NM1*82", "PRV*PE")]
    lines = read(interchange(HEAD, SUBSCRIBER, claim))

    assert lines["rendering_npi"].tolist() == ["1558444216"] * 3
    assert lines["rendering_taxonomy"].tolist() == ["207N00000X"] * 3


def test_a_renderer_without_number_is_a_problem_not_the_biller(read):
    """A rendering provider who is named without NPI is not replaced by the billing provider."""
    with pytest.raises(InputError, match=r"rendering_npi \(NM109 of NM1\*82"):
        read(PLAIN.replace("*XX*1234567893", "*XX*"))


def test_another_payers_loop_is_not_the_claims(read):
    """Names and references of another payer (2320, 2330) leave patient, payer and renderer."""
    claim = [*CLAIM]
    claim[5:5] = [
        "SBR*S*18*******CI",
        "CAS*CO*45*10",
        "AMT*D*20",
        "OI***Y***Y",
        "NM1*IL*1*OTHER*PERSON****MI*ZZZ",
        "NM1*PR*2*AETNA*****PI*60054",
        "REF*F8*OTHERNUMBER",
        "NM1*82*1",
    ]
    lines = read(interchange(HEAD, SUBSCRIBER, claim))

    assert lines["payer"].unique().tolist() == ["MEDICARE"]
    assert lines["patient_key"].unique().tolist() == ["M001"]
    assert lines["rendering_npi"].unique().tolist() == ["1234567893"]
    assert lines["original_claim_id"].isna().all()


def test_a_replacement_names_what_it_replaces(read):
    """Frequency 7 and the payer's number of the first claim are read."""
    claim = [CLAIM[0].replace("11:B:1", "11:B:7"), "REF*F8*ICN777", *CLAIM[1:]]
    lines = read(interchange(HEAD, SUBSCRIBER, claim))

    assert lines["frequency_code"].tolist() == ["7"] * 3
    assert lines["original_claim_id"].tolist() == ["ICN777"] * 3


def test_diagnoses_go_on_over_two_segments(read):
    """Twelve diagnoses in two HI segments keep their order; other codes of HI are no diagnoses."""
    codes = [f"L70{n}" for n in range(6)], [f"D48{n}" for n in range(6)]
    claim = [*CLAIM]
    claim[2:3] = [
        "HI*ABK:" + "*ABF:".join(codes[0]),
        "HI*BP:11102",
        "HI*ABF:" + "*ABF:".join(codes[1]),
    ]
    lines = read(interchange(HEAD, SUBSCRIBER, claim))

    found = lines.loc[0, [f"dx{n}" for n in range(1, 13)]].tolist()
    assert found == [f"L70.{n}" for n in range(6)] + [f"D48.{n}" for n in range(6)]


def test_a_fragment_without_interchange(read):
    """A text that starts with ST or GS is read, its delimiters found from its segments."""
    body = PLAIN.split("~\n", 1)[1]
    for start in ("GS", "ST"):
        text = body[body.index(start) :]
        text = text[: text.index("GE*")] if start == "ST" else text[: text.index("IEA*")]
        assert read(text)["charge"].sum() == 340.0
        assert read(text.replace("~\n", "\n"))["dx_pointers"].tolist() == ["1,2", "2", "2"]


def test_counts_that_do_not_hold_are_noted(read):
    """A wrong SE count or claim charge is noted; the lines are read all the same."""
    lines = read(re.sub(r"SE\*\d+", "SE*99", PLAIN).replace("PCN1*340", "PCN1*341"))
    notes = " ".join(lines.attrs["auditkit"]["notes"])

    assert len(lines) == 3
    assert "SE01, count" in notes
    assert "CLM02" in notes


def test_lines_that_are_not_accepted_name_segment_and_element(read, tmp_path):
    """A bad amount, date or unit is named by segment and element, or set aside."""
    text = PLAIN.replace("*110.5*", "*ten*").replace("D8*20260215~\nLIN", "D8*20260230~\nLIN")
    with pytest.raises(InputError) as error:
        read(text)
    message = str(error.value)

    # ISA is segment 1; CLM is 16; the lines' SV1 are 22, 26 and 29.
    assert "service line at segment 26, charge (SV102): not an amount of money" in message
    assert "service line at segment 29, dos_from (DTP03 of DTP*472): not a date" in message
    assert "ROE" not in message

    rejects = tmp_path / "rejects.csv"
    lines = read(text, rejects=rejects)
    assert lines["code"].tolist() == ["99213"]
    assert lines.attrs["auditkit"]["set_aside"] == 2
    kept = list(csv.DictReader(rejects.open(newline="")))
    assert [(row["row"], row["charge"]) for row in kept] == [("26", "ten"), ("29", "79.5")]


def test_minutes_are_noted(read):
    """Units in minutes are read as they are and noted."""
    lines = read(PLAIN.replace("*UN*4", "*MJ*4"))

    assert any("minutes" in note for note in lines.attrs["auditkit"]["notes"])


def without(name, loops=(HEAD, SUBSCRIBER, CLAIM)):
    """Return the interchange without the segments that start with *name*."""
    return interchange(*[[s for s in loop if not s.startswith(name)] for loop in loops])


@pytest.mark.parametrize(
    ("text", "segment", "said"),
    [
        (PLAIN[: PLAIN.index("LX*3")], "segment 27 (last)", "cut short"),
        (without("LX*2"), "segment 21 (LX)", "several services"),
        (without("SV1*HC:17000"), "segment 25 (LX)", "a line without a service"),
        (without("CLM"), "segment 17 (HI)", "outside a claim"),
        (without("HL*2"), "segment 15 (CLM)", "without a patient"),
        (PLAIN.replace("HL*2*1*22", "HL*2*1*24"), "segment 10 (HL03)", "unknown level"),
        (PLAIN.replace("SV1*HC:17000", "SV1*WK:17000"), "segment 26 (SV101-1)", "HC"),
        (PLAIN.replace("SV1*HC:17000", "SV2*0360*HC:17000"), "segment 26 (SV2)", "another kind"),
        (PLAIN.replace("GE*1*1~\n", ""), "segment 34 (IEA)", "GS is open"),
        (PLAIN.replace("*0*P*:~", "*0*P*::"), "segment 1 (ISA", "delimiters cannot be told"),
        (PLAIN.replace("X222A1", "X223A2"), "segment 3 (ST*837)", "institutional"),
        (PLAIN.replace("ST*837", "ST*277"), "segment 3 (ST*277)", "another transaction"),
        (PLAIN.replace("LX*1~", "LX*1~\nNTE*" + "X" * 20_000 + "~"), "(NTE)", "16,384"),
        (PLAIN + "TRAILING", "segment 36 (start)", "ISA"),
        ("ISA*00*short~GS*~", "segment 1 (ISA)", "16 elements"),
        (PLAIN.replace("*ABF:L570", "*ABF:L570" * 12), "segment 18 (HI)", "more than 12"),
    ],
)
def test_malformed_files_name_segment_and_expectation(read, text, segment, said):
    """What breaks the nesting is named by its segment number, with what was expected."""
    with pytest.raises(InputError) as error:
        read(text)
    message = str(error.value)

    assert segment in message
    assert said in message


def test_a_claim_without_lines_is_malformed(read):
    """Each claim has a service line."""
    with pytest.raises(InputError, match="a claim without lines"):
        read(interchange(HEAD, SUBSCRIBER, CLAIM[:5], CLAIM))


@pytest.mark.shared
@pytest.mark.parametrize("name", ["837p.txt", "CC_837P_EDI.txt", "v_crlf.837", "v_dep.837"])
def test_public_files_add_up_to_their_own_totals(shared, name):
    """Claims, lines and charges equal what the file's CLM and SV1 segments say."""
    path = shared / "data" / "x12" / name
    text = path.read_text()
    claims = re.findall(r"CLM\*([^*~]*)\*([^*~]*)", text)
    charges = re.findall(r"SV1\*[^*~]*\*([^*~]*)", text)
    lines = read_claims(path)

    assert lines["claim_id"].nunique() == len(claims)
    assert len(lines) == len(charges)
    assert round(lines["charge"].sum(), 2) == sum(float(total) for _, total in claims)
    by_claim = lines.groupby("claim_id")["charge"].sum().round(2).to_dict()
    assert by_claim == {claim: float(total) for claim, total in claims}


@pytest.mark.shared
def test_the_public_file_with_a_dependent(shared):
    """The first claim of v_dep.837 is the dependent's, born 2010; the others are subscribers'."""
    lines = read_claims(shared / "data" / "x12" / "v_dep.837")
    born = lines.groupby("claim_id")["patient_birth_date"].first()

    assert born["PCN000000"] == pd.Timestamp(2010, 1, 1)
    assert (born.drop("PCN000000") == pd.Timestamp(1950, 1, 1)).all()
    assert lines["patient_key"].nunique() == 20


@pytest.mark.shared
@pytest.mark.parametrize("name", ["plb_sample.txt", "blue_cross_nc_sample.txt", "v_pipe_nl.835"])
def test_public_remittances_are_not_taken_for_claims(shared, name):
    """An 835 is refused by the claims reader, which names the right one."""
    with pytest.raises(InputError, match="read_remittance"):
        read_claims(shared / "data" / "x12" / name)
