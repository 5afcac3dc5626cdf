"""Measure predictions: on the test set with intervals, on the train and validation set without."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from seq2score.evaluation.evaluate import as_json, evaluate


def headline(metrics: dict) -> str:
    """The metric to look at first, on the test set and beside it on what the model has seen."""
    name, label = ("accuracy", "accuracy") if "classes" in metrics else ("r2", "R²")
    return f"{label} {metrics[name]:.3f} on the test set, {metrics['train'][name]:.3f} on train"


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    weight = snakemake.params.weight
    metrics = evaluate(pq.read_table(snakemake.input.test), weight)
    for part in ["train", "validation"]:
        fitted = pq.read_table(snakemake.input[part])
        metrics[part] = evaluate(fitted, weight, with_intervals=False)
    job.tell(headline(metrics))
    text = json.dumps(as_json(metrics), indent=2, allow_nan=False)
    Path(snakemake.output[0]).write_text(text + "\n", encoding="utf-8")
