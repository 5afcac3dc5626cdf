"""Sequences as numbers: one byte a base, and one-hot.

A sequence set is held as a matrix of codes, uint8 of shape (sequences, length):
A 0, C 1, G 2, T 3, N 4. Codes are an eighth to a sixteenth of the size of one-hot numbers,
so one-hot is made per batch, where it is used.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

BASES = "ACGT"
LETTERS = {"dna": BASES, "rna": "ACGU"}  # as people write them, by alphabet
ALLOWED = {"dna": "ACGTN", "rna": "ACGTUN"}  # in a file
N = 4
INVALID = 255

_CODE_OF_BYTE = np.full(256, INVALID, dtype=np.uint8)
for _code, _letter in enumerate(BASES + "N"):
    _CODE_OF_BYTE[ord(_letter)] = _CODE_OF_BYTE[ord(_letter.lower())] = _code
_RNA_CODE_OF_BYTE = _CODE_OF_BYTE.copy()
_RNA_CODE_OF_BYTE[[ord("U"), ord("u")]] = BASES.index("T")
_BYTE_OF_CODE = np.frombuffer((BASES + "N").encode(), dtype=np.uint8)


def encode(sequences: Iterable[str]) -> np.ndarray:
    """Sequences of one length as a matrix of codes.

    Parameters
    ----------
    sequences
        Text of A, C, G, T and N in either case: an Arrow column (read without copying its text), an
        array, a list or a pandas column.

    Returns
    -------
    ndarray
        uint8 (sequences, length).

    Raises
    ------
    ValueError
        For another letter or mixed lengths.
    """
    column: pa.ChunkedArray = sequences
    if not isinstance(sequences, pa.ChunkedArray):
        is_arrow = isinstance(sequences, pa.Array)
        column = pa.chunked_array(
            [sequences if is_arrow else pa.array(sequences, pa.large_string())]
        )
    parts = [ragged_codes(chunk) for chunk in column.chunks]
    widths = {width for _, lengths in parts for width in np.unique(lengths)}
    if len(widths) > 1:
        raise ValueError("sequences differ in length")
    width = widths.pop() if widths else 0
    blocks = [flat.reshape(len(lengths), width) for flat, lengths in parts]
    encoded = np.concatenate(blocks) if blocks else np.empty((0, 0), np.uint8)
    if encoded.size and encoded.max() == INVALID:
        raise ValueError("sequences may hold only A, C, G, T and N")
    return encoded


def encode_file(path: str | Path) -> np.ndarray:
    """Codes of the column `sequence` of a Parquet file, uint8 (sequences, length)."""
    return encode(pq.read_table(path, columns=["sequence"])["sequence"])


def ragged_codes(strings: pa.Array, alphabet: str = "dna") -> tuple[np.ndarray, np.ndarray]:
    """Codes of sequences of any lengths, end to end.

    Parameters
    ----------
    strings
        Arrow strings; a missing one counts as empty.
    alphabet
        "dna", or "rna", which reads U as T.

    Returns
    -------
    flat : ndarray
        uint8 (letters,); a letter that is not allowed is INVALID.
    lengths : ndarray
        Of the sequences, in bytes, int64 (sequences,).
    """
    letters, lengths = letters_of(strings)
    return (_RNA_CODE_OF_BYTE if alphabet == "rna" else _CODE_OF_BYTE)[letters], lengths


def letters_of(strings: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of Arrow strings, end to end, uint8 (bytes,), and how many each has, int64."""
    if pa.types.is_dictionary(strings.type):
        strings = strings.dictionary_decode()
    if not len(strings):
        return np.empty(0, np.uint8), np.empty(0, np.int64)
    width = np.int64 if pa.types.is_large_string(strings.type) else np.int32
    _, offsets, letters = strings.buffers()
    offsets = np.frombuffer(offsets, width)[strings.offset : strings.offset + len(strings) + 1]
    letters = np.frombuffer(letters or b"", np.uint8)[offsets[0] : offsets[-1]]
    return letters, np.diff(offsets).astype(np.int64)


def to_width(
    flat: np.ndarray, lengths: np.ndarray, width: int, pad: str = "right", filler: int = N
) -> np.ndarray:
    """One matrix of sequences of any lengths: cut after `width` letters, padded with N.

    Parameters
    ----------
    flat, lengths
        As from `ragged_codes`.
    width
        Letters of a row.
    pad
        The side that takes the filler: right, left or both (where an odd one goes right).
    filler
        A code.

    Returns
    -------
    ndarray
        uint8 (sequences, width).
    """
    if (lengths == width).all():
        return flat.reshape(len(lengths), width)
    encoded = np.full((len(lengths), width), filler, dtype=np.uint8)
    spare = np.maximum(width - lengths, 0)
    starts = {"right": 0 * spare, "left": spare, "both": spare // 2}[pad]
    row = np.repeat(np.arange(len(lengths)), lengths)
    within = np.arange(len(flat)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    column = within + np.repeat(starts, lengths)
    kept = column < width
    encoded[row[kept], column[kept]] = flat[kept]
    return encoded


def strings(encoded: np.ndarray) -> pa.Array:
    """The sequences of a code matrix as Arrow strings, without a copy for each of them."""
    rows, width = encoded.shape
    letters = np.ascontiguousarray(_BYTE_OF_CODE[encoded])
    offsets = np.arange(rows + 1, dtype=np.int64) * width
    return pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(letters))


def decode(encoded: np.ndarray) -> np.ndarray:
    """The sequences of a code matrix: str array of shape (sequences,)."""
    letters = np.ascontiguousarray(_BYTE_OF_CODE[encoded])
    return letters.view(f"S{encoded.shape[1]}").ravel().astype(str)


def one_hot(encoded: np.ndarray) -> np.ndarray:
    """One-hot numbers, float32 (sequences, 4, length); N is four zeros."""
    return (encoded[:, None, :] == np.arange(4, dtype=np.uint8)[:, None]).astype(np.float32)


_COMPLEMENT = str.maketrans("ACGTN", "TGCAN")


def reverse_complement_text(letters: str) -> str:
    """Capital letters of the other strand, read from its own 5' end."""
    return letters[::-1].translate(_COMPLEMENT)


def reverse_complement(encoded: np.ndarray) -> np.ndarray:
    """Codes of the other strand, read from its own 5' end; N stays N."""
    flipped = encoded[:, ::-1]
    return np.where(flipped < N, 3 - flipped, N).astype(np.uint8)
