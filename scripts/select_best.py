"""Take over the best member of a sweep, by its place in the ranking."""

import shutil
from pathlib import Path


def best_of(ranking: str) -> str:
    """The member in the first row of a ranking's text."""
    header, first, *_ = (line.split("\t") for line in ranking.splitlines())
    return first[header.index("model")]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    best = best_of(Path(snakemake.input.ranking).read_text(encoding="utf-8"))
    job.tell("the best on the validation set is %s", best)
    files = {
        (path.parent.parent.name, path.name): path for path in map(Path, snakemake.input.models)
    }
    for output in map(Path, snakemake.output):
        shutil.copyfile(files[best, output.name], output)
