"""What a model of epistasis has learned: tables of its effects, and its nonlinearity."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch

from seq2score import tables
from seq2score.figures import theme
from seq2score.figures.latent import Latent, draw
from seq2score.inference.prediction import Predictor, load
from seq2score.inference.predictions import truth_and_prediction
from seq2score.inference.units import in_units
from seq2score.models import noise
from seq2score.models.epistasis import Effects
from seq2score.models.network import one_hot

POINTS = 200  # of the curve
ROWS_AT_ONCE = 4096


def traits(model: Predictor, codes: np.ndarray) -> np.ndarray:
    """Latent traits of sequences, float64 (n, outputs), on the scale of `Effects`."""
    with torch.inference_mode():
        parts = torch.from_numpy(model.construct.around(codes)).split(ROWS_AT_ONCE)
        latent = torch.cat([model.network.latent(one_hot(part)) for part in parts]).double().numpy()
    for output in range(latent.shape[1]):
        about = model.network.effects(output)
        latent[:, output] = (latent[:, output] - about.constant) / about.spread
    return latent


def curve(model: Predictor, trait: np.ndarray) -> dict[str, np.ndarray]:
    """What is said of latent traits (n,) of every output, in the score's units: (n, outputs) each.

    `prediction` and, where the model tells the noise, `lower` and `upper`: one standard deviation
    of it to each side.
    """
    outputs, record = range(len(model.record["outputs"])), model.record
    shown = [model.network.shown(trait, output) for output in outputs]
    if not noise.predicts_noise(record["loss"]):
        return {"prediction": in_units(np.stack(shown, axis=1), record)}
    scores, told = np.stack(shown, axis=2).transpose(1, 0, 2)
    sd = noise.variance(torch.from_numpy(told)).sqrt().numpy()
    ends = {"prediction": 0, "lower": -1, "upper": 1}
    return {name: in_units(scores + side * sd, record) for name, side in ends.items()}


def additive_rows(effects: Effects, output: str, letters: str) -> list[dict]:
    """A row a position and letter."""
    return [
        {"output": output, "position": place + 1, "letter": letters[k], "effect": value}
        for place, values in enumerate(effects.additive)
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


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params, output = job.settings(snakemake), snakemake.output
    model = load(Path(snakemake.input.model).parent)
    letters = "ACGU" if params.alphabet == "rna" else "ACGT"
    names = model.record["outputs"]
    effects = [model.network.effects(place) for place in range(len(names))]
    test = pq.read_table(snakemake.input.predictions)
    codes, _ = model.read(test["sequence"].combine_chunks())
    trait, scores = traits(model, codes), truth_and_prediction(test)[0]
    points = np.linspace(trait.min(), trait.max(), POINTS)
    predicted = curve(model, points)

    for path, rows_of, columns in (
        (output.additive, additive_rows, ["output", "position", "letter", "effect"]),
        (
            output.pairwise,
            pairwise_rows,
            ["output", "position_1", "letter_1", "position_2", "letter_2", "effect"],
        ),
    ):
        found = zip(effects, names, strict=True)
        tables.write([row for e, name in found for row in rows_of(e, name, letters)], path, columns)
    tables.write(
        [
            {"output": name, "trait": point, **{key: of[row, k] for key, of in predicted.items()}}
            for k, name in enumerate(names)
            for row, point in enumerate(points)
        ],
        output.curve,
    )
    latents = [
        Latent(
            name,
            e.additive,
            trait[:, k],
            scores[:, k],
            np.stack([points, *(of[:, k] for of in predicted.values())]),
        )
        for k, (name, e) in enumerate(zip(names, effects, strict=True))
    ]
    colour = theme.style_of(params.model, params.models)["color"]
    theme.save(draw(latents, letters, colour), output.png)
