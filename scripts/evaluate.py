"""Measure predictions: on the test set with intervals, on the train and validation set without."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from seq2score.evaluation.evaluate import as_json, evaluate

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    weight = snakemake.params.weight
    metrics = evaluate(pq.read_table(snakemake.input.test), weight)
    for part in ["train", "validation"]:
        fitted = pq.read_table(snakemake.input[part])
        metrics[part] = evaluate(fitted, weight, with_intervals=False)
    text = json.dumps(as_json(metrics), indent=2, allow_nan=False)
    Path(snakemake.output[0]).write_text(text + "\n", encoding="utf-8")
