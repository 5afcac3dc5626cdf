"""A number for every sequence that depends on nothing but its letters.

Equal numbers mean equal sequences: of 10 million, two different ones collide by chance once in
370,000 data sets. Ranking sequences by their numbers, `shuffled` with a seed, gives a random order
that is the same whatever the order of the rows.
"""

import numpy as np
import pyarrow as pa

from seq2score.sequences.encoding import N, letters_of, reverse_complement, to_width

_LETTERS_AT_ONCE = 1 << 23
_NO_TEXT = 255  # a byte that no UTF-8 text holds
_START = np.uint64(0)


def sequence_hashes(encoded: np.ndarray, both_strands: bool = False) -> np.ndarray:
    """Hashes, uint64 (sequences,), of a code matrix, uint8 (sequences, length).

    N at the ends is padding and does not count, so that the length of the matrix does not either.
    With `both_strands`, a sequence and its reverse complement get the same number.
    """
    hashes = np.empty(len(encoded), np.uint64)
    for part in _blocks(len(encoded), encoded.shape[1]):
        forward = _row_hashes(_padding_last(encoded[part]), N)
        if both_strands:
            other = _row_hashes(_padding_last(reverse_complement(encoded[part])), N)
            forward = np.minimum(forward, other)
        hashes[part] = forward
    return hashes


def ragged_hashes(flat: np.ndarray, lengths: np.ndarray, both_strands: bool = False) -> np.ndarray:
    """Hashes of sequences of any lengths, as they come from `encoding.ragged_codes`."""
    hashes = np.empty(len(lengths), np.uint64)
    for rows, letters, width in _ragged_blocks(lengths):
        encoded = to_width(flat[letters], lengths[rows], width)
        hashes[rows] = sequence_hashes(encoded, both_strands)
    return hashes


def text_hashes(texts: pa.Array) -> np.ndarray:
    """Hashes, uint64 (texts,), of Arrow strings of any kind, such as ids."""
    flat, lengths = letters_of(texts)
    hashes = np.empty(len(lengths), np.uint64)
    for rows, letters, width in _ragged_blocks(lengths):
        matrix = to_width(flat[letters], lengths[rows], width, filler=_NO_TEXT)
        hashes[rows] = _row_hashes(matrix, _NO_TEXT)
    return hashes


def shuffled(hashes: np.ndarray, seed: int | np.ndarray) -> np.ndarray:
    """Other hashes for the same sequences, uint64; each seed ranks them in another order.

    Of several seeds, int (m,), and hashes (n, 1), there are (n, m).
    """
    return _mix(hashes ^ _mix(np.array([seed]).astype(np.uint64)))


def _blocks(rows: int, width: int) -> list[slice]:
    step = max(1, _LETTERS_AT_ONCE // max(width, 1))
    return [slice(start, start + step) for start in range(0, rows, step)]


def _ragged_blocks(lengths: np.ndarray) -> list[tuple[slice, slice, int]]:
    """Blocks of rows: the rows, their letters, and the longest of them."""
    ends = np.concatenate([[0], np.cumsum(lengths)])
    blocks = []
    for rows in _blocks(len(lengths), int(lengths.max(initial=0))):
        stop = min(rows.stop, len(lengths))
        letters = slice(ends[rows.start], ends[stop])
        blocks.append((rows, letters, int(lengths[rows].max())))
    return blocks


def _padding_last(encoded: np.ndarray) -> np.ndarray:
    """Rows rolled to the left until they begin with a base."""
    width = encoded.shape[1]
    if not width or not (encoded[:, 0] == N).any():
        return encoded
    start = (encoded != N).argmax(axis=1)
    return np.take_along_axis(encoded, (np.arange(width) + start[:, None]) % width, axis=1)


def _row_hashes(matrix: np.ndarray, padding: int) -> np.ndarray:
    """Eight bytes at a time as one word, from the last word that is not all padding."""
    rows, width = matrix.shape
    padded = np.full((rows, -(-width // 8) * 8), padding, dtype=np.uint8)
    padded[:, :width] = matrix
    nothing = np.full(8, padding, np.uint8).view("<u8")[0]
    state = np.full(rows, _START)
    for word in padded.view("<u8").T[::-1]:
        mixed = _mix(state ^ word)
        if (word == nothing).any():
            mixed = np.where((word == nothing) & (state == _START), _START, mixed)
        state = mixed
    return state


def _mix(words: np.ndarray) -> np.ndarray:
    """A bijection of uint64 that scatters neighbours: SplitMix64's (Steele et al. 2014)."""
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
