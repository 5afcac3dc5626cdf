"""Pairs of rows that lie near each other: on them, differences between sequences are measured.

Near are a background and its variants, two alleles, two designs of one scan. Errors that both
sequences of a pair share cancel, the more the nearer they lie; so pairs are of four kinds: one
letter apart, several letters, an insertion or deletion, and elsewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from seq2score.evaluation.resampling import Units
from seq2score.sequences.encoding import encode
from seq2score.sequences.hashing import sequence_hashes, shuffled, text_hashes

ONE, SEVERAL, SHIFTED, ELSEWHERE = range(4)
KINDS = ("one letter", "several letters", "an insertion or deletion", "elsewhere")
NEAR = 0.2  # of a sequence's letters, that near ones differ in at most
BLOCKS = 8  # that sequences are cut into, to look for those that share one or all but one
ENDS = 16  # of a sequence's letters, one in so many is looked at to be the same at either end
FARTHEST_SHIFT = 16  # letters that are looked for as one insertion or deletion
MOST = 5000  # pairs of a kind
MOST_ROWS = 20_000  # among which pairs are looked for
MOST_OF_UNIT = 200  # pairs of a kind in one group
PAIRS_AT_ONCE = 1 << 14
NONE = np.empty(0, np.int64)


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows: first and second, int (n,); letters apart, int (n,); kind, int (n,), by KINDS.

    unit: int (n,), of pairs that are bound to be alike, such as those of one family. Units come in
    an order that only their sequences decide.
    """

    first: np.ndarray
    second: np.ndarray
    letters: np.ndarray
    kind: np.ndarray
    unit: np.ndarray

    def __len__(self) -> int:
        return len(self.first)

    def take(self, rows: np.ndarray) -> "Pairs":
        """Some of the pairs: bool (n,), or their numbers."""
        return Pairs(**{name: values[rows] for name, values in vars(self).items()})

    def numbered(self) -> "Pairs":
        """The same with units numbered 0, 1, ... in the order in which they come."""
        _, first, number = np.unique(self.unit, return_index=True, return_inverse=True)
        return replace(self, unit=np.argsort(np.argsort(first))[number])


