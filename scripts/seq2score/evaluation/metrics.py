"""How good predictions are.

Every metric is written for weighted samples: a bootstrap resample is a sample weighted by how often
each row was drawn, so metrics of many resamples are computed at once (see `intervals`).
`regression` and `classification` look at the data once, and return a function from weights,
float (samples, n), to {name: float (samples,)}. A metric without a meaning is NaN.
"""

from collections.abc import Callable, Sequence

import numpy as np

Metrics = Callable[[np.ndarray], dict[str, np.ndarray]]


def moments(score: np.ndarray, prediction: np.ndarray) -> Metrics:
    """Those of `regression` that sums tell: all but Spearman's correlation, which takes far longer.

    Parameters
    ----------
    score, prediction
        Float (n,).
    """
    y, p = score - score.mean(), prediction - score.mean()  # sums of squares keep their digits
    terms = np.stack([np.ones_like(y), y, p, y * y, y * p, p * p, (y - p) ** 2, abs(y - p)], axis=1)

    def of(weights: np.ndarray) -> dict[str, np.ndarray]:
        total, *sums = (weights @ terms).T
        mean_y, mean_p, yy, yp, pp, squared, absolute = (s / total for s in sums)
        variance_y, variance_p = _variance(yy, mean_y), _variance(pp, mean_p)
        return {
            "r2": 1 - squared / variance_y,
            "pearson": (yp - mean_y * mean_p) / np.sqrt(variance_y * variance_p),
            "mse": squared,
            "mae": absolute,
        }

    return of


def regression(score: np.ndarray, prediction: np.ndarray) -> Metrics:
    """Metrics of scores: R2 = 1 - SSE/SST, correlations, mean squared and mean absolute error.

    Parameters
    ----------
    score, prediction
        Float (n,).

    Returns
    -------
    Metrics
        `r2`, `pearson`, `spearman`, `mse`, `mae`; the first three are NaN of a constant score.
    """
    by_sums, mean = moments(score, prediction), score.mean()
    rank_y, rank_p = _ranks(score - mean), _ranks(prediction - mean)

    def of(weights: np.ndarray) -> dict[str, np.ndarray]:
        measured = by_sums(weights)
        spearman = _correlation(rank_y(weights), rank_p(weights), weights)
        first = {name: measured.pop(name) for name in ("r2", "pearson")}
        return {**first, "spearman": spearman, **measured}

    return of


def classification(label: np.ndarray, probability: np.ndarray) -> Metrics:
    """Metrics of classes: accuracy, areas under two curves, and cross-entropy.

    Parameters
    ----------
    label
        Columns of probability, int (n,).
    probability
        Float (n, classes).

    Returns
    -------
    Metrics
        `accuracy`, `auroc`, `auprc` (the average precision) and `cross_entropy` (nats). With two
        classes the areas are the second one's; with more, the mean over classes, each against the
        rest. A class without a row counts in no mean.
    """
    right = probability.argmax(axis=1) == label
    surprise = -np.log(np.maximum(probability[np.arange(len(label)), label], 1e-15))
    classes = [1] if probability.shape[1] == 2 else range(probability.shape[1])
    areas = [_areas(label == k, probability[:, k]) for k in classes]

    def of(weights: np.ndarray) -> dict[str, np.ndarray]:
        total = weights.sum(axis=1)
        auroc, auprc = _mean_of_known([area(weights) for area in areas])
        return {
            "accuracy": weights @ right / total,
            "auroc": auroc,
            "auprc": auprc,
            "cross_entropy": weights @ surprise / total,
        }

    return of


def separation(positive: np.ndarray, value: np.ndarray) -> Metrics:
    """The areas under the ROC and the precision-recall curve, of values that are no probabilities.

    Parameters
    ----------
    positive
        Bool (n,).
    value
        Float (n,), high where positive is expected.

    Returns
    -------
    Metrics
        `auroc` and `auprc`.
    """
    areas = _areas(positive, value)
    return lambda weights: dict(zip(("auroc", "auprc"), areas(weights), strict=True))


