"""Barcodes that are left out before their counts are summed.

`large_expression`, `min_count` and `max_count` are MPRAlib's (Kircher lab, version 0.11). That has
a filter by the median absolute deviation too, but nothing there calls it, and it takes out barcodes
without RNA, which raises the activity of weak oligos. `mad` here takes out barcodes on both sides,
and none for what chance alone does to small counts.
"""

from collections.abc import Mapping

import numpy as np

BINS = 20  # of barcodes with as many counts
NORMAL = 1.4826  # standard deviations in a median absolute deviation
SCALE = 1e6


def outliers(
    rule: Mapping, oligo: np.ndarray, dna: np.ndarray, rna: np.ndarray, pseudocount: float
) -> np.ndarray:
    """The counts to leave out, bool (n, replicates).

    Parameters
    ----------
    rule
        The section `barcode_filter`.
    oligo
        Of each barcode, int (n,).
    dna, rna
        Counts, int (n, replicates).
    pseudocount
        Of the normalization.
    """
    method = rule["method"]
    if method == "none":
        return np.zeros(dna.shape, bool)
    if method in ("min_count", "max_count"):
        return _by_counts(rule, dna, rna)
    if method == "large_expression":
        wrong = _by_factor(oligo, dna, rna, rule["times"], pseudocount)
    else:
        wrong = _by_deviation(oligo, dna, rna, rule["times"])
    return np.repeat(wrong[:, None], dna.shape[1], axis=1)


def _by_counts(rule: Mapping, dna: np.ndarray, rna: np.ndarray) -> np.ndarray:
    wrong = np.zeros(dna.shape, bool)
    for limit, values in ((rule["rna"], rna), (rule["dna"], dna)):
        if limit is not None:
            wrong |= values < limit if rule["method"] == "min_count" else values > limit
    return wrong


def _by_factor(
    oligo: np.ndarray, dna: np.ndarray, rna: np.ndarray, times: float, pseudocount: float
) -> np.ndarray:
    """Those whose ratio of normalized counts is above that of their oligo, by its logarithm."""
    seen = (dna > 0) | (rna > 0)
    sums = []
    for counts in (dna, rna):
        total = counts.sum(axis=0) + pseudocount * seen.sum(axis=0)
        each = (counts + pseudocount * seen) / np.where(total > 0, total, 1) * SCALE
        sums.append((each * seen).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log2(sums[1] / sums[0])
    ratio[~np.isfinite(ratio)] = np.nan
    return ratio - medians(ratio, oligo)[oligo] > times


def _by_deviation(oligo: np.ndarray, dna: np.ndarray, rna: np.ndarray, times: float) -> np.ndarray:
    """Those far from their oligo, as barcodes with as many counts are."""
    of_dna, of_rna = dna.sum(axis=1) + 1.0, rna.sum(axis=1) + 1.0
    ratio = np.log2(of_rna / of_dna)
    usual = medians(ratio, oligo)[oligo]
    deviation = ratio - usual
    # What counting alone does to the logarithm of a ratio, from the counts that are expected.
    chance = np.sqrt(1 / of_dna + 1 / (of_dna * np.exp2(usual) + 1)) / np.log(2)
    edges = np.unique(np.quantile(chance, np.arange(1, BINS) / BINS))
    bins = np.searchsorted(edges, chance)
    center = medians(deviation, bins)[bins]
    spread = NORMAL * medians(np.abs(deviation - center), bins)[bins]
    return np.abs(deviation - center) > times * np.maximum(spread, chance)


def medians(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The median of each group, float (highest group + 1,), NaN of one without values.

    Parameters
    ----------
    values
        float (n,); NaN does not count.
    groups
        int (n,), 0 and above.
    """
    known = np.isfinite(values)
    count = int(groups.max(initial=-1)) + 1
    values, groups = values[known], groups[known]
    order = np.lexsort((values, groups))
    ranked = values[order]
    sizes = np.bincount(groups, minlength=count)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    middle = np.full(count, np.nan)
    some = sizes > 0
    low = ranked[starts[some] + (sizes[some] - 1) // 2]
    middle[some] = (low + ranked[starts[some] + sizes[some] // 2]) / 2
    return middle
