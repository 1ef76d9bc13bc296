"""Practice documents, letters, trends, papers and brand: what they say equals what was found."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from reporting_audit import build
from scipy import stats
from typer.testing import CliRunner

from auditkit.audit import Audit
from auditkit.cli import app
from auditkit.errors import InputError, ReportError, SettingsError
from auditkit.reference import Store
from auditkit.reporting import (
    charts,
    client,
    executive,
    group,
    letter,
    papers,
    parts,
    practice,
    projection,
    provider,
    trend,
)
from auditkit.reporting import documents as make_documents
from auditkit.reporting.brand import CONTRAST, brand_of, contrast
from auditkit.reporting.facts import PRACTICE, Facts
from auditkit.reporting.peers import signals
from auditkit.reporting.projection import balance_table
from auditkit.reporting.register import register, repeats, write_register
from auditkit.scoring import frame_sizes, score


def words(*shown):
    """Return what a reader reads, with plain spaces."""
    markup = re.sub(r"</?span[^>]*>", "", " ".join(str(each.__html__()) for each in shown))
    text = re.sub(r"<[^>]+>", " ", markup)
    return " ".join(text.replace("\xa0", " ").replace("&amp;", "&").replace("&#39;", "'").split())


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def audit(root):
    return Audit(build(root / "q3", providers=5, per_provider=20))


@pytest.fixture(scope="module")
def facts(audit):
    return Facts(audit, PRACTICE)


@pytest.fixture(scope="module")
def quarters(tmp_path_factory):
    """Three quarters of the same practice, with education after the first."""
    folder = tmp_path_factory.mktemp("trend")
    for number, (name, share) in enumerate((("2024-q1", 0.6), ("2024-q2", 0.3), ("2024-q3", 0.1))):
        made = build(folder / name, providers=4, per_provider=20, error_share=share, seed=number)
        frame = pd.read_csv(made / "frame.csv", dtype="str")
        frame["month"] = [f"2024-{3 * number + int(m[-2:]) - 6:02d}" for m in frame["month"]]
        frame.to_csv(made / "frame.csv", index=False)
    (folder / "education.csv").write_text(
        "npi,on,topic,given_by\n1000000001,2024-04-01,E/M levels,Compliance\n"
        "1000000002,2023-01-01,Too early,Compliance\n"
    )
    return folder


def test_the_projection_printed_is_that_of_the_estimate(facts, audit):
    """Point, two-sided and one-sided limits of all three quantities stand in the report."""
    estimate = json.loads(audit.path("estimate.json").read_text())
    text = words(practice.result(facts))

    for name in ("overpayment", "underpayment", "net"):
        found = estimate[name]
        lower, upper = (f"{found[k]:,.2f}".replace("-", "−$") for k in ("lower", "upper"))
        lower = lower if "−" in lower else f"${lower}"
        assert f"{name.capitalize()} ${found['point']:,.2f} {lower} to ${upper}" in text
        assert f"{found['lower_one_sided']:,.2f}".replace("-", "") in text


def test_a_targeted_sample_shows_no_projection(tmp_path):
    """Every document of a targeted sample says that nothing is projected, and why."""
    targeted = Facts(Audit(build(tmp_path / "t", purpose="targeted")), PRACTICE)

    assert "No projection." in words(practice.result(targeted))
    assert "No projection" in words(executive.title(targeted))
    assert balance_table(targeted.audit).empty


def test_providers_are_compared_without_a_rank(facts, audit):
    """Errors and counts are those of the scores; the order is that of ids."""
    found = group.group_of(facts)
    scores = pd.read_csv(audit.path("scores.csv"))
    mine = scores[(scores["measure"] == "encounter_accuracy") & (scores["scope"] != PRACTICE)]

    assert [m.name for m in found.comparison.members] == ["P01", "P02", "P03", "P04", "P05"]
    assert [m.errors for m in found.comparison.members] == list(
        (mine["denominator"] - mine["numerator"]).astype(int)
    )
    assert "not of rates" in words(practice.providers(facts))


def test_a_practice_of_one_is_compared_with_nobody(tmp_path):
    """With one provider the report says so, and stays whole."""
    alone = Facts(Audit(build(tmp_path / "one", providers=1, per_provider=8)), PRACTICE)

    assert group.group_of(alone).comparison is None
    assert "nobody to compare with" in words(practice.providers(alone))
    assert "Encounters without counted error" in words(executive.picture(alone))


def test_a_large_practice_gets_one_picture(tmp_path):
    """Too many rows give way to the funnel, in which only those told apart are named."""
    many = Facts(
        Audit(build(tmp_path / "many", providers=45, per_provider=5, frame_per_provider=12)),
        PRACTICE,
    )

    shown = group.pictures(group.group_of(many))

    assert len(shown) == 1 and "against the number reviewed" in shown[0].alt
    assert len(shown[0].table) == 45


def test_the_sample_is_weighted_beside_its_frame(audit):
    """Shares of the frame sum to one for each part, and weights undo unequal chances."""
    table = balance_table(audit)
    frame = pd.read_csv(audit.path("frame.csv"))

    for what, part in table.groupby("what"):
        assert np.isclose(part["frame"].sum(), 1) and np.isclose(part["sample"].sum(), 1), what
    share = (frame["payer"] == "MEDICARE_B").mean()
    row = table[(table["what"] == "Payer") & (table["label"] == "MEDICARE B")]
    assert np.isclose(row["frame"].item(), share)


def test_the_executive_summary_names_the_themes_with_most_dollars(facts):
    """Three themes at most, largest first, each with its dollars."""
    themes = facts.themes.assign(d=lambda t: t["dollars_over"] + t["dollars_under"])
    largest = themes.sort_values("d", ascending=False, kind="stable").head(3)
    text = words(executive.main_themes(facts))

    places = [text.index(row["theme"]) for _, row in largest.iterrows()]
    assert places == sorted(places)
    for _, row in largest.iterrows():
        assert f"${row['dollars_over']:,.2f} ${row['dollars_under']:,.2f}" in text


PAPERS = """
[papers]
authority = "compliance plan"
source_system = "billing system"
extracted_on = 2024-10-01
billing_identifiers = "NPI 1000000000"
size_rationale = "enough"
reviewed_by = "two coders"
statistician = "A. Sample"
qualifications = "MS"
approved_on = 2024-10-06
"""


def test_the_plan_to_sign_refuses_to_be_incomplete(audit):
    """An item that the plan leaves empty is named, not printed as blank."""
    from auditkit.errors import PlanError

    with pytest.raises(PlanError, match="billing_identifiers"):
        papers.plan(Facts(audit, PRACTICE))


def test_the_plan_to_sign_shows_strata_and_frame_rules(tmp_path):
    """All fourteen items stand in order, with the tables of strata and frame rules."""
    folder = build(tmp_path / "q")
    plan = folder / "plan.toml"
    plan.write_text(
        plan.read_text().replace("[strata]", 'objective = "Supported?"\n[strata]') + PAPERS
    )
    ran = {"at": "2024-10-07", "read": {}, "made": {}}
    (folder / "run.json").write_text(json.dumps({"draws": 1, "stages": {"frame": ran}}))
    facts = Facts(Audit(folder), PRACTICE)

    shown = papers.plan(facts)
    text = words(shown)

    assert re.findall(r"<h3>(\d+)\. ", str(shown.html)) == [str(n) for n in range(1, 15)]
    assert "What each frame rule left" in text and "P01 240 12" in text
    assert "Statistician" in words(papers.signatures(facts))


def test_a_letter_uses_four_words_and_says_that_they_are_signals(audit):
    """Shares are Fisher-tested against the other providers, and the words follow."""
    facts = Facts(audit, "P02")
    frame = pd.read_csv(audit.path("frame.csv"), dtype={"codes": str})
    found = {each.measure: each for each in signals(facts)}[
        "Established-patient visits billed at level 4 or 5"
    ]
    visit = frame["codes"].str.startswith("9921")
    high = frame["codes"].isin(["99214", "99215"])
    own = frame["provider_id"] == "P02"
    x, n = int((high & own).sum()), int((visit & own).sum())
    y, m = int((high & ~own).sum()), int((visit & ~own).sum())

    assert (found.n, found.n_peers) == (n, m)
    assert np.isclose(found.p, stats.fisher_exact([[x, n - x], [y, m - y]])[1])
    expected = (
        "Does Not Exceed" if x / n <= y / m
        else "Significantly Higher" if found.p < 0.05 else "Higher"
    )  # fmt: skip
    assert found.word == expected
    text = words(letter.opening(facts), letter.comparison(facts))
    assert "These are signals, not findings." in text
    assert {each.word for each in signals(facts)} <= {
        "Significantly Higher", "Higher", "Does Not Exceed", "N/A",
    }  # fmt: skip


def test_few_encounters_are_not_compared(tmp_path):
    """Below eleven encounters a measure is N/A and its value is not printed."""
    audit = Audit(build(tmp_path / "few", providers=2, per_provider=4, frame_per_provider=9))

    for each in signals(Facts(audit, "P01")):
        assert each.word == "N/A" and each.own == "–" and np.isnan(each.p)


def test_the_register_follows_providers_by_npi(quarters):
    """One row for each audit and provider, in order of time, with the counts of the scores."""
    table = register(trend.audits_in(quarters))
    written = write_register(quarters)

    assert list(table["audit"].unique()) == ["2024-q1", "2024-q2", "2024-q3"]
    assert len(table) == 3 * (4 + 1)
    assert (quarters / "register.csv").is_file() and len(written) == len(table)
    for name, part in table.groupby("audit"):
        scores = pd.read_csv(quarters / name / "scores.csv")
        whole = scores[
            (scores["scope"] == PRACTICE) & (scores["policy"] == "encounter_all_or_nothing")
        ].iloc[0]
        assert part["in_error"].iloc[0] == whole["denominator"] - whole["numerator"]
        assert part["in_error"].iloc[1:].sum() == part["in_error"].iloc[0]


def test_repeat_findings_are_those_found_twice(quarters):
    """A theme is a repeat when the same provider has it in more than one audit."""
    audits = trend.audits_in(quarters)
    seen = {}
    for each in audits:
        found = pd.read_csv(each.path("findings.csv"))
        for who, family in set(
            found.loc[found["severity"] == "error", ["provider_id", "family"]].itertuples(
                index=False
            )
        ):
            seen[who, family] = seen.get((who, family), 0) + 1

    table = repeats(audits)

    assert len(table) == sum(count > 1 for count in seen.values())


def test_education_is_judged_beside_what_chance_would_bring(quarters, monkeypatch):
    """The expected rate lies between the provider's own and the group's: no credit for luck."""
    monkeypatch.setenv("AUDITKIT_REPORTS", str(quarters))
    told = trend.history("2024-q3")
    text = words(trend.education_effect(told))
    people = told.register[(told.register["audit"] == "2024-q1") & (told.register["npi"] != "")]
    own = people.loc[people["npi"] == "1000000001", "rate_in_error"].item()
    pooled = people["in_error"].sum() / people["reviewed"].sum()
    expected = float(re.search(r"\(2024-q1\) ([\d.]+) %", text).group(1)) / 100

    assert min(own, pooled) - 0.01 <= expected <= max(own, pooled) + 0.01
    assert "E/M levels (2024-04-01)" in text and "Too early" not in text


def test_a_trend_needs_two_audits_and_dates_that_are_dates(
    root, audit, quarters, tmp_path, monkeypatch
):
    """One audit is no trend; an education file with a wrong date names the row."""
    monkeypatch.setenv("AUDITKIT_REPORTS", str(root))
    with pytest.raises(ReportError, match="two scored audits or more"):
        trend.history("q3")
    (tmp_path / "education.csv").write_text(
        "npi,on,topic,given_by\n1,2024-04-01,a,b\n1,April,a,b\n"
    )
    with pytest.raises(InputError, match="row 3, column 'on'"):
        trend.read_education(tmp_path)


BRAND = """
privilege = "Privileged. <b>Counsel</b>"
[consultant]
name = "Northlight"
[client]
name = "Client & Sons"
[look]
logo = "logo.png"
colour = "#5b2a86"
"""


@pytest.fixture
def branded(tmp_path):
    folder = build(tmp_path / "b")
    (folder / "brand.toml").write_text(BRAND)
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def test_the_brand_is_data(branded):
    """Logo, names, colour and privilege come from brand.toml, escaped and embedded."""
    facts = Facts(Audit(branded), PRACTICE)
    cover = str(client.cover(facts).html)

    assert 'src="data:image/png;base64,iVBORw0KGgo=" alt="Northlight"' in cover
    assert "Client &amp; Sons" in cover and "&lt;b&gt;Counsel" in cover
    assert "#5b2a86" in facts.brand.css()
    assert "Northlight" not in words(client.cover(Facts(Audit(build(branded / "plain")), PRACTICE)))


def test_the_sections_of_a_client_report_are_numbered_without_a_gap(branded):
    """The report has no section on education, so the closing ones follow section 7."""
    closing = str(client.closing(Facts(Audit(branded), PRACTICE)).html)

    assert re.findall(r">(\d+)\. ", closing) == ["8", "9", "10"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("#5b2a86", "#ffee00", "contrast with white"),
        ("#5b2a86", "purple", "six hexadecimal digits"),
        ("logo.png", "logo.exe", "Accepted: .png, .jpg, .jpeg, .svg"),
        ("logo.png", "absent.png", "is not there"),
        ("name =", "title =", "consultant.title"),
        ("[look]", "[look", "not TOML"),
    ],
)
def test_a_brand_that_cannot_be_used_is_refused(branded, old, new, message):
    """Each entry that is not accepted is named, with what is."""
    path = branded / "brand.toml"
    path.write_text(path.read_text().replace(old, new))

    with pytest.raises(SettingsError, match=re.escape(message)):
        brand_of(Audit(branded)).mark()


def test_a_logo_that_would_bloat_every_page_is_refused(branded):
    """Half a megabyte is the most."""
    (branded / "logo.png").write_bytes(b"x" * 500_001)

    with pytest.raises(SettingsError, match="500,001 bytes; 500,000 at most"):
        brand_of(Audit(branded)).mark()


def test_contrast_is_that_of_the_guidelines():
    """Black on white is 21; grey 767676 is the palest that reaches 4.5 (WCAG examples)."""
    assert np.isclose(contrast("#000000", "#ffffff"), 21)
    assert contrast("#767676", "#ffffff") >= CONTRAST > contrast("#777777", "#ffffff")


def test_lines_without_a_price_are_said_to_be_unknown(tmp_path):
    """Dollars that are not known are left out and counted, never taken as nothing."""
    folder = build(tmp_path / "q")
    path = folder / "line_results.csv"
    lines = pd.read_csv(path, dtype="str")
    lines.loc[:2, ["billed_dollars", "agreed_dollars", "dollars"]] = None
    lines.to_csv(path, index=False)

    assert "3 lines of 72 have no allowed amount" in words(
        parts.Part("", practice.dollars_picture(Facts(Audit(folder), PRACTICE)))
    )


def test_peers_of_the_country_stand_beside_where_a_file_was_imported(tmp_path):
    """Shares are the specialty's services by code; without a complete file there are none."""
    folder = build(tmp_path / "q")
    settings = folder / "audit.toml"
    settings.write_text(settings.read_text() + '\n[reference]\nstore = "../editions"\n')
    assert "peer_share" not in Facts(Audit(folder), "P01").em_levels("Established patients")
    head = "Rndrng_NPI,Rndrng_Prvdr_State_Abrvtn,Rndrng_Prvdr_Type,HCPCS_Cd,HCPCS_Desc,"
    head += "Place_Of_Srvc,Tot_Benes,Tot_Srvcs,Tot_Bene_Day_Srvcs,Avg_Mdcr_Alowd_Amt\n"
    derm = "Dermatology"
    rows = [(derm, "99213", 60), (derm, "99214", 20), (derm, "99214", 20), (derm, "17000", 500)]
    rows.append(("Cardiology", "99213", 900))
    lines = [f"1,NY,{kind},{code},x,O,20,{n},20,90.00\n" for kind, code, n in rows]
    source = tmp_path / "MUP_PHY_R25_P05_V20_D23_Prov_Svc.csv"
    source.write_text(head + "".join(lines))
    Store(tmp_path / "editions").add(source)

    facts = Facts(Audit(folder), "P01")
    table = facts.em_levels("Established patients").set_index("code")

    assert table["peer_share"].to_dict() == {"99212": 0, "99213": 0.6, "99214": 0.4, "99215": 0}
    assert "peers from Medicare utilisation by provider and service, 2023" in facts.em_source(
        "Established patients"
    )
    assert "peers from" not in facts.em_source("New patients")
    text = words(provider.em_distribution(facts))
    assert "Medicare, same specialty" in text
    assert re.search(r"99213 \d+ [\d.]+ % [\d.]+ % 60\.0 %", text)


