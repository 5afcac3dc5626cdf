"""Which of the motifs that should be found the filters did find, over models and seeds."""

import itertools

from seq2score import job, tables
from seq2score.motifs.recovery import COLUMNS, recovery_table

if __name__ == "__main__":
    job.start(snakemake)
    params, source = job.settings(snakemake), snakemake.input
    runs = itertools.product(params.models, params.seeds)
    rows = recovery_table(runs, source.filters, source.matches, params.known)
    tables.write(rows, snakemake.output[0], COLUMNS)
