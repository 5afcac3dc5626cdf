"""In-silico mutagenesis: what each substitution changes above what each letter contributes."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from seq2score.figures import theme
from seq2score.figures.logos import draw_letters
from seq2score.sequences.encoding import BASES


@dataclass(frozen=True)
class Mutated:
    """One sequence; changes of its prediction (4, length), attribution (length,)."""

    title: str
    letters: str
    changes: np.ndarray
    attribution: np.ndarray


def plot_mutagenesis(sequences: list[Mutated], letters: str, output: str, of: str) -> Figure:
    """A heatmap above an attribution logo for each sequence; all share one scale each.

    letters: "ACGT" or "ACGU". output: what is predicted. of: the model and its run.
    """
    drawing, axes = theme.figure(
        2 * len(sequences),
        height=0.7 + 1.95 * len(sequences),
        height_ratios=[1, 1.1] * len(sequences),
    )
    strongest = max(np.abs(sequence.changes).max() for sequence in sequences) or 1.0
    limits = _limits(np.concatenate([sequence.attribution for sequence in sequences]))
    for sequence, heatmap, logo in zip(sequences, axes[::2], axes[1::2], strict=True):
        own = np.array([*BASES])[:, None] == np.array([*sequence.letters])
        image = _draw_changes(heatmap, sequence, own, strongest)
        heatmap.set_yticks(range(4), list(letters))
        _draw_contributions(logo, np.where(own, sequence.attribution, 0.0), letters, limits)
        for panel in [heatmap, logo]:
            panel.set_xlim(-0.5, len(sequence.letters) - 0.5)
            panel.spines[["bottom", "left"]].set_visible(False)
    axes[-1].set_xlabel("position")
    bar = drawing.colorbar(image, ax=axes, fraction=0.02, pad=0.02, aspect=30)
    bar.set_label(theme.plain(f"change of the predicted {output} by a substitution"))
    bar.outline.set_visible(False)
    theme.head(drawing, of)
    told = "Contribution: mean loss of the prediction when the letter is replaced by the others"
    theme.explain(drawing, told)
    return drawing


def _draw_changes(axes: Axes, sequence: Mutated, own: np.ndarray, strongest: float) -> AxesImage:
    """A heatmap of substitutions, with a dot at the sequence's own letters."""
    image = axes.imshow(
        sequence.changes, cmap=theme.DIVERGING, vmin=-strongest, vmax=strongest, aspect="auto"
    )
    axes.scatter(*np.nonzero(own)[::-1], s=4, color=theme.GREY, linewidths=0)
    axes.set_xticks([])
    axes.tick_params(left=False)
    theme.label(axes, title=sequence.title)
    return image


def _limits(contributions: np.ndarray) -> tuple[float, float]:
    """The scale of all contributions, so that sequences can be compared."""
    low, high = min(contributions.min(), 0), max(contributions.max(), 0)
    margin = 0.08 * (high - low) or 1.0
    return low - margin, high + margin


def _draw_contributions(
    axes: Axes, heights: np.ndarray, letters: str, limits: tuple[float, float]
) -> None:
    """The sequence as a logo, heights (4, length) being what its letters contribute."""
    length = heights.shape[1]
    draw_letters(axes, heights, np.arange(length), letters)
    axes.set_ylim(*limits)
    axes.axhline(0, color=theme.INK, lw=0.7)
    shown = range(0, length, -(-length // 20))
    axes.set_xticks(shown, [str(place + 1) for place in shown])
    axes.set_ylabel("contribution")
