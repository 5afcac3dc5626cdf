"""Refuse a model that starts from one that has learned from rows of its test set."""

from seq2score import job, tables
from seq2score.splits import inherited

if __name__ == "__main__":
    job.start(snakemake)
    source, params = snakemake.input, job.settings(snakemake)
    inherited.warn_unchecked(params.unchecked)
    both_strands = params.reverse_complement != "none"
    learnt = source.get("learnt", [])
    rows = inherited.refuse_inherited(source.test, learnt, both_strands, params.leaks)
    tables.write(rows, snakemake.output[0])
    shared = sum(row["shared"] for row in rows)
    job.tell(f"{shared:,} rows shared, {len(params.unchecked)} not checked")
