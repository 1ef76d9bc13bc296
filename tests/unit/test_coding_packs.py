"""Rule packs: complete, dated, and refused when something is missing; overlays of payers."""

from datetime import date
from decimal import Decimal

import pytest
from coding_builder import DOS, billed, keratoses, of, record

from auditkit.coding.overlay import read_overlay, with_overlays
from auditkit.coding.pack import load_rules, read_pack
from auditkit.errors import RuleError
from auditkit.findings import audit_encounters
from auditkit.model import Severity, Verdict

RULE = """
[[rule]]
id = "X-1"
family = "X"
title = "A title"
asks = "A question?"
would_support = "In future notes, more."
citation = [{ source = "A manual" }]
versions = [{ from = 2024-01-01 }]
"""
PACK = 'pack = "x"\ntitle = "X"\n'


def pack(tmp_path, text):
    """Return the pack of *text*."""
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    return read_pack(path)


def test_every_rule_of_the_packs_is_complete():
    """Id, title, question, citation, start date and wording of support are there for every rule."""
    for name in ("dermatology", "primary_care"):
        for each in load_rules(name).packs:
            for rule in each.rules:
                assert rule.title and rule.asks and rule.would_support
                assert all(citation.source for citation in rule.citations)
                assert rule.periods


def test_support_is_worded_for_the_future():
    """No rule invites anybody to amend a note that is closed."""
    rules = [rule for p in load_rules().packs for rule in p.rules]
    amending = ("amend", "addend", "correct the note", "add to the note", "change the note")

    assert not [r.id for r in rules if any(word in r.would_support.lower() for word in amending)]
    assert all(
        "future" in r.would_support.lower() or r.would_support.startswith(("Nothing", "The record"))
        for r in rules
    )


def test_disputed_rules_prompt_with_every_reading():
    """Where authorities differ the rule asks the auditor and gives at least two readings."""
    disputed = [r for p in load_rules().packs for r in p.rules if r.readings]

    assert disputed
    assert all(r.severity == Severity.PROMPT and len(r.readings) > 1 for r in disputed)


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        ('title = "A title"\n', "lacks title"),
        ('citation = [{ source = "A manual" }]\n', "lacks citation"),
        ("versions = [{ from = 2024-01-01 }]\n", "lacks versions"),
        ('would_support = "In future notes, more."\n', "lacks would_support"),
    ],
)
def test_incomplete_rule_is_refused(tmp_path, cut, said):
    """A rule without title, citation, start date or wording of support is named."""
    with pytest.raises(RuleError, match=said):
        pack(tmp_path, PACK + RULE.replace(cut, ""))


def test_rule_named_but_not_there_is_refused(tmp_path):
    """A kind that names a rule outside the pack is refused."""
    kind = '[kinds.k]\nlabel = "k"\nunsupported = "Y-1"\n'

    with pytest.raises(RuleError, match="'Y-1' is named but not in the pack"):
        pack(tmp_path, PACK + kind + RULE)


def test_rule_id_used_twice_is_refused(tmp_path):
    """Two rules cannot share an id."""
    with pytest.raises(RuleError, match="used twice"):
        pack(tmp_path, PACK + RULE + RULE)


def test_version_in_force_follows_the_date_of_service():
    """The same rule carries another version on either side of a change (CPT E/M 2024)."""
    rules = load_rules()

    assert date(2021, 1, 1) == rules.on(date(2023, 12, 31)).version("EM-1")
    assert date(2024, 1, 1) == rules.on(date(2024, 1, 1)).version("EM-1")


def test_a_rule_that_had_not_begun_is_not_in_force():
    """JZ was asked for from July 2023."""
    rules = load_rules()

    assert not rules.on(date(2023, 6, 30)).in_force("JZ-1")
    assert rules.on(date(2023, 7, 1)).in_force("JZ-1")
    with pytest.raises(RuleError, match="JZ-1"):
        rules.on(date(2023, 6, 30)).rule("JZ-1")


def test_a_value_that_nobody_holds_is_an_error():
    """A look-up that finds nothing raises, naming what was asked."""
    with pytest.raises(RuleError, match="no such value"):
        load_rules().on(DOS).value("no such value")


OVERLAY = """
name = "acme"
owner = "Compliance"
reason = "contract"
payers = ["acme"]
from = 2024-01-01
until = 2024-12-31
"""


def laid(tmp_path, text):
    """Return the dermatology rules under an overlay of *text*."""
    path = tmp_path / "acme.toml"
    path.write_text(OVERLAY + text, encoding="utf-8")
    return with_overlays(load_rules(), read_overlay(path, load_rules()))