def compare(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """In how many letters sequences differ, and which of KINDS that makes them, int (n,) each.

    Those that lie far apart, but for their beginning or end, are looked at for a shift, from a
    place on or up to it, as windows around an insertion or deletion have it; that counts by its
    size.

    Parameters
    ----------
    first, second
        Encoded sequences, uint8 (n, length).
    """
    length = first.shape[1]
    differ, near, end = first != second, max(2, int(NEAR * length)), max(1, length // ENDS)
    letters = differ.sum(axis=1)
    kind = np.where(letters <= 1, ONE, np.where(letters <= near, SEVERAL, ELSEWHERE))
    anchored = ~differ[:, :end].any(axis=1) | ~differ[:, -end:].any(axis=1)
    rows = np.flatnonzero((kind == ELSEWHERE) & anchored)
    if len(rows):
        shifted = _shifted(first[rows], second[rows])
        rows, shifted = rows[shifted <= near], shifted[shifted <= near]
        letters[rows], kind[rows] = shifted, SHIFTED
    return letters, kind


def _compare(
    encoded: np.ndarray, first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same of rows of encoded sequences, not too many at once."""
    parts = np.array_split(np.arange(len(first)), -(-len(first) // PAIRS_AT_ONCE) or 1)
    each = [compare(encoded[first[rows]], encoded[second[rows]]) for rows in parts]
    return np.concatenate([part[0] for part in each]), np.concatenate([part[1] for part in each])


def _shifted(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Letters of the smallest change with a shift on one side of some place, int (n,)."""
    length = first.shape[1]
    fewest = np.full(len(first), length)
    unshifted = (first != second).astype(np.int16)
    nothing = np.zeros((len(first), 1), np.int16)
    before = np.hstack([nothing, unshifted.cumsum(axis=1, dtype=np.int16)])
    after = before[:, -1:] - before
    for size in range(1, min(FARTHEST_SHIFT, length // 4) + 1):
        for a, b in ((first, second), (second, first)):
            changed = (a[:, size:] != b[:, : length - size]).astype(np.int16)
            until = np.hstack([nothing, changed.cumsum(axis=1, dtype=np.int16)])
            ahead = until[:, -1:] - until  # of what comes at a place of b and later
            from_place = before[:, : ahead.shape[1]] + ahead
            up_to_place = until + after[:, size:]
            here = np.minimum(from_place.min(axis=1), up_to_place.min(axis=1))
            fewest = np.minimum(fewest, here + size)
    return fewest


def find(table: pa.Table, units: Units, inputs: Sequence[str] = ()) -> Pairs:
    """Pairs of a table's rows, of each kind.

    Where the split keeps groups whole, near pairs are those within a group, and the group is their
    unit. Elsewhere no sequence stands in two pairs of a kind, and each pair is a unit. Pairs that
    lie elsewhere are of two units, by chance.

    Parameters
    ----------
    table
        Has `sequence`, and the columns of `inputs`.
    units
        Of the rows.
    inputs
        Columns beside the sequence that models see: those of a pair are equal.
    """
    encoded = encode(table["sequence"])
    covariate = np.zeros(len(encoded), np.uint64)
    for name in inputs:
        covariate = shuffled(
            covariate ^ text_hashes(table[name].cast(pa.string()).combine_chunks()), 1
        )
    hashes = shuffled(sequence_hashes(encoded) ^ covariate, seed=2)
    # Each sequence once, in the order of hashes; of many, some.
    rows = np.unique(hashes, return_index=True)[1][:MOST_ROWS]
    encoded, covariate, unit = encoded[rows], covariate[rows], units.independent[rows]
    first, second = _candidates(encoded, covariate, unit)
    letters, kind = _compare(encoded, first, second)
    near = Pairs(first, second, letters, kind, np.arange(len(first)))
    near = near.take((letters > 0) & (kind != ELSEWHERE))
    same = unit[near.first] == unit[near.second]
    if same.any():
        near = _of_groups(replace(near, unit=unit[near.first]).take(same))
    else:
        near = _disjoint(near)
    far = _elsewhere(encoded, covariate, unit)
    joined = {k: np.concatenate([v, vars(far)[k]]) for k, v in vars(near).items()}
    return Pairs(**joined | {"first": rows[joined["first"]], "second": rows[joined["second"]]})


def _candidates(
    encoded: np.ndarray, covariate: np.ndarray, unit: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of rows that share a unit, a block of letters or all but one, by rising number."""
    count, numbers = len(encoded), []
    blocks = (sequence_hashes(encoded[:, columns]) for columns in _shared(encoded.shape[1]))
    # A block that most sequences hold, such as an adapter, makes none near.
    steps = [(key ^ covariate, 1) for key in blocks if 2 * _largest(key) <= count]
    if count <= MOST_OF_UNIT * len(np.unique(unit)):
        of_unit = shuffled(unit.astype(np.uint64), 4) ^ covariate
        steps += [(of_unit, n + 1) for n in range(BLOCKS)]
    for key, step in steps:
        order = np.argsort(key, kind="stable")
        alike = np.flatnonzero(key[order][step:] == key[order][:-step])
        pair = np.sort(np.stack([order[alike], order[alike + step]]), axis=0)
        numbers.append(pair[0].astype(np.int64) * count + pair[1])
    first, second = np.divmod(np.unique(np.concatenate([NONE, *numbers])), max(count, 1))
    return first, second


def _largest(key: np.ndarray) -> int:
    """How many rows have the most frequent key."""
    return int(np.unique(key, return_counts=True)[1].max(initial=0))


def _shared(length: int) -> Iterator[np.ndarray]:
    """Columns of each block, and of all others."""
    for block in np.array_split(np.arange(length), min(BLOCKS, length)):
        yield block
        yield np.setdiff1d(np.arange(length), block)


def _of_groups(pairs: Pairs) -> Pairs:
    """As many pairs of each kind and group as count, and no more pairs of a kind than count."""
    chosen = []
    number = shuffled(((pairs.first << 32) ^ pairs.second).astype(np.uint64), seed=3)
    of_unit = np.zeros(pairs.unit.max() + 1, np.uint64)
    np.bitwise_xor.at(of_unit, pairs.unit, number)
    pairs = pairs.take(np.lexsort((number, pairs.unit, of_unit[pairs.unit])))
    for kind in range(ELSEWHERE):
        of_kind = pairs.take(pairs.kind == kind).numbered()
        start = np.searchsorted(of_kind.unit, of_kind.unit)
        chosen.append(of_kind.take(np.arange(len(of_kind)) - start < MOST_OF_UNIT))
    return _within_limits(chosen)


def _disjoint(pairs: Pairs) -> Pairs:
    """Pairs of each kind that have no row in common, each a unit."""
    chosen = []
    for kind in range(ELSEWHERE):
        of_kind, kept = pairs.take(pairs.kind == kind), []
        used: set[int] = set()
        rows = zip(of_kind.first.tolist(), of_kind.second.tolist(), strict=True)
        for number, pair in enumerate(rows):
            if used.isdisjoint(pair):
                used.update(pair)
                kept.append(number)
        chosen.append(of_kind.take(np.array(kept, int)).numbered())
    return _within_limits(chosen)


def _within_limits(kinds: Sequence[Pairs]) -> Pairs:
    """Pairs of all kinds, of each the first units that have no more than MOST pairs."""
    kept = []
    for pairs in kinds:
        until = np.cumsum(np.bincount(pairs.unit, minlength=1))
        kept.append(pairs.take(pairs.unit < max(np.searchsorted(until, MOST, "right"), 1)))
    return Pairs(*(np.concatenate(values) for values in zip(*map(_columns, kept), strict=True)))


def _columns(pairs: Pairs) -> list[np.ndarray]:
    return [*vars(pairs).values()]


def _elsewhere(encoded: np.ndarray, covariate: np.ndarray, unit: np.ndarray) -> Pairs:
    """A row of each unit, two and two, that lie far apart."""
    rows = np.sort(np.unique(unit, return_index=True)[1])
    rows = rows[np.argsort(covariate[rows], kind="stable")]
    first, second = rows[: len(rows) // 2 * 2].reshape(-1, 2).T
    equal = covariate[first] == covariate[second]
    by_chance = np.argsort(first[equal], kind="stable")[:MOST]  # rows come by their hashes
    first, second = first[equal][by_chance], second[equal][by_chance]
    letters, kind = _compare(encoded, first, second)
    far = Pairs(first, second, letters, kind, np.arange(len(first)))
    return far.take(kind == ELSEWHERE).numbered()
