"""Fit the simple models that every other has to beat, on the same split."""

import json
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.evaluation import floors
from seq2score.evaluation.evaluate import as_json, evaluate
from seq2score.evaluation.predictions import columns
from seq2score.sequences.encoding import encode
from seq2score.task import TASKS, task_of


def sample(table: pa.Table, most: int) -> pa.Table:
    """At most so many rows of a table, drawn by a fixed seed."""
    if len(table) <= most:
        return table
    return table.take(np.sort(np.random.default_rng(0).choice(len(table), most, replace=False)))


def fit(features: np.ndarray, train: pa.Table, scores: list[str], classes: list[str] | None):
    """One fit a penalty."""
    if classes:
        return floors.logistic(features, pc.index_in(train["score"], pa.array(classes)).to_numpy())
    return floors.ridge(features, np.stack([train[s].to_numpy() for s in scores], axis=1))


def measure(
    model: floors.Linear,
    features: np.ndarray,
    table: pa.Table,
    scores: list[str],
    classes: list[str] | None,
) -> dict:
    """The metrics of a fit on one part."""
    predicted = model(features)
    predicted = predicted[:, 0] if predicted.shape[1] == 1 else predicted
    truth = {score: table[score] for score in scores}
    compared = pa.table(truth | columns(predicted, scores, classes))
    return evaluate(compared)


def floor(name: str, parts: dict[str, pa.Table], scores: list[str], classes: list[str] | None):
    """The metrics of one kind of floor; of its penalties, the best on the validation set counts."""
    started = perf_counter()
    features = {part: floors.FEATURES[name](encode(t["sequence"])) for part, t in parts.items()}
    measured = [
        {p: measure(model, features[p], parts[p], scores, classes) for p in parts}
        for model in fit(features["train"], parts["train"], scores, classes)
    ]
    loss = task_of(classes).loss
    best = min(measured, key=lambda metrics: metrics["validation"][loss])
    return {
        **best.pop("test"),
        **best,
        "parameters": (features["train"].shape[1] + 1) * len(classes or scores),
        "train_seconds": perf_counter() - started,
    }


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    scores, task = snakemake.params.outputs, TASKS[snakemake.params.task]
    parts = {
        part: sample(pq.read_table(path, columns=["sequence", *scores]), floors.MOST_ROWS)
        for part, path in snakemake.input.items()
    }
    classes = None
    if task.labels:
        classes = sorted(set(parts["train"]["score"].to_pylist()))
    found = {}
    for name in floors.suitable(length=len(parts["train"]["sequence"][0].as_py())):
        found[f"{task.floor} on {name}"] = floor(name, parts, scores, classes)
    Path(snakemake.output[0]).write_text(
        json.dumps(as_json(found), indent=2) + "\n", encoding="utf-8"
    )
