"""Very large CSV files, read in batches with only the columns that are wanted."""

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
import pyarrow.csv as pacsv

from auditkit.reference.source import Source, damage_named, delimited_rows, refuse

BLOCK = 16_000_000


def captions(source: Source) -> list[str]:
    """Return the column names of *source*, from its first row."""
    return (
        next(delimited_rows(source.text_head.splitlines()[0], source.names), [])
        if source.text_head
        else []
    )


def batches(
    source: Source,
    wanted: Sequence[str],
    shape: Callable[[pa.RecordBatch], pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of *source* in batches of the *wanted* columns, as *shape* makes them.

    Raises:
        InputError: when a row has not as many columns as the header, or is longer than a block.
    """
    options = {
        "read_options": pacsv.ReadOptions(block_size=BLOCK, encoding=_encoding(source)),
        "parse_options": pacsv.ParseOptions(newlines_in_values=False),
        "convert_options": pacsv.ConvertOptions(
            include_columns=list(wanted),
            column_types=dict.fromkeys(wanted, pa.string()),
            strings_can_be_null=False,
        ),
    }
    rows = 1
    try:
        with (
            source.open() as stream,
            damage_named(source.names),
            pacsv.open_csv(stream, **options) as reader,
        ):
            for batch in reader:
                rows += batch.num_rows
                yield shape(batch)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise refuse(
            source.names,
            "a row is not a row of the table (the file may be cut short)",
            "as many columns in every row as the header has; download the file again",
            row=rows + 1,
        ) from error


def _encoding(source: Source) -> str:
    """Return UTF-8, or Latin-1 where the beginning of the file is not UTF-8."""
    try:
        source.head[:-4].decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf8"