def test_another_specialty_and_other_bands_are_settings(tmp_path):
    """The settings name whose national billing is shown, and which bands give the next audit."""
    folder = build(tmp_path / "q", error_share=0.0)
    settings = folder / "audit.toml"
    assert "bands aamc_90_70" in words(practice.follow_up(Facts(Audit(folder), PRACTICE)))
    settings.write_text(
        settings.read_text()
        + '\n[scoring]\nbands = "tiers_95_90_80"\n[report]\nspecialty = "Cardiology"\n'
        + '[reference]\nstore = "../editions"\n'
    )
    head = "Rndrng_NPI,Rndrng_Prvdr_State_Abrvtn,Rndrng_Prvdr_Type,HCPCS_Cd,HCPCS_Desc,"
    head += "Place_Of_Srvc,Tot_Benes,Tot_Srvcs,Tot_Bene_Day_Srvcs,Avg_Mdcr_Alowd_Amt\n"
    source = tmp_path / "MUP_PHY_R25_P05_V20_D23_Prov_Svc.csv"
    rows = [("Dermatology", "99213", 60), ("Cardiology", "99215", 25)]
    source.write_text(head + "".join(f"1,NY,{k},{c},x,O,20,{n},20,90.00\n" for k, c, n in rows))
    Store(tmp_path / "editions").add(source)
    facts = Facts(Audit(folder), PRACTICE)
    levels = facts.em_levels("Established patients").set_index("code")

    assert "bands tiers_95_90_80" in words(practice.follow_up(facts))
    assert {"99212": 0, "99213": 0, "99214": 0, "99215": 1} == levels["peer_share"].to_dict()


