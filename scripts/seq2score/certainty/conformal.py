"""Split conformal prediction: from errors on held-out rows to intervals and sets with a guarantee.

Of new rows that are exchangeable with the held-out ones (drawn alike, in any order), intervals at
level 0.9 hold at least 90% of the true scores, whatever the model (Vovk et al. 2005; Lei et al.
2018; Angelopoulos and Bates 2023). It is a statement about rows on average, not about each one, and
says nothing of sequences of another kind.
"""

import math

import numpy as np


def quantile(errors: np.ndarray, level: float) -> float:
    """How large an error to allow for, so that a new row's is no larger with probability `level`.

    errors: float (n,), of rows that nothing was fitted to. It is the ceil(level * (n + 1))-th
    smallest: exact for every n. Infinite where n is too small for the level.
    """
    rank = math.ceil(round(level * (len(errors) + 1), 9))
    return float(np.partition(errors, rank - 1)[rank - 1]) if rank <= len(errors) else math.inf


def surprise(probability: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The error of a classification: one less the probability of the true class, float (n,).

    probability: float (n, classes). label: int (n,). With it, sets are the smallest on average
    (Sadinle, Lei and Wasserman 2019).
    """
    return 1 - probability[np.arange(len(label)), label]


def sets(probability: np.ndarray, allowed: float) -> np.ndarray:
    """The classes that a row may have, bool (n, classes): those that surprise no more than allowed.

    The likeliest class is always among them, which no guarantee suffers from.
    """
    held = 1 - probability <= allowed
    held[np.arange(len(held)), probability.argmax(axis=1)] = True
    return held
