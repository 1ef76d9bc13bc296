"""Documentation gaps: what counts as left out, how often, and what the reports say of it."""

import json
from collections import Counter

import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

import auditkit
from auditkit.audit import Audit
from auditkit.cli import app
from auditkit.coding import load_rules
from auditkit.documentation.elements import DocumentedEncounter
from auditkit.documentation.gaps import checklists, gap_rates, looked_for
from auditkit.documentation.store import read_documentation
from auditkit.errors import FrameError, InputError
from auditkit.gaps_of_audit import audit_gaps, write_gaps
from auditkit.reporting import provider as report
from auditkit.reporting.facts import Facts


def record(**parts) -> DocumentedEncounter:
    """Return a record that is there and signed, with the given parts."""
    signed = {"present": True, "signed": True, "signature_date": "2024-07-01"}
    return DocumentedEncounter.model_validate({"record": signed, **parts})


def procedure(kind: str, lesions=(), **elements) -> DocumentedEncounter:
    """Return a record of one procedure."""
    ids = tuple(lesion["lesion_id"] for lesion in lesions)
    body = {"procedure_id": "P1", "type": kind, "lesion_ids": ids, **elements}
    return record(procedures=(body,), lesions=tuple(lesions))


def state(encounter: DocumentedEncounter, family: str, element: str) -> str:
    """Return gap, not_looked_for, said or not_asked for one element of one record."""
    looked = looked_for({"e": encounter})
    row = looked[(looked["family"] == family) & (looked["element"] == element)]
    if row.empty:
        return "not_asked"
    if row["gaps"].item():
        return "gap"
    return "not_looked_for" if row["not_looked_for"].item() else "said"


def test_null_is_a_gap_and_an_absent_key_is_not():
    """A count looked for in vain is a gap; one that nobody looked for is only counted."""
    states = [
        state(procedure("destruction", **count), "destruction", "count")
        for count in ({"lesions_treated": 4}, {"lesions_treated": None}, {})
    ]

    assert ["said", "gap", "not_looked_for"] == states


def test_every_lesion_of_a_procedure_needs_the_element():
    """Two lesions of which one has no diameter leave a gap; with both there is none."""
    known, unknown = {"lesion_id": "A", "diameter_cm": "0.6"}, {"lesion_id": "B"}

    assert "gap" == state(
        procedure("excision", [known, {**unknown, "diameter_cm": None}]), "excision", "lesion_size"
    )
    assert "said" == state(
        procedure("excision", [known, {**unknown, "diameter_cm": "1.0"}]),
        "excision",
        "lesion_size",
    )
    assert "not_looked_for" == state(
        procedure("excision", [known, unknown]), "excision", "lesion_size"
    )


def test_any_of_several_places_will_do():
    """An unsigned note with an attestation has its signature; one with neither has a gap."""
    unsigned = {"present": True, "signed": False}

    assert "gap" == state(
        DocumentedEncounter.model_validate({"record": unsigned}), "record", "signature"
    )
    assert "said" == state(
        DocumentedEncounter.model_validate({"record": {**unsigned, "attestation_on_file": True}}),
        "record",
        "signature",
    )


def test_conditions_decide_what_is_asked():
    """Undermining is asked of complex repairs, waste of single-dose vials, risk of own work."""
    treated = {"label": "keratosis", "status": "self_limited", "treated_by_procedure": True}
    own = {"label": "eczema", "status": "stable_chronic", "treated_by_procedure": False}

    assert "not_asked" == state(procedure("repair", closure="simple"), "repair", "undermining")
    assert "gap" == state(
        procedure("repair", closure="complex", undermining_cm=None, complex_criteria=()),
        "repair",
        "undermining",
    )
    assert "not_asked" == state(record(drugs=({"container": "MDV"},)), "drug", "waste")
    assert "gap" == state(record(drugs=({"container": "SDV", "wasted_mg": None},)), "drug", "waste")
    assert "not_asked" == state(record(em={"problems": [treated], "risk": None}), "visit", "risk")
    assert "gap" == state(record(em={"problems": [own], "risk": None}), "visit", "risk")


def test_a_missing_record_is_no_gap():
    """Where there is no record there is nothing that it left out."""
    gone = DocumentedEncounter.model_validate({"record": {"present": False, "signed": None}})

    assert looked_for({"e": gone}).empty


def test_rates_count_encounters_and_have_exact_limits():
    """Three of eight notes lack the count: Clopper-Pearson limits of 3 in 8, by provider too."""
    counts = [None, None, None, 1, 2, 3, 4, 5]
    records = {
        f"e{n}": procedure("destruction", lesions_treated=c) for n, c in enumerate(counts)
    } | {"e9": procedure("destruction")}
    units = pd.DataFrame({"encounter_id": list(records), "provider_id": ["P01"] * 4 + ["P02"] * 5})

    rates = gap_rates(looked_for(records), units).set_index(["scope", "family", "element"])
    row = rates.loc["practice", "destruction", "count"]
    exact = stats.binomtest(3, 8).proportion_ci(0.95, method="exact")

    assert (8, 3, 1) == (row["units"], row["units_with_gap"], row["not_looked_for"])
    assert (3 / 8, exact.low, exact.high) == pytest.approx(tuple(row[["rate", "lower", "upper"]]))
    assert 3 / 4 == rates.loc["P01", "destruction", "count"]["rate"]
    assert 0 == rates.loc["P02", "destruction", "count"]["rate"]


