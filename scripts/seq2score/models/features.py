"""What estimators see of a sequence: letters at positions, and counts of k-mers."""

import numpy as np

from seq2score.sequences.encoding import N, one_hot

LETTERS = 4
SHORT = 40  # letters: up to here the strand is never in doubt, and places tell more than counts


def letters(encoded: np.ndarray) -> np.ndarray:
    """The letters of sequences uint8 (n, length), one-hot by position: float32 (n, length x 4)."""
    return one_hot(encoded).transpose(0, 2, 1).reshape(len(encoded), -1)


def dinucleotides(encoded: np.ndarray) -> np.ndarray:
    """The two letters at each pair of neighbours, one-hot: float32 (n, (length - 1) x 16)."""
    words, whole = _words(encoded, (0, 1))
    return (
        (np.where(whole, words, -1)[:, :, None] == np.arange(16))
        .astype("f4")
        .reshape(len(encoded), -1)
    )


def kmers(encoded: np.ndarray, pattern: tuple[int, ...], both_strands: bool = False) -> np.ndarray:
    """How often each word occurs in sequences; none across an N.

    Parameters
    ----------
    encoded
        uint8 (n, length).
    pattern
        Offsets of the k letters of a word, (0, 1, 2) for 3-mers, (0, 1, 4, 5) for two pairs with
        any two letters between.
    both_strands
        Whether a word and its reverse complement count as the same.

    Returns
    -------
    ndarray
        float32 (n, 4^k), or fewer columns with both strands.
    """
    count, k = len(encoded), len(pattern)
    if encoded.shape[1] <= pattern[-1]:
        return np.zeros((count, _same(pattern).max() + 1 if both_strands else LETTERS**k), "f4")
    words, whole = _words(encoded, pattern)
    kinds = LETTERS**k
    if both_strands:
        same = _same(pattern)
        words, kinds = same[np.where(whole, words, 0)], same.max() + 1
    places = (np.arange(count)[:, None] * kinds + words)[whole]
    return np.bincount(places, minlength=count * kinds).reshape(count, kinds).astype("f4")


def spaced_pairs(gaps: int) -> list[tuple[int, ...]]:
    """Patterns of two pairs of letters, with 1 to `gaps` letters of any kind between them."""
    return [(0, 1, 2 + gap, 3 + gap) for gap in range(1, gaps + 1)]


def strands(strands_: str, length: int) -> list[bool]:
    """Ways of counting k-mers to try: with their reverse complements (True) or without."""
    doubtful = [False] if length <= SHORT else [False, True]
    return {"one": [False], "both": [True], "auto": doubtful}[strands_]


def _words(encoded: np.ndarray, pattern: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The number of the word at each position, and whether it holds no N."""
    places = encoded.shape[1] - pattern[-1]
    words = np.zeros((len(encoded), places), np.int64)
    whole = np.ones((len(encoded), places), bool)
    for offset in pattern:
        letter = encoded[:, offset : offset + places]
        words = LETTERS * words + np.minimum(letter, LETTERS - 1)
        whole &= letter < N
    return words, whole


def _same(pattern: tuple[int, ...]) -> np.ndarray:
    """Of each word, the number that it shares with its reverse complement.

    A pattern is its own mirror image, so that words of both strands are of one kind.
    """
    k = len(pattern)
    letter = np.arange(LETTERS**k)[:, None] // LETTERS ** np.arange(k - 1, -1, -1) % LETTERS
    turned = ((LETTERS - 1 - letter[:, ::-1]) * LETTERS ** np.arange(k - 1, -1, -1)).sum(1)
    return np.unique(np.minimum(np.arange(LETTERS**k), turned), return_inverse=True)[1]
