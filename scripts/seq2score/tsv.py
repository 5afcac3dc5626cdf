"""Small tables as tab-separated text, for people and for the next step."""

import csv
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa


def write(rows: Iterable[dict], path: str | Path, columns: Iterable[str] = ()) -> None:
    """A row a dict, its columns those of all of them; floats to six digits, None as empty.

    columns: those that come first, and are there even without rows.
    """
    rows = list(rows)
    columns = list(dict.fromkeys([*columns, *(key for row in rows for key in row)]))
    with Path(path).open("w", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([[_text(row.get(column)) for column in columns] for row in rows])


def read(path: str | Path, text: Iterable[str] = ()) -> pa.Table:
    """The table, its types inferred: empty numbers are null, empty text is empty.

    text: columns that stay text, such as ids, even where they look like numbers.
    """
    from pyarrow.csv import ConvertOptions, ParseOptions, read_csv

    return read_csv(
        path,
        parse_options=ParseOptions(delimiter="\t"),
        convert_options=ConvertOptions(column_types=dict.fromkeys(text, pa.string())),
    )


def _text(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value
