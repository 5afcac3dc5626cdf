"""The metrics of a table of predictions."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from seq2score.evaluation import information, intervals
from seq2score.evaluation.ceiling import NOTE, ceiling, remark
from seq2score.evaluation.metrics import (
    Metrics,
    classification,
    confusion,
    mean_over_outputs,
    regression,
)
from seq2score.evaluation.resampling import Units
from seq2score.inference.predictions import classes_in, outputs_in, truth_and_prediction
from seq2score.sequences.transforms import FORTH
from seq2score.task import task_measured


def evaluate(
    table: pa.Table,
    weight: str | None = None,
    units: Units | None = None,
    transform: str = "none",
) -> dict:
    """The metrics of a table of predictions.

    Parameters
    ----------
    table
        Scores and predictions.
    weight
        A column of sample weights; each metric then stands there once more, weighted.
    units
        What intervals resample; without them there are no intervals.
    transform
        The `score_transform` that was learned, on whose scale each metric is measured too.

    Returns
    -------
    dict
        `n`, the number of rows, then each metric, its 95% interval as `{metric}_ci`, and as
        `weighted_{metric}`, `log2_{metric}` or `log1p_{metric}` what was asked for beside it. With
        several scores, a metric is the mean over them, and `outputs` holds each one's own. With
        classes, `classes` and the matrix `confusion`. With units, `intervals_over` and
        `intervals_units` tell what they are and how many.
    """
    resampled = {"intervals_over": units.what, "intervals_units": units.count} if units else {}
    truth, predicted = truth_and_prediction(table)
    weights = {"": np.ones(len(table))}
    if weight:
        weights["weighted_"] = table[weight].to_numpy().astype(float)
    if classes := classes_in(table):
        measured = _values(classification(truth, predicted), weights, units)
        counts = confusion(truth, predicted).tolist()
        return {"n": len(table), **measured, "classes": classes, "confusion": counts, **resampled}
    names = outputs_in(table)
    measured = measure(names, truth, predicted, weights, units)
    if transform != "none":
        forth = FORTH[transform]
        there = measure(names, forth(truth), forth(predicted), {"": weights[""]}, units)
        measured = _joined(measured, there, f"{transform}_")
    return {"n": len(table), **measured, **resampled}


def measure(
    names: Sequence[str],
    truth: np.ndarray,
    predicted: np.ndarray,
    weights: dict[str, np.ndarray],
    units: Units | None,
) -> dict:
    """Metrics of scores on one scale; of several, their mean, and each one's own in `outputs`.

    Parameters
    ----------
    names
        Of the scores.
    truth, predicted
        Float (n, scores), NaN where none was measured.
    weights
        Float (n,) each, by what the names of their metrics begin with.
    units
        What intervals resample; None for no intervals.
    """
    known, outputs = np.isfinite(truth), {}
    metrics = [
        regression(t[k], p[k]) for t, p, k in zip(truth.T, predicted.T, known.T, strict=True)
    ]
    if len(metrics) == 1:
        return _values(metrics[0], weights, units)
    for name, metric, rows in zip(names, metrics, known.T, strict=True):
        of_rows = {prefix: w[rows] for prefix, w in weights.items()}
        outputs[name] = {"n": int(rows.sum()), **_values(metric, of_rows, units and units.of(rows))}
    return {**_values(mean_over_outputs(metrics, known), weights, units), "outputs": outputs}


def smearing(validation: pa.Table, transform: str) -> np.ndarray:
    """By how much means of scores are above the predictions (Duan's smearing estimate, Duan 1983).

    A model that learned a transformed score predicts its mean there, which is, transformed back,
    nearer to the median of the score: too low for its mean where errors are large. The estimate of
    the mean is the mean over the errors that were seen, on rows that the model was not fitted to,
    whatever their distribution; for both logarithms it is a factor.

    Parameters
    ----------
    validation
        Scores and predictions of the validation set.
    transform
        "log2" or "log1p".

    Returns
    -------
    ndarray
        Factors of the score, or for log1p of 1 + score, float (scores,).
    """
    truth, predicted = truth_and_prediction(validation)
    error = FORTH[transform](truth) - FORTH[transform](predicted)
    return np.nanmean({"log2": np.exp2, "log1p": np.exp}[transform](error), axis=0)


def smeared(table: pa.Table, transform: str, factors: np.ndarray) -> dict:
    """Metrics of the scores' means by Duan's smearing.

    Parameters
    ----------
    table
        Scores and predictions.
    transform
        "log2" or "log1p".
    factors
        From `smearing`, float (scores,).

    Returns
    -------
    dict
        `smeared_{metric}`, of several scores their mean, and as `smearing` the factor of each.
    """
    truth, predicted = truth_and_prediction(table)
    shift = 1 if transform == "log1p" else 0
    means = factors * (predicted + shift) - shift
    measured = measure(outputs_in(table), truth, means, {"smeared_": np.ones(len(table))}, None)
    measured.pop("outputs", None)
    return {"smearing": dict(zip(outputs_in(table), factors.tolist(), strict=True)), **measured}


def ceilings(table: pa.Table, replicates: Sequence[str], units: Units, transform: str) -> dict:
    """The ceilings that noise sets, with intervals, on the score's scale and on the learned one.

    Parameters
    ----------
    table
        Scores, predictions and replicates.
    replicates
        Columns; of fewer than two there is no ceiling, and nothing is returned.
    units
        What intervals resample.
    transform
        The `score_transform` that was learned.

    Returns
    -------
    dict
        Metrics of `ceiling`, with the transform as prefix on its scale, and a note where the
        ceiling takes for granted what does not hold.
    """
    if len(replicates) < 2:
        return {}
    values = np.stack([table[name].to_numpy().astype(float) for name in replicates], axis=1)
    scales = {"": values}
    if transform != "none":
        with np.errstate(invalid="ignore", divide="ignore"):  # a replicate of 0 has no logarithm
            scales[f"{transform}_"] = FORTH[transform](values)
    bounds = {
        prefix + name: value
        for prefix, scale in scales.items()
        for name, value in intervals.with_intervals(
            ceiling(scale), np.ones(len(table)), units
        ).items()
    }
    note = remark(truth_and_prediction(table)[0][:, 0], values)
    return bounds | ({NOTE: note} if note else {})


def with_information(metrics: dict, table: pa.Table, units: Units) -> dict:
    """Metrics of scores, and the bits that predictions tell of each; of several, their mean.

    Parameters
    ----------
    metrics
        As `evaluate` gives them.
    table
        The scores and predictions that they are of.
    units
        Of the rows.
    """
    names = outputs_in(table)
    each = {}
    for name, score, predicted in zip(
        names, *(values.T for values in truth_and_prediction(table)), strict=True
    ):
        known = np.isfinite(score)
        each[name] = information.predictive(score[known], predicted[known], units.of(known))
    if len(names) == 1:
        return metrics | each[names[0]]
    outputs = {name: of_output | each[name] for name, of_output in metrics["outputs"].items()}
    mean = float(np.mean([of_output[information.NAME] for of_output in each.values()]))
    return metrics | {information.NAME: mean, "outputs": outputs}


def _joined(measured: dict, there: dict, prefix: str) -> dict:
    """Metrics on two scales; those of the second have a prefix, within `outputs` too."""
    outputs = measured.pop("outputs", {})
    of_second = there.pop("outputs", {})
    measured |= {prefix + name: value for name, value in there.items()}
    if not outputs:
        return measured
    return measured | {
        "outputs": {name: _joined(of, {**of_second[name]}, prefix) for name, of in outputs.items()}
    }


def _values(metrics: Metrics, weights: dict[str, np.ndarray], units: Units | None) -> dict:
    return {
        prefix + name: value
        for prefix, weight in weights.items()
        for name, value in (
            intervals.with_intervals(metrics, weight, units)
            if units
            else intervals.point(metrics, weight)
        ).items()
    }


def headline(metrics: Mapping) -> str:
    """The metric to look at first, on the test set and on what the model has seen."""
    task = task_measured(metrics)
    name, label = task.importance, task.metrics[task.importance].title
    return f"{label} {metrics[name]:.3f} on the test set, {metrics['train'][name]:.3f} on train"


def write_json(value: Mapping, path: str | Path) -> None:
    """Write metrics as JSON."""
    text = json.dumps(as_json(value), indent=2, allow_nan=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def as_json(value: object) -> object:
    """JSON knows no NaN: a metric without a meaning is null."""
    if isinstance(value, dict):
        return {name: as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
