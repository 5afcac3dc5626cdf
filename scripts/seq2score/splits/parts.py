"""What all ways of splitting share: the parts, and dealing sequences out to them."""

import importlib
import math
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.errors import InputError
from seq2score.sequences.encoding import encode, reverse_complement
from seq2score.sequences.hashing import sequence_hashes, shuffled
from seq2score.splits.relatives import stretch

PARTS = ["train", "validation", "test", "calibration"]
TRAIN, VALIDATION, TEST, CALIBRATION = range(4)
DROPPED = 4
DEALT = (TEST, VALIDATION, CALIBRATION)  # in this order; the train set is what they leave
ROWS_AT_ONCE = 1 << 17
FEWEST_ROWS = 2  # of a part: R2 is not defined on one row


def sequence_length(path: str | Path) -> int:
    """Letters of the first sequence of a file; all are as long."""
    first = next(pq.ParquetFile(path).iter_batches(1, columns=["sequence"]))
    return len(first["sequence"][0].as_py())


@dataclass(frozen=True)
class Rows:
    """What a split may depend on, row by row.

    Attributes
    ----------
    hashes
        uint64 (rows,), equal for sequences that must stay together.
    strata
        What `stratify` balances, int64 (rows,).
    columns
        The user's, by name, as Arrow dictionaries.
    orientations
        uint64 (rows,), equal for both strands of one element too.
    """

    hashes: np.ndarray
    strata: np.ndarray | None = None
    columns: dict[str, pa.DictionaryArray] = field(default_factory=dict)
    orientations: np.ndarray | None = None

    @property
    def elements(self) -> np.ndarray:
        """What chance must not part, uint64 (rows,)."""
        return self.hashes if self.orientations is None else self.orientations


@dataclass(frozen=True)
class Assignment:
    """The part of each row.

    Attributes
    ----------
    parts
        Indices into PARTS, or DROPPED, uint8 (rows,).
    notes
        For the report.
    units
        uint64 (rows,), equal for rows that had to stay together, where rows were dealt out.
    """

    parts: np.ndarray
    notes: tuple[str, ...] = ()
    units: np.ndarray | None = None


def read_rows(
    path: str | Path,
    split: dict,
    scores: list[str],
    both_strands: bool,
    clusters: str | Path | None = None,
) -> Rows:
    """The rows of a file of sequences, as far as a split depends on them.

    Parameters
    ----------
    path
        The file.
    split
        A section of the config.
    scores
        Columns, of which `stratify` balances the first.
    both_strands
        A sequence and its reverse complement are one.
    clusters
        The file of their clusters, if they have any.
    """
    table = pq.ParquetFile(path)
    each, others = [], []
    for batch in table.iter_batches(ROWS_AT_ONCE, columns=["sequence"]):
        encoded = encode(batch["sequence"])
        each.append(sequence_hashes(encoded, both_strands))
        others.append(sequence_hashes(reverse_complement(encoded), both_strands))
    hashes = np.concatenate(each)
    needed = {name: table.read([name])[name] for name in columns(split)}
    if clusters:
        needed["cluster"] = pq.read_table(clusters)["cluster"]
    return Rows(
        hashes=hashes,
        strata=strata(table.read([scores[0]])[scores[0]]) if split.get("stratify") else None,
        columns={name: as_dictionary(column) for name, column in needed.items()},
        orientations=_joined(hashes, np.concatenate(others), encoded.shape[1]),
    )


def _joined(hashes: np.ndarray, others: np.ndarray, length: int) -> np.ndarray | None:
    """The same number for both strands of an element, uint64 (rows,).

    hashes, others: of each sequence and of its reverse complement. None where sequences are so
    short that chance gives the other strand of many.
    """
    if stretch(len(hashes), length) is None:
        return None
    return np.where(np.isin(others, hashes), np.minimum(hashes, others), hashes)


def columns(split: dict) -> list[str]:
    """The user's columns that a split depends on."""
    return _method(split).columns(split)


def folds(split: dict) -> list[dict]:
    """The split itself, or that of every fold."""
    if not split.get("folds"):
        return [split]
    return [{**split, "fold": fold} for fold in range(1, split["folds"] + 1)]


