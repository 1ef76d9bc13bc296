"""The command line: the workflow's verbs, and refusals in words."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from auditkit.cli import app

runner = CliRunner()


def auditkit(*arguments):
    """Run the command in a process of its own, as a user does."""
    code = "from auditkit.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True
    )


def test_help_reads_as_the_workflow():
    """The help lists the steps in the order in which they are done."""
    text = runner.invoke(app, ["--help"]).output
    steps = ["frame", "draw", "collect", "code", "score", "report", "verify"]
    places = [text.index(f"\n│ {step} ") for step in steps]

    assert places == sorted(places)


def loaded_by(*arguments):
    """Return the names of the packages that a command loads, in a process of its own."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*{n.partition('.')[0] for n in sys.modules}))\n"
        "from auditkit.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [("--help",), ("verify", "--help"), ("--version",)])
def test_help_does_not_wait_for_the_scientific_stack(arguments):
    """What computes nothing loads none of the libraries that take seconds to load."""
    heavy = {"duckdb", "matplotlib", "numpy", "pandas", "pyarrow", "scipy", "statsmodels"}
    loaded = loaded_by(*arguments)

    assert "typer" in loaded
    assert not heavy & loaded


def test_editions_are_listed_without_tables(tmp_path):
    """Listing the editions of a store reads its manifest alone."""
    loaded = loaded_by("reference", "list", "--store", str(tmp_path))

    assert "auditkit" in loaded
    assert not {"matplotlib", "numpy", "pandas", "pyarrow", "scipy", "statsmodels"} & loaded


def test_a_refusal_is_words_and_an_exit_code():
    """What auditkit refuses is printed without a traceback, with the error's own code."""
    done = auditkit("frame", "nowhere")

    assert 2 == done.returncode
    assert "auditkit init" in done.stderr
    assert "Traceback" not in done.stderr


def test_init_makes_an_audit_that_draws(tmp_path, repository):
    """A new audit of a claims file can be drawn from at once."""
    folder = tmp_path / "reports" / "first"
    claims = repository / "sample_data" / "claims.csv"
    started = runner.invoke(app, ["init", str(folder), "--claims", str(claims)])
    seeded = runner.invoke(app, ["seed", str(folder), "--by", "the compliance officer"])
    drawn = runner.invoke(app, ["draw", str(folder)])

    assert 0 == started.exit_code == seeded.exit_code == drawn.exit_code
    assert "P10" in drawn.output
    assert 0o600 == (tmp_path / "reports" / "practice.key").stat().st_mode & 0o777


def test_init_never_overwrites(tmp_path, repository):
    """A folder that holds an audit is not started again."""
    claims = repository / "sample_data" / "claims.csv"
    arguments = ["init", tmp_path / "a", "--claims", claims]
    auditkit(*arguments)
    again = auditkit(*arguments)

    assert 2 == again.returncode
    assert "holds an audit already" in again.stderr


@pytest.mark.parametrize("quote", ['"', "\\", "'"])
def test_any_seed_text_is_written_safely(tmp_path, repository, quote):
    """Quotes and backslashes in what a person types do not break plan.toml."""
    from auditkit import read_plan

    claims = repository / "sample_data" / "claims.csv"
    seed = f"seven{quote}eight"
    runner.invoke(app, ["init", str(tmp_path / "a"), "--claims", str(claims)])
    dice = ["--by", quote, "--source", "dice", "--value", seed, "--origin", quote]
    runner.invoke(app, ["seed", str(tmp_path / "a"), *dice])

    assert seed == read_plan(tmp_path / "a" / "plan.toml").seed.value


def test_verify_names_what_fails_and_exits_with_eight(audit_copy):
    """A changed file is named on the screen, and scripts can tell by the exit code."""
    frame = audit_copy / "frame.csv"
    frame.write_bytes(frame.read_bytes().replace(b"11", b"12", 1))
    done = runner.invoke(app, ["verify", str(audit_copy), "--quick"])

    assert 8 == done.exit_code
    assert "frame.csv" in done.output


def test_check_counts_lines(repository):
    """A good claims file is counted, with its dates of service."""
    done = runner.invoke(app, ["check", str(repository / "sample_data" / "claims.csv")])

    assert 0 == done.exit_code
    assert "lines of" in done.output


@pytest.mark.shared
@pytest.mark.parametrize("name", ["837p.txt", "CC_837P_EDI.txt", "v_crlf.837", "v_dep.837"])
def test_a_sample_is_drawn_from_public_837p_files(shared, tmp_path, name):
    """Every public 837P file can be audited from: read, framed and drawn."""
    claims = shared / "data" / "x12" / name
    folder = tmp_path / "a"
    runner.invoke(app, ["init", str(folder), "--claims", str(claims)])
    runner.invoke(app, ["seed", str(folder), "--by", "the compliance officer"])
    done = runner.invoke(app, ["draw", str(folder)])

    assert 0 == done.exit_code, done.output
    assert (folder / "sample.csv").stat().st_size > 100


@pytest.mark.shared
def test_rules_test_writes_its_result(shared, tmp_path):
    """The result as JSON lists each family and each case with whether it passed and why not."""
    cases = shared / "cases" / "encounters_open.json"
    out = tmp_path / "out.json"
    runner.invoke(app, ["rules", "test", str(cases), "--json", str(out)])
    found = json.loads(out.read_text())

    assert {"families", "cases"} <= set(found)
    assert {"id", "family", "passed", "why"} <= set(found["cases"][0])
    assert len(json.loads(cases.read_text())["cases"]) == len(found["cases"])


def test_the_review_s_help_reads_as_its_workflow():
    """The verbs of the review stand in the order in which people use them."""
    text = runner.invoke(app, ["review", "--help"]).output
    steps = [
        "open", "assign", "request", "received", "workpapers", "import", "resolve", "sign",
        "responses", "decide", "education", "repeat", "exposure",
    ]  # fmt: skip
    places = [text.index(f"\n│ {step} ") for step in steps]

    assert places == sorted(places)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("status",), 6, "auditkit review open"),
        (("sign", "charts", "--as", "pia"), 6, "auditkit review open"),
        (
            ("open", "--as", "Max Miller", "--reader", "rob", "--preparer", "pia",
             "--reviewer", "vic"), 2, "is no account name",
        ),
    ],
)  # fmt: skip
def test_a_review_s_refusal_says_what_to_do(audit_copy, arguments, code, said):
    """Without a review, or with a name that the log does not take, the next step is said."""
    done = auditkit("review", arguments[0], audit_copy, *arguments[1:])

    assert code == done.returncode
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (audit_copy / "log.jsonl").exists()


def test_an_audit_without_review_says_so(audit_copy):
    """The summary of an audit that nobody reviewed says that no person has signed."""
    said = runner.invoke(app, ["score", str(audit_copy)]).output

    assert "No review was recorded" in said
    assert "no person has signed" in said
