"""Repeat findings between two audits: providers matched by NPI, in the order of their periods."""

import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from auditkit import Audit
from auditkit.cli import app
from auditkit.errors import InputError
from auditkit.review import repeats_between


@pytest.fixture
def earlier(audit_copy, tmp_path):
    """The same audit under another folder, its providers numbered the other way round."""
    folder = tmp_path / "earlier" / "reports" / "demo"
    shutil.copytree(audit_copy, folder)
    people = pd.read_csv(folder / "providers.csv", dtype="str")
    ids = people["provider_id"].tolist()
    other = dict(zip(ids, reversed(ids), strict=True))
    for name in ("providers.csv", "line_results.csv"):
        table = pd.read_csv(folder / name, dtype="str")
        table.assign(provider_id=table["provider_id"].map(other)).to_csv(folder / name, index=False)
    return folder


def test_a_provider_is_followed_by_npi_and_not_by_an_audit_s_own_id(earlier, audit_copy):
    """With the ids of one audit turned round, each provider still has its own counts twice."""
    table = repeats_between(Audit(earlier), Audit(audit_copy))
    people = pd.read_csv(audit_copy / "providers.csv", dtype="str")

    assert table["lines_before"].tolist() == table["lines_after"].tolist()
    assert table["errors_before"].tolist() == table["errors_after"].tolist()
    assert set(table["member"]) == set(people["npi"])
    told = table[["member", "name", "provider_id"]].drop_duplicates()
    assert told.merge(people, left_on="member", right_on="npi")["provider_id_x"].tolist() == (
        told.merge(people, left_on="member", right_on="npi")["provider_id_y"].tolist()
    )


def test_errors_are_those_of_the_providers_own_lines(earlier, audit_copy):
    """Errors of one NPI and rule are counted from the file by hand, in both audits."""
    table = repeats_between(Audit(earlier), Audit(audit_copy))
    for folder, name in ((earlier, "errors_before"), (audit_copy, "errors_after")):
        lines = pd.read_csv(folder / "line_results.csv").merge(
            pd.read_csv(folder / "providers.csv", dtype={"npi": "str"}), on="provider_id"
        )
        wrong = lines[lines["verdict"] != "supported"].groupby(["npi", "rule_id"]).size()
        for row in table.itertuples():
            assert getattr(row, name) == wrong.get((row.member, row.rule_id), 0)


def test_audits_are_named_in_the_order_of_their_periods(earlier, audit_copy):
    """The later audit first, or one audit twice, is refused with what to do."""
    frame = pd.read_csv(earlier / "frame.csv", dtype="str")
    frame.assign(month="2020-01").to_csv(earlier / "frame.csv", index=False)

    with pytest.raises(InputError, match="name the earlier audit first"):
        repeats_between(Audit(audit_copy), Audit(earlier))
    with pytest.raises(InputError, match="named twice"):
        repeats_between(Audit(audit_copy), Audit(audit_copy))


def test_audits_without_a_common_npi_are_refused(earlier, audit_copy):
    """P01 of both audits is nobody in common when their NPIs differ."""
    people = pd.read_csv(earlier / "providers.csv", dtype="str")
    people["npi"] = [f"{1999999900 + i}" for i in range(len(people))]
    people.to_csv(earlier / "providers.csv", index=False)

    with pytest.raises(InputError, match="NPI"):
        repeats_between(Audit(earlier), Audit(audit_copy))


def test_the_command_prints_the_repeats_with_their_caveat(earlier, audit_copy):
    """Nothing changed, so nothing fell; the table is written beside the review's others."""
    done = CliRunner().invoke(app, ["review", "repeat", str(earlier), str(audit_copy)])
    written = pd.read_csv(audit_copy / "review" / "repeat_findings.csv", dtype={"member": "str"})

    assert done.exit_code == 0, done.output
    assert f"{written['repeat'].sum():,} of {len(written):,} pairs" in done.output
    assert "nothing to explain" in " ".join(done.output.split())
