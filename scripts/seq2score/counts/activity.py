"""From counts to activities of oligos, and how well each is known.

The activity of an oligo in a replicate is MPRAlib's: the logarithm to base 2 of its RNA counts over
its DNA counts, each summed over barcodes and divided by the sum over all oligos, with a pseudocount
for every oligo. Its variance is that of a ratio of sums over barcodes (Cochran 1977, section 6.3),
drawn towards that of oligos with as many counts (empirical Bayes with a trend, as in limma-trend:
Law and others 2014). A barcode that is high in one replicate is high in the others, for it is the
same plasmid: so the variance of the mean over replicates is that of the barcodes' means, and what
replicates differ by beyond their barcodes comes on top.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, polygamma

from seq2score.training.replicates import moderated, prior

SCALE = 1e6  # normalized counts are of so many
FEWEST = 10  # oligos that tell what is usual
LN2 = np.log(2)
LEAST_OTHERS = 0.1  # of an oligo's DNA that other barcodes hold


@dataclass(frozen=True)
class Sums:
    """Counts of oligos, by replicate.

    barcodes, dna, rna: int64 (n, replicates). variances: of the activity, as its barcodes tell it,
    float (n, replicates); NaN where they do not. of_mean: the same of the mean over the replicates
    with enough barcodes, float (n,), and in how many barcodes that is, int (n,).
    """

    barcodes: np.ndarray
    dna: np.ndarray
    rna: np.ndarray
    variances: np.ndarray
    of_mean: np.ndarray
    barcodes_of_mean: np.ndarray

    @classmethod
    def of_oligos(cls, barcodes: np.ndarray, dna: np.ndarray, rna: np.ndarray) -> "Sums":
        """Of counts by oligo, whose barcodes are not known."""
        nothing = np.full(dna.shape, np.nan)
        return cls(barcodes, dna, rna, nothing, nothing[:, 0], np.zeros(len(dna), np.int64))


def sum_barcodes(
    oligo: np.ndarray,
    dna: np.ndarray,
    rna: np.ndarray,
    seen: np.ndarray,
    count: int,
    min_barcodes: int,
) -> Sums:
    """Counts of barcodes summed by oligo.

    Parameters
    ----------
    oligo
        Position of each barcode's oligo, int (barcodes,).
    dna, rna
        Counts, int (barcodes, replicates).
    seen
        Which of them count, bool (barcodes, replicates).
    count
        Of oligos.
    min_barcodes
        Of an oligo in a replicate, for this to be part of its mean.
    """

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(oligo, weights=values, minlength=count)

    columns = range(dna.shape[1])
    barcodes = np.stack([summed(seen[:, r]) for r in columns], axis=1).astype(np.int64)
    of_dna = np.stack([summed(dna[:, r] * seen[:, r]) for r in columns], axis=1)
    of_rna = np.stack([summed(rna[:, r] * seen[:, r]) for r in columns], axis=1)
    used = barcodes >= min_barcodes
    variances = np.full(barcodes.shape, np.nan)
    pull = np.zeros(len(oligo))  # of a barcode on the mean activity
    seen_at_all = np.zeros(len(oligo), bool)
    for r in columns:
        share = dna[:, r] * seen[:, r] / np.maximum(of_dna[oligo, r], 1)
        each = rna[:, r] * seen[:, r] / np.maximum(of_rna[oligo, r], 1) - share
        # A barcode that holds much of the DNA draws the ratio to itself (as HC3 of White).
        each /= np.maximum(1 - share, LEAST_OTHERS)
        variances[:, r] = _variance(summed(each**2), barcodes[:, r])
        pull += each * used[oligo, r]
        seen_at_all |= seen[:, r] & used[oligo, r]
    replicates = np.maximum(used.sum(axis=1), 1)
    of_mean = summed(seen_at_all).astype(np.int64)
    squares = summed(pull**2) / replicates**2
    return Sums(
        barcodes,
        of_dna.astype(np.int64),
        of_rna.astype(np.int64),
        variances,
        _variance(squares, of_mean),
        of_mean,
    )


def _variance(squares: np.ndarray, barcodes: np.ndarray) -> np.ndarray:
    """Of a logarithm to base 2, from the squares that barcodes pull it by; NaN of one barcode."""
    known = barcodes > 1
    factor = barcodes / np.where(known, barcodes - 1, 1)
    return np.where(known, squares * factor / LN2**2, np.nan)


@dataclass(frozen=True)
class Activity:
    """Activities of oligos.

    Attributes
    ----------
    values, errors
        By replicate, and the standard error of each, float (n, replicates); NaN where an oligo has
        too few barcodes.
    mean, error
        Over the replicates that there are, and its standard error, float (n,); NaN without one.
    between
        Variance between replicates that barcodes do not explain.
    dna, rna
        Normalized counts, float (n, replicates).
    """

    values: np.ndarray
    errors: np.ndarray
    mean: np.ndarray
    error: np.ndarray
    between: float
    dna: np.ndarray
    rna: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        """What each oligo counts in training, 1 on average: float (n,), NaN where unknown."""
        weights = 1 / self.error**2
        known = np.isfinite(weights)
        return weights / weights[known].mean() if known.any() else weights


def measure(sums: Sums, min_barcodes: int, pseudocount: float) -> Activity:
    """Activities of oligos, with standard errors.

    Parameters
    ----------
    sums
        Of their counts.
    min_barcodes
        Of an oligo in a replicate.
    pseudocount
        Added to the DNA and the RNA count of every oligo that was seen.
    """
    seen = (sums.dna > 0) | (sums.rna > 0)
    dna, rna = (_normalized(counts, seen, pseudocount) for counts in (sums.dna, sums.rna))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log2(rna / dna)
    used = seen & (sums.barcodes >= min_barcodes) & np.isfinite(values)
    values = np.where(used, values, np.nan)
    number = used.sum(axis=1)
    mean = _over(values, number)
    by_barcodes = np.isfinite(sums.variances).any()
    level = _level(sums)
    if by_barcodes:
        variances, of_mean = _by_barcodes(sums, level)
    else:
        variances, of_mean = _by_replicates(values, level)
    variances = np.where(used, variances, np.nan)
    between = _between(values, variances, of_mean, number) if by_barcodes else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(number > 0, np.sqrt(of_mean + between / number), np.nan)
    return Activity(values, np.sqrt(variances + between), mean, error, between, dna, rna)


def _normalized(counts: np.ndarray, seen: np.ndarray, pseudocount: float) -> np.ndarray:
    """Counts as parts of a million, as MPRAlib has them, float (n, replicates)."""
    total = counts.sum(axis=0) + pseudocount * seen.sum(axis=0)
    return (counts + pseudocount) / np.where(total > 0, total, 1) * SCALE


def _over(values: np.ndarray, number: np.ndarray) -> np.ndarray:
    """The mean over replicates, float (n,), NaN without one."""
    with np.errstate(invalid="ignore"):
        return np.where(number > 0, np.nansum(values, axis=1) / np.maximum(number, 1), np.nan)


def _level(sums: Sums) -> np.ndarray:
    """What the variance of an oligo's barcodes goes by: the noise of their counts, as logarithm."""
    barcodes = np.maximum(sums.barcodes, 1)
    return np.log(barcodes / (sums.dna + 1) + barcodes / (sums.rna + 1))


