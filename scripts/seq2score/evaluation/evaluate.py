"""The metrics of a table of predictions."""

import numpy as np
import pyarrow as pa

from seq2score.evaluation import intervals
from seq2score.evaluation.metrics import (
    Metrics,
    classification,
    confusion,
    mean_over_outputs,
    regression,
)
from seq2score.evaluation.predictions import classes_in, outputs_in, truth_and_prediction


def evaluate(table: pa.Table, weight: str | None = None, with_intervals: bool = True) -> dict:
    """Number of rows, then each metric, with its 95% interval as `{metric}_ci`.

    table: scores and predictions. weight: a column of sample weights; each metric then stands there
    once more, as `weighted_{metric}`. With several scores, a metric is the mean over them, and
    `outputs` holds each one's own. With classes there is the confusion matrix too.
    """
    truth, predicted = truth_and_prediction(table)
    weights = {"": np.ones(len(table))}
    if weight:
        weights["weighted_"] = table[weight].to_numpy().astype(float)
    if classes := classes_in(table):
        found = _told(classification(truth, predicted), weights, with_intervals)
        counts = confusion(truth, predicted).tolist()
        return {"n": len(table), **found, "classes": classes, "confusion": counts}
    known, outputs = np.isfinite(truth), {}
    metrics = [
        regression(t[k], p[k]) for t, p, k in zip(truth.T, predicted.T, known.T, strict=True)
    ]
    if len(metrics) == 1:
        return {"n": len(table), **_told(metrics[0], weights, with_intervals)}
    for name, one, rows in zip(outputs_in(table), metrics, known.T, strict=True):
        own = {prefix: w[rows] for prefix, w in weights.items()}
        outputs[name] = {"n": int(rows.sum()), **_told(one, own, with_intervals)}
    together = _told(mean_over_outputs(metrics, known), weights, with_intervals)
    return {"n": len(table), **together, "outputs": outputs}


def _told(metrics: Metrics, weights: dict[str, np.ndarray], with_intervals: bool) -> dict:
    tell = intervals.with_intervals if with_intervals else intervals.point
    return {
        prefix + name: value
        for prefix, weight in weights.items()
        for name, value in tell(metrics, weight).items()
    }


def as_json(value: object) -> object:
    """JSON knows no NaN: a metric without a meaning is null."""
    if isinstance(value, dict):
        return {name: as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
