"""Find clusters of similar sequences, and check that a split by them can be trained on."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.sequences.clusters import cluster
from seq2score.splits import parts, similarity, trainable


def clusters(path: str, identity: float, threads: int) -> pa.Table:
    """The id and cluster of every sequence of a file, in its order."""
    table = pq.ParquetFile(path)
    similarity.refuse_short(parts.sequence_length(path))
    batches = table.iter_batches(parts.ROWS_AT_ONCE, columns=["sequence"])
    found = cluster((batch["sequence"] for batch in batches), identity, threads)
    return pa.table({"id": table.read(["id"])["id"], "cluster": found})


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    split, params = snakemake.params.split, snakemake.params
    found = clusters(snakemake.input[0], split["identity"], snakemake.threads)
    count = pc.count_distinct(found["cluster"]).as_py()
    job.tell("%d clusters of %d sequences", count, found.num_rows)
    pq.write_table(found, snakemake.output[0], compression="zstd")
    both_strands = params.reverse_complement != "none"
    rows = parts.read_rows(snakemake.input[0], split, [], both_strands, snakemake.output[0])
    needed = [*params.outputs, *([params.weight] if params.weight else []), *params.inputs]
    values = pq.read_table(snakemake.input[0], columns=needed)
    for fold in parts.folds(split):
        assigned = parts.assign(fold, rows).parts
        trainable.refuse(values, params.outputs, params.weight, assigned)
        trainable.refuse_inputs(values, params.inputs, params.at, assigned)
