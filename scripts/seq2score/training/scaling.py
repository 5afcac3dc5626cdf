"""Scores on the scale that networks learn best: mean 0 and standard deviation 1."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from seq2score.errors import InputError


@dataclass(frozen=True)
class Scaling:
    """Mean and standard deviation of each output's scores in the train set, float64 (outputs,)."""

    mean: np.ndarray
    sd: np.ndarray

    @classmethod
    def fit(cls, scores: np.ndarray, names: Sequence[str]) -> "Scaling":
        """That of scores, float64 (n, outputs), NaN where missing. As `of_pieces`."""
        return cls.of_pieces([scores], names)

    @classmethod
    def of_pieces(cls, pieces: Iterable[np.ndarray], names: Sequence[str]) -> "Scaling":
        """That of scores that come in pieces (Chan and colleagues 1983).

        Parameters
        ----------
        pieces
            float64 (n, outputs) each, NaN where missing.
        names
            Of the outputs.

        Raises
        ------
        InputError
            For an output that is constant.
        """
        _, mean, variance = reduce(_joined, map(_moments, pieces))
        sd = np.sqrt(variance)
        for name, spread in zip(names, sd, strict=True):
            if not spread > 0:
                raise InputError(
                    f"{name}: the same in the whole train set, so there is nothing to learn. "
                    "Allowed: scores that differ."
                )
        return cls(mean, sd)

    def scale(self, scores: np.ndarray) -> np.ndarray:
        """Scores (n, outputs) of mean 0 and standard deviation 1."""
        return (scores - self.mean) / self.sd

    def as_record(self) -> dict[str, list[float]]:
        """As model.json has it."""
        return {"mean": self.mean.tolist(), "sd": self.sd.tolist()}


def _moments(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each output (outputs,): how many scores there are, their mean and their variance."""
    count = (~np.isnan(scores)).sum(axis=0)
    return count, np.nanmean(scores, axis=0), np.nanvar(scores, axis=0)


def _joined(first: tuple, other: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The moments of two pieces together. A piece may have no score of an output."""
    (n, mean, variance), (m, *of_other) = first, other
    mean, variance, other_mean, other_variance = map(np.nan_to_num, (mean, variance, *of_other))
    step, share = other_mean - mean, m / np.maximum(n + m, 1)
    joined = (1 - share) * variance + share * other_variance + share * (1 - share) * step**2
    return n + m, mean + share * step, joined
