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
from seq2score.sequences.encoding import encode
from seq2score.sequences.hashing import sequence_hashes, shuffled

PARTS = ["train", "validation", "test", "calibration"]
TRAIN, VALIDATION, TEST, CALIBRATION = range(4)
DROPPED = 4
ROWS_AT_ONCE = 1 << 17
FEWEST_ROWS = 2  # of a part: R2 is not defined on one row


@dataclass(frozen=True)
class Rows:
    """What a split may depend on, row by row.

    hashes: uint64 (rows,), equal for sequences that must stay together. strata: int64 (rows,),
    what `stratify` balances. columns: the user's, by name, as Arrow dictionaries.
    """

    hashes: np.ndarray
    strata: np.ndarray | None = None
    columns: dict[str, pa.DictionaryArray] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """The part of each row, uint8 (rows,), an index into PARTS or DROPPED; notes for the report."""

    parts: np.ndarray
    notes: tuple[str, ...] = ()


def read_rows(
    path: str | Path,
    split: dict,
    scores: list[str],
    both_strands: bool,
    clusters: str | Path | None = None,
) -> Rows:
    """The rows of a file of sequences. clusters: the file of their clusters, if they have any."""
    table = pq.ParquetFile(path)
    hashes = [
        sequence_hashes(encode(batch["sequence"]), both_strands)
        for batch in table.iter_batches(ROWS_AT_ONCE, columns=["sequence"])
    ]
    needed = {name: table.read([name])[name] for name in columns(split)}
    if clusters:
        needed["cluster"] = pq.read_table(clusters)["cluster"]
    return Rows(
        hashes=np.concatenate(hashes),
        strata=strata(table.read([scores[0]])[scores[0]]) if split.get("stratify") else None,
        columns={name: as_dictionary(column) for name, column in needed.items()},
    )


def columns(split: dict) -> list[str]:
    """The user's columns that a split depends on."""
    return _method(split).columns(split)


def folds(split: dict) -> list[dict]:
    """The split itself, or that of every fold."""
    if not split.get("folds"):
        return [split]
    return [{**split, "fold": fold} for fold in range(1, split["folds"] + 1)]


def assign(split: dict, rows: Rows) -> Assignment:
    """Split as `split` (a config section) says. Raises InputError if that leaves a part empty."""
    assignment = _method(split).assign(split, rows)
    counts = np.bincount(assignment.parts, minlength=len(PARTS))
    for index, part in enumerate(PARTS):
        size, wanted = counts[index], index < CALIBRATION or split.get("calibration_fraction")
        if wanted and size < FEWEST_ROWS:
            fold = f" of fold {split['fold']}" if "fold" in split else ""
            raise InputError(
                f"split: {size} of {len(rows.hashes)} rows would be the {part} set{fold}, which "
                f"needs at least {FEWEST_ROWS}; change the fractions or folds, or give more rows"
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
    """Deal rows out by chance: the parts, uint8 (rows,).

    keys: uint64 (rows,); rows with equal keys stay together, and their seeded order is the dealing
    order, so that the order of the rows does not matter. split: fractions, seed, and the fold if
    there are folds: each fold begins where the one before it ended. strata: int64 (rows,), given
    to each part in the same shares; rows with equal keys count for the smallest of theirs.

    With distinct keys, the test set has ceil(test_fraction * rows) rows, the validation set
    ceil(validation_fraction * the other rows), and the calibration set ceil(calibration_fraction *
    what both leave); else the cuts fall on the nearest ends of keys.
    """
    keys = shuffled(keys, split["seed"])
    _, unit, counts = np.unique(keys, return_inverse=True, return_counts=True)
    order = np.arange(len(counts))
    if strata is not None:
        order = _interleaved(_smallest(strata, unit, len(counts)))
    rows = len(keys)
    ends = np.cumsum(counts[order])
    begin, test_rows = 0, _ceil(split.get("test_fraction", 0) * rows)
    if split.get("folds"):
        begin, end = (_cut(ends, round(i * rows / split["folds"])) for i in _fold(split))
        test_rows = ends[end - 1] - (ends[begin - 1] if begin else 0) if end else 0
        order = np.roll(order, -begin)
        ends = np.cumsum(counts[order])
    test_units = _cut(ends, test_rows)
    test_rows = ends[test_units - 1] if test_units else 0
    validation_units = _cut(
        ends, test_rows + _ceil(split["validation_fraction"] * (rows - test_rows))
    )
    used = ends[validation_units - 1] if validation_units else 0
    calibration_rows = _ceil(split.get("calibration_fraction", 0) * (rows - used))
    parts = np.full(len(counts), TRAIN, np.uint8)
    parts[order[: _cut(ends, used + calibration_rows)]] = CALIBRATION
    parts[order[:validation_units]] = VALIDATION
    parts[order[:test_units]] = TEST
    return parts[unit]


def _ceil(number: float) -> int:
    """Not one more for what only the rounding of a product adds."""
    return math.ceil(round(number, 6))


def _fold(split: dict) -> tuple[int, int]:
    return split["fold"] - 1, split["fold"]


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
