"""A dataset split into files of its parts."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.sequences.adapters import adapters_of
from seq2score.sequences.encoding import encode
from seq2score.splits import parts, relatives, summary

ROWS_AT_ONCE = 1 << 13  # whose stretches are in memory at once


def split_sequences(
    source: str | Path,
    split: dict,
    scores: list[str],
    both_strands: bool,
    outputs: list[str | Path],
    relatives_file: str | Path,
    clusters: str | Path | None = None,
    verdict: str | Path | None = None,
) -> list[dict]:
    """Copy each row to the file of its part.

    Parameters
    ----------
    source
        The file of sequences.
    split
        A section of the config.
    scores
        Columns of scores.
    both_strands
        A sequence and its reverse complement are one.
    outputs
        Files of the parts, in the order of `parts.PARTS`, to write.
    relatives_file
        To write, of which test sequences have a relative in the train set.
    clusters
        The file of the sequences' clusters, where the split is by them.
    verdict
        The file of the verdict on the table that they come from.

    Returns
    -------
    list of dict
        What became of the rows, a row a part, and of the table.

    Raises
    ------
    InputError
        For a split that cannot be had, see `parts.assign`.
    """
    rows = parts.read_rows(source, split, scores, both_strands, clusters)
    assignment = parts.assign(split, rows)
    write_parts(source, assignment.parts, outputs)
    of_parts = summary.summarize(assignment, rows.hashes, pq.read_table(source, columns=scores))
    related, letters = related_to_train(source, assignment.parts, rows.hashes)
    pq.write_table(related, relatives_file)
    share = round(pc.mean(related["related"]).as_py(), 4) if len(related) else None
    for row in of_parts:
        row["related_to_train"] = share if row["part"] == "test" else None
        if row["part"] == "test":
            row["note"] = summary.flattery(share, letters, split["method"])
    of_parts += summary.of_adapters(adapters_of(outputs[0]), len(rows.hashes))
    if not verdict:
        return of_parts
    checked = json.loads(Path(verdict).read_text(encoding="utf-8"))
    return of_parts + summary.of_the_table(checked)


def related_to_train(
    source: str | Path, assigned: np.ndarray, hashes: np.ndarray
) -> tuple[pa.Table, int]:
    """Which test sequences have a relative in the train set, and the letters that they share.

    Parameters
    ----------
    source
        The file of sequences.
    assigned
        The part of each row, uint8 (rows,).
    hashes
        Of the rows' sequences, uint64 (rows,).

    Returns
    -------
    tuple of Table and int
        `hash` and `related` of distinct test sequences, of thousands at most; none where sequences
        are so short, for their number, that chance alone makes relatives.
    """
    letters = relatives.stretch(int((assigned == parts.TRAIN).sum()), parts.sequence_length(source))
    tests = np.flatnonzero(assigned == parts.TEST)
    tests = tests[np.unique(hashes[tests], return_index=True)[1]]
    if letters is None or not len(tests):
        return pa.table({"hash": pa.array([], pa.uint64()), "related": pa.array([], pa.bool_())}), 0
    tests = np.sort(tests[relatives.examined(hashes[tests])])
    test = np.concatenate([*_encoded(source, np.isin(np.arange(len(assigned)), tests))])
    related = relatives.related(test, _encoded(source, assigned == parts.TRAIN), letters)
    return pa.table({"hash": hashes[tests], "related": related}), letters


def _encoded(source: str | Path, chosen: np.ndarray) -> Iterator[np.ndarray]:
    """The chosen sequences of a file, encoded, a batch at a time."""
    start = 0
    for batch in pq.ParquetFile(source).iter_batches(ROWS_AT_ONCE, columns=["sequence"]):
        here = chosen[start : start + len(batch)]
        start += len(batch)
        yield encode(batch["sequence"].filter(pa.array(here)))


def write_parts(path: str | Path, assigned: np.ndarray, outputs: list[str | Path]) -> None:
    """Copy each row to the file of its part, in the order of the rows.

    Parameters
    ----------
    path
        The file of all rows.
    assigned
        The part of each, uint8 (rows,); those of no output are left out.
    outputs
        Files of the parts, in the order of `parts.PARTS`.
    """
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
