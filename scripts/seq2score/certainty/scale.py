"""How large an error to expect of each row: what makes intervals wide here and narrow there."""

import numpy as np

from seq2score.certainty import novelty

STEPS = 200
ALIKE = (10, 50)  # rows whose errors tell that of another one, at least and at most
SHARE = 5  # one in so many of those whose errors are known


def fit(errors: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Weights, float (k,), with which `parts` add up to the expected absolute error of a row.

    errors: float (n,), absolute, of rows that the model was not trained on. parts: float (n, k),
    none negative: what an error may grow with, such as a constant, the spread over seeds, or the
    errors of similar rows.
    The weights are the likeliest ones if errors are exponential with that mean, none negative; by
    multiplicative updates, each of which can only improve them (Févotte and Idier 2011, for the
    Itakura-Saito divergence). A part that is zero throughout gets weight zero.
    """
    mean = parts.mean(axis=0)
    weights = np.divide(errors.mean(), mean * len(mean), where=mean > 0, out=np.zeros(len(mean)))
    for _ in range(STEPS):
        expected = expect(weights, parts)
        pull = (parts / expected[:, None]).sum(axis=0)
        push = (parts * (errors / expected**2)[:, None]).sum(axis=0)
        weights = weights * np.sqrt(np.divide(push, pull, where=pull > 0, out=0 * pull))
    return weights


def expect(weights: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """The expected absolute error of each row, float (n,); above zero, so that one can divide."""
    return np.maximum(parts @ weights, np.finfo(float).tiny ** 0.5)


def in_line(
    predictions: np.ndarray,
    among: np.ndarray,
    errors: np.ndarray,
    left_out: np.ndarray | None = None,
) -> np.ndarray:
    """Mean error of the rows with the nearest predictions, float (n,).

    predictions: float (n,). among: float (m,), sorted, and errors, float (m,), theirs. left_out:
    the errors of the rows where they are among those, to be left out.
    """
    count = _alike(len(among), left_out)
    start = np.searchsorted(among, predictions) - count // 2
    start = np.clip(start, 0, len(among) - count)
    sums = np.concatenate([[0], np.cumsum(errors)])
    return _mean(sums[start + count] - sums[start], count, left_out)


def around(
    places: np.ndarray, among: np.ndarray, errors: np.ndarray, left_out: np.ndarray | None = None
) -> np.ndarray:
    """Mean error of the rows at the nearest places, float (n,). As `in_line`."""
    count = _alike(len(among), left_out)
    return _mean(errors[novelty.nearest(places, among, count)].sum(axis=1), count, left_out)


def _alike(known: int, left_out: np.ndarray | None) -> int:
    fewest, most = ALIKE
    return min(max(fewest, min(known // SHARE, most)) + (left_out is not None), known)


def _mean(sums: np.ndarray, count: int, left_out: np.ndarray | None) -> np.ndarray:
    if left_out is None:
        return sums / count
    return np.maximum(sums - left_out, 0) / max(count - 1, 1)
