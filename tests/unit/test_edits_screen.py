"""Screening: every kind of table in and out, what was not screened, and what is refused."""

import shutil
import sys

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from edition_claims import PARTNER, line, universe, write_editions
from typer.testing import CliRunner

from auditkit.cli import app
from auditkit.edits import NotScreenedWarning, catalogue, screen, screening
from auditkit.edits.edit import shared_stages
from auditkit.errors import EditionError, InputError, RuleError, SettingsError
from auditkit.reference import Store

COLUMNS = [
    "edit_id",
    "family",
    "outcome",
    "severity",
    "claim_id",
    "line",
    "other_claim_id",
    "other_line",
    "edition",
    "citation",
    "reason",
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a store with an edition of every kind."""
    return write_editions(tmp_path_factory.mktemp("files"), Store(tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="module")
def claims():
    """Return a universe that gives a signal of nearly every edit."""
    return universe(
        line("11102", dx="L57.0 L91.8"),
        line("17000", dx="L57.0 L91.8", pointers="2"),
        line("17110", units=3, claim="C2", patient="P2", dx="L81.4 Q82.5"),
        line("17110", "59", claim="C3", patient="P2", dx="L91.8"),
        line("A4595", units=9, claim="C4", patient="P3", dx="L57"),
        line("17312", claim="C5", patient="P4", dx="L82.0"),
        line("0054T", claim="C6", patient="P5"),
        line("99213", "57", claim="C7", patient="P6"),
        line("11602", claim="C7", number=2, patient="P6"),
        line("99213", claim="C8", patient="P6", dos="2024-08-20", npi=PARTNER),
        line("99213", claim="C9", patient="P7"),
        line("99213", claim="D1", patient="P7"),
        line("99203", claim="D2", patient="P7", dos="2024-09-02", npi="1234567890"),
        line("99201", claim="D3", patient="P8", received="2026-01-01", pos="77"),
        line("17003", "51", claim="D4", patient="P9"),
        line("17000", "50", claim="D4", number=2, patient="P9"),
        line("14040", "62", claim="D5", patient="Q1"),
        line("88305", claim="D6", patient="Q2", pos="22"),
        line("J7308", "JW", claim="D7", patient="Q3"),
        line("99213", claim="D8", patient="Q4"),
        line("99213", claim="D9", patient="Q4", frequency="7", received="2024-09-09"),
        line("99214", claim="E1", patient="Q5", to="2024-08-16"),
    )


@pytest.fixture(scope="module")
def expected(claims, store):
    """Return the signals of the universe as pandas."""
    return screening(claims, store, state="FL").signals


def test_the_universe_gives_signals_of_nearly_every_edit(expected):
    """All edits but those that a clean universe of this store cannot trip are there."""
    missing = {edit.id for edit in catalogue()} - set(expected["edit_id"])

    assert {"COVERAGE"} >= missing


def test_signals_carry_everything_that_a_reader_needs(expected):
    """Columns, no empty sentence or citation, closed severities, and never a patient."""
    assert COLUMNS == list(expected.columns)
    assert (
        expected["reason"].str.endswith(".").all()
        and not expected["reason"].str.contains("{", regex=False).any()
    )
    assert expected["citation"].str.len().gt(0).all()
    assert set(expected["severity"]) <= {"error", "advisory", "prompt"}
    assert (
        not expected.astype("str")
        .apply(lambda column: column.str.fullmatch(r"P\d|Q\d"))
        .any()
        .any()
    )
    ptp = expected[expected["edit_id"] == "PTP"].iloc[0]
    assert ("C1", 2, "C1", 1, "ptp-2024q3") == (
        ptp["claim_id"],
        ptp["line"],
        ptp["other_claim_id"],
        ptp["other_line"],
        ptp["edition"],
    )
    assert ptp["reason"].startswith("17000 is column 2 of 11102 ")


def test_the_same_kind_of_table_comes_back(claims, store, expected, tmp_path):
    """pandas, Polars, Arrow and Parquet go in and come out with the same rows."""
    arrow = pa.Table.from_pandas(claims, preserve_index=False)
    folder = tmp_path / "claims"
    folder.mkdir()
    for at in range(3):
        pq.write_table(arrow.slice(at * 8, 8), folder / f"part-{at}.parquet")
    pq.write_table(arrow, tmp_path / "one.parquet")

    from_arrow = screening(arrow, store, state="FL").signals
    from_polars = screening(pl.from_arrow(arrow), store, state="FL").signals
    from_folder = screening(folder, store, state="FL").signals
    from_file = screening(tmp_path / "one.parquet", store, state="FL", out=tmp_path / "x").signals

    assert isinstance(from_arrow, pa.Table) and isinstance(from_polars, pl.DataFrame)
    assert tmp_path / "claims-signals" == from_folder and tmp_path / "x" == from_file
    for found in (
        from_arrow,
        from_polars.to_arrow(),
        pq.read_table(from_folder),
        pq.read_table(from_file),
    ):
        pd.testing.assert_frame_equal(expected, in_order(found.to_pandas(), expected))


def in_order(frame, like):
    """Return the rows in the order of *like*, with its types."""
    keys = ["claim_id", "line", "edit_id", "outcome", "other_claim_id", "other_line"]
    return frame.astype(like.dtypes.to_dict()).sort_values(keys, ignore_index=True)


def test_a_folder_written_again_is_replaced_whole(claims, store, tmp_path):
    """The signals of an earlier run do not stay among those of a later one."""
    pq.write_table(pa.Table.from_pandas(claims, preserve_index=False), tmp_path / "c.parquet")
    first = screening(tmp_path / "c.parquet", store, ["PTP"]).signals
    (first / "left-over.parquet").write_bytes(b"")
    second = screening(tmp_path / "c.parquet", store, ["MUE-DAY"]).signals

    assert first == second
    assert {"MUE-DAY"} == set(pq.read_table(second)["edit_id"].to_pylist())
    assert {"c-signals", "c.parquet"} == {
        path.name for path in tmp_path.iterdir() if path.suffix != ".lock"
    }


def test_a_folder_of_other_things_is_never_replaced(claims, store, tmp_path):
    """`out=` by mistake on one's own folder or file leaves it as it was."""
    pq.write_table(pa.Table.from_pandas(claims, preserve_index=False), tmp_path / "c.parquet")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("kept")

    for out in ("mine", "mine/letter.txt"):
        with pytest.raises(SettingsError, match="would be replaced"):
            screening(tmp_path / "c.parquet", store, ["PTP"], out=tmp_path / out)
    assert "kept" == (tmp_path / "mine" / "letter.txt").read_text()


def test_the_command_screens_a_file_and_a_folder(store, tmp_path):
    """A file gives CSV and, if asked, rates by provider and the worklist; a folder Parquet."""
    frame = universe(line("11102"), line("17000"), line("99213", claim="C2", patient="P2"))
    frame.to_csv(tmp_path / "claims.csv", index=False)
    (tmp_path / "folder").mkdir()
    frame.to_parquet(tmp_path / "folder" / "part.parquet", index=False)

    def command(*words):
        options = ["--store", str(store.folder if hasattr(store, "folder") else store)]
        return CliRunner().invoke(app, ["screen", *map(str, words), *options, "--edit", "PTP"])

    at = tmp_path / "s.csv"
    uses = ["--by-provider", tmp_path / "p.csv", "--worklist", tmp_path / "w.csv"]
    one = command(tmp_path / "claims.csv", "--out", at, *uses)
    many = command(tmp_path / "folder", "--out", tmp_path / "signals")

    assert (0, 0) == (one.exit_code, many.exit_code), (one.output, many.output)
    assert [("PTP", 2)] == list(pd.read_csv(at)[["edit_id", "line"]].itertuples(index=False))
    assert [50.0] == pd.read_csv(tmp_path / "p.csv")["per_100"].tolist()
    assert ["17000"] == pd.read_csv(tmp_path / "w.csv", dtype="str")["code"].tolist()
    assert ["PTP"] == pq.read_table(tmp_path / "signals")["edit_id"].to_pylist()
    assert "The 1 signals" in many.output


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs a Java runtime")
@pytest.mark.filterwarnings("ignore:.*pandas:FutureWarning", "ignore:.*copy:DeprecationWarning")
def test_spark_gives_the_same_rows(claims, store, expected, tmp_path):
    """The same texts on Spark give the rows of DuckDB, and leave the user's views alone."""
    sql = pytest.importorskip("pyspark.sql")
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.default.parallelism", "1")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.log.level", "ERROR")
        .config("spark.sql.warehouse.dir", (tmp_path / "warehouse").as_uri())
        .getOrCreate()
    )
    try:
        frame = session.createDataFrame(
            pa.Table.from_pandas(
                claims.assign(
                    **{
                        name: claims[name].astype("datetime64[us]")
                        for name in claims
                        if name.startswith(("dos", "received"))
                    }
                ),
                preserve_index=False,
            )
        )
        session.sql("select 1 as mine").createOrReplaceTempView("lines")

        found = screening(frame, store, state="FL")

        assert isinstance(found.signals, type(frame)) and "spark" == found.engine
        pd.testing.assert_frame_equal(expected, in_order(found.signals.toPandas(), expected))
        assert ["mine"] == session.table("lines").columns
        slipped = frame.selectExpr("* except (units)", "'Jane Doe' as units")
        with pytest.raises(InputError, match="column 'units'") as caught:
            screening(slipped, store)
        assert "Jane" not in str(caught.value)
    finally:
        session.stop()


