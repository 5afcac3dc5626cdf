"""Measure predictions: on the test set with intervals, on the train and validation set without."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from seq2score.certainty import calibration
from seq2score.certainty.coverage import coverage
from seq2score.evaluation.evaluate import (
    as_json,
    ceilings,
    evaluate,
    smeared,
    smearing,
    with_information,
)
from seq2score.evaluation.resampling import units_of
from seq2score.task import task_measured


def headline(metrics: dict) -> str:
    """The metric to look at first, on the test set and beside it on what the model has seen."""
    task = task_measured(metrics)
    name, label = task.importance, task.metrics[task.importance].title
    return f"{label} {metrics[name]:.3f} on the test set, {metrics['train'][name]:.3f} on train"


def with_coverage(metrics: dict, told: dict) -> dict:
    """Metrics and what there is to say of the intervals, of each score where there are several."""
    outputs = {
        name: with_coverage(own, told["outputs"][name])
        for name, own in metrics.get("outputs", {}).items()
    }
    added = {key: value for key, value in told.items() if key not in ("n", "level", "outputs")}
    return metrics | added | ({"outputs": outputs} if outputs else {})


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    source, params = snakemake.input, snakemake.params
    test = pq.read_table(source.test)
    clusters = source.get("clusters") and pq.read_table(source.clusters)
    units = units_of(test, params.split, params.reverse_complement != "none", clusters)
    transform = params.score_transform
    told = coverage(test, calibration.load(source.certainty), params.level)
    metrics = with_coverage(evaluate(test, params.weight, units, transform), told)
    if not task_measured(metrics).labels:
        metrics = with_information(metrics, test, units)
    for part in ["train", "validation"]:
        metrics[part] = evaluate(pq.read_table(source[part]), params.weight, transform=transform)
    if transform != "none":
        factors = smearing(pq.read_table(source.validation), transform)
        metrics |= smeared(test, transform, factors)
    metrics |= ceilings(test, params.replicates, units, transform)
    job.tell(headline(metrics))
    text = json.dumps(as_json(metrics), indent=2, allow_nan=False)
    Path(snakemake.output[0]).write_text(text + "\n", encoding="utf-8")
