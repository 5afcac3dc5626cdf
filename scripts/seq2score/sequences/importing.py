"""From a checked table to our own form: one for every kind of file."""

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.sequences import cells, encoding, sources
from seq2score.sequences.columns import find_columns
from seq2score.sequences.duplicates import Merged, merge
from seq2score.sequences.rows import Batch, read
from seq2score.sequences.sources import open_source
from seq2score.sequences.survey import rejected, survey
from seq2score.task import Task

REJECTED = ["line", "id", "column", "value", "reason"]


class TableImport:
    """A table on its way to our own form: first its usable rows, then those that are not.

    Parameters
    ----------
    table
        A `table` section of the config.
    task
        That its scores are for.
    both_strands
        Whether a sequence and its reverse complement are one.
    verdict
        What `check_table` wrote.
    """

    def __init__(self, table: dict, task: Task, both_strands: bool, verdict: Mapping):
        self.table, self.task, self.both_strands = table, task, both_strands
        self.source = open_source(table)
        self.columns = find_columns(self.source, table, verdict["split_columns"])
        self.length, self.checked = verdict["length"], verdict["files"]
        self.types = {name: pa.type_for_alias(kind) for name, kind in verdict["types"].items()}
        self.faults = [cells.FAULTS.empty_table()]

    def rows(self) -> Iterator[pa.Table]:
        """The usable rows, a batch at a time: id, sequence, scores, then the further columns."""
        merged, start = self._merged(), 0
        for batch in read(self.source, self.columns, self.table, self.task):
            self.faults.append(batch.faults)
            rows = self._ours(batch)
            yield merged.apply(rows, start) if merged else rows
            start += len(batch.records)

    def rejected(self) -> list[dict]:
        """After `rows`, those that cannot be used: line, id, column, value and reason."""
        faults = pa.concat_tables(self.faults)
        return rejected(faults, self.source) if len(faults) or self.source.ragged else []

    def write(self, path: str | Path) -> int:
        """Write the usable rows as one Parquet file; how many there are."""
        rows, count = self.rows(), 0
        first = next(rows)
        with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
            for batch in chain([first], rows):
                writer.write_table(batch)
                count += batch.num_rows
        sources.refuse_changed(self.table, self.checked)
        return count

    def _merged(self) -> Merged | None:
        """Rows with the same sequence made one, where the table is to have means."""
        if self.table["duplicates"] != "mean":
            return None
        surveyed = survey(self.source, self.columns, self.table, self.task, self.both_strands)
        return merge(surveyed, self.columns, self.source.path, self.task)

    def _ours(self, batch: Batch) -> pa.Table:
        """The usable rows of a batch, their sequences all of one length."""
        length = self.table["length"]
        pad = length.get("pad", "right") if isinstance(length, dict) else "right"
        encoded = encoding.to_width(batch.flat, batch.lengths, self.length, pad)
        return pa.table(
            {
                "id": batch.columns["id"],
                "sequence": encoding.strings(encoded).cast(pa.string()),
                **{name: column for name, column in batch.columns.items() if name != "id"},
                **{
                    name: cells.as_type(column, self.types[name]) if name in self.types else column
                    for name, column in batch.others.items()
                },
            }
        )