def test_practice_rates_are_weighted_by_stratum():
    """A stratum of 90 with rate 1/2 and one of 10 with rate 1 give 0.9/2 + 0.1 = 0.55."""
    states = {"a": None, "b": 1, "c": None, "d": None}
    records = {e: procedure("destruction", lesions_treated=c) for e, c in states.items()}
    units = pd.DataFrame({
        "encounter_id": list("abcd"), "provider_id": ["P01", "P01", "P02", "P02"],
        "stratum": ["one", "one", "two", "two"],
    })  # fmt: skip
    sizes = pd.DataFrame({
        "provider_id": ["P01", "P02"], "stratum": ["one", "two"], "encounters": [90, 10],
    })  # fmt: skip

    rates = gap_rates(looked_for(records), units, sizes, scopes=["practice"])
    row = rates[rates["element"] == "count"].iloc[0]

    assert 0.55 == pytest.approx(row["rate"])
    assert 0 <= row["lower"] < 0.55 < row["upper"] <= 1


def test_a_rare_service_keeps_the_limits_of_its_few_notes():
    """One gap in two notes among sixty read: limits of 1 in 2, not of 1 in 60."""
    records = {f"e{n}": record() for n in range(58)}
    records |= {f"x{n}": procedure("graft", area_sq_cm=c) for n, c in enumerate((None, 4))}
    units = pd.DataFrame({"encounter_id": list(records), "provider_id": "P01", "stratum": "P01"})
    sizes = pd.DataFrame({"provider_id": ["P01"], "stratum": ["P01"], "encounters": [400]})

    rates = gap_rates(looked_for(records), units, sizes).set_index(["scope", "element"])
    row = rates.loc["P01", "area"]
    exact = stats.binomtest(1, 2).proportion_ci(0.95, method="exact")

    assert (0.5, exact.low, exact.high) == pytest.approx(tuple(row[["rate", "lower", "upper"]]))


def test_a_frame_read_whole_has_no_limits_to_speak_of():
    """Where every unit of the frame was read the rate is known."""
    records = {
        e: procedure("destruction", lesions_treated=c) for e, c in {"a": None, "b": 1}.items()
    }
    units = pd.DataFrame({"encounter_id": ["a", "b"], "provider_id": "P01"})
    sizes = pd.DataFrame({"provider_id": ["P01"], "stratum": [""], "encounters": [2]})

    rates = gap_rates(looked_for(records), units, sizes).set_index(["scope", "element"])

    assert (0.5, 0.5, 0.5) == tuple(rates.loc["P01", "count"][["rate", "lower", "upper"]])


def test_sizes_of_another_frame_are_refused():
    """A stratum that the frame does not name is an error."""
    units = pd.DataFrame({"encounter_id": ["a"], "provider_id": "P01", "stratum": "new"})
    sizes = pd.DataFrame({"provider_id": ["P01"], "stratum": ["old"], "encounters": [2]})

    with pytest.raises(FrameError, match="1 strata"):
        gap_rates(looked_for({"a": record()}), units, sizes)


def test_an_encounter_without_provider_is_refused():
    """A record that no unit names is an error, not silently left out."""
    units = pd.DataFrame({"encounter_id": ["x"], "provider_id": ["P01"]})

    with pytest.raises(InputError, match="1 encounters"):
        gap_rates(looked_for({"e": procedure("destruction", lesions_treated=1)}), units)


def test_every_element_exists_and_rests_on_a_rule():
    """Checklists name elements of the schema, rules of the catalogue, and what to write."""
    known = {rule.id for pack in load_rules().packs for rule in pack.rules}
    for checklist in checklists():
        for element in checklist.elements:
            assert element.rule in known, (checklist.id, element.id)
            assert element.asks.endswith("."), (checklist.id, element.id)
    assert 18 <= len(checklists())


def test_the_sample_practice_gives_back_its_planted_gaps(repository):
    """The gaps counted are the nulls that stand in the sample practice's records."""
    path = repository / "sample_data" / "documentation.jsonl"
    planted: Counter = Counter()
    with path.open(encoding="utf-8") as file:
        for line in file:
            each = json.loads(line)
            if not each["record"]["present"]:
                continue
            notes = each["record"]
            planted["signature"] += not (notes["signed"] or notes["attestation_on_file"])
            for name, kind in (("lesions_treated", "destruction"), ("margins_cm", "excision")):
                nulls = [p for p in each.get("procedures", ()) if p["type"] == kind]
                planted[name] += any(name in p and p[name] is None for p in nulls)

    looked = looked_for(read_documentation(path, b"k" * 32).elements())
    found = looked[looked["gaps"] > 0].groupby(["family", "element"]).size()

    assert planted["signature"] == found["record", "signature"] > 10
    assert planted["lesions_treated"] == found["destruction", "count"] > 1
    assert planted["margins_cm"] == found["excision", "margins"] > 1


def test_the_command_leaves_the_audit_verified(audit_copy):
    """A sealed audit to which `notes gaps` adds its table verifies afterwards."""
    assert auditkit.verify(audit_copy, recompute=False).holds

    done = CliRunner().invoke(app, ["notes", "gaps", str(audit_copy)])

    assert 0 == done.exit_code
    assert "narrowest margins" in done.output
    assert auditkit.verify(audit_copy, recompute=False).holds


def test_gaps_csv_is_written_and_reports_show_it(audit_copy):
    """The table names each scope; a provider whose notes lack something finds it in the report."""
    table = write_gaps(audit_copy)
    audit = Audit(audit_copy)
    some = table[(table["units_with_gap"] > 0) & (table["scope"] != "practice")].iloc[0]

    page = str(report.education(Facts(audit, some["scope"])).html)
    text = (audit_copy / "gaps.csv").read_text()

    assert {"practice", *audit.providers["provider_id"]} == set(table["scope"])
    assert "What the notes left out" in page
    assert f"{some['units_with_gap']} of {some['units']}" in page
    assert len(table) == len(text.splitlines()) - 1
    assert len(audit_gaps(audit, ["practice"])) < len(table)
