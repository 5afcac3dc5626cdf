"""Split a data set into train, validation and test, each a file of its own."""

import json
import logging
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score import tables
from seq2score.splits import asked, parts, summary


def split_sequences(
    source: Path,
    split: dict,
    scores: list[str],
    both_strands: bool,
    outputs: list[Path],
    clusters: Path | None = None,
) -> list[dict]:
    """Copy each row to the file of its part; what became of them, a row a part.

    split: a config section. outputs: files for train, validation and test.
    """
    rows = parts.read_rows(source, split, scores, both_strands, clusters)
    assignment = parts.assign(split, rows)
    write_parts(source, assignment.parts, outputs)
    return summary.summarize(assignment, rows.hashes, pq.read_table(source, columns=scores))


def write_parts(path: Path, assigned: np.ndarray, outputs: list[Path]) -> None:
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


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    input, output, params = snakemake.input, snakemake.output, snakemake.params
    told = split_sequences(
        Path(input.sequences),
        params.split,
        params.outputs,
        params.reverse_complement != "none",
        [output[part] for part in parts.PARTS],
        input.get("clusters"),
    )
    asked.refuse(params.asked, input.sequences, params.outputs)
    if verdict := input.get("verdict"):
        told += summary.of_the_table(json.loads(Path(verdict).read_text(encoding="utf-8")))
    tables.write(told, output.summary)
    for part in told:
        logging.info("%(part)s: %(rows)d rows. %(note)s", part)
    job.tell(", ".join(f"{part['part']} {part['rows']:,}" for part in told))
