"""From counts of letters to the matrices behind a sequence logo.

A position frequency matrix (PFM) holds counts, a position probability matrix (PPM) their shares.
All are float64 of shape (..., 4, width) with letters in the order A, C, G, T, as filters are.
"""

import numpy as np

from seq2score.sequences.encoding import BASES

FEW_SITES = 10  # below, a matrix says little (Basset's rule, Kelley and colleagues 2016)


def probabilities(
    counts: np.ndarray, background: np.ndarray, pseudocount: float = 1.0
) -> np.ndarray:
    """PPM of a PFM: `pseudocount` further sites, spread as the background is.

    Parameters
    ----------
    counts
        Of letters, float64 (..., 4, width).
    background
        Shares of the letters, float64 (4,).
    pseudocount
        0 or more; without it, and without any site, the PPM is the background.

    Returns
    -------
    ndarray
        float64 (..., 4, width); each position sums to 1.
    """
    prior = background[:, None]
    sites = counts.sum(axis=-2, keepdims=True)
    total = sites + pseudocount
    return np.where(
        total > 0, (counts + pseudocount * prior) / np.where(total > 0, total, 1), prior
    )


def information(ppm: np.ndarray, background: np.ndarray, sites: np.ndarray) -> np.ndarray:
    """Information content of each position.

    The relative entropy to the background less what as few sites would show by chance,
    e(n) = 3 / (2 ln 2 n) (Schneider and colleagues 1986), and never below 0.

    Parameters
    ----------
    ppm
        float64 (..., 4, width).
    background
        Shares of the letters, float64 (4,).
    sites
        That each matrix is of, (...).

    Returns
    -------
    ndarray
        Bits, float64 (..., width).
    """
    prior = np.broadcast_to(background[:, None], ppm.shape)
    ratio = np.divide(ppm, prior, out=np.ones_like(ppm), where=(ppm > 0) & (prior > 0))
    bits = (ppm * np.log2(ratio)).sum(axis=-2)
    chance = 3 / (2 * np.log(2) * np.maximum(sites, 1))
    return np.maximum(bits - chance[..., None], 0.0)


def letter_heights(ppm: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """Heights of a logo's letters in bits, (..., 4, width): each position's bits, by share."""
    return ppm * bits[..., None, :]


def consensus(ppm: np.ndarray, bits: np.ndarray, at_least: float = 0.1) -> str:
    """The most frequent letters of one PPM (4, width); N where one tells under `at_least` bits."""
    letters = np.array(list(BASES))[ppm.argmax(axis=0)]
    return "".join(np.where(bits >= at_least, letters, "N"))


def state(sites: int) -> str:
    """How far a matrix of so many sites can be trusted: "dead", "few sites" or "ok"."""
    return "dead" if sites == 0 else "few sites" if sites < FEW_SITES else "ok"
