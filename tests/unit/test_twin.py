"""The de-identified twin: the same findings, none of the identifiers, and honest about the rest."""

import json
import random
import re
import subprocess
import sys
from collections import Counter

import pandas as pd
import pytest

import auditkit
from auditkit.errors import EvidenceError
from auditkit.evidence import verify
from auditkit.privacy import twin as twin_module
from auditkit.privacy.twin import make_twin
from auditkit.privacy.twin_text import plain_record, plain_words


@pytest.fixture(scope="module")
def twin(scored_audit, tmp_path_factory):
    """Return the folder of a twin of the demonstration audit."""
    made = make_twin(scored_audit, tmp_path_factory.mktemp("twin") / "t", random.Random(5))
    assert 0 == made.differing
    return made.folder


def table(folder, name):
    """Return a table of an audit as text."""
    return pd.read_csv(folder / name, dtype="str", keep_default_na=False)


def rounded(cell):
    """Return a cell, a number in it to eight digits."""
    try:
        return f"{float(cell):.8g}"
    except ValueError:
        return cell


def content(folder):
    """Return every byte of a folder, with the names of its files."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    return b"\n".join(str(p.relative_to(folder)).encode() + b"\n" + p.read_bytes() for p in files)


def test_findings_scores_and_dollars_are_the_sources(scored_audit, twin):
    """Each finding's rule, version, verdict and dollars, each score and the total are the same."""
    columns = ["provider_id", "line", "rule_id", "verdict", "direction", "main", "dollars",
               "billed", "agreed", "version"]  # fmt: skip
    for name, compared in (
        ("findings.csv", columns),
        ("line_results.csv", ["provider_id", "stratum", "billed_code", "agreed_code", "dollars"]),
        ("scores.csv", ["scope", "measure", "policy", "numerator", "denominator", "rate"]),
    ):
        # Sums of dollars are added in another order, so their last digits may differ.
        ours, theirs = (
            Counter(tuple(map(rounded, row)) for row in table(f, name)[compared].to_numpy())
            for f in (scored_audit, twin)
        )
        assert ours == theirs, name
    estimates = [json.loads((f / "estimate.json").read_text()) for f in (scored_audit, twin)]
    for quantity in ("overpayment", "underpayment", "net"):
        one, other = (each[quantity] for each in estimates)
        assert one["point"] == pytest.approx(other["point"], abs=0.005)
        assert one["lower_one_sided"] == pytest.approx(other["lower_one_sided"], abs=0.005)


def test_no_identifier_of_the_source_is_in_any_byte(scored_audit, twin):
    """Keys, claim numbers, ids of encounters, NPIs, names and the seed are nowhere in the twin."""
    crosswalk = table(scored_audit, "private/crosswalk.csv")
    lines, history = table(scored_audit, "lines.csv"), table(scored_audit, "history.csv")
    old = set(crosswalk["patient_key"]) | set(crosswalk["claim_id"])
    for column in ("encounter_id", "patient_key", "claim_id", "rendering_npi", "billing_npi"):
        old |= set(lines[column]) | set(history[column])
    old |= set(table(scored_audit, "frame.csv")["unit_id"])
    providers = table(scored_audit, "providers.csv")
    old |= set(providers["npi"]) | set(providers["name"])
    settings = auditkit.Audit(scored_audit).settings.audit
    old |= {settings.practice, "sample_data", "sample.key"}
    old |= {auditkit.Audit(scored_audit).plan.seed.value}
    written = content(twin).decode()

    assert len(old) > 4_000
    tokens = set(re.findall(r"[\w.-]+", written))
    assert not old & tokens
    assert not [word for word in old if " " in word and word in written]
    assert not set(filter(None, crosswalk["patient_birth_date"])) & tokens


def test_intervals_of_each_patient_stay_and_the_dates_do_not(scored_audit, twin):
    """All of a patient's dates move by one number of days: gaps and filing times are the same."""

    def told(folder):
        lines = pd.concat([table(folder, "lines.csv"), table(folder, "history.csv")])
        days = {c: pd.to_datetime(lines[c]) for c in ("dos_from", "dos_to", "received_date")}
        first = days["dos_from"].groupby(lines["patient_key"]).transform("min")
        gaps = [(each - first).dt.days for each in days.values()]
        rows = zip(lines["patient_key"], lines["code"], *gaps, strict=True)
        by_patient = {}
        for patient, *rest in rows:
            by_patient.setdefault(patient, []).append(tuple(map(str, rest)))
        return Counter(tuple(sorted(each)) for each in by_patient.values()), first

    ours, ours_first = told(scored_audit)
    theirs, theirs_first = told(twin)
    assert ours == theirs
    assert sorted(ours_first) != sorted(theirs_first)
    spread = pd.to_datetime(table(twin, "lines.csv")["dos_from"])
    assert (spread.max() - spread.min()).days > 150  # the source's quarter has 91 days


