"""The ceiling that the noise of measurement sets, told from replicates.

For a score that is the mean of k replicates which correlate with r on average, the share of its
variance that is not noise is k r / (1 + (k - 1) r) (Spearman 1910, Brown 1910). A model that knew
the truth would reach that R2, and its root as Pearson's correlation (Lord and Novick 1968).
Assumed is that the replicates are equally good, that their errors have nothing in common, and that
the score is their mean, on the same scale; and that what was not measured is missing at random. A
pair of replicates counts by the rows that both measured.
"""

from itertools import combinations

import numpy as np

from seq2score.evaluation.metrics import Metrics

FEWEST = 3  # rows that two replicates have in common, below which their correlation says nothing
SAME = 0.05  # of a standard deviation, by which rounded scores differ from the replicates' mean
NOTE = "ceiling_note"
NAMES = ("replicates_pearson", "ceiling_pearson", "ceiling_r2")


def ceiling(replicates: np.ndarray) -> Metrics:
    """The mean correlation of replicates, and the highest R2 and Pearson that their noise allows.

    Parameters
    ----------
    replicates
        Float (n, k), NaN where one was not measured. In the formula, k counts those that were, as
        their harmonic mean over the rows.

    Returns
    -------
    Metrics
        `replicates_pearson`, `ceiling_pearson` and `ceiling_r2` of weighted samples. Without a
        correlation above 0 there is no ceiling (NaN).
    """
    known = np.isfinite(replicates)
    pairs = [
        (known[:, a] & known[:, b], replicates[:, a], replicates[:, b])
        for a, b in combinations(range(replicates.shape[1]), 2)
    ]
    pairs = [pair for pair in pairs if pair[0].sum() >= FEWEST]
    common = [int(both.sum()) for both, _, _ in pairs]
    rows = known.any(axis=1)
    measured = known[rows].sum(axis=1)

    def of(weights: np.ndarray) -> dict[str, np.ndarray]:
        each = [_correlation(weights[:, k], x[k], y[k]) for k, x, y in pairs]
        r = np.average(each, axis=0, weights=common) if pairs else np.full(len(weights), np.nan)
        of_rows = weights[:, rows]
        k = of_rows.sum(axis=1) / (of_rows @ (1 / measured))
        positive = np.where(r > 0, r, np.nan)
        reliability = k * positive / (1 + (k - 1) * positive)
        return dict(zip(NAMES, (r, np.sqrt(reliability), reliability), strict=True))

    return of


def remark(score: np.ndarray, replicates: np.ndarray) -> str:
    """Why there is no ceiling, or what it takes for granted and does not hold; "" otherwise.

    Parameters
    ----------
    score
        float (n,), NaN where it was not measured.
    replicates
        float (n, k), NaN where one was not measured.
    """
    known = np.isfinite(replicates)
    common = known.T.astype(int) @ known
    np.fill_diagonal(common, 0)
    if common.max(initial=0) < FEWEST:
        return f"No ceiling: no two replicates have {FEWEST} test rows in common."
    r = ceiling(replicates)(np.ones((1, len(replicates))))[NAMES[0]][0]
    if not r > 0:
        return "No ceiling: the replicates do not correlate."
    rows = known.all(axis=1) & np.isfinite(score)
    mean = replicates[rows].mean(axis=1)
    if len(mean) < FEWEST or np.allclose(score[rows], mean, atol=SAME * max(mean.std(), 1e-300)):
        return ""
    return (
        "The score is not the mean of the replicates, which the ceiling takes it for"
        f" (r = {np.corrcoef(score[rows], mean)[0, 1]:.3f})."
    )


def _correlation(weights: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson's correlation in each sample. weights: float (samples, n). x, y: float (n,)."""
    x, y = x - x.mean(), y - y.mean()  # sums of squares keep their digits
    total = weights.sum(axis=1)
    mean_x, mean_y, xx, xy, yy = (weights @ v / total for v in (x, y, x * x, x * y, y * y))
    with np.errstate(invalid="ignore", divide="ignore"):  # of constant replicates: NaN
        return (xy - mean_x * mean_y) / np.sqrt((xx - mean_x**2) * (yy - mean_y**2))
