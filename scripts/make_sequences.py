"""Make the synthetic data set."""

import logging

import pyarrow.parquet as pq

from seq2score import job
from seq2score.sequences import synthetic
from seq2score.task import TASKS

if __name__ == "__main__":
    job.start(snakemake)
    params = job.settings(snakemake)
    table = synthetic.make(params.synthetic, TASKS[params.task])
    logging.info("%d sequences of %d letters", table.num_rows, params.synthetic["length"])
    pq.write_table(table, snakemake.output[0], compression="zstd")