def test_the_twin_verifies_but_for_what_needs_the_claims(twin):
    """Draw, findings, results and scores come out the same; frame and charts are not checked."""
    found = {check.what: check.holds for check in verify(twin).checks}

    assert False not in found.values()
    assert {None} == {holds for what, holds in found.items() if "follow from the claims" in what
                      or what.startswith("the frame follows")}  # fmt: skip
    assert found["the seed and the frame give this sample"] is True
    assert found["the findings follow from the lines and the records"] is True
    assert found["the scores and the projection follow from the results"] is True
    told = json.loads((twin / "twin.json").read_text())
    assert any("dealt to fit" in each for each in told["cannot_be_verified_here"])


def test_the_twins_pack_passes_the_stand_alone_verifier(twin, tmp_path):
    """A twin can be packed, and the verifier without auditkit finds nothing wrong in it."""
    made = auditkit.pack(twin, tmp_path / "twin.zip")
    script = auditkit.__path__[0] + "/assets/verify_pack.py"
    done = subprocess.run(
        [sys.executable, "-I", "-S", script, str(made)], capture_output=True, text=True
    )

    assert "all holds\n" == done.stdout


def test_made_up_npis_are_valid_where_the_old_ones_were(scored_audit, twin):
    """As many providers, none of the old numbers, and Luhn's check digit decides as before."""

    def valid(npi):
        digits = [int(d) for d in "80840" + npi]
        for place in range(len(digits) - 2, -1, -2):
            digits[place] = sum(divmod(digits[place] * 2, 10))
        return sum(digits) % 10 == 0

    ours = table(scored_audit, "providers.csv")["npi"]
    theirs = table(twin, "providers.csv")["npi"]
    assert not set(ours) & set(theirs)
    assert [valid(npi) for npi in ours] == [valid(npi) for npi in theirs]


def test_two_twins_share_no_name(scored_audit, twin, tmp_path):
    """Names come from chance, not from the source: another twin has other ids and dates."""
    other = make_twin(scored_audit, tmp_path / "t", random.Random(6)).folder

    for column in ("encounter_id", "patient_key", "claim_id"):
        assert not set(table(twin, "lines.csv")[column]) & set(table(other, "lines.csv")[column])


def test_words_that_no_lexicon_holds_are_taken_out():
    """A name, a number and a foreign word go; the words that rules read stay."""
    said = plain_words("basal cell carcinoma, left forearm; Zqname Xylophonia MRN 4471902, 20 %")

    assert "basal cell carcinoma, left forearm; x x" in said
    assert "20 %" in said
    assert not {"Zqname", "Xylophonia", "4471902"} & set(re.findall(r"\w+", said))


def test_a_record_keeps_what_rules_read_and_nothing_else():
    """Ids are numbered alike wherever they stand, dates move, evidence and remarks go."""
    record = {
        "patient_key": "ZQ1", "rendering_npi": "1234567893", "dos": "2024-03-05",
        "record": {"note_date": "2024-03-05", "service_provider_npi": "1234567893",
                   "evidence": {"signed": {"source": "auditor", "abstractor": "Zqname"}}},
        "lesions": [{"lesion_id": "Zqname-arm", "site": "left forearm of Zqname",
                     "diameter_cm": 0.9}],
        "procedures": [{"procedure_id": "Zq", "lesion_ids": ["Zqname-arm"], "type": "biopsy"}],
    }  # fmt: skip
    plain = plain_record(record, lambda day: "2023-01-01", lambda npi: "9")

    assert "zq" not in json.dumps(plain).lower()
    assert [plain["lesions"][0]["lesion_id"]] == plain["procedures"][0]["lesion_ids"]
    assert {"note_date": "2023-01-01", "service_provider_npi": "9"} == plain["record"]
    assert "left forearm of x" == plain["lesions"][0]["site"]
    assert 0.9 == plain["lesions"][0]["diameter_cm"]


def test_a_leak_removes_the_twin(scored_audit, tmp_path, monkeypatch):
    """If a step forgot to rename, the twin's own search finds the identifier and undoes it all."""
    monkeypatch.setattr(twin_module, "plain_record", lambda record, moved, renamed: record)
    with pytest.raises(EvidenceError, match="the twin was removed"):
        make_twin(scored_audit, tmp_path / "t", random.Random(1))

    assert not list((tmp_path / "t").rglob("*"))


def test_a_folder_in_use_and_strata_of_months_are_refused(audit_copy, tmp_path):
    """Nothing is written over, and a plan whose strata tell dates gives no twin."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    with pytest.raises(EvidenceError, match="not empty"):
        make_twin(audit_copy, tmp_path / "full")
    plan = audit_copy / "plan.toml"
    plan.write_text(plan.read_text().replace('by = ["provider_id"]', 'by = ["month"]'))
    with pytest.raises(EvidenceError, match="months"):
        make_twin(audit_copy, tmp_path / "t")
