"""Sequences as numbers: one byte a base, and one-hot.

A sequence set is held as a matrix of codes, uint8 of shape (sequences, length):
A 0, C 1, G 2, T 3, N 4. Codes are an eighth to a sixteenth of the size of one-hot numbers,
so one-hot is made per batch, where it is used.
"""

from collections.abc import Iterable

import numpy as np

BASES = "ACGT"
N = 4

_CODE_OF_BYTE = np.full(256, 255, dtype=np.uint8)
for _code, _letter in enumerate(BASES + "N"):
    _CODE_OF_BYTE[ord(_letter)] = _CODE_OF_BYTE[ord(_letter.lower())] = _code
_BYTE_OF_CODE = np.frombuffer((BASES + "N").encode(), dtype=np.uint8)


def encode(sequences: Iterable[str]) -> np.ndarray:
    """Codes of sequences of one length.

    sequences: str of A, C, G, T and N in either case; an array, a list or a pandas column.
    Returns uint8 (sequences, length). Raises ValueError for another letter or mixed lengths.
    """
    rows = [sequence.encode() for sequence in sequences]
    if len({len(row) for row in rows}) > 1:
        raise ValueError("sequences differ in length")
    width = len(rows[0]) if rows else 0
    codes = _CODE_OF_BYTE[np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), width)]
    if (codes == 255).any():
        raise ValueError("sequences may hold only A, C, G, T and N")
    return codes


def decode(codes: np.ndarray) -> np.ndarray:
    """The sequences of a code matrix: str array of shape (sequences,)."""
    letters = np.ascontiguousarray(_BYTE_OF_CODE[codes])
    return letters.view(f"S{codes.shape[1]}").ravel().astype(str)


def one_hot(codes: np.ndarray) -> np.ndarray:
    """One-hot numbers, float32 (sequences, 4, length); N is four zeros."""
    return (codes[:, None, :] == np.arange(4, dtype=np.uint8)[:, None]).astype(np.float32)


def reverse_complement(codes: np.ndarray) -> np.ndarray:
    """Codes of the other strand, read from its own 5' end; N stays N."""
    flipped = codes[:, ::-1]
    return np.where(flipped < N, 3 - flipped, N).astype(np.uint8)
