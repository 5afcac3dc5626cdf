"""Metrics of a test set with bootstrap intervals, many resamples at once."""

from collections.abc import Iterator

import numpy as np

from seq2score.evaluation.metrics import Metrics
from seq2score.evaluation.resampling import Units

RESAMPLES = 1000
CONFIDENCE = 0.95

_DRAWS = 200_000_000  # at most: above 200,000 rows there are fewer resamples, never under 200
_BLOCK = 200_000  # numbers at a time, so that they stay in the processor's cache


def point(metrics: Metrics, weight: np.ndarray) -> dict[str, float]:
    """Each metric of the one sample that has these weights, float (n,)."""
    return {name: float(value[0]) for name, value in metrics(weight[None, :]).items()}


def with_intervals(metrics: Metrics, weight: np.ndarray, units: Units, seed: int = 0) -> dict:
    """Each metric and its 95% interval.

    The interval is the middle 95% of the metric over resamples of the units with replacement (the
    percentile bootstrap, Efron 1979). It says how far another test set of this size would have
    moved the metric, and nothing of what another training would have changed: that shows between
    seeds.

    Parameters
    ----------
    metrics
        Of weighted samples, see `metrics`.
    weight
        Float (n,), ones for the plain metric.
    units
        The rows that are drawn together.
    seed
        Of the resamples.

    Returns
    -------
    dict
        {name: value, name_ci: [low, high]}; of a single unit nothing can be said (NaN).
    """
    result: dict[str, float | list[float]] = {}
    values = resampled(metrics, weight, units, seed)
    for name, value in point(metrics, weight).items():
        result[name] = value
        result[f"{name}_ci"] = middle(values[name]) if values else [np.nan] * 2
    return result


def resampled(
    metrics: Metrics, weight: np.ndarray, units: Units, seed: int = 0
) -> dict[str, np.ndarray]:
    """Each metric of every resample, the same ones for all metrics of as many rows.

    Parameters
    ----------
    metrics, weight, units, seed
        As of `with_intervals`.

    Returns
    -------
    dict
        Float (resamples,) by metric; {} of a single unit.
    """
    blocks = [metrics(resample * weight) for resample in _resamples(units, seed)]
    return {name: np.concatenate([b[name] for b in blocks]) for name in (blocks or [{}])[0]}


def middle(values: np.ndarray) -> list[float]:
    """The ends of the middle 95% of a metric over resamples; NaN where it has no meaning."""
    known = values[~np.isnan(values)]
    tails = [50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)]
    return np.percentile(known, tails).tolist() if len(known) else [np.nan] * 2


def _resamples(units: Units, seed: int) -> Iterator[np.ndarray]:
    """How often each row is drawn, in blocks of resamples: float (resamples, n)."""
    n, count = len(units.number), units.count
    random = np.random.default_rng(seed)
    left = min(RESAMPLES, max(200, _DRAWS // n)) if count > 1 else 0
    while left:
        size = min(left, max(1, _BLOCK // n))
        yield np.array([units.draw(random) for _ in range(size)])
        left -= size
