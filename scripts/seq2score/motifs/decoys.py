"""False discovery rates by counting what decoys, that mean nothing, come to."""

import numpy as np


def false_discoveries(
    p_value: np.ndarray, decoys: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What chance gives at the threshold that each match just passes.

    Parameters
    ----------
    p_value
        Of queries and motifs, float (Q, M).
    decoys
        The lowest p-value of each decoy, float (D,), as many decoys of each query.

    Returns
    -------
    expected : ndarray
        How many of Q queries would have a match as good by chance, float (Q, M): decoys that have
        one, in proportion, and one counted extra (Phipson and Smyth 2010).
    observed : ndarray
        How many queries have one, int (Q, M).
    q_value : ndarray
        The least ratio of the two among all thresholds that let this match pass, float (Q, M)
        (Storey and Tibshirani 2003).
    """
    best, decoys = np.sort(p_value.min(axis=1)), np.sort(decoys)
    thresholds = np.unique(p_value)
    beyond = np.searchsorted(decoys, thresholds, side="right")
    expected = len(best) * (1 + beyond) / (1 + len(decoys))
    observed = np.searchsorted(best, thresholds, side="right")
    ratio = np.minimum(expected / np.maximum(observed, 1), 1)
    q_value = np.minimum.accumulate(ratio[::-1])[::-1]
    index = np.searchsorted(thresholds, p_value)
    return expected[index], observed[index], q_value[index]
