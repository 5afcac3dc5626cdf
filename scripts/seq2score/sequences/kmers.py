"""Sequences as the words of a few letters that they hold."""

import numpy as np

from seq2score.sequences.encoding import N

LONGEST_KMER = 4


def kmer_counts(encoded: np.ndarray) -> np.ndarray:
    """How often each k-mer of 1 to 4 letters occurs in sequences uint8 (n, length).

    float32 (n, 340), of sequences of 4 letters or more; none is counted across an N.
    """
    n, length = encoded.shape
    longest = min(LONGEST_KMER, length)
    counts = np.zeros((n, sum(4**k for k in range(1, longest + 1))), dtype=np.float32)
    rows, first = np.arange(n), 0
    word, known = np.zeros((n, length + 1), np.int64), np.ones((n, length + 1), bool)
    for k in range(1, longest + 1):
        letters = encoded[:, k - 1 :]
        word = 4 * word[:, :-1] + letters
        known = known[:, :-1] & (letters < N)
        for words_here, whole in zip(
            word.T, known.T, strict=True
        ):  # a row counts once at each place
            counts[rows[whole], first + words_here[whole]] += 1
        first += 4**k
    return counts
