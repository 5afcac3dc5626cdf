"""Predictions with what is known of their certainty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from seq2score.certainty import conformal
from seq2score.certainty.calibration import BACK, FORTH, Calibration
from seq2score.evaluation.predictions import columns

SEPARATOR = " | "  # between the classes of a set


@dataclass(frozen=True)
class Certain:
    """Predictions of n sequences, and how far they can be trusted.

    each: float (members, n, outputs or classes), what each seed predicts. predicted: their mean,
    float (n, outputs or classes). novelty: float (n,), a percentile of held-out sequences.
    Of scores: scale, the expected absolute error on the scale that the model learnt on; lower and
    upper, infinite where held-out rows were too few for the level; beyond, 1 where the prediction
    is above all scores of the train set, -1 where it is below; all (n, outputs).
    Of classes: held, bool (n, classes), those that each may have.
    """

    each: np.ndarray
    predicted: np.ndarray
    novelty: np.ndarray
    scale: np.ndarray | None = None
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None
    beyond: np.ndarray | None = None
    held: np.ndarray | None = None

    def columns(self, outputs: Sequence[str], classes: Sequence[str] | None) -> dict:
        """As columns of a table: {name: array (n,)}. outputs, classes: of the model's record."""
        if classes:
            told = columns(self.predicted, outputs, classes)
            names = np.array(classes, dtype=object)
            sets = [SEPARATOR.join(names[held]) for held in self.held]
            first = {
                "prediction": told.pop("prediction"),
                "prediction_set": pa.array(sets, pa.string()),
            }
            return {**first, **told, "novelty": self.novelty}
        told = {}
        for output, name in enumerate(outputs):
            name = f"prediction_{name}" if len(outputs) > 1 else "prediction"
            told[name] = self.predicted[:, output]
            told[f"{name}_lower"], told[f"{name}_upper"] = (
                self.lower[:, output],
                self.upper[:, output],
            )
            told[f"{name}_scale"] = self.scale[:, output]
        return {**told, "novelty": self.novelty, "extrapolation": self._extrapolation(outputs)}

    def _extrapolation(self, outputs: Sequence[str]) -> pa.Array:
        """Where a prediction is above or below all that was measured in the train set."""
        said = np.full(len(self.novelty), "", dtype=object)
        for output, name in enumerate(outputs):
            which = f"{name} " if len(outputs) > 1 else ""
            for side, word in [(1, "above"), (-1, "below")]:
                rows = self.beyond[:, output] == side
                said[rows] = [
                    f"{text}, {which}{word}" if text else which + word for text in said[rows]
                ]
        return pa.array(said, pa.string())


def joined(
    each: np.ndarray,
    scales: Sequence[np.ndarray] | None,
    novelties: Sequence[np.ndarray],
    found: Calibration,
    level: float,
) -> Certain:
    """What an ensemble tells, from what its members do.

    each: float (members, n, outputs or classes). scales, novelties: of the members; without scales
    they tell classes. found: the ensemble's own calibration.
    """
    new = np.mean(novelties, axis=0)
    if scales is None:
        return of_classes(each, new, found, level)
    further = spread_and_scales(each, scales, found.about["scale"])
    return of_scores(each, new, further, np.empty((len(new), 0), "f4"), found, level)


def spread_and_scales(each: np.ndarray, scales: Sequence[np.ndarray], scale: str) -> np.ndarray:
    """What an ensemble's errors may grow with, float (n, outputs, 2).

    The standard deviation between its members, and the mean error that they expect themselves.
    scale: the score's transformation.
    """
    return np.stack([FORTH[scale](each).std(axis=0, ddof=1), np.mean(scales, axis=0)], axis=2)


def of_classes(each: np.ndarray, new: np.ndarray, found: Calibration, level: float) -> Certain:
    """With the classes that each sequence may have. new: float (n,), novelty."""
    predicted = each.mean(axis=0)
    return Certain(each, predicted, new, held=conformal.sets(predicted, found.allowed(level)[0]))


def of_scores(
    each: np.ndarray,
    new: np.ndarray,
    further: np.ndarray,
    places: np.ndarray,
    found: Calibration,
    level: float,
) -> Certain:
    """With an interval for each score. new: float (n,), novelty; the rest as `Errors.parts`."""
    predicted, transform = each.mean(axis=0), found.about["scale"]
    middle = FORTH[transform](predicted)
    scale = np.stack(
        [
            errors.expect(middle[:, output], further[:, output], places)
            for output, errors in enumerate(found.errors)
        ],
        axis=1,
    )
    reach = found.allowed(level) * scale
    lowest, highest = np.stack([errors.measured for errors in found.errors], axis=1)
    return Certain(
        each,
        predicted,
        new,
        scale,
        BACK[transform](middle - reach),
        BACK[transform](middle + reach),
        (predicted > highest).astype(int) - (predicted < lowest),
    )
