"""Small tables as tab-separated text, for people and for the next step."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pyarrow as pa

# The columns of all our tables that hold names, words or letters.
TEXT = (
    *("dataset", "model", "seed", "run", "part", "note", "warnings"),
    *("id", "sequence", "output", "what", "group", "kind", "why", "letter"),
    *("motif", "name", "state", "consensus", "column", "value", "reason", "outcome"),
)


def write(rows: Iterable[dict], path: str | Path, columns: Iterable[str] = ()) -> None:
    """A row a dict, its columns those of all of them; floats to six digits, None as empty.

    columns: those that come first, and are there even without rows.
    """
    rows = list(rows)
    columns = list(dict.fromkeys([*columns, *(key for row in rows for key in row)]))
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([[_text(row.get(column)) for column in columns] for row in rows])


class Writer:
    """Batches of rows to a file, the names of the columns first; a null is empty."""

    def __init__(self, file: TextIO, schema: pa.Schema):
        self.rows = csv.writer(file, delimiter="\t", lineterminator="\n")
        self.rows.writerow(schema.names)

    def write_batch(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a batch."""
        cells = ([_text(value) for value in column.to_pylist()] for column in batch.columns)
        self.rows.writerows(zip(*cells, strict=True))


@contextmanager
def writer(path: str | Path, schema: pa.Schema) -> Iterator[Writer]:
    """What `write_batch`es a table that comes in pieces."""
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        yield Writer(file, schema)


def read(path: str | Path, text: Iterable[str] = ()) -> pa.Table:
    """The table: the columns of TEXT and `text` as text, empty where there is none.

    All others are numbers, null where there is none. What is text is declared, for a model, a class
    or a column of the user's may be named 1 or NA.
    """
    from pyarrow.csv import ConvertOptions, ParseOptions, read_csv

    table = read_csv(
        path,
        parse_options=ParseOptions(delimiter="\t", newlines_in_values=True),
        convert_options=ConvertOptions(column_types=dict.fromkeys([*TEXT, *text], pa.string())),
    )
    nothing = [field.name for field in table.schema if pa.types.is_null(field.type)]
    types = {name: pa.float64() for name in nothing}
    return table.cast(pa.schema([f.with_type(types.get(f.name, f.type)) for f in table.schema]))


def _text(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value
