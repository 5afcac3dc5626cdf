"""Join the train and validation sets of several datasets, for one network that learns them all.

Reads test sets only to leave out what they test, where that is asked for.
"""

from pathlib import Path

import numpy as np

from seq2score import tables
from seq2score.splits import inherited
from seq2score.training import joint
from seq2score.training.joint import Member


def staying(
    files: dict[str, Path], tests: dict[str, Path], both_strands: bool
) -> dict[str, np.ndarray]:
    """By dataset, which rows of its file hold no sequence that another one tests, bool (rows,)."""
    return {
        name: ~inherited.known(
            file, [test for other, test in tests.items() if other != name], both_strands
        )
        for name, file in files.items()
    }


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    input, output, params = snakemake.input, snakemake.output, snakemake.params
    train, validation, test = (
        dict(zip(params.datasets, map(Path, input.get(part, ())), strict=part != "test"))
        for part in ("train", "validation", "test")
    )
    members = {name: Member.of(about, train[name]) for name, about in params.datasets.items()}
    told = []
    for part, files in {"train": train, "validation": validation}.items():
        stay = staying(files, test, params.reverse_complement != "none")
        joint.join(files, members, stay, output[part])
        told += [
            {"dataset": name, "part": part, "rows": int(kept.sum()), "left_out": int((~kept).sum())}
            for name, kept in stay.items()
        ]
    tables.write(told, output.summary)
    for row in told:
        job.tell("%(dataset)s: %(rows)d %(part)s rows, %(left_out)d left out", row)
