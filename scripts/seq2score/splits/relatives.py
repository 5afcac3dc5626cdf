"""Test sequences that have a relative in the train set, whatever the split.

A relative shares a long stretch of letters, on either strand: overlapping tiles, variants of one
background, both orientations of an element. A score on such rows says how well a model remembers,
not how well it does on sequences that are new. Stretches are told by rolling hashes (Karp and Rabin
1987) of which the smaller of both strands counts, as in sketches of genomes (Ondov et al. 2016).
"""

import math
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from seq2score.sequences.encoding import N, encode
from seq2score.sequences.hashing import sequence_hashes, shuffled

EXAMINED = 5000  # test sequences at most, which tells a share to within 1.4%
SHARE_OF_LENGTH = 0.25  # of a sequence, that a shared stretch has at least
BY_CHANCE = 0.01  # stretches of that many letters that a test sequence shares with any by chance
OF_THE_CONSTRUCT = 0.5  # a stretch that more sequences hold is no sign of relation
FLATTERED = 0.05  # of the test set, with relatives in the train set, from where it is told
FEWEST = 25  # test sequences without relatives, for a score on them
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2^64
_BITS = 24


def stretch(rows: int, length: int) -> int | None:
    """Letters in a row that make two sequences relatives; None where chance alone gives as many.

    Parameters
    ----------
    rows
        Sequences of the train set.
    length
        Letters of a sequence.
    """
    pairs = 2 * max(rows, 1) * length**2 / BY_CHANCE  # both strands, all positions of both
    letters = max(math.ceil(math.log(pairs, 4)), math.ceil(SHARE_OF_LENGTH * length))
    return letters if letters <= length else None


def related(test: np.ndarray, train: Iterable[np.ndarray], letters: int) -> np.ndarray:
    """Which test sequences share a stretch with a training sequence.

    Parameters
    ----------
    test
        Encoded, uint8 (tests, length).
    train
        Encoded, uint8 (rows, length), a batch at a time.
    letters
        Of a stretch, see `stretch`.

    Returns
    -------
    ndarray
        Bool (tests,).
    """
    hashes, known = _stretches(_without_construct(test, letters), letters)
    values = np.unique(hashes[known])
    shared = np.zeros(len(values), bool)
    likely = np.zeros(1 << _BITS, bool)
    likely[values >> np.uint64(64 - _BITS)] = True
    for encoded in train:
        values_, usable = _stretches(encoded, letters)
        candidates = values_[usable & likely[values_ >> np.uint64(64 - _BITS)]]
        shared |= np.isin(values, candidates)
    has: np.ndarray = known & np.isin(hashes, values[shared])
    return np.logical_or.reduce(has, axis=1)


def examined(hashes: np.ndarray) -> np.ndarray:
    """Which of the test sequences are looked at: all, or some thousands.

    Parameters
    ----------
    hashes
        Of the sequences, uint64 (tests,).

    Returns
    -------
    ndarray
        Positions, int64, ascending.
    """
    if len(hashes) <= EXAMINED:
        return np.arange(len(hashes))
    return np.sort(np.argsort(shuffled(hashes, seed=0), kind="stable")[:EXAMINED])


def unrelated_rows(test: pa.Table, related: pa.Table, both_strands: bool) -> np.ndarray | None:
    """Which rows of a test set have no relative in the train set, where enough of them have one.

    Parameters
    ----------
    test
        Has `sequence`.
    related
        `hash` and `related`, of the split.
    both_strands
        A sequence and its reverse complement are one.

    Returns
    -------
    ndarray or None
        bool (n,). None where less than `FLATTERED` of the sequences have relatives, or fewer than
        `FEWEST` have none: there is no score to tell then.
    """
    alone = related["hash"].to_numpy()[~related["related"].to_numpy()]
    if len(related) - len(alone) < FLATTERED * max(len(related), 1) or len(alone) < FEWEST:
        return None
    rows: np.ndarray = np.isin(sequence_hashes(encode(test["sequence"]), both_strands), alone)
    return rows


def _without_construct(encoded: np.ndarray, letters: int) -> np.ndarray:
    """The sequences with N for letters of stretches that most of them hold."""
    hashes, known = _stretches(encoded, letters)
    values, counts = np.unique(np.concatenate([*map(np.unique, hashes)]), return_counts=True)
    common = values[counts > max(OF_THE_CONSTRUCT * len(encoded), 1)]
    covered = np.zeros(encoded.shape, bool)
    held = np.isin(hashes, common) & known
    for offset in range(letters if len(common) else 0):
        covered[:, offset : offset + held.shape[1]] |= held
    return np.where(covered, N, encoded)


def _stretches(encoded: np.ndarray, letters: int) -> tuple[np.ndarray, np.ndarray]:
    """A hash of each stretch, equal for both strands, uint64 (n, stretches); and which hold no N.

    Of a stretch that begins at p, the forward hash is the sum of code[p + i] B^i, of prefix sums;
    that of the other strand the sum of its complement's codes, backwards.
    """
    length = encoded.shape[1]
    power = _powers(_BASE, length + letters)
    inverse = _powers(pow(_BASE, -1, 1 << 64), length)
    codes = np.where(encoded < N, encoded, 0).astype(np.uint64)
    forward = _windows(codes * power[:length], letters) * inverse[: length - letters + 1]
    backward = _windows((np.uint64(3) - codes) * inverse, letters)
    backward = backward * power[letters - 1 : length]
    hashes = np.minimum(shuffled(forward, 0), shuffled(backward, 0))
    return hashes, _windows((encoded >= N).astype(np.uint64), letters) == 0


def _windows(values: np.ndarray, size: int) -> np.ndarray:
    """Sums of every `size` neighbours in a row, uint64 (n, columns - size + 1), modulo 2^64."""
    sums = np.zeros((len(values), values.shape[1] + 1), np.uint64)
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums[:, size:] - sums[:, :-size]


def _powers(base: int, count: int) -> np.ndarray:
    """1, base, base^2 and so on modulo 2^64, uint64 (count,)."""
    powers = [1]
    for _ in range(count - 1):
        powers.append(powers[-1] * base % (1 << 64))
    return np.array(powers, np.uint64)
