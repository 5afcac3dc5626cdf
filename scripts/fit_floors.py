"""Fit the simple models that every other has to beat, on the same split."""

import json
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.evaluation import floors
from seq2score.evaluation.evaluate import as_json, evaluate
from seq2score.inference.predictions import columns
from seq2score.sequences.encoding import encode
from seq2score.sequences.inputs import Inputs
from seq2score.sequences.transforms import BACK, FORTH
from seq2score.task import TASKS, task_of

NOTHING = Inputs()


def sample(table: pa.Table, most: int, labels: str | None = None) -> pa.Table:
    """At most so many rows of a table, drawn by a fixed seed.

    labels: the column of classes, each of which keeps at least its first row.
    """
    if len(table) <= most:
        return table
    rows = np.random.default_rng(0).choice(len(table), most, replace=False)
    if labels:
        classes = table[labels].to_numpy(zero_copy_only=False)
        rows = np.union1d(rows, np.unique(classes, return_index=True)[1])
    return table.take(np.sort(rows))


def seen_beside(train: str | Path, kinds: dict[str, str]) -> Inputs:
    """What stands beside sequences, of the whole train set: a sample may lack a rare level."""
    return Inputs.fit(pq.read_table(train, columns=[*kinds]), kinds, {})


@dataclass(frozen=True)
class Target:
    """What a floor learns: scores, transformed as the models learn them, or classes."""

    scores: list[str]
    transform: str = "none"
    classes: list[str] | None = None

    @property
    def loss(self) -> str:
        """The metric that chooses among penalties: on the scale that is learned."""
        loss = task_of(self.classes).loss
        return loss if self.transform == "none" else f"{self.transform}_{loss}"


def fit(features: np.ndarray, train: pa.Table, target: Target) -> list[floors.Linear]:
    """One fit a penalty."""
    if target.classes:
        labels = pc.index_in(train["score"], pa.array(target.classes)).to_numpy()
        return floors.logistic(features, labels)
    scores = np.stack([train[score].to_numpy() for score in target.scores], axis=1)
    return floors.ridge(features, FORTH[target.transform](scores))


def measure(model: floors.Linear, features: np.ndarray, table: pa.Table, target: Target) -> dict:
    """The metrics of a fit on one part."""
    predicted = BACK[target.transform](model(features))
    predicted = predicted[:, 0] if predicted.shape[1] == 1 else predicted
    truth = {score: table[score] for score in target.scores}
    compared = pa.table(truth | columns(predicted, target.scores, target.classes))
    return evaluate(compared, transform=target.transform)


def floor(name: str, parts: dict[str, pa.Table], target: Target, inputs: Inputs = NOTHING) -> dict:
    """The metrics of one kind of floor; of its penalties, the best on the validation set counts.

    inputs: what models see beside the sequences, and so every floor does.
    """
    started = perf_counter()
    features = {
        part: np.hstack(
            [floors.FEATURES[name](encode(table["sequence"])), inputs.encode(table, len(table))]
        )
        for part, table in parts.items()
    }
    measured = [
        {p: measure(model, features[p], parts[p], target) for p in parts}
        for model in fit(features["train"], parts["train"], target)
    ]
    best = min(measured, key=lambda metrics: metrics["validation"][target.loss])
    return {
        **best.pop("test"),
        **best,
        "parameters": (features["train"].shape[1] + 1) * len(target.classes or target.scores),
        "train_seconds": perf_counter() - started,
    }


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    scores, task = snakemake.params.outputs, TASKS[snakemake.params.task]
    kinds = snakemake.params.inputs
    parts = {
        part: sample(
            pq.read_table(path, columns=["sequence", *scores, *kinds]),
            floors.MOST_ROWS,
            scores[0] if task.labels else None,
        )
        for part, path in snakemake.input.items()
    }
    classes = None
    if task.labels:
        classes = sorted(set(parts["train"]["score"].to_pylist()))
    target = Target(scores, snakemake.params.score_transform, classes)
    inputs = seen_beside(snakemake.input.train, kinds)
    length = len(parts["train"]["sequence"][0].as_py())
    found = {}
    for name in floors.suitable(length, inputs.names):
        seen = name if name == floors.ALONE or not inputs else f"{name} and inputs"
        found[f"{task.floor} on {seen}"] = floor(name, parts, target, inputs)
    Path(snakemake.output[0]).write_text(
        json.dumps(as_json(found), indent=2) + "\n", encoding="utf-8"
    )