def test_no_width_is_no_certainty(tmp_path):
    """Where all charts are wrong in full, the dollars agreed have no limits, and it says why."""
    folder = build(tmp_path / "q", error_share=1.0)
    lines = pd.read_csv(folder / "line_results.csv", dtype={"billed_code": str})
    lines["agreed_dollars"], lines["dollars"] = 0.0, lines["billed_dollars"]
    lines["verdict"], lines["direction"] = "not_supported", "over"
    lines.to_csv(folder / "line_results.csv", index=False)
    audit = Audit(folder)
    sizes = frame_sizes(audit.frame.assign(stratum=audit.frame["provider_id"]))
    score(audit.line_results, sizes=sizes).to_csv(folder / "scores.csv", index=False)

    facts = Facts(Audit(folder), "P01")
    text = words(provider.result(facts))

    assert re.search(r"Dollars agreed, gross 0\.0 % not estimable", text)
    assert "no limits, because all sampled encounters show the same share" in text
    assert "0.0–0.0 %" not in text


def test_a_whole_frame_that_was_read_keeps_its_exact_rate(tmp_path):
    """With every chart of the frame read nothing is left to chance, and the limits meet."""
    folder = build(tmp_path / "q", per_provider=12, frame_per_provider=12, error_share=1.0)
    text = words(provider.result(Facts(Audit(folder), "P01")))

    assert "not estimable" not in text
    assert re.search(r"Encounters without counted error ([\d.]+) % \1–\1 %", text)


