"""Scores on the scale that networks learn best: mean 0 and standard deviation 1."""

from dataclasses import dataclass

import numpy as np

from seq2score.errors import InputError


@dataclass(frozen=True)
class Scaling:
    """Mean and standard deviation of each output's scores in the train set, float64 (outputs,)."""

    mean: np.ndarray
    sd: np.ndarray

    @classmethod
    def fit(cls, scores: np.ndarray, names: list[str]) -> "Scaling":
        """scores: float64 (n, outputs), NaN where missing. Raises InputError for constant ones."""
        mean, sd = np.nanmean(scores, axis=0), np.nanstd(scores, axis=0)
        for name, one in zip(names, sd, strict=True):
            if not one > 0:
                raise InputError(
                    f"{name}: the same in the whole train set, so there is nothing to learn. "
                    "Allowed: scores that differ."
                )
        return cls(mean, sd)

    def scale(self, scores: np.ndarray) -> np.ndarray:
        """Scores (n, outputs) of mean 0 and standard deviation 1."""
        return (scores - self.mean) / self.sd

    def as_record(self) -> dict:
        """As model.json has it."""
        return {"mean": self.mean.tolist(), "sd": self.sd.tolist()}
