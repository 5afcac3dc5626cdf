"""Take over the best member of a sweep, by its place in the ranking."""

import shutil
from pathlib import Path

from seq2score import job
from seq2score.training.trials import best_of

if __name__ == "__main__":
    job.start(snakemake)
    best = best_of(snakemake.input.ranking)
    job.tell("the best on the validation set is %s", best)
    files = {(path.parts[-3], path.name): path for path in map(Path, snakemake.input.models)}
    for output in map(Path, snakemake.output):
        shutil.copyfile(files[best, output.name], output)
