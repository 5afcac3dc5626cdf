"""From the user's table to our own: one form for every kind of file."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from seq2score.sequences import cells, encoding
from seq2score.sequences.columns import Columns
from seq2score.sequences.delimited import Delimited
from seq2score.sequences.duplicates import Merged
from seq2score.sequences.fasta import FastaWithScores
from seq2score.sequences.parquet import Parquet
from seq2score.sequences.rows import read


def open_table(table: dict) -> Delimited | Parquet | FastaWithScores:
    """The source of the rows that a `table` section describes."""
    path = Path(table["path"])
    if not table["scores"]:
        return _opened(path)
    scores = _opened(Path(table["scores"]))
    return FastaWithScores(path, scores, table["sequence"], table["id"] or "id")


def _opened(path: Path) -> Delimited | Parquet:
    return Parquet(path) if path.name.lower().endswith(".parquet") else Delimited(path)


def our_rows(
    source,
    columns: Columns,
    table: dict,
    task: str,
    *,
    length: int,
    types: dict[str, pa.DataType],
    merged: Merged | None = None,
) -> Iterator[pa.Table]:
    """The usable rows as our table: id, sequence, the scores, then the user's further columns.

    length: letters of every sequence, padded or cropped as the `table` section says. types: of the
    columns of text that only travel along. merged: rows with the same sequence made one.
    """
    pad = table["length"].get("pad", "right") if isinstance(table["length"], dict) else "right"
    start = 0
    for batch in read(source, columns, table, task):
        codes = encoding.to_width(batch.flat, batch.lengths, length, pad)
        ours = pa.table(
            {
                "id": batch.columns["id"],
                "sequence": encoding.strings(codes).cast(pa.string()),
                **{name: column for name, column in batch.columns.items() if name != "id"},
                **{
                    name: cells.as_type(column, types[name]) if name in types else column
                    for name, column in batch.others.items()
                },
            }
        )
        yield merged.apply(ours, start) if merged else ours
        start += len(batch.records)