def audit(rules, payer="ACME Health", dos=DOS):
    """Return the result of five keratoses billed as ten for *payer*."""
    lines = ("17000 $67.91", "17003 x9 $59.92")
    document = of(keratoses(5), record={"present": True, "signed": True, "note_date": dos})
    encounter = billed(*lines, payer=payer, dos=dos)
    return audit_encounters([encounter], {"e1": document}, rules=rules)[0]


def test_a_rule_switched_off_leaves_the_line_as_billed(tmp_path):
    """The finding becomes a remark that names overlay and reason; no dollars move."""
    rules = laid(tmp_path, 'off = ["DES-COUNT"]\n')
    result = audit(rules)

    assert [Verdict.SUPPORTED] * 2 == [line.verdict for line in result.lines]
    assert 0 == result.dollars
    assert any("overlay 'acme': contract" in f.why for f in result.findings)
    assert {Severity.ADVISORY} == {f.severity for f in result.findings}


@pytest.mark.parametrize(("payer", "dos"), [("Other", DOS), ("ACME Health", date(2025, 1, 1))])
def test_an_overlay_speaks_for_its_payer_and_dates_only(tmp_path, payer, dos):
    """Another payer, or a day after its end, is under the bundled rule."""
    result = audit(laid(tmp_path, 'off = ["DES-COUNT"]\n'), payer, dos)

    # Five units of 17003 too many: 5 × $6.66 by the claim's own amount.
    assert Decimal("33.29") == result.dollars


def test_a_rule_made_an_advisory_moves_nothing(tmp_path):
    """A replaced severity holds for the payer, and the finding names the overlay."""
    rules = laid(tmp_path, '[[replace]]\nrule = "DES-COUNT"\nseverity = "advisory"\n')
    result = audit(rules)

    assert 0 == result.dollars
    assert any("By overlay 'acme'" in f.why for f in result.findings)


ADDED = """
[[add]]
id = "ACME-1"
family = "MEDNEC"
title = "The payer's condition"
would_support = "In future claims, what the policy asks."
citation = "provider manual"
from = 2024-01-01
codes = ["17000"]
"""


@pytest.mark.parametrize(
    ("asks", "verdict", "dollars"),
    [
        ('needs_modifier = "KX"', Verdict.UNDERCODED, "0.00"),
        ("most_units = 1", Verdict.SUPPORTED, "0.00"),
        ('needs_diagnosis = ["L57"]', Verdict.NOT_SUPPORTED, "67.91"),
        ("not_covered = true", Verdict.NOT_SUPPORTED, "67.91"),
        ('bars_modifier = "59"', Verdict.SUPPORTED, "0.00"),
    ],
)
def test_a_payers_own_rule_is_asked(tmp_path, asks, verdict, dollars):
    """What an overlay adds is asked of its codes, with its own citation."""
    rules = laid(tmp_path, ADDED + asks + "\n")
    encounter = billed("17000 $67.91", payer="ACME")
    result = audit_encounters([encounter], {"e1": of(keratoses(1))}, rules=rules)[0]

    assert verdict == result.lines[0].verdict
    assert Decimal(dollars) == result.dollars


def test_a_bad_overlay_is_refused_with_everything_wrong(tmp_path):
    """Unknown rules, fields that cannot be replaced and incomplete additions are listed at once."""
    path = tmp_path / "bad.toml"
    path.write_text(
        'name = "bad"\npayers = ["x"]\noff = ["NO-1"]\n'
        '[[replace]]\nrule = "AUTH-3"\nfamily = "X"\n[[add]]\nid = "B-1"\n',
        encoding="utf-8",
    )

    with pytest.raises(RuleError) as raised:
        read_overlay(path, load_rules())
    for said in ("'owner' is missing", "'NO-1'", "'family' of rule 'AUTH-3'", "'B-1' lacks"):
        assert said in str(raised.value)


def test_overlay_value_changes_a_threshold(tmp_path):
    """Seven signature days for one payer, three for the others."""
    value = '[[value]]\nname = "record.signature_days"\nfrom = 2024-01-01\ndata = 7\n'
    rules = laid(tmp_path, value)
    signed = {"present": True, "signed": True, "note_date": DOS, "signature_date": "2024-08-19"}

    def remarks(payer):
        documented = of(keratoses(1), record=signed)
        encounter = billed("17000 $67.91", payer=payer)
        result = audit_encounters([encounter], {"e1": documented}, rules=rules)[0]
        return [f.rule_id for f in result.findings]

    assert [] == remarks("ACME")
    assert ["AUTH-3"] == remarks("Other")


def test_nothing_supported_without_elements():
    """An empty record supports no line at all."""
    result = audit_encounters([billed("17000 $67.91")], {"e1": record()})[0]

    assert () == result.agreed
    assert Decimal("67.91") == result.over
    assert 0 == result.under
