"""Average what the models of all seeds predict."""

import pyarrow.parquet as pq

from seq2score.evaluation.predictions import mean_of

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    for part, destination in snakemake.output.items():
        tables = [pq.read_table(path) for path in snakemake.input[part]]
        pq.write_table(mean_of(tables), destination, compression="zstd")
