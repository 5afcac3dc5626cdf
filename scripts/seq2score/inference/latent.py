"""The latent traits of a model of epistasis, and the curve by which they become scores."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa
import torch

from seq2score.inference.prediction import Predictor
from seq2score.inference.predictions import truth_and_prediction
from seq2score.inference.units import in_units
from seq2score.models import noise
from seq2score.models.epistasis import Effects, Model
from seq2score.models.network import one_hot

POINTS = 200  # of the curve
ROWS_AT_ONCE = 4096
ADDITIVE = ["output", "position", "letter", "effect"]
PAIRWISE = ["output", "position_1", "letter_1", "position_2", "letter_2", "effect"]


@dataclass(frozen=True)
class Learned:
    """What a model of epistasis has learned of k outputs, beside n sequences with scores."""

    outputs: list[str]
    effects: list[Effects]
    trait: np.ndarray  # float64 (n, k)
    score: np.ndarray  # float64 (n, k), NaN where missing
    points: np.ndarray  # latent traits along the curve
    curve: dict[str, np.ndarray]  # what is predicted there, as of `curve`

    @classmethod
    def of(cls, model: Predictor, test: pa.Table) -> "Learned":
        """Of a model, beside predictions on a test set."""
        encoded, _ = model.read(test["sequence"].combine_chunks())
        trait, names = traits(model, encoded), model.record["outputs"]
        points = np.linspace(trait.min(), trait.max(), POINTS)
        effects = [_network(model).effects(output) for output in range(len(names))]
        score = truth_and_prediction(test)[0]
        return cls(names, effects, trait, score, points, curve(model, points))

    def additive_rows(self, letters: str) -> list[dict]:
        """A row an output, position and letter."""
        pairs = zip(self.effects, self.outputs, strict=True)
        return [row for effects, name in pairs for row in additive_rows(effects, name, letters)]

    def pairwise_rows(self, letters: str) -> list[dict]:
        """A row an output and pair of positions and their letters, of pairs with effects."""
        pairs = zip(self.effects, self.outputs, strict=True)
        return [row for effects, name in pairs for row in pairwise_rows(effects, name, letters)]

    def curve_rows(self) -> list[dict]:
        """A row an output and point of the curve."""
        return [
            {"output": name, "trait": point, **{key: of[row, k] for key, of in self.curve.items()}}
            for k, name in enumerate(self.outputs)
            for row, point in enumerate(self.points)
        ]


def _network(model: Predictor) -> Model:
    return cast(Model, model.network)


def traits(model: Predictor, encoded: np.ndarray) -> np.ndarray:
    """Latent traits of sequences, float64 (n, outputs), on the scale of `Effects`."""
    with torch.inference_mode():
        parts = torch.from_numpy(model.construct.around(encoded)).split(ROWS_AT_ONCE)
        latent = (
            torch.cat([_network(model).latent(one_hot(part)) for part in parts]).double().numpy()
        )
    for output in range(latent.shape[1]):
        effects = _network(model).effects(output)
        latent[:, output] = (latent[:, output] - effects.constant) / effects.spread
    return latent


def curve(model: Predictor, trait: np.ndarray) -> dict[str, np.ndarray]:
    """What is said of latent traits (n,) of every output, in the score's units: (n, outputs) each.

    `prediction` and, where the model tells the noise, `lower` and `upper`: one standard deviation
    of it to each side.
    """
    record = model.record
    shown = [_network(model).shown(trait, output) for output in range(len(record["outputs"]))]
    if not noise.predicts_noise(record["loss"]):
        return {"prediction": in_units(np.stack(shown, axis=1), record)}
    scores, outputs = np.stack(shown, axis=2).transpose(1, 0, 2)
    sd = noise.variance(torch.from_numpy(outputs)).sqrt().numpy()
    ends = {"prediction": 0, "lower": -1, "upper": 1}
    return {name: in_units(scores + side * sd, record) for name, side in ends.items()}


def additive_rows(effects: Effects, output: str, letters: str) -> list[dict]:
    """A row a position and letter."""
    return [
        {"output": output, "position": position + 1, "letter": letters[k], "effect": value}
        for position, values in enumerate(effects.additive)
        for k, value in enumerate(values)
    ]


def pairwise_rows(effects: Effects, output: str, letters: str) -> list[dict]:
    """A row a pair of positions and their letters, of pairs with effects; positions from 1."""
    paired = np.abs(effects.pairwise).max(axis=(1, 3)) > 0
    return [
        {
            **{"output": output, "position_1": i + 1, "letter_1": letters[a]},
            **{"position_2": j + 1, "letter_2": letters[b]},
            "effect": effects.pairwise[i, a, j, b],
        }
        for i, j in np.argwhere(paired)
        for a in range(4)
        for b in range(4)
    ]
