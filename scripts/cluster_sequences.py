"""Find clusters of similar sequences, and check that a split by them can be trained on."""

import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score import job
from seq2score.splits.clustering import cluster_file, refuse_untrainable

if __name__ == "__main__":
    job.start(snakemake)
    sequences, output, params = snakemake.input[0], snakemake.output[0], job.settings(snakemake)
    clusters = cluster_file(sequences, params.split["identity"], snakemake.threads)
    count = pc.count_distinct(clusters["cluster"]).as_py()
    job.tell("%d clusters of %d sequences", count, clusters.num_rows)
    pq.write_table(clusters, output, compression="zstd")
    refuse_untrainable(
        sequences,
        output,
        params.split,
        params.reverse_complement != "none",
        params.outputs,
        params.weight,
        params.inputs,
        params.at,
    )
