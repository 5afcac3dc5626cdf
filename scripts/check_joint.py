"""Refuse datasets that cannot be learned together: other lengths, rows that another one tests."""

from pathlib import Path

from seq2score import tables
from seq2score.splits import inherited
from seq2score.training import joint

REMEDY = (
    "split the datasets alike, or `leaks: drop_from_train` beside `together` leaves these rows out "
    "of what is learned together, `leaks: allow` keeps them"
)

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params = snakemake.params
    files = {
        part: dict(zip(params.datasets, map(Path, snakemake.input[part]), strict=True))
        for part in ("train", "validation", "test")
    }
    joint.refuse_other_lengths(files["train"])
    both_strands, told = params.reverse_complement != "none", []
    for name, test in files["test"].items():
        learnt = [
            files[part][other]
            for other in params.datasets
            for part in ("train", "validation")
            if other != name
        ]
        counts = inherited.shared(test, learnt, both_strands)
        if params.leaks == "error":
            inherited.refuse(counts, "together", REMEDY, f"the test set of {name}")
        told += [{"dataset": name, "file": file, "shared": n} for file, n in counts.items()]
    tables.write(told, snakemake.output[0])
    shared = sum(row["shared"] for row in told)
    job.tell(f"{shared:,} rows of one dataset hold a sequence that another one tests")