def test_what_could_not_be_screened_is_counted_and_said(claims, tmp_path, store):
    """Lines whose date no edition covers are counted for each edit, and warned of."""
    later = universe(
        line("11102"),
        line("17000", claim="C2", dos="2024-10-05"),
        line("17000", claim="C2", dos="2024-11-05"),
    )

    result = screening(later, store)
    coverage = result.coverage.set_index("edit_id")

    assert (1, 2) == tuple(coverage.loc["MUE-DAY", ["lines_screened", "lines_not_screened"]])
    assert "2 dates of service from 2024-10-05 to 2024-11-05" in coverage.loc["MUE-DAY", "why"]
    assert (3, 0) == tuple(coverage.loc["DUPLICATE", ["lines_screened", "lines_not_screened"]])
    assert "state" in coverage.loc["COVERAGE", "why"]
    with pytest.warns(NotScreenedWarning, match="MUE-DAY did not screen 2 of 3 lines"):
        screen(later, store, ["MUE-DAY"])


def test_an_edit_asked_for_without_an_edition_is_an_error(claims, tmp_path):
    """An empty store: the edit named cannot run, and the message says what to add."""
    with pytest.raises(EditionError, match="no ptp edition covers"):
        screen(claims, tmp_path / "empty", ["PTP"])
    with pytest.raises(SettingsError, match="state"):
        screen(claims, tmp_path / "empty", ["COVERAGE"])


