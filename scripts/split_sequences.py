"""Split a data set into train, validation and test, each a file of its own."""

import logging
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score import tsv
from seq2score.sequences.encoding import encode
from seq2score.sequences.hashing import sequence_hashes
from seq2score.splits import parts, summary

ROWS_AT_ONCE = 1 << 17


def read_rows(path: Path, split: dict, scores: list[str], both_strands: bool) -> parts.Rows:
    """What the split depends on: hashes of the sequences, strata, and the columns it names."""
    table = pq.ParquetFile(path)
    hashes = [
        sequence_hashes(encode(batch["sequence"]), both_strands)
        for batch in table.iter_batches(ROWS_AT_ONCE, columns=["sequence"])
    ]
    return parts.Rows(
        hashes=np.concatenate(hashes),
        strata=parts.strata(table.read([scores[0]])[scores[0]]) if split.get("stratify") else None,
        columns={
            name: parts.as_dictionary(table.read([name])[name]) for name in parts.columns(split)
        },
    )


def write_parts(path: Path, assigned: np.ndarray, outputs: list[Path]) -> None:
    """Copy each row to the file of its part, in the order of the rows."""
    table = pq.ParquetFile(path)
    writers = [pq.ParquetWriter(out, table.schema_arrow, compression="zstd") for out in outputs]
    start = 0
    for batch in table.iter_batches(ROWS_AT_ONCE):
        part = assigned[start : start + len(batch)]
        start += len(batch)
        for index, writer in enumerate(writers):
            writer.write_batch(batch.filter(pa.array(part == index)))
    for writer in writers:
        writer.close()


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    source, split = Path(snakemake.input.sequences), snakemake.params.split
    score = snakemake.params.score
    scores = score if isinstance(score, list) else ["score"]
    rows = read_rows(source, split, scores, snakemake.params.reverse_complement != "none")
    assignment = parts.assign(split, rows)
    write_parts(source, assignment.parts, [snakemake.output[part] for part in parts.PARTS])
    told = summary.summarize(assignment, rows.hashes, pq.read_table(source, columns=scores))
    tsv.write(told, snakemake.output.summary)
    for part in told:
        logging.info("%(part)s: %(rows)d rows %(note)s", part)
