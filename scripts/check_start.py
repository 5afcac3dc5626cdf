"""Refuse a model that starts from one that has learned from rows of its test set."""

import logging

from seq2score import tables
from seq2score.splits import inherited

REMEDY = (
    "start from a model that has not learned from them, or `leaks: allow` beside `start_from` lets "
    "it"
)

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    input, params = snakemake.input, snakemake.params
    for folder in params.unchecked:
        logging.warning(
            "%s: the rows that this model learned from are not there (../splits/train.parquet): "
            "whether they hold a sequence of the test set cannot be checked",
            folder,
        )
    both_strands = params.reverse_complement != "none"
    told = inherited.shared(input.test, input.get("learnt", []), both_strands)
    if params.leaks == "error":
        inherited.refuse(told, "start_from", REMEDY)
    tables.write(
        [{"file": file, "shared": rows} for file, rows in told.items()], snakemake.output[0]
    )
    job.tell(f"{sum(told.values()):,} rows shared, {len(params.unchecked)} not checked")
