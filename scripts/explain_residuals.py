"""Which sequences a model fails on, and what they share."""

import logging

import pyarrow.parquet as pq

from seq2score import job, tables
from seq2score.evaluation.failures import COLUMNS, explain_residuals
from seq2score.evaluation.resampling import units_in_files

if __name__ == "__main__":
    job.start(snakemake)
    params, source = job.settings(snakemake), snakemake.input
    table = pq.read_table(source.predictions)
    units = units_in_files(table, source, params.split, params.reverse_complement)
    known = [params.weight, *params.replicates]
    rows = explain_residuals(table, known, units, params.alphabet)
    tables.write(rows, snakemake.output[0], COLUMNS)
    sure = sum(row["q_value"] <= 0.05 for row in rows)
    logging.info("%d of %d features go with residuals (q <= 0.05)", sure, len(rows))
