"""What predictions tell of scores, in bits: a measure that asks for no scale and no kind of noise.

Predictive information is the mutual information between prediction and score: 0 where they have
nothing to do with each other, and the same for any curve that takes one to the other (Kinney and
Atwal 2014; as MAVE-NN states it, Tareen and colleagues 2022). Of a bivariate normal distribution
with correlation r it is -log2(1 - r^2) / 2.
"""

import numpy as np
from scipy.special import digamma, ndtri

from seq2score.evaluation.resampling import Units, every_row

NAME = "information_bits"
NEIGHBOURS = 3  # five fall short by an eighth at r = 0.995 of a hundred rows
FEWEST = 25  # rows, of which the distances say something
MOST_ROWS = 10_000  # more, and it takes long
HALVES = 25
DRAWS = 10
BLUR = 0.01
BIT = np.log(2)


def predictive(
    score: np.ndarray, prediction: np.ndarray, units: Units | None = None, seed: int = 0
) -> dict:
    """What predictions tell of a score, in bits.

    Rows of one unit would be each other's neighbours without anything to tell of others, so there
    is a row of each unit, of at most 10,000, and the estimate is the mean over `DRAWS` such draws
    where units have several. The standard error is the standard deviation over random halves of the
    units (the delete-half jackknife: Shao and Wu 1989); a bootstrap would draw rows twice, which
    are then each other's neighbours.

    Parameters
    ----------
    score, prediction
        Float (n,).
    units
        Of the rows; without them, each row counts and there is no interval.
    seed
        Of the draws, and of the order of ties.

    Returns
    -------
    dict
        `information_bits` and, with units, its 95% interval as `information_bits_ci`; NaN of fewer
        than 25 units, which say nothing.
    """
    random = np.random.default_rng(seed)
    counted = units or every_row(len(score))
    single = len(counted.independent) == counted.independent.max(initial=-1) + 1
    bits, halves = [], []
    for _ in range(1 if single else DRAWS):
        rows = counted.representatives(random)
        if len(rows) > MOST_ROWS:
            rows = np.sort(random.choice(rows, MOST_ROWS, replace=False))
        x, y = (_normal(values[rows], random) for values in (prediction, score))
        bits.append(_mutual(x, y))
        for _ in range(HALVES if units else 0):
            chosen = random.permutation(len(rows)) < len(rows) / 2
            halves.append(_mutual(x[chosen], y[chosen]))
    mean = float(np.mean(bits))
    if units is None:
        return {NAME: mean}
    reach = ndtri(0.975) * np.std(halves, ddof=1)
    return {NAME: mean, f"{NAME}_ci": [float(max(mean - reach, 0.0)), float(mean + reach)]}


def variational(score: np.ndarray, density: np.ndarray, seed: int = 0) -> float:
    """The part of predictive information that a model of the noise accounts for, in bits.

    Entropy of the scores and the mean logarithm of their density; at most the predictive
    information, but for chance (Barber and Agakov 2003). The entropy is told by nearest neighbours
    (Kozachenko and Leonenko 1987), of scores blurred by a hundredth of their standard deviation, as
    MAVE-NN does: of rounded ones it would be endless.

    Parameters
    ----------
    score
        Float (n,).
    density
        Natural logarithm of the density that the model has at each score, float (n,).
    seed
        Of the blur.
    """
    k, n = NEIGHBOURS, len(score)
    blur = BLUR * score.std() * np.random.default_rng(seed).normal(size=n)
    blurred = (score + blur)[:, None]
    reach = _nearest(blurred, k, p=2)
    entropy = digamma(n) - digamma(k) + np.log(2 * reach).mean()
    return float((entropy + density.mean()) / BIT)


def _normal(values: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """As normal quantiles of their ranks, which leaves the information as it is; ties by chance."""
    order = np.lexsort((random.random(len(values)), values))
    ranks = np.empty(len(values))
    ranks[order] = np.arange(len(values))
    return ndtri((ranks + 0.5) / len(values))


def _mutual(x: np.ndarray, y: np.ndarray) -> float:
    """Mutual information in bits, by the distances of nearest neighbours.

    The first estimator of Kraskov, Stögbauer and Grassberger (2004). x, y: float (n,), no ties.
    """
    n, k = len(x), NEIGHBOURS
    if n < FEWEST:
        return float("nan")
    points = np.column_stack([x, y])
    reach = _nearest(points, k, p=np.inf)
    counts = [_within(values, reach) for values in (x, y)]
    nats = digamma(k) + digamma(n) - sum(digamma(count + 1).mean() for count in counts)
    return float(max(nats, 0.0) / BIT)


def _nearest(points: np.ndarray, k: int, p: float) -> np.ndarray:
    """Distance from each point to the k-th nearest other, float (n,), by the norm p."""
    from scipy.spatial import cKDTree  # here, as it takes a third of a second

    return cKDTree(points).query(points, k + 1, p=p)[0][:, k]


def _within(values: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """How many others are nearer than `reach`, int (n,)."""
    ranked = np.sort(values)
    until = np.searchsorted(ranked, values + reach, "left")
    return np.maximum(until - np.searchsorted(ranked, values - reach, "right") - 1, 0)