def _by_barcodes(sums: Sums, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Variances by replicate and of the mean, those of one barcode drawn towards what is usual."""
    variances = np.empty(level.shape)
    for r, barcodes in enumerate(sums.barcodes.T):
        variances[:, r] = _usual(sums.variances[:, r], barcodes, level[:, r])
    return variances, _usual(sums.of_mean, sums.barcodes_of_mean, level.mean(axis=1))


def _usual(variance: np.ndarray, barcodes: np.ndarray, level: np.ndarray) -> np.ndarray:
    barcodes = np.maximum(barcodes, 1)
    return trended(variance * barcodes, barcodes - 1.0, level) / barcodes


def _by_replicates(values: np.ndarray, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same where only replicates tell of noise; NaN where there is one."""
    number = np.isfinite(values).sum(axis=1)
    degrees = np.maximum(number - 1, 0)
    if not degrees.any():
        return np.full(values.shape, np.nan), np.full(len(values), np.nan)
    squares = np.nansum((values - _over(values, number)[:, None]) ** 2, axis=1)
    variance = trended(squares / np.maximum(degrees, 1), degrees * 1.0, level.mean(axis=1))
    return np.repeat(variance[:, None], values.shape[1], axis=1), variance / np.maximum(number, 1)


def trended(variance: np.ndarray, degrees: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Variances drawn towards what is usual at their level, float (n,).

    Parameters
    ----------
    variance
        Sample variances, float (n,).
    degrees
        Of freedom of each, float (n,); below 1 it says nothing.
    level
        What they go by, float (n,); as its square.
    """
    known = (degrees >= 1) & np.isfinite(variance) & (variance > 0)
    if known.sum() < FEWEST:
        return variance
    half = degrees[known] / 2
    logs = np.log(variance[known]) - digamma(half) + np.log(half)
    order = min(2, len(np.unique(level[known])) - 1)
    fit = np.polynomial.Polynomial.fit(
        level[known], logs, order, w=1 / np.sqrt(polygamma(1, half) + logs.var())
    )
    ends = level[known].min(), level[known].max()
    trend = np.exp(fit(np.clip(level, *ends)))
    relative = np.where(known, variance / trend, 1.0)
    usual, belief = prior(relative[known], degrees[known])
    return moderated(relative, np.where(known, degrees, 0.0), usual, belief) * trend


def _between(
    values: np.ndarray, variances: np.ndarray, of_mean: np.ndarray, number: np.ndarray
) -> float:
    """The variance between replicates of an oligo that its barcodes do not explain."""
    several = number > 1
    if several.sum() < FEWEST:
        return 0.0
    n, values = number[several], values[several]
    squares = np.nansum((values - _over(values, n)[:, None]) ** 2, axis=1) / (n - 1)
    of_each = np.nansum(variances[several], axis=1) / n
    explained = np.maximum(of_each - of_mean[several], 0) * n / (n - 1)
    weights = 1 / (explained + np.median(squares)) ** 2
    return max(0.0, float(np.average(squares - explained, weights=weights)))
