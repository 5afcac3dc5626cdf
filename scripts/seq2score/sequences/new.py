"""Sequences without scores, from FASTA or a table, a batch at a time."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.errors import InputError
from seq2score.sequences import cells, fasta
from seq2score.sequences.tables import open_table

TABLES = (".csv", ".tsv", ".txt", ".parquet")

EMPTY = pa.record_batch([pa.array([], pa.string())] * 2, ["id", "sequence"])


def batches(path: str, sequence: str, identifier: str | None) -> Iterator[pa.RecordBatch]:
    """Rows of `id` and `sequence`, both text, in the order of the file.

    sequence, identifier: the columns of a table; without an identifier, or a column `id`, rows are
    numbered. Lines of a text table that are no rows come last, as `line 12`, without a sequence.
    Raises InputError for a file that cannot be read, or a column that is not there.
    """
    if not path.lower().removesuffix(".gz").endswith(TABLES):
        yield from fasta.batches(Path(path))
        return
    source = open_table({"path": path, "scores": None})
    for column in [sequence, *([identifier] if identifier else [])]:
        if column not in source.columns:
            there = ", ".join(source.columns[:30])
            raise InputError(f"{path}: there is no column {column!r}. The columns are {there}")
    identifier = identifier or ("id" if "id" in source.columns else None)
    start = 1
    for rows in source.batches():
        texts, _ = cells.texts(rows[sequence])
        ids = cells.texts(rows[identifier])[0] if identifier else _numbers(start, len(rows))
        yield pa.record_batch([ids.fill_null(""), texts.fill_null("")], ["id", "sequence"])
        start += len(rows)
    if source.ragged:
        _, ragged = source.locate([])
        lines = [f"line {line}" for line, _ in ragged]
        yield pa.record_batch([pa.array(lines), pa.array([""] * len(lines))], ["id", "sequence"])


def _numbers(start: int, count: int) -> pa.Array:
    numbers = pa.array(np.arange(start, start + count)).cast(pa.string())
    return pc.binary_join_element_wise("row", numbers, "")
