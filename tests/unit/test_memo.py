"""The sampling plan and the work papers: complete, and equal to the results."""

import json

import pytest

import auditkit
from auditkit.errors import PlanError
from auditkit.memo import paper_items, plan_items


def test_all_twenty_four_items_are_there(scored_audit):
    """The plan holds items 1 to 14 and the work papers 15 to 24, none of them empty."""
    audit = auditkit.Audit(scored_audit)
    items = plan_items(audit) + paper_items(audit)

    assert list(range(1, 25)) == [item.number for item in items]
    assert all(item.text for item in items)


def test_the_figures_are_those_of_the_estimate(scored_audit):
    """The memo's dollars are read from estimate.json, and its hash is the frame's."""
    audit = auditkit.Audit(scored_audit)
    text = "\n".join(item.text for item in plan_items(audit) + paper_items(audit))
    over = json.loads((scored_audit / "estimate.json").read_text())["overpayment"]

    assert f"point estimate ${over['point']:,.2f}" in text
    assert f"one-sided lower limit ${over['lower_one_sided']:,.2f}" in text
    assert json.loads((scored_audit / "sample.json").read_text())["frame_sha256"] in text
    assert "'7 3 9 1 4 4 8 2'" in text


@pytest.mark.parametrize(
    ("entry", "number"),
    [
        ("authority", 3),
        ("source_system", 4),
        ("size_rationale", 9),
        ("statistician", 14),
        ("approved_on", 14),
        ("billing_identifiers", 2),
    ],
)
def test_a_missing_item_is_named(audit_copy, entry, number):
    """An item that the plan leaves out is named with the entry to fill."""
    plan = audit_copy / "plan.toml"
    kept = [line for line in plan.read_text().splitlines() if not line.startswith(entry)]
    plan.write_text("\n".join(kept))

    with pytest.raises(PlanError, match=rf"item {number}, .*{entry}"):
        plan_items(auditkit.Audit(audit_copy))


def test_an_approval_after_the_seed_is_refused(audit_copy):
    """A plan approved after its seed was recorded was not approved before the selection."""
    plan = audit_copy / "plan.toml"
    plan.write_text(
        plan.read_text().replace("approved_on = 2024-11-14", "approved_on = 2024-11-16")
    )

    with pytest.raises(PlanError, match="approved_on is later"):
        plan_items(auditkit.Audit(audit_copy))


def test_a_second_draw_is_a_deviation(audit_copy):
    """Drawing twice is printed among the deviations."""
    plan = audit_copy / "plan.toml"
    plan.write_text(plan.read_text().replace("7 3 9", "8 8 8"))
    auditkit.run(audit_copy, redraw=True)
    text = {item.number: item.text for item in paper_items(auditkit.Audit(audit_copy))}

    assert "drawn 2 times" in text[20]


def test_without_a_review_nobody_is_said_to_have_signed(scored_audit):
    """Spares, people and reversals are told from the plan and the absence of a log."""
    text = {item.number: item.text for item in paper_items(auditkit.Audit(scored_audit))}

    assert text[17].startswith("None: the plan allots 300 units and sample.csv holds these 300.")
    assert "No review was recorded" in text[18]
    assert text[22].startswith("No review was recorded, so no finding was disputed")


def test_many_providers_and_strata_are_summed_up(scored_audit, monkeypatch):
    """Beyond a number that can be read, the text gives the sums and the files that list each."""
    monkeypatch.setattr("auditkit.memo.LISTED", 2)
    audit = auditkit.Audit(scored_audit)
    text = {item.number: item.text for item in plan_items(audit)}

    strata = audit.strata
    assert f"{len(audit.providers)}, each with its NPI in providers.csv" in text[2]
    assert f"{strata['sampled'].sum()} drawn in all; strata.csv lists each" in text[8]
    assert audit.providers["name"].iloc[0] not in text[2]
