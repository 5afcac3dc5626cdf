"""Put the parts of what each letter contributes together, in the order of the sequences."""

import logging

import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.attributions import store
from seq2score.inference.shares import gathered

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    problems = (pq.read_table(path, columns=["problem"])["problem"] for path in snakemake.input)
    count = sum(pc.sum(pc.equal(column, "")).as_py() or 0 for column in problems)
    length = pq.read_schema(snakemake.input[0]).field("codes").type.byte_width
    worst = store.write(gathered(snakemake.input), count, length, snakemake.output)
    logging.info("%d sequences, of %d parts", count, len(snakemake.input))
    logging.info("sums differ from the difference to the reference by at most %.3g", worst)
