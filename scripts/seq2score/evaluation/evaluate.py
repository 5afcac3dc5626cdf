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
from seq2score.evaluation.resampling import Units


def evaluate(table: pa.Table, weight: str | None = None, units: Units | None = None) -> dict:
    """Number of rows, then each metric, with its 95% interval as `{metric}_ci`.

    table: scores and predictions. weight: a column of sample weights; each metric then stands there
    once more, as `weighted_{metric}`. units: what intervals resample, which `intervals_over` and
    `intervals_units` (their number) then tell; without them there are no intervals. With several
    scores, a metric is the mean over them, and `outputs` holds each one's own. With classes there
    is the confusion matrix too.
    """
    about = {"intervals_over": units.what, "intervals_units": units.count} if units else {}
    return {"n": len(table), **_metrics(table, _weights(table, weight), units), **about}


def _weights(table: pa.Table, weight: str | None) -> dict[str, np.ndarray]:
    """Sample weights by what the names of their metrics begin with."""
    weights = {"": np.ones(len(table))}
    return weights | ({"weighted_": table[weight].to_numpy().astype(float)} if weight else {})


def _metrics(table: pa.Table, weights: dict[str, np.ndarray], units: Units | None) -> dict:
    truth, predicted = truth_and_prediction(table)
    if classes := classes_in(table):
        measured = _told(classification(truth, predicted), weights, units)
        return {**measured, "classes": classes, "confusion": confusion(truth, predicted).tolist()}
    known, outputs = np.isfinite(truth), {}
    metrics = [
        regression(t[k], p[k]) for t, p, k in zip(truth.T, predicted.T, known.T, strict=True)
    ]
    if len(metrics) == 1:
        return _told(metrics[0], weights, units)
    for name, metric, rows in zip(outputs_in(table), metrics, known.T, strict=True):
        own = {prefix: w[rows] for prefix, w in weights.items()}
        outputs[name] = {"n": int(rows.sum()), **_told(metric, own, units and units.of(rows))}
    together = _told(mean_over_outputs(metrics, known), weights, units)
    return {**together, "outputs": outputs}


def _told(metrics: Metrics, weights: dict[str, np.ndarray], units: Units | None) -> dict:
    return {
        prefix + name: value
        for prefix, weight in weights.items()
        for name, value in (
            intervals.with_intervals(metrics, weight, units)
            if units
            else intervals.point(metrics, weight)
        ).items()
    }


def as_json(value: object) -> object:
    """JSON knows no NaN: a metric without a meaning is null."""
    if isinstance(value, dict):
        return {name: as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
