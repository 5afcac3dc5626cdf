"""A checked table brought into our own form."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.sequences.columns import find_columns
from seq2score.sequences.duplicates import merge
from seq2score.sequences.sources import open_source
from seq2score.sequences.survey import rejected, survey
from seq2score.sequences.tables import our_rows
from seq2score.task import Task

REJECTED = ["line", "id", "column", "value", "reason"]


def import_table(
    table: dict, task: Task, reverse_complement: str, verdict: dict
) -> Iterator[pa.Table]:
    """The usable rows of a table, a batch at a time. verdict: what `check_table` found."""
    source = open_source(table)
    columns = find_columns(source, table, verdict["split_columns"])
    merged = None
    if table["duplicates"] == "mean":
        found = survey(source, columns, table, task, reverse_complement != "none")
        merged = merge(found, columns, source.path, task)
    types = {name: pa.type_for_alias(kind) for name, kind in verdict["types"].items()}
    yield from our_rows(
        source, columns, table, task, length=verdict["length"], types=types, merged=merged
    )


def rejected_rows(table: dict, task: Task, verdict: dict) -> list[dict]:
    """The rows of a table that cannot be used, and why."""
    source = open_source(table)
    columns = find_columns(source, table, verdict["split_columns"])
    return rejected(survey(source, columns, table, task, both_strands=False), source)


def write_rows(rows: Iterator[pa.Table], path: str | Path) -> int:
    """Write tables of one schema as one Parquet file; how many rows they had."""
    first = next(rows)
    count = first.num_rows
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for more in rows:
            writer.write_table(more)
            count += more.num_rows
    return count


def import_to(
    table: dict,
    task: Task,
    reverse_complement: str,
    verdict: dict,
    path: str | Path,
) -> tuple[int, list[dict]]:
    """Write the usable rows of a table as Parquet; how many, and the rows that cannot be used."""
    written = write_rows(import_table(table, task, reverse_complement, verdict), path)
    return written, rejected_rows(table, task, verdict) if verdict["rejected"] else []
