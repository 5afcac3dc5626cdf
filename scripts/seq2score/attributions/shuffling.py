"""Sequences in another order that keep how often each letter follows each other one.

What is left of a sequence without its motifs: the reference that contributions are measured from,
and the null that words are held against.
"""

import numpy as np

from seq2score.sequences.encoding import N
from seq2score.sequences.hashing import sequence_hashes, shuffled

_NONE = -1


def dinucleotide_orders(encoded: np.ndarray, number: int, seed: int) -> np.ndarray:
    """Positions in shuffled order, which keep how often each letter follows each other one.

    `encoded[i][order]` has the first and the last letter, and each pair of neighbours as often as
    row i: a walk drawn evenly among all that use each pair once (Altschul and Erickson 1985; Kandel
    and colleagues 1996). Chance depends on the letters and the seed only, so a sequence has the
    same shuffles whatever stands beside it.

    Parameters
    ----------
    encoded
        uint8 (n, length). N stays where it is; what lies before, between and after is shuffled
        apart.
    number
        Shuffles of each sequence.
    seed
        Of the walks.

    Returns
    -------
    ndarray
        int64 (n, number, length): every row is a permutation.
    """
    n, length = encoded.shape
    orders = np.broadcast_to(np.arange(length), (n, number, length)).copy()
    chances = shuffled(sequence_hashes(encoded)[:, None], np.arange(number) + number * seed)
    for rows, start, stop in _stretches(encoded):
        if stop - start < 4:
            continue  # with the ends fixed there is nothing to shuffle
        part = np.repeat(encoded[rows, start:stop], number, axis=0)
        walked = _walks(part, chances[rows].ravel())
        orders[rows, :, start:stop] = start + walked.reshape(len(rows), number, -1)
    return orders


def dinucleotide_shuffles(encoded: np.ndarray, number: int, seed: int) -> np.ndarray:
    """The sequences in the orders of `dinucleotide_orders`, uint8 (n, number, length)."""
    orders = dinucleotide_orders(encoded, number, seed)
    return np.take_along_axis(encoded[:, None], orders, axis=2)


def _stretches(encoded: np.ndarray) -> list[tuple[np.ndarray, int, int]]:
    """Runs of real letters: the rows that have each, its first position and its end."""
    real = np.pad(encoded < N, ((0, 0), (1, 1))).astype(np.int8)
    edges = np.diff(real, axis=1)
    row, start = np.nonzero(edges == 1)
    stop = np.nonzero(edges == -1)[1]
    runs: dict[tuple[int, int], list[int]] = {}
    for r, first, end in zip(row.tolist(), start.tolist(), stop.tolist(), strict=True):
        runs.setdefault((first, end), []).append(r)
    return [(np.array(rows), *run) for run, rows in runs.items()]


def _walks(encoded: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """Positions in the order of a random walk, int64 (m, length). encoded: uint8 (m, length), no N.

    A letter's exits are the places it stands at (each leads to the letter behind); the walk takes
    them in random order, its last exit drawn so that every letter's last exit leads to the end.
    """
    m, length = encoded.shape
    rows, steps = np.arange(m), np.arange(length - 1)
    keys = shuffled(chances[:, None], steps)
    last = _last_exits(encoded, chances)
    is_last = np.zeros((m, length - 1), bool)
    for of_letter in last.T:
        leaves = of_letter != _NONE
        is_last[rows[leaves], of_letter[leaves]] = True
    # By letter, then by chance, the last exit behind the others.
    order = np.lexsort((keys, is_last, encoded[:, :-1]), axis=1)
    counts = np.stack([(encoded[:, :-1] == letter).sum(axis=1) for letter in range(4)], axis=1)
    begins = np.cumsum(counts, axis=1) - counts  # where each letter's exits begin
    walk = np.zeros((m, length), np.int64)
    here = encoded[:, 0].astype(np.int64)
    for step in range(1, length):
        exit_ = order[rows, begins[rows, here]]
        begins[rows, here] += 1
        walk[:, step] = exit_ + 1
        here = encoded[rows, exit_ + 1].astype(np.int64)
    return walk


def _last_exits(encoded: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """Each letter's last exit, as a position, int64 (m, 4); none of the last letter's need be.

    Drawn among exits to another letter (a loop is never the way out), again and again until all
    lead to the sequence's last letter.
    """
    m, length = encoded.shape
    leaving = encoded[:, :-1] != encoded[:, 1:]
    end = encoded[:, -1]
    chosen = np.full((m, 4), _NONE)
    pending, tries = np.arange(m), 0
    while len(pending):
        keys = shuffled(chances[pending, None], length * (tries + 1) + np.arange(length - 1))
        for letter in range(4):
            exits = leaving[pending] & (encoded[pending, :-1] == letter)
            best = np.where(exits, keys >> np.uint64(1), np.uint64(2**63)).argmin(axis=1)
            needed = exits.any(axis=1) & (end[pending] != letter)
            chosen[pending, letter] = np.where(needed, best, _NONE)
        pending, tries = pending[~_all_arrive(encoded[pending], chosen[pending])], tries + 1
    return chosen


def _all_arrive(encoded: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Whether from every letter the last exits lead to the sequence's last letter, bool (m,)."""
    rows = np.arange(len(encoded))[:, None]
    to = np.where(chosen == _NONE, np.arange(4), encoded[rows, chosen + 1])
    for _ in range(2):  # at most three steps lead from letter to letter
        to = np.take_along_axis(to, to, axis=1)
    return ((to == encoded[:, -1:]) | (chosen == _NONE)).all(axis=1)