def test_the_methods_shown_are_those_of_the_estimate(facts, audit):
    """Every method of estimate.json stands in the practice report with its own figures."""
    over = audit.estimate["overpayment"]
    rows = {
        words(cells[0]): [words(each) for each in cells[1:]]
        for cells in (
            [parts.Markup(c) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
            for row in re.findall(
                r"<tr>(.*?)</tr>", str(projection.methods(facts).__html__()), re.S
            )
        )
        if len(cells) == 5
    }

    assert len(over["sensitivity"]) > 1
    for line in over["sensitivity"]:
        assert rows[line["method"]] == [
            f"{'−' if line[k] < 0 else ''}${abs(line[k]):,.2f}"
            for k in ("point", "lower", "upper", "lower_one_sided")
        ]
    assert all(each in words(projection.methods(facts)) for each in over["sensitivity_left_out"])


def test_a_limit_far_away_does_not_press_the_others(tmp_path):
    """An upper limit many times the first method's is written, and not drawn to scale."""
    columns = ["method", "point", "lower", "upper", "lower_one_sided"]
    rows = [["one", 100.0, 60.0, 140.0, 70.0], ["two", 100.0, 10.0, 9000.0, 10.0]]
    drawn = charts.methods(pd.DataFrame(rows, columns=columns), "Total", 0.9, "made up")

    assert "on to $9,000" in drawn.svg
    assert "$8,000" not in drawn.svg


def test_the_sampling_plan_says_what_its_sizes_can_tell(tmp_path):
    """Chances of a wrong verdict are the binomial ones, here in a frame too large to matter."""
    facts = Facts(Audit(build(tmp_path / "q", frame_per_provider=4000)), PRACTICE)
    text = words(papers.verdicts(facts))
    bad_passes = stats.binom.cdf(1, 10, 0.20)
    good_fails = stats.binom.sf(1, 10, 0.05)

    (shown,) = re.findall(r"\b10 (\d+\.\d) % (\d+\.\d) %", text)
    assert float(shown[0]) == pytest.approx(100 * bad_passes, abs=0.2)
    assert float(shown[1]) == pytest.approx(100 * good_fails, abs=0.2)
    assert "This plan takes 12 units" in text


def test_a_sample_without_errors_proves_no_zero(tmp_path):
    """Where nothing was found the totals are zero, and no limits of zero are claimed."""
    facts = Facts(Audit(build(tmp_path / "q", error_share=0.0)), PRACTICE)
    text = words(projection.estimate(facts), practice.title(facts))

    assert "Overpayment $0.00 not estimable not estimable" in text
    assert "lower limit of the one-sided 90 % interval not estimable" in text
    assert text.count("no sampled amount differs from zero") == 1
    assert "Overpayment and underpayment: no sampled amount differs from zero" in text


def test_missing_records_are_shown_apart(tmp_path):
    """The scope counts the encounters of which no record came; without any it says nothing."""
    folder = build(tmp_path / "q")
    assert "No record received" not in words(practice.scope(Facts(Audit(folder), PRACTICE)))
    lines = pd.read_csv(folder / "line_results.csv")
    first = lines["encounter_id"].drop_duplicates().head(2)
    lines.loc[lines["encounter_id"].isin(first), "verdict"] = "missing_record"
    lines.to_csv(folder / "line_results.csv", index=False)

    shown = words(practice.scope(Facts(Audit(folder), PRACTICE)))
    assert "No record received 2 encounters, counted as errors in full" in shown


def test_documents_before_the_first_run_name_the_command(audit_copy):
    """Nothing is made, so nothing is said of others; what writes the file is a command."""
    (audit_copy / "estimate.json").unlink()
    with pytest.raises(ReportError) as caught:
        make_documents(audit_copy, kinds=["client"])

    said = str(caught.value)
    assert said.startswith("2 of 2 reports could not be made.\n")
    assert "estimate.json is not there. `auditkit run FOLDER` writes it." in said
    assert "the others were" not in said and "finished reports are kept" not in said


def test_a_run_says_which_pdfs_it_removed_and_which_documents_are_old(audit_copy):
    """A PDF of a page made anew goes and is named; documents of other results are named, too."""
    for name in ("executive_summary.pdf", "client_report.pdf", "client_report.html"):
        (audit_copy / name).write_text("of before")
    done = CliRunner().invoke(app, ["documents", str(audit_copy), "--kind", "executive"])

    said = done.output.replace("\n", " ")
    assert done.exit_code == 0
    assert not (audit_copy / "executive_summary.pdf").exists()
    assert "made anew: executive_summary.pdf. To make them again: auditkit documents" in said
    assert "--kind executive --pdf" in said
    assert (audit_copy / "client_report.pdf").exists()
    assert "held before: client_report.html. To make it again: auditkit documents" in said
    assert "--kind client --pdf" in said

    again = CliRunner().invoke(app, ["documents", str(audit_copy), "--kind", "executive"])
    assert "made anew" not in again.output
