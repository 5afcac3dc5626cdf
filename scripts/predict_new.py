"""Predict sequences that have no score, with the models of all seeds; memory stays the same."""

import csv
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from seq2score.evaluation.prediction import Predictor, load
from seq2score.models.devices import choose_device
from seq2score.sequences.new import batches


def header(record: dict, seeds: list[int]) -> list[str]:
    """id, sequence, then of each score (or class) its mean, its spread, and each seed's."""
    names = ["id", "sequence", *(["prediction"] if record["classes"] else [])]
    for name in quantities(record):
        names += [name, name.replace("prediction", "spread", 1).replace("probability", "spread", 1)]
        names += [f"{name}_seed{seed}" for seed in seeds]
    return [*names, "problem"]


def quantities(record: dict) -> list[str]:
    """What the model predicts of each sequence, by column."""
    if record["classes"]:
        return [f"probability_{name}" for name in record["classes"]]
    several = len(record["outputs"]) > 1
    return [f"prediction_{o}" for o in record["outputs"]] if several else ["prediction"]


def predict(predictors: list[Predictor], sequences: pa.Array) -> Iterator[list]:
    """The cells of each row after id and sequence; a row that no model can take has a problem."""
    codes, problems = predictors[0].read(sequences)
    good = np.array([not problem for problem in problems], dtype=bool)
    each = [predictor.predict(codes[good]) for predictor in predictors]
    rows = iter(np.stack([np.atleast_2d(one.T).T for one in each], axis=2))
    record = predictors[0].record
    classes = record["classes"]
    empty = [""] * (len(quantities(record)) * (2 + len(predictors)) + bool(classes))
    for problem in problems:
        yield [*empty, problem] if problem else [*_cells(next(rows), classes), ""]


def _cells(each: np.ndarray, classes: list[str] | None) -> list[str]:
    """Mean, spread (standard deviation) and single predictions; each: (quantities, seeds)."""
    cells = [classes[each.mean(axis=1).argmax()]] if classes else []
    for values in each:
        spread = f"{values.std(ddof=1):.6g}" if len(values) > 1 else ""
        cells += [f"{values.mean():.6g}", spread, *(f"{value:.6g}" for value in values)]
    return cells


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    device = choose_device(snakemake.params.device)
    predictors = [load(Path(path).parent, device) for path in snakemake.input.weights]
    new, refused, total = snakemake.params.new, 0, 0
    with Path(snakemake.output[0]).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(header(predictors[0].record, snakemake.params.seeds))
        for batch in batches(snakemake.input.new, new["sequence"], new["id"]):
            ids, sequences = (batch[name].to_pylist() for name in ("id", "sequence"))
            for row in zip(ids, sequences, predict(predictors, batch["sequence"]), strict=True):
                table.writerow([*row[:2], *row[2]])
                refused += bool(row[2][-1])
            total += len(ids)
    logging.info(
        "%d of %d sequences predicted; the others have a `problem`", total - refused, total
    )
