"""Make the synthetic data set."""

import logging

import pyarrow.parquet as pq

from seq2score import job
from seq2score.sequences import synthetic
from seq2score.task import TASKS

if __name__ == "__main__":
    job.start(snakemake)
    settings = snakemake.params.synthetic
    table = synthetic.make(settings, TASKS[snakemake.params.task])
    logging.info("%d sequences of %d letters", table.num_rows, settings["length"])
    pq.write_table(table, snakemake.output[0], compression="zstd")