def test_without_any_edition_the_edits_that_need_none_still_run(claims, tmp_path):
    """Duplicates, filing and numbers need no CMS file."""
    found = screening(claims, tmp_path / "empty")

    assert {"DUPLICATE", "TIMELY", "NPI"} <= set(found.signals["edit_id"])
    assert not set(found.signals["edit_id"]) & {"PTP", "MUE-DAY", "GLOBAL", "CODE"}


def test_replaced_and_voided_lines_are_set_aside_and_counted(store):
    """A claim that was replaced, and a void with the claim that it voids, are not screened."""
    result = screening(
        universe(
            line("11102"),
            line("17000"),
            line("11102", claim="C2", frequency="7", received="2024-09-01"),
            line("99213", claim="C3", patient="P2"),
            line("99213", claim="C4", patient="P2", frequency="8", received="2024-09-01"),
        ),
        store,
        ["PTP"],
    )

    assert (5, 4) == (result.lines, result.set_aside)
    assert 0 == len(result.signals)


def test_a_replacement_that_names_its_original_sets_only_that_aside(store):
    """The other claim of the patient's day stays; a number that the universe does not hold is
    read as if none were given."""
    claims = [
        line("11102", claim="A"),
        line("17000", claim="B"),
        line("11102", claim="C", frequency="7", received="2024-09-01", original="A"),
    ]
    named = screening(universe(*claims), store, ["PTP"])
    claims[-1]["original_claim_id"] = "the payer's 0001"
    unknown = screening(universe(*claims), store, ["PTP"])

    assert (3, 1, ["B"]) == (named.lines, named.set_aside, named.signals["claim_id"].tolist())
    assert (3, 2, 0) == (unknown.lines, unknown.set_aside, len(unknown.signals))


