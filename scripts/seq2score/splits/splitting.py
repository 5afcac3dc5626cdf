"""A dataset split into files of its parts."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.splits import parts, summary


def split_sequences(
    source: str | Path,
    split: dict,
    scores: list[str],
    both_strands: bool,
    outputs: list[str | Path],
    clusters: str | Path | None = None,
    verdict: str | Path | None = None,
) -> list[dict]:
    """Copy each row to the file of its part.

    Parameters
    ----------
    source : the file of sequences
    split : a section of the config
    scores : columns of scores
    both_strands : a sequence and its reverse complement are one
    outputs : files of the parts, in the order of `parts.PARTS`
    clusters : the file of the sequences' clusters, where the split is by them
    verdict : the file of the verdict on the table that they come from

    Returns
    -------
    What became of the rows, a row a part, and of the table.
    """
    rows = parts.read_rows(source, split, scores, both_strands, clusters)
    assignment = parts.assign(split, rows)
    write_parts(source, assignment.parts, outputs)
    of_parts = summary.summarize(assignment, rows.hashes, pq.read_table(source, columns=scores))
    if not verdict:
        return of_parts
    checked = json.loads(Path(verdict).read_text(encoding="utf-8"))
    return of_parts + summary.of_the_table(checked)


def write_parts(path: str | Path, assigned: np.ndarray, outputs: list[str | Path]) -> None:
    """Copy each row to the file of its part, in the order of the rows."""
    table = pq.ParquetFile(path)
    writers = [pq.ParquetWriter(out, table.schema_arrow, compression="zstd") for out in outputs]
    start = 0
    for batch in table.iter_batches(parts.ROWS_AT_ONCE):
        part = assigned[start : start + len(batch)]
        start += len(batch)
        for index, writer in enumerate(writers):
            writer.write_batch(batch.filter(pa.array(part == index)))
    for writer in writers:
        writer.close()