def auroc(positive: np.ndarray, value: np.ndarray) -> float:
    """The chance that a positive's value exceeds a negative's; equal ones count half.

    Parameters
    ----------
    positive
        Bool (n,).
    value
        Float (n,).

    Returns
    -------
    float
        NaN without both kinds.
    """
    return float(_areas(positive, value)(np.ones((1, len(value))))[0, 0])


def mean_over_outputs(outputs: Sequence[Metrics], known: np.ndarray) -> Metrics:
    """Each metric's mean over the outputs for which it has a meaning.

    Parameters
    ----------
    outputs
        Metrics of each, of the rows that have its score.
    known
        Where a score was measured, bool (n, outputs).
    """

    def of(weights: np.ndarray) -> dict[str, np.ndarray]:
        each = [metrics(weights[:, rows]) for metrics, rows in zip(outputs, known.T, strict=True)]
        return {name: _mean_of_known([of_output[name] for of_output in each]) for name in each[0]}

    return of


def confusion(label: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """How often each class (row) was predicted as which (column).

    Parameters
    ----------
    label
        Columns of probability, int (n,).
    probability
        Float (n, classes).

    Returns
    -------
    ndarray
        Int (classes, classes).
    """
    classes = probability.shape[1]
    pairs = label * classes + probability.argmax(axis=1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def _ranks(values: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """From weights to mid-ranks, float (samples, n): the weight below, and half of that beside."""
    _, index = np.unique(values, return_inverse=True)

    def of(weights: np.ndarray) -> np.ndarray:
        tied = np.array([np.bincount(index, sample) for sample in weights])
        middle = np.cumsum(tied, axis=1) - tied / 2
        return middle.take(index, axis=1, mode="clip")  # without a check of bounds: twice as fast

    return of


def _areas(positive: np.ndarray, value: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """From weights to the areas under the ROC and the precision-recall curve, (2, samples)."""
    _, index = np.unique(-value, return_inverse=True)
    order = np.argsort(index, kind="stable")
    starts = np.searchsorted(index[order], np.arange(index.max() + 1))
    hit = positive[order]

    def of(weights: np.ndarray) -> np.ndarray:
        in_order = weights[:, order]
        gained = np.add.reduceat(in_order * hit, starts, axis=1)
        missed = np.add.reduceat(in_order * ~hit, starts, axis=1)
        true, false = np.cumsum(gained, axis=1), np.cumsum(missed, axis=1)
        with np.errstate(invalid="ignore"):  # no positives, or no negatives: NaN
            auroc = ((true - gained / 2) * missed).sum(axis=1) / (true[:, -1] * false[:, -1])
            precision = true / np.maximum(true + false, np.finfo(float).tiny)
            auprc = (gained * precision).sum(axis=1) / true[:, -1]
        return np.stack([auroc, np.where(np.isnan(auroc), np.nan, auprc)])

    return of


def _correlation(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Pearson's correlation in each sample; x, y, weights: float (samples, n)."""
    total = weights.sum(axis=1)
    mean_x, mean_y, xx, xy, yy = (
        np.einsum("sn,sn->s", weights, x) / total,
        np.einsum("sn,sn->s", weights, y) / total,
        *(np.einsum("sn,sn,sn->s", weights, a, b) / total for a, b in [(x, x), (x, y), (y, y)]),
    )
    return (xy - mean_x * mean_y) / np.sqrt(_variance(xx, mean_x) * _variance(yy, mean_y))


def _variance(mean_square: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """The variance, or NaN where there is none: what divides by it has no meaning then."""
    variance = mean_square - mean**2
    return np.where(variance > 1e-12 * mean_square, variance, np.nan)


def _mean_of_known(values: Sequence[np.ndarray]) -> np.ndarray:
    """The mean over the first axis, of those that are not NaN; NaN where none is known."""
    return np.ma.masked_invalid(values).mean(axis=0).filled(np.nan)
