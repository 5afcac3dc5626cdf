"""How noisy each score is, told by its replicates: rows that were measured well count more.

Two or three replicates tell little of the noise of one row, and thousands of rows together much.
So each row's variance is drawn towards what is usual, as far as the rows agree (empirical Bayes, as
in limma: Smyth 2004). Assumed is that the replicates of a row are normal around the same value with
one variance, that variances vary between rows as a scaled inverse chi-square distribution, and that
the score is the replicates' mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

from seq2score.errors import InputError
from seq2score.sequences.transforms import FORTH

FEWEST = 10  # rows with two replicates or more


@dataclass(frozen=True)
class Replicates:
    """What replicates tell of the noise of rows."""

    columns: tuple[str, ...]
    transform: str  # of the score
    usual: float  # variance of one replicate
    degrees: float  # of freedom, that belief in it is worth; infinite where all rows are as noisy

    @classmethod
    def fit(cls, train: str | Path, columns: Sequence[str], transform: str) -> "Replicates":
        """What columns of the train set's file tell, on the scale of a transform.

        Raises
        ------
        InputError
            Where they tell of no noise.
        """
        values = _values(pq.read_table(train, columns=list(columns)), columns, transform)
        variance, degrees = _variances(values)
        known = degrees > 0
        if known.sum() < FEWEST or not (variance[known] > 0).any():
            raise InputError(
                f"table.replicate_weights: {train} has {known.sum()} rows with two replicates or "
                f"more that differ. Allowed: at least {FEWEST}, or leave it out."
            )
        return cls(tuple(columns), transform, *prior(variance[known], degrees[known]))

    def variances(self, table: pa.Table) -> np.ndarray:
        """The variance of the noise of each row's score, float64 (n,); none is 0.

        A row with one replicate has the usual one, and so has a row without any.
        """
        values = _values(table, self.columns, self.transform)
        variance, degrees = _variances(values)
        counts = np.maximum(np.isfinite(values).sum(axis=1), 1)
        return moderated(variance, degrees, self.usual, self.degrees) / counts

    def weights(self, table: pa.Table) -> np.ndarray:
        """What each row counts, float64 (n,): the inverse of its score's variance."""
        return 1 / self.variances(table)

    def as_record(self) -> dict:
        """As model.json has it; None for infinite degrees of freedom."""
        degrees = self.degrees if np.isfinite(self.degrees) else None
        return {"sd": float(np.sqrt(self.usual)), "degrees": degrees}


def prior(variance: np.ndarray, degrees: np.ndarray) -> tuple[float, float]:
    """The usual variance, and the degrees of freedom that the belief in it is worth.

    By the mean and the variance of the logarithms (Smyth 2004, section 6.2).

    Parameters
    ----------
    variance
        Of rows, float (n,).
    degrees
        Of freedom of each, float (n,), 1 or more.
    """
    variance = np.maximum(variance, 1e-5 * np.median(variance[variance > 0]))
    logs = np.log(variance) - digamma(degrees / 2) + np.log(degrees / 2)
    beyond = logs.var(ddof=1) - polygamma(1, degrees / 2).mean()  # what chance does not explain
    if beyond <= polygamma(1, 5e5):
        return float(np.exp(logs.mean())), np.inf
    half = brentq(lambda half: polygamma(1, half) - beyond, 1e-3, 1e6)
    return float(np.exp(logs.mean() + digamma(half) - np.log(half))), 2 * half


def moderated(variance: np.ndarray, degrees: np.ndarray, usual: float, belief: float) -> np.ndarray:
    """Variances of rows, drawn towards the usual one: float (n,).

    Parameters
    ----------
    variance, degrees
        Of the rows alone, float (n,).
    usual, belief
        From `prior`.
    """
    if np.isinf(belief):
        return np.full(len(variance), usual)
    return (belief * usual + degrees * variance) / (belief + degrees)


def _values(table: pa.Table, columns: Sequence[str], transform: str) -> np.ndarray:
    """On the scale that is learned, float (n, replicates), NaN where there is none."""
    measured = [table[name].cast(pa.float64()).to_numpy().astype(float) for name in columns]
    with np.errstate(invalid="ignore", divide="ignore"):  # a replicate of 0 has no logarithm
        values = FORTH[transform](np.stack(measured, axis=1))
    return np.where(np.isfinite(values), values, np.nan)


def _variances(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sample variance of each row, 0 of less than two values, and its degrees of freedom."""
    counts = np.isfinite(values).sum(axis=1)
    degrees = np.maximum(counts - 1, 0)
    mean = np.nansum(values, axis=1) / np.maximum(counts, 1)
    squares = np.nansum(np.square(values - mean[:, None]), axis=1)
    return squares / np.maximum(degrees, 1), degrees.astype(float)
