"""Where a model is wrong: its residuals by what the sequences hold and by what the table says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.evaluation.resampling import Units, units_of
from seq2score.inference.predictions import outputs_in, truth_and_prediction
from seq2score.sequences.cells import is_plain
from seq2score.sequences.columns import SEQUENCES
from seq2score.sequences.encoding import BASES, encode
from seq2score.sequences.synthetic import occurrences

MOST_GROUPS = 10  # numbers with more values are cut into as many groups of about equal size
MOST_LEVELS = 20  # text with more values says nothing about groups

Grouped = tuple[str, list[str], np.ndarray]  # what, its groups in order, each row's group (or -1)


def groupings(
    table: pa.Table, words: Sequence[str], further: Sequence[str], letters: str = BASES
) -> Iterator[Grouped]:
    """Ways to group the rows: by occurrences of each word, by letters, by further columns.

    Parameters
    ----------
    table
        Has `sequence`.
    words
        To count; U also stands for T.
    further
        Columns of the user's.
    letters
        What the four bases are called.

    Yields
    ------
    str, list of str, ndarray
        What it groups by, its groups in order, and each row's group, int (n,), -1 for none.
    """
    encoded = encode(table["sequence"])
    for word in words:
        count = occurrences(encoded, word.replace("U", "T"))
        yield f"occurrences of {word}", *_by_number(count)
    for code, letter in enumerate(letters):
        yield f"number of {letter}", *_by_number((encoded == code).sum(axis=1))
    for name in further:
        column = table[name]
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            yield name, *_by_number(column.to_numpy().astype(float))
        elif is_plain(column.type):
            texts = column.cast(pa.string()).fill_null("").to_numpy().astype(str)
            levels, group = np.unique(texts, return_inverse=True)
            if 1 < len(levels) <= MOST_LEVELS:
                yield name, levels.tolist(), group


def by_group(
    table: pa.Table,
    words: Sequence[str],
    further: Sequence[str],
    units: Units,
    letters: str = BASES,
) -> list[dict]:
    """Mean residual (prediction - score) with its 95% interval, and RMSE, of each group of rows.

    Parameters
    ----------
    table
        Predictions of a regression.
    words, further, letters
        As for `groupings`.
    units
        Rows whose errors may be alike.

    Returns
    -------
    list of dict
        output, what, group, n, mean_residual, low, high, rmse. A group of a single unit has no
        interval.
    """
    truth, predicted = truth_and_prediction(table)
    residuals = dict(zip(outputs_in(table), (predicted - truth).T, strict=True))
    rows = []
    for what, names, group in groupings(table, words, further, letters):
        for index, name in enumerate(names):
            for output, residual in residuals.items():
                inside = (group == index) & np.isfinite(residual)
                if inside.any():
                    statistics = _statistics(residual[inside], units.of(inside))
                    rows.append({"output": output, "what": what, "group": name, **statistics})
    return rows


def _by_number(values: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Groups of equal numbers, or of neighbouring ones where there are too many."""
    known = np.isfinite(values)
    levels = np.unique(values[known])
    if len(levels) <= MOST_GROUPS:
        names, group = [f"{level:g}" for level in levels], np.searchsorted(levels, values)
    else:
        shares = np.linspace(0, 1, MOST_GROUPS + 1)
        edges = np.unique(np.quantile(values[known], shares, method="lower"))
        names = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges)]
        group = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(names) - 1)
    return names, np.where(known, group, -1)


def _statistics(residual: np.ndarray, units: Units) -> dict:
    """The interval is the normal one; what varies are the sums of units, and of what is within."""
    mean, n = residual.mean(), len(residual)
    half = None
    if units.count > 1:
        variance = _variance(residual - mean, units.number)
        if units.within is not None:
            variance += _variance(residual - mean, units.within)
        half = 1.96 * np.sqrt(variance) / n
    return {
        "n": n,
        "mean_residual": float(mean),
        "low": None if half is None else float(mean - half),
        "high": None if half is None else float(mean + half),
        "rmse": float(np.sqrt((residual**2).mean())),
    }


def _variance(residual: np.ndarray, unit: np.ndarray) -> float:
    """Of the sum of residuals of mean 0, drawn by unit. unit: int (n,)."""
    count = unit.max() + 1
    return count / (count - 1) * (np.bincount(unit, residual) ** 2).sum()


def further_columns(table: pa.Table, known: Iterable[str]) -> list[str]:
    """The user's columns in a table of predictions by which residuals are grouped.

    Parameters
    ----------
    table
        Predictions.
    known
        Columns that are shown otherwise, such as weights.
    """
    known = {*outputs_in(table), "motifs", *known}
    return [name for name in table.column_names if name not in known and name not in SEQUENCES]


def of_models(
    predictions: Mapping[str, str],
    words: Sequence[str],
    known: Iterable[str],
    split: Mapping,
    both_strands: bool,
    clusters: str | None,
    letters: str = BASES,
) -> list[dict]:
    """Rows of `by_group` of several models, each with its model.

    Parameters
    ----------
    predictions
        Path of predictions.parquet by model.
    words
        Whose occurrences sequences are grouped by.
    known
        Columns of the user's that they are not grouped by.
    split, both_strands
        As for `units_of`.
    clusters
        Path of the clusters of a split by similarity.
    letters
        "ACGT" or "ACGU".
    """
    rows, in_clusters = [], clusters and pq.read_table(clusters)
    for model, path in predictions.items():
        table = pq.read_table(path)
        units = units_of(table, split, both_strands, in_clusters)
        groups = by_group(table, words, further_columns(table, known), units, letters)
        rows += [{"model": model, **row} for row in groups]
    return rows
