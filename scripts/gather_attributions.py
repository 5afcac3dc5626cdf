"""Put the parts of what each letter contributes together, in the order of the sequences."""

import logging

from seq2score import job
from seq2score.attributions import store

if __name__ == "__main__":
    job.start(snakemake)
    parts = snakemake.input
    count = store.gather(parts, snakemake.output)
    logging.info("%d sequences, of %d parts", count, len(parts))
