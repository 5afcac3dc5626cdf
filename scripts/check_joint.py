"""Refuse datasets that cannot be learned together: other lengths, rows that another one tests."""

from seq2score import job, tables
from seq2score.splits import inherited
from seq2score.training import joint

if __name__ == "__main__":
    job.start(snakemake)
    source, params = snakemake.input, job.settings(snakemake)
    joint.refuse_other_lengths(dict(zip(params.datasets, source["train"], strict=True)))
    files = {part: list(source[part]) for part in ("train", "validation", "test")}
    both_strands = params.reverse_complement != "none"
    rows = inherited.refuse_tested(files, params.datasets, both_strands, params.leaks)
    tables.write(rows, snakemake.output[0])
    shared = sum(row["shared"] for row in rows)
    job.tell(f"{shared:,} rows of one dataset hold a sequence that another one tests")
