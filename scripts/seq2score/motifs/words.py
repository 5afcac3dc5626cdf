"""Which planted word a filter has learned.

Tomtom's statistics fail for very short motifs (a perfect TAT has an E-value of 0.5 against a
database of 2,346), so words are compared by how similar the logos are, against logos whose letters
are permuted within each position.
"""

from collections.abc import Sequence

import numpy as np

from seq2score.evaluation.discoveries import q_values
from seq2score.sequences.encoding import encode

SIMILAR = 0.75  # logos less similar are never a match: TAT and a perfect TAG come to 2/3
SIGNIFICANT = 0.05  # q-value up to which similar logos are a match
_PERMUTATIONS = 999


def word_logo(word: str) -> np.ndarray:
    """Heights of the letters of an exact word, 2 bits each: float64 (4, length); N has none."""
    return 2.0 * (encode([word.replace("U", "T")])[0] == np.arange(4)[:, None])


def similarity(logos: np.ndarray, motif: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosine similarity of each logo with a motif's, at the best of all offsets.

    Heights weight positions by their information; informative positions that are left unaligned
    count against a match, except where the motif is longer than the logo and hangs over.

    Parameters
    ----------
    logos
        Heights of letters in bits, float (..., 4, width).
    motif
        The same, float (4, length).

    Returns
    -------
    similarity : ndarray
        From 0 to 1, float (...).
    offset : ndarray
        Of the motif's first position from the logo's, int (...).
    """
    overlaps = _overlaps(logos, motif)
    best = overlaps.argmax(axis=-1)
    overlap = np.take_along_axis(overlaps, best[..., None], axis=-1)[..., 0]
    norms = np.linalg.norm(logos, axis=(-2, -1)) * _norm_that_fits(motif, logos.shape[-1])
    return overlap / np.where(norms > 0, norms, 1), best - (motif.shape[1] - 1)


def _overlaps(logos: np.ndarray, motif: np.ndarray) -> np.ndarray:
    """Sum of products of aligned heights at each offset, (..., width + length - 1).

    The first offset leaves one position of the motif over the logo's start, the last one over its
    end.
    """
    length = motif.shape[1]
    around = [(0, 0)] * (logos.ndim - 1) + [(length - 1, length - 1)]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(logos, around), length, axis=-1)
    return np.einsum("...aol,al->...o", windows, motif)


def _norm_that_fits(motif: np.ndarray, width: int) -> float:
    """The greatest norm of as many neighbouring positions of the motif as a logo has room for."""
    squares = (motif**2).sum(axis=0)
    room = np.ones(min(width, len(squares)))
    return float(np.sqrt(np.convolve(squares, room, mode="valid").max()))


def chance(logos: np.ndarray, motif: np.ndarray, reached: np.ndarray, seed: int = 0) -> np.ndarray:
    """p-values of similarities: how often logos with permuted letters are as similar.

    The null permutes the letters within each position, and so keeps each position's information
    (permuting three positions could not give p below 1/3).

    Parameters
    ----------
    logos
        Heights of letters in bits, float (F, 4, W).
    motif
        The same, float (4, length).
    reached
        Similarities of the logos, float (F,).
    seed
        Of the permutations.

    Returns
    -------
    ndarray
        Float (F,).
    """
    rng = np.random.default_rng(seed)
    orders = rng.random((_PERMUTATIONS, 4, logos.shape[-1])).argsort(axis=1)
    as_high = [
        (similarity(np.take_along_axis(logo[None], orders, axis=1), motif)[0] >= value - 1e-9).sum()
        for logo, value in zip(logos, reached, strict=True)
    ]
    return (1 + np.array(as_high)) / (1 + _PERMUTATIONS)


def match_words(
    logos: np.ndarray, words: Sequence[str], both_strands: bool
) -> dict[str, np.ndarray]:
    """Every filter against every planted word.

    Parameters
    ----------
    logos
        Heights of letters in bits, float (F, 4, W).
    words
        Of A, C, G, T, U and N.
    both_strands
        Whether a word may match on the other strand.

    Returns
    -------
    dict of ndarray
        (F, words) each: score (similarity), offset, strand, p_value; q_value, over all filters and
        words (Benjamini and Hochberg 1995); expected_by_chance, how many filters would be so
        similar to the word by chance; observed, how many are; match: similar, and significantly.
    """
    columns = [_match_word(logos, word_logo(word), both_strands) for word in words]
    matches = {key: np.stack([column[key] for column in columns], axis=1) for key in columns[0]}
    p_value = matches["p_value"]
    q_value = q_values(p_value)
    is_match = (matches["score"] >= SIMILAR) & (q_value <= SIGNIFICANT)
    return matches | {"q_value": q_value, "match": is_match}


def _match_word(logos: np.ndarray, motif: np.ndarray, both_strands: bool) -> dict[str, np.ndarray]:
    """One word: its better strand, with the p-value of having had the choice."""
    strands = [motif, motif[::-1, ::-1]] if both_strands else [motif]
    score, offset = map(np.stack, zip(*(similarity(logos, m) for m in strands), strict=True))
    p_value = np.stack([chance(logos, m, s) for m, s in zip(strands, score, strict=True)])
    best, columns = score.argmax(axis=0), np.arange(len(logos))
    p_value = np.minimum(1, p_value[best, columns] * len(strands))
    return {
        "score": score[best, columns],
        "offset": offset[best, columns],
        "strand": np.array(["+", "-"])[best],
        "p_value": p_value,
        "expected_by_chance": p_value * len(logos),
        "observed": (p_value <= p_value[:, None]).sum(axis=1),
    }