def assign(split: dict, rows: Rows) -> Assignment:
    """Split as a section of the config says.

    Parameters
    ----------
    split
        The section.
    rows
        Of the dataset.

    Raises
    ------
    InputError
        If that leaves a part empty, with why and what to change.
    """
    method = _method(split)
    assignment = method.assign(split, rows)
    counts = np.bincount(assignment.parts, minlength=len(PARTS))
    for part in {TRAIN, VALIDATION, TEST, *dealt_parts(split)}:
        if counts[part] >= FEWEST_ROWS:
            continue
        fold = f" of fold {split['fold']}" if "fold" in split else ""
        why = "change the fractions or folds, or give more rows"
        if assignment.units is not None:
            largest = np.unique(assignment.units, return_counts=True)[1].max()
            if largest > len(rows.hashes) // 2:
                why = f"{largest} rows {method.TOGETHER}, which stay together; {method.ADVICE}"
        raise InputError(
            f"split: {counts[part]} of {len(rows.hashes)} rows would be the {PARTS[part]} set"
            f"{fold}, which needs at least {FEWEST_ROWS}; {why}"
        )
    return assignment


def _method(split: dict) -> ModuleType:
    return importlib.import_module(f"seq2score.splits.{split['method']}")


def sizes(parts: np.ndarray) -> list[int]:
    """Rows in train, validation and test, and in calibration where there are some."""
    return np.bincount(parts[parts < DROPPED], minlength=CALIBRATION).tolist()


def strata(score: pa.ChunkedArray) -> np.ndarray:
    """What stratifying by a score balances, int64 (rows,): its tenths, or its classes."""
    if not pa.types.is_floating(score.type):
        return as_dictionary(score).indices.to_numpy().astype(np.int64)
    values = score.to_numpy()
    return np.searchsorted(np.nanquantile(values, np.arange(1, 10) / 10), values).astype(np.int64)


