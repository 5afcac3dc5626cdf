"""Which of two models is better on one test set, with the error of the difference.

Both are measured on the same resamples of the test set's units, so that what makes some sequences
hard for every model cancels out (the paired bootstrap, Koehn 2004). Intervals of the two metrics by
themselves may well overlap where the difference is sure.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from seq2score.evaluation.intervals import middle, point, resampled
from seq2score.evaluation.metrics import Metrics, classification, mean_over_outputs, moments
from seq2score.evaluation.resampling import Units
from seq2score.inference.predictions import classes_in, truth_and_prediction
from seq2score.sequences.transforms import FORTH


@dataclass(frozen=True)
class Difference:
    """By how much a model is better than another one, in a metric of which more is better.

    Attributes
    ----------
    value, low, high
        With its 95% interval; NaN where there is none.
    """

    value: float
    low: float
    high: float

    def columns(self, name: str) -> dict[str, float]:
        """As columns of a table."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high}

    @property
    def verdict(self) -> str:
        """`better`, `worse`, or `not distinguishable`."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "not distinguishable"


def compare(
    predicted: Mapping[Hashable, pa.Table],
    pairs: Sequence[tuple[Hashable, Hashable]],
    metric: str,
    units: Units,
    transform: str = "none",
) -> dict[tuple[Hashable, Hashable], Difference]:
    """Differences between models on the same rows.

    Parameters
    ----------
    predicted
        Scores and predictions of the test set by model, row for row the same ones.
    pairs
        A model, and the one that it is compared with.
    metric
        `r2`, or of classes any of theirs.
    units
        The rows that are drawn together.
    transform
        The `score_transform` on whose scale the metric is.
    """
    names = {name for pair in pairs for name in pair}
    reached, of_resamples = {}, {}
    for name in names:
        metrics, weight = _metrics(predicted[name], transform), np.ones(len(predicted[name]))
        reached[name] = point(metrics, weight)[metric]
        of_resamples[name] = resampled(metrics, weight, units).get(metric, np.empty(0))
    return {
        (model, other): Difference(
            reached[model] - reached[other], *middle(of_resamples[model] - of_resamples[other])
        )
        for model, other in pairs
    }


def _metrics(table: pa.Table, transform: str) -> Metrics:
    """Metrics of predictions, those of several scores on average."""
    truth, predicted = truth_and_prediction(table)
    if classes_in(table):
        return classification(truth, predicted)
    truth, predicted = FORTH[transform](truth), FORTH[transform](predicted)
    known = np.isfinite(truth)
    each = [moments(t[k], p[k]) for t, p, k in zip(truth.T, predicted.T, known.T, strict=True)]
    return mean_over_outputs(each, known)
