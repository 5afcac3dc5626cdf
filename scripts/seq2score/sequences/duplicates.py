"""Rows with the same sequence made one."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.errors import InputError
from seq2score.sequences import hashing
from seq2score.sequences.columns import Columns
from seq2score.sequences.survey import Survey, conditions
from seq2score.task import Task

SMALLEST_WEIGHT = 1e-300  # rows that all weigh nothing still have a mean


@dataclass(frozen=True)
class Merged:
    """Which rows stay, and their numbers.

    Attributes
    ----------
    first
        The first row of each sequence, bool (rows,).
    numbers
        By column, float64 (rows,): means of scores and replicates, weighted where there are
        weights, and sums of weights.
    """

    first: np.ndarray
    numbers: dict[str, np.ndarray]

    def apply(self, rows: pa.Table, start: int) -> pa.Table:
        """The rows of a batch that stay, before which `start` usable rows came."""
        here = slice(start, start + rows.num_rows)
        for name, numbers in self.numbers.items():
            column = pa.array(numbers[here], from_pandas=True)
            rows = rows.set_column(rows.column_names.index(name), name, column)
        return rows.filter(pa.array(self.first[here]))


def merge(surveyed: Survey, columns: Columns, path: str | Path, task: Task) -> Merged:
    """Make rows with the same sequence and inputs one, within each value of the split's columns.

    Raises
    ------
    InputError
        For a sequence of two classes, which have no mean.
    """
    keys = conditions(surveyed, columns)
    for name in columns.texts:
        values = surveyed.columns[name].cast(pa.string()).combine_chunks()
        keys = keys ^ hashing.text_hashes(values)
    _, index, unit = np.unique(keys, return_index=True, return_inverse=True)
    first = np.zeros(len(keys), bool)
    first[index] = True
    if task.labels:
        _refuse_two_classes(surveyed.columns["score"], unit, path)
        return Merged(first, {})
    weights = np.ones(len(keys))
    numbers: dict[str, np.ndarray] = {}
    if columns.weight:
        weights = np.maximum(surveyed.columns[columns.weight].to_numpy(), SMALLEST_WEIGHT)
        numbers[columns.weight] = np.bincount(unit, weights)[unit]
    for name in [*columns.scores, *columns.replicates]:
        values = surveyed.columns[name].to_numpy()
        known = ~np.isnan(values)
        sums = np.bincount(unit, weights * np.where(known, values, 0))
        with np.errstate(invalid="ignore"):
            numbers[name] = (sums / np.bincount(unit, weights * known))[unit]
    return Merged(first, numbers)


def _refuse_two_classes(labels: pa.ChunkedArray, unit: np.ndarray, path: str | Path) -> None:
    codes = pc.rank(labels.cast(pa.string()), tiebreaker="min").to_numpy()
    highest, lowest = np.zeros(unit.max() + 1), np.full(unit.max() + 1, np.inf)
    np.maximum.at(highest, unit, codes)
    np.minimum.at(lowest, unit, codes)
    if mixed := int((highest > lowest).sum()):
        raise InputError(
            f"{path}: {mixed} sequences stand there with more than one class, which have no mean; "
            "choose another way for `duplicates`"
        )