def as_dictionary(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column as indices into its distinct values, in alphabetical order."""
    encoded = column.cast(pa.string()).dictionary_encode().combine_chunks()
    order = pc.sort_indices(encoded.dictionary)
    rank = np.empty(len(order), np.int32)
    rank[order.to_numpy()] = np.arange(len(order))
    indices = pc.take(pa.array(rank), encoded.indices)
    return pa.DictionaryArray.from_arrays(indices, encoded.dictionary.take(order))


def deal(keys: np.ndarray, split: dict, strata: np.ndarray | None = None) -> np.ndarray:
    """Deal rows out by chance, in an order that a seed and their keys decide, and not theirs.

    With distinct keys, the test set has ceil(test_fraction * rows) rows, the validation set
    ceil(validation_fraction * the other rows), and the calibration set ceil(calibration_fraction *
    what both leave); else the cuts fall on the nearest ends of keys. Where that leaves a part
    empty, rows that stay together and are many are dealt out last, and so to the train set.

    Parameters
    ----------
    keys
        uint64 (rows,); rows with equal keys stay together.
    split
        Fractions, seed, and the fold if there are folds: each fold begins where the one before it
        ended.
    strata
        int64 (rows,), given to each part in the same shares; rows with equal keys count for the
        smallest of theirs.

    Returns
    -------
    ndarray
        The parts, uint8 (rows,).
    """
    _, unit, counts = np.unique(
        shuffled(keys, split["seed"]), return_inverse=True, return_counts=True
    )
    order = np.arange(len(counts))
    if strata is not None:
        order = _interleaved(_smallest(strata, unit, len(counts)))
    parts = _dealt(order, counts, split)
    if (np.bincount(parts, counts, CALIBRATION + 1)[dealt_parts(split)] < FEWEST_ROWS).any():
        parts = _dealt(order, counts, split, large_last=True)
    return parts[unit]


def dealt_parts(split: dict) -> list[int]:
    """The parts that rows are to be dealt out to."""
    shares = [1, *(split.get(f"{part}_fraction") for part in PARTS[1:])]
    shares[TEST] = shares[TEST] or split.get("folds")
    return [part for part, share in enumerate(shares) if share]


def _dealt(
    order: np.ndarray, counts: np.ndarray, split: dict, large_last: bool = False
) -> np.ndarray:
    """The part of each unit, uint8 (units,), the test set first.

    order: of the dealing. counts: rows of each unit. large_last: units much larger than a part
    come after the others, which the parts share; each part gets some.
    """
    parts = np.full(len(counts), TRAIN, np.uint8)
    fractions = {part: split.get(f"{PARTS[part]}_fraction", 0) for part in DEALT}
    if split.get("folds"):
        fold, order = _fold(order, counts, split["folds"], split["fold"])
        parts[fold], fractions[TEST] = TEST, 0
    some = [part for part, fraction in fractions.items() if fraction]
    if large_last:
        order, fractions = _large_last(order, counts, fractions)
    for part in DEALT:
        rows = _ceil(fractions[part] * counts[order].sum())
        ends = np.cumsum(counts[order])
        units = _cut(ends, rows)
        if large_last and part in some:
            units = max(units, int(np.searchsorted(ends, FEWEST_ROWS)) + 1)
        parts[order[:units]] = part
        order = order[units:]
    return parts


def _large_last(
    order: np.ndarray, counts: np.ndarray, fractions: dict[int, float]
) -> tuple[np.ndarray, dict[int, float]]:
    """Units of more than twice the smallest part last, and fractions that leave them to train.

    fractions: each of what the parts before it leave.
    """
    rows, left, sizes = counts[order].sum(), counts[order].sum(), {}
    for part, fraction in fractions.items():
        sizes[part] = fraction * left
        left -= sizes[part]
    limit = 2 * min((share for share in sizes.values() if share), default=rows)
    large = np.where(counts[order] > limit, counts[order], 0)
    scale = min(1, (rows - large.sum()) / max(sum(sizes.values()), 1))
    fitting, left = {}, rows
    for part, share in sizes.items():
        fitting[part] = scale * share / left
        left -= scale * share
    return order[np.argsort(large, kind="stable")], fitting


def _fold(
    order: np.ndarray, counts: np.ndarray, folds: int, fold: int
) -> tuple[np.ndarray, np.ndarray]:
    """The units of a fold, numbered from 1, and the others, those of the next fold first.

    Folds are stretches of the order, of about as many rows; where one would be empty, each unit,
    the largest first, goes to the fold that has the fewest rows.
    """
    ends = np.cumsum(counts[order])
    cuts = [_cut(ends, round(i * ends[-1] / folds)) for i in range(folds + 1)]
    fold_of = np.repeat(np.arange(folds), np.diff(cuts))
    if np.bincount(fold_of, counts[order], folds).min() < FEWEST_ROWS:
        rows = np.zeros(folds)
        for unit in np.argsort(-counts[order], kind="stable"):
            fold_of[unit] = rows.argmin()
            rows[fold_of[unit]] += counts[order[unit]]
    after = (fold_of - (fold - 1)) % folds
    return order[after == 0], order[np.argsort(after, kind="stable")][(after == 0).sum() :]


def _ceil(number: float) -> int:
    """Not one more for what only the rounding of a product adds."""
    return math.ceil(round(number, 6))


def _cut(ends: np.ndarray, rows: int) -> int:
    """How many units come nearest to so many rows."""
    return int(np.abs(np.concatenate([[0], ends]) - rows).argmin())


def _smallest(values: np.ndarray, unit: np.ndarray, units: int) -> np.ndarray:
    smallest = np.full(units, np.iinfo(values.dtype).max)
    np.minimum.at(smallest, unit, values)
    return smallest


def _interleaved(strata: np.ndarray) -> np.ndarray:
    """An order in which every stretch holds the strata in their overall shares."""
    by_stratum = np.argsort(strata, kind="stable")
    _, starts, sizes = np.unique(strata[by_stratum], return_index=True, return_counts=True)
    rank = np.arange(len(strata)) - np.repeat(starts, sizes)
    return by_stratum[np.argsort((rank + 0.5) / np.repeat(sizes, sizes), kind="stable")]