def test_optional_columns_may_be_missing(store):
    """The required columns alone are enough: signals that need more are simply not there."""
    short = universe(line("11102"), line("17000"), line("17110", units=3))[
        [
            "claim_id",
            "line",
            "patient_key",
            "rendering_npi",
            "billing_npi",
            "dos_from",
            "code",
            "units",
        ]
    ]

    assert {"PTP", "MUE-DAY"} <= set(screening(short, store).signals["edit_id"])


def test_missing_columns_are_named_together(claims, store):
    """Every required column that is missing is named at once."""
    with pytest.raises(InputError) as refused:
        screen(claims.drop(columns=["code", "patient_key"]), store)

    assert {"code", "patient_key"} == {one.column for one in refused.value.problems}


@pytest.mark.parametrize(
    ("claims_given", "options", "error"),
    [
        ([1, 2], {}, InputError),
        ("/no/such/folder", {}, InputError),
        (universe(line("99213")).iloc[:0], {}, InputError),
        (universe(line("99213")).assign(dos_from=pd.NaT), {}, InputError),
        (universe(line("99213")), {"edits": ["PTPP"]}, RuleError),
        (universe(line("99213")), {"engine": "sqlite"}, SettingsError),
        (universe(line("99213")), {"state": "Florida"}, SettingsError),
    ],
)
def test_what_cannot_be_screened_is_refused(store, claims_given, options, error):
    """No table, no file, no lines, no dates, no such edit, engine or state."""
    with pytest.raises(error):
        screen(claims_given, store, **options)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("units", ["1", "Jane Doe"]),
        ("dos_from", ["2024-08-14", "Jane Doe"]),
        ("line", ["1", "Jane Doe"]),
        ("units", [1.0, "Jane Doe"]),
    ],
)
def test_a_value_that_cannot_be_read_is_counted_and_never_shown(store, column, values):
    """Claims whose columns have slipped: a name where a number stands is not in the message."""
    claims = universe(line("99213"), line("99214")).astype({column: "object"})
    claims[column] = pd.Series(values, dtype="object")

    with pytest.raises(InputError) as caught:
        screen(claims, store, ["DUPLICATE"])

    assert f"column '{column}'" in str(caught.value) and "Jane" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_spark_is_named(monkeypatch, claims, store):
    """Without PySpark the message names the extra that brings it."""
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    monkeypatch.delitem(sys.modules, "auditkit.edits.spark", raising=False)

    with pytest.raises(SettingsError, match="spark"):
        screen(claims, store, ["DUPLICATE"], engine="spark")


def test_the_edits_texts_are_portable():
    """No text uses a function of one engine: only standard ones occur."""
    standard = {
        "cast",
        "coalesce",
        "max",
        "min",
        "sum",
        "count",
        "row_number",
        "varchar",
        "in",
        "exists",
        "over",
        "and",
        "or",
        "not",
        "on",
        "as",
        "when",
        "then",
        "else",
        "select",
        "where",
        "by",
        "join",
        "from",
        "case",
    }
    texts = [edit.text for edit in catalogue()]
    texts += [stage.text for stage in shared_stages().values()]
    for text in texts:
        code = "\n".join(row for row in text.splitlines() if not row.strip().startswith("--"))
        words = code.replace("(", " ( ").split()
        called = {words[at - 1].lower() for at, word in enumerate(words) if word == "(" and at}
        used = {word for word in called if word.isidentifier()} - standard
        assert not used, used
