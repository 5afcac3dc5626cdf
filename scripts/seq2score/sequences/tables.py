"""From the user's table to our own: one form for every kind of file."""

from collections.abc import Iterator

import pyarrow as pa

from seq2score.sequences import cells, encoding
from seq2score.sequences.columns import Columns
from seq2score.sequences.duplicates import Merged
from seq2score.sequences.rows import read
from seq2score.sequences.sources import Source
from seq2score.task import Task


def our_rows(
    source: Source,
    columns: Columns,
    table: dict,
    task: Task,
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
