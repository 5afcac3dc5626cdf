"""Make the synthetic data set."""

import logging

import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.sequences import synthetic
from seq2score.task import TASKS, Task


def make_sequences(settings: dict, task: Task) -> pa.Table:
    """The table of a `synthetic` section, its size told."""
    table = synthetic.make(settings, task)
    logging.info("%d sequences of %d letters", table.num_rows, settings["length"])
    return table


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    made = make_sequences(snakemake.params.synthetic, TASKS[snakemake.params.task])
    pq.write_table(made, snakemake.output[0], compression="zstd")
