"""Which sequences a model fails on, and what they share."""

import logging

import pyarrow.parquet as pq

from seq2score import tables
from seq2score.evaluation.failures import explained
from seq2score.inference.predictions import outputs_in

COLUMNS = ["output", "question", "feature", "sequences", "correlation", "p_value", "q_value"]
OURS = ("prediction", "probability_", "novelty", "expected_error")

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params = snakemake.params
    table = pq.read_table(snakemake.input[0])
    known = {"id", "sequence", "score", *outputs_in(table), params.weight, *params.replicates}
    further = [
        name for name in table.column_names if name not in known and not name.startswith(OURS)
    ]
    rows = explained(table, further, {"dna": "ACGT", "rna": "ACGU"}[params.alphabet])
    tables.write(rows, snakemake.output[0], COLUMNS)
    sure = sum(row["q_value"] <= 0.05 for row in rows)
    logging.info("%d of %d features go with residuals (q <= 0.05)", sure, len(rows))
