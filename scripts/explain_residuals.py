"""Which sequences a model fails on, and what they share."""

import logging

import pyarrow.parquet as pq

from seq2score import job, tables
from seq2score.evaluation.failures import COLUMNS, explain_residuals

if __name__ == "__main__":
    job.start(snakemake)
    params, table = job.settings(snakemake), pq.read_table(snakemake.input[0])
    rows = explain_residuals(table, params.weight, params.replicates, params.alphabet)
    tables.write(rows, snakemake.output[0], COLUMNS)
    sure = sum(row["q_value"] <= 0.05 for row in rows)
    logging.info("%d of %d features go with residuals (q <= 0.05)", sure, len(rows))
