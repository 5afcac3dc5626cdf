"""Small tables as tab-separated text, for people and for the next step."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# The columns of all our tables that hold names, words or letters.
TEXT = (
    *("dataset", "model", "seed", "run", "part", "note", "warnings"),
    *("id", "sequence", "output", "what", "group", "kind", "why", "letter"),
    *("motif", "name", "state", "consensus", "column", "value", "reason", "outcome"),
)


def read(path: str | Path, text: Iterable[str] = ()) -> pd.DataFrame:
    """A table with declared text: a model, a class or a column of the user's may be named 1 or NA.

    Parameters
    ----------
    path
        A table as `write` writes it.
    text
        Columns that hold text, beside those of `TEXT`.

    Returns
    -------
    DataFrame
        Text is "" where there is none. Other columns are int64, float64 or bool, as their values
        are; Int64 and boolean where one is missing. A column of nothing is float64.
    """
    import pandas as pd

    text = {*TEXT, *text}
    with Path(path).open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file, delimiter="\t"))
    table = pd.read_csv(
        path,
        sep="\t",
        dtype={name: "str" for name in columns if name in text},
        dtype_backend="numpy_nullable",  # a missing integer makes the others no floats
        keep_default_na=False,
        na_values={name: ["", "nan"] for name in columns if name not in text},
    )
    for name, values in table.items():
        if pd.api.types.is_string_dtype(values.dtype):
            table[name] = values.fillna("")
        elif values.isna().all() or pd.api.types.is_float_dtype(values.dtype):
            table[name] = values.astype("float64")
        elif not values.isna().any():
            table[name] = values.astype(values.dtype.numpy_dtype)  # type: ignore[union-attr]
    return table


def read_rows(path: str | Path, text: Iterable[str] = ()) -> list[dict]:
    """The rows of `read`, a dict each; a number that is missing is None."""
    return rows_of(read(path, text))


def rows_of(table: pd.DataFrame) -> list[dict]:
    """The rows of a table, a dict of Python's own types each; a number that is missing is None."""
    values = table.astype(object)
    return values.where(table.notna(), None).to_dict("records")


def write(rows: Iterable[Mapping], path: str | Path, columns: Iterable[str] = ()) -> None:
    """Write rows as a table: floats to six digits, None as empty.

    Parameters
    ----------
    rows
        A mapping each. The columns are those of all of them.
    path
        The file.
    columns
        Those that come first, and are there even without rows.
    """
    import pandas as pd

    rows = list(rows)
    columns = list(dict.fromkeys([*columns, *(key for row in rows for key in row)]))
    cells = {name: [_text(row.get(name)) for row in rows] for name in columns}
    table = pd.DataFrame(cells, columns=columns, dtype=object)
    table.to_csv(path, sep="\t", index=False, lineterminator="\n")


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


def _text(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value
