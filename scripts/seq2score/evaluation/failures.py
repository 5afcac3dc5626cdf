"""What the sequences share on which a model fails: features held against its residuals, and ranked.

A feature is a number of each sequence: how often it holds a word of up to four letters, its share
of G and C, a letter at a position, or a column of the user's table. Each is correlated with the
residual (a bias: predictions too high or too low where it is large) and with its size (an error:
predictions worse there). Residuals may be skewed, so p-values are those of ranks (Spearman); rows
of one unit err alike, so they count as fewer (`design_effect`). q-values are Benjamini and
Hochberg's over all features and both questions.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
from scipy.stats import rankdata, t

from seq2score.evaluation.discoveries import q_values
from seq2score.evaluation.resampling import Units, design_effect
from seq2score.evaluation.residuals import further_columns
from seq2score.inference.predictions import classes_in, outputs_in, truth_and_prediction
from seq2score.sequences.encoding import BASES, LETTERS, N, encode
from seq2score.sequences.kmers import LONGEST_KMER, kmer_counts

MOST_POSITIONS = 200  # of longer sequences, letters by position are not asked
MOST_LEVELS = 20
FEWEST = 10  # units on either side, for a feature that most share

COLUMNS = ["output", "question", "feature", "sequences", "units", "correlation"]
COLUMNS += ["p_value", "q_value"]

Feature = tuple[str, np.ndarray]  # what it is, and float (n,)


def features(table: pa.Table, further: Sequence[str], letters: str = BASES) -> Iterator[Feature]:
    """Features of a table's rows, each with its name.

    Parameters
    ----------
    table
        Has `sequence`.
    further
        Columns of the user's.
    letters
        "ACGT" or "ACGU".

    Yields
    ------
    str, ndarray
        What it is, and its value, float (n,).
    """
    encoded = encode(table["sequence"])
    real = np.maximum((encoded < N).sum(axis=1), 1)
    yield "share of G and C", np.isin(encoded, [1, 2]).sum(axis=1) / real
    counts, names = kmer_counts(encoded), list(_words(letters, min(LONGEST_KMER, encoded.shape[1])))
    for name, count in zip(names, counts.T, strict=True):
        yield f"number of {name}", count.astype(float)
    if encoded.shape[1] <= MOST_POSITIONS:
        for position in range(encoded.shape[1]):
            for code, letter in enumerate(letters):
                yield f"{letter} at position {position + 1}", 1.0 * (encoded[:, position] == code)
    for name in further:
        column = table[name]
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            yield name, column.to_numpy(zero_copy_only=False).astype(float)
        else:
            texts = np.array([str(v) if v is not None else "" for v in column.to_pylist()])
            levels = np.unique(texts)
            for level in levels[levels != ""] if 1 < len(levels) <= MOST_LEVELS else ():
                yield f"{name} is {level}", 1.0 * (texts == level)


def _words(letters: str, longest: int) -> Iterator[str]:
    words = [""]
    for _ in range(longest):
        words = [word + letter for word in words for letter in letters]
        yield from words


def explained(
    table: pa.Table, further: Sequence[str], units: Units, letters: str = BASES
) -> list[dict]:
    """A row a feature and question (`bias` or `error`), the surest first.

    Parameters
    ----------
    table
        Predictions.
    further
        Columns of the user's.
    units
        Of the rows.
    letters
        "ACGT" or "ACGU".

    Returns
    -------
    list of dict
        output, question, feature, sequences (rows in which both are known) and units of these,
        correlation (of ranks), p_value, q_value. Of classes the error is the probability that the
        true one was not given, and there is no bias.
    """
    residuals = _residuals(table)
    rows = []
    for feature, values in features(table, further, letters):
        for (output, question), residual in residuals.items():
            known = np.isfinite(values) & np.isfinite(residual)
            unit = np.unique(units.independent[known], return_inverse=True)[1]
            if _varies(values[known], unit):
                correlation, p_value = _rank_correlation(values[known], residual[known], unit)
                key = {"output": output, "question": question, "feature": feature}
                numbers = {"correlation": correlation, "p_value": p_value}
                counts = {"sequences": int(known.sum()), "units": int(unit.max()) + 1}
                rows.append(key | counts | numbers)
    if rows:
        results = q_values(np.array([row["p_value"] for row in rows], float))
        rows = [row | {"q_value": float(q)} for row, q in zip(rows, results, strict=True)]
    return sorted(rows, key=lambda row: (row["p_value"], -abs(row["correlation"])))


def _residuals(table: pa.Table) -> dict[tuple[str, str], np.ndarray]:
    truth, predicted = truth_and_prediction(table)
    if classes_in(table):
        return {("class", "error"): 1 - predicted[np.arange(len(truth)), truth]}
    residuals: dict[tuple[str, str], np.ndarray] = {}
    for output, of_output in zip(outputs_in(table), (predicted - truth).T, strict=True):
        residuals |= {(output, "bias"): of_output, (output, "error"): np.abs(of_output)}
    return residuals


def _varies(values: np.ndarray, unit: np.ndarray) -> bool:
    """Whether enough units hold another value than the commonest. values: float (n,)."""
    if not len(values):
        return False
    levels, counts = np.unique(values, return_counts=True)
    return len(np.unique(unit[values != levels[counts.argmax()]])) >= FEWEST


def _rank_correlation(
    values: np.ndarray, residual: np.ndarray, unit: np.ndarray
) -> tuple[float, float]:
    """Correlation of ranks, and the p-value of there being none. All (n,); unit: 0, 1, ..."""
    x, y = (rankdata(of) - (len(of) + 1) / 2 for of in (values, residual))
    size = np.sqrt((x**2).sum() * (y**2).sum())
    if size == 0:
        return 0.0, 1.0
    correlation = float((x * y).sum() / size)
    degrees = max(len(x) / design_effect(unit, x, y) - 2, 1)
    statistic = correlation * np.sqrt(degrees / max(1 - correlation**2, 1e-300))
    return correlation, float(max(2 * t.sf(abs(statistic), degrees), 1e-300))


def explain_residuals(table: pa.Table, known: Iterable[str], units: Units, alphabet: str) -> list:
    """Rows of `explained` on all columns of the user's in a table of predictions.

    Parameters
    ----------
    table
        Predictions.
    known
        Columns that explain nothing, such as weights.
    units
        Of the rows.
    alphabet
        "dna" or "rna".
    """
    return explained(table, further_columns(table, known), units, LETTERS[alphabet])
