"""A plan tried on its own frame: by a public function, and from the command line."""

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

import auditkit
from auditkit.cli import app, main
from auditkit.errors import PlanError
from auditkit.planning import simulate_plan
from auditkit.planning.page import page, summary_table
from auditkit.sampling.frame import Frame, frame_hash
from auditkit.sampling.plan import plan_of

runner = CliRunner()


def frame_of(count=600, allowed=None):
    """Return a frame of two providers with skewed allowed amounts."""
    generator = np.random.default_rng(5)
    amounts = np.round(generator.lognormal(4.6, 0.8, count), 2) if allowed is None else allowed
    units = pd.DataFrame({
        "unit_id": [f"U{i:05d}" for i in range(count)],
        "provider_id": ["P01" if i < count // 3 else "P02" for i in range(count)],
        "payer": "MEDICARE_B", "month": "2024-07", "pos": "11", "family": "visit",
        "codes": "99213", "encounters": 1, "lines": 1, "charge": amounts, "allowed": amounts,
        "paid": amounts,
    })  # fmt: skip
    return Frame(units, "encounter", pd.DataFrame(), frame_hash(units))


def plan(seed="1 2 3", **entries):
    return plan_of({
        "purpose": "random", "size": {"per_stratum": 30}, "strata": {"by": ["provider_id"]},
        "seed": {"value": seed, "origin": "dice", "recorded_on": date(2024, 1, 2)}, **entries,
    })  # fmt: skip


@pytest.fixture(scope="module")
def trial():
    return simulate_plan(frame_of(), plan(), replicates=300)


def test_each_provider_has_its_exact_chances(trial):
    """30 of 200 and of 400: hypergeometric tails with 5 % and 20 % in error, pass mark 3."""
    for row, units in zip(trial.providers.itertuples(), (200, 400), strict=True):
        assert (row.units, row.sampled) == (units, 30)
        assert row.fail_good == pytest.approx(stats.hypergeom.sf(3, units, units * 0.05, 30))
        assert row.pass_bad == pytest.approx(stats.hypergeom.cdf(3, units, units * 0.20, 30))


def test_chances_by_size_are_those_of_a_middling_provider(trial):
    """Ten and fifty of 300 units."""
    found = trial.by_size([10, 50, 1000]).set_index("n")

    assert list(found.index) == [10, 50]
    assert found.loc[10, "pass_bad"] == pytest.approx(stats.hypergeom.cdf(1, 300, 60, 10))
    assert found.loc[50, "fail_good"] == pytest.approx(stats.hypergeom.sf(5, 300, 15, 50))


def test_two_alternatives_stand_beside_the_plan(trial):
    """The plan, the plan doubled, and as many units in strata by amount."""
    table = trial.simulation.summary()

    assert list(dict.fromkeys(table["design"])) == [
        "the plan", "the plan doubled", "strata by amount"
    ]  # fmt: skip
    assert table.groupby("design")["n"].first().to_dict() == {
        "the plan": 60, "the plan doubled": 120, "strata by amount": 60,
    }  # fmt: skip
    assert table["recommended"].sum() == (trial.simulation.recommended() is not None)


def test_without_strata_a_provider_expects_its_share():
    """90 of 600 units at random: 30 of the provider with a third of them, 60 of the other."""
    found = simulate_plan(
        frame_of(), plan(size={"total": 90}, strata={}), replicates=200, estimators=["expansion"]
    )

    assert found.providers["sampled"].tolist() == [30, 60]


def test_the_seed_of_the_draw_is_not_used(trial):
    """A plan with another seed is tried with the same result."""
    again = simulate_plan(frame_of(), plan(seed="9 9 9"), replicates=300)

    assert again.simulation.outcomes == trial.simulation.outcomes


def test_doubling_stops_at_what_a_stratum_holds():
    """A census cannot be doubled, and is not listed twice."""
    found = simulate_plan(
        frame_of(60), plan(size={"per_stratum": 1000}), replicates=200, estimators=["expansion"]
    )

    assert list(found.simulation.summary()["design"]) == ["the plan"]
    assert found.providers["fail_good"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("source", "entries", "words"),
    [
        (frame_of(), None, "has no plan"),
        (frame_of(allowed=np.where(np.arange(600) < 2, np.nan, 5.0)), {}, "2 units of the frame"),
        (frame_of(), {"purpose": "targeted", "targeted_units": ("U00001",)}, "targeted plan"),
        (frame_of(), {"size": {"by_stratum": {"P01": 9}}}, "leaves out P02"),
    ],
)
def test_what_cannot_be_tried_is_refused(source, entries, words):
    """The error says what is missing and what to do."""
    with pytest.raises(PlanError, match=words):
        simulate_plan(source, None if entries is None else plan(**entries), replicates=200)


def test_the_sentence_speaks_of_the_practice_and_of_each_provider(trial):
    """The recommendation, then the chances of a wrong verdict."""
    text = trial.sentence()

    assert text.startswith(trial.simulation.recommendation())
    assert "Of each provider the plan takes 30 of 200 to 400 units." in text
    assert "one at 20 % passes in" in text


def test_the_page_needs_nothing_outside_and_escapes_what_it_is_given(trial):
    """Title escaped; pictures inside, with words for those who cannot see them."""
    text = page(trial, "A <script>alert(1)</script> plan")

    assert "<script>" not in text
    assert not re.search(r"""(src|href)\s*=\s*["']?https?:""", text)
    assert text.count('alt="') == text.count("<img") == 2
    assert trial.simulation.recommendation().split(":")[0].replace("'", "&#39;") in text


def test_pictures_say_what_they_show(trial):
    """Each has words for its figures."""
    samples, wrong = trial.pictures()

    assert "Intervals of 40 simulated samples" in samples.alt
    assert "Chance of a wrong verdict" in wrong.alt
    assert len(summary_table(trial)) == 9


def test_from_the_command_line(audit_copy, tmp_path):
    """The recommendation and a table; a page and the figures elsewhere; the folder untouched."""
    before = sorted(path.name for path in audit_copy.iterdir())
    wanted = [tmp_path / "plan.html", tmp_path / "plan.csv"]
    for out in wanted:
        done = runner.invoke(
            app, ["plan", str(audit_copy), "--replicates", "200", "--out", str(out)]
        )
        assert done.exit_code == 0, done.output

    assert "Of each provider the plan takes 30 of" in done.output
    assert "strata by amount" in done.output
    assert "<svg" not in wanted[0].read_text() and "data:image/svg+xml" in wanted[0].read_text()
    assert len(pd.read_csv(wanted[1])) == 27
    assert sorted(path.name for path in audit_copy.iterdir()) == before
    assert not auditkit.verify(audit_copy, recompute=False).failures


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rate", "3"], "'rate' must be at most 1"),
        (["--replicates", "5"], "'replicates' must be at least 100"),
        (["--pass-mark", "1"], "every sample would pass"),
        (["--good", "0.3"], "'bad_rate' must be above 'good_rate'"),
        (["--out", "AUDIT/plan.html"], "holds evidence alone"),
        (["--out", "plan.pdf"], "must end in .html"),
    ],
)
def test_refusals_on_the_command_line_are_words(audit_copy, arguments, words, monkeypatch, capsys):
    """What cannot be done is said, with the exit code of plans."""
    arguments = [each.replace("AUDIT", str(audit_copy)) for each in arguments]
    monkeypatch.setattr("sys.argv", ["auditkit", "plan", str(audit_copy), *arguments])

    with pytest.raises(SystemExit) as stopped:
        main()

    assert stopped.value.code == 3
    assert words in " ".join(capsys.readouterr().err.split())
