"""A latent trait: what letters add to it, and the curve by which it becomes a score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from seq2score.figures import theme

if TYPE_CHECKING:  # it brings torch, for those who draw alone
    from seq2score.inference.latent import Learned


@dataclass(frozen=True)
class Latent:
    """What a model has learned of one output, and what was measured of it on the test set.

    Attributes
    ----------
    additive
        Effects of single letters on the latent trait, float (length, 4).
    trait, score
        Of test sequences, float (n,), NaN where missing.
    curve
        Latent traits and what is predicted of them, float (2, points); of a model that tells the
        noise also one standard deviation of it below and above, float (4, points).
    """

    output: str
    additive: np.ndarray
    trait: np.ndarray
    score: np.ndarray
    curve: np.ndarray

    @classmethod
    def each(cls, learned: "Learned") -> list["Latent"]:
        """One for each output of what a model has learned."""
        return [
            cls(
                name,
                learned.effects[k].additive,
                learned.trait[:, k],
                learned.score[:, k],
                np.stack([learned.points, *(of[:, k] for of in learned.curve.values())]),
            )
            for k, name in enumerate(learned.outputs)
        ]


def draw(latents: Sequence[Latent], letters: str, colour: str) -> Figure:
    """For each output the curve over test sequences, beside a heatmap of additive effects.

    Parameters
    ----------
    latents
        One an output.
    letters
        "ACGT" or "ACGU".
    colour
        Of the model.
    """
    rows = len(latents)
    figure, axes = theme.panels(rows, 2, height=2.9 * rows, width_ratios=[1, 1.6])
    for (curve, heatmap), latent in zip(axes, latents, strict=True):
        theme.density_points(curve, latent.trait, latent.score, theme.GREY, size=4)
        points, predicted, *band = latent.curve
        curve.plot(points, predicted, color=colour)
        if band:
            curve.fill_between(points, *band, color=colour, alpha=0.2, linewidth=0)
        theme.label(
            curve, "Latent trait (sd)", f"Measured {latent.output}", "The nonlinearity", grid="both"
        )
        strongest = np.abs(latent.additive).max() or 1.0
        image = heatmap.imshow(
            latent.additive.T,
            cmap=theme.DIVERGING,
            vmin=-strongest,
            vmax=strongest,
            aspect="auto",
            extent=(0.5, len(latent.additive) + 0.5, 3.5, -0.5),
        )
        heatmap.set_yticks(range(4), list(letters))
        heatmap.tick_params(left=False)
        heatmap.spines[["bottom", "left"]].set_visible(False)
        theme.label(heatmap, "Position", title="What single letters add")
        text = "effect on the latent trait (sd)"
        theme.colour_bar(figure, image, heatmap, text, fraction=0.05, pad=0.03)
    return figure
