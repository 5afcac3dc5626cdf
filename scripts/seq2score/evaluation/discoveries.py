"""How many of what was found by many tests is found by chance."""

import numpy as np


def q_values(p_values: np.ndarray) -> np.ndarray:
    """Expected share of false discoveries among all tests at least as sure as each.

    By Benjamini and Hochberg (1995), as `scipy.stats.false_discovery_control` has it, which takes
    half a second to import.

    Parameters
    ----------
    p_values
        Of all tests, float, of any shape.

    Returns
    -------
    ndarray
        float, of the same shape.
    """
    p_values = np.asarray(p_values, float)
    flat = p_values.ravel()
    order = np.argsort(flat)
    scaled = flat[order] * (len(flat) / np.arange(1, len(flat) + 1))
    rejected = np.empty_like(flat)
    rejected[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return np.clip(rejected, 0, 1).reshape(p_values.shape)
