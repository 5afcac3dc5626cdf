"""In-silico mutagenesis: what each substitution changes above what each letter contributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from seq2score import tables
from seq2score.figures import theme
from seq2score.figures.logos import draw_letters
from seq2score.sequences.encoding import BASES

if TYPE_CHECKING:
    import pandas as pd

WHY = {"best": "highest prediction", "worst": "lowest prediction", "most_wrong": "largest error"}
MOST = 6  # regions in a figure


@dataclass(frozen=True)
class Mutated:
    """What substitutions do to one sequence, and what its letters contribute."""

    title: str
    letters: str  # (length,)
    changes: np.ndarray  # of the prediction by each substitution, float (4, length)
    attribution: np.ndarray  # of the letters, float (length,)


def plot_mutagenesis(sequences: Sequence[Mutated], letters: str, output: str, of: str) -> Figure:
    """A heatmap above an attribution logo for each sequence; all share one scale each.

    Parameters
    ----------
    sequences
        From top to bottom.
    letters
        "ACGT" or "ACGU".
    output
        What is predicted.
    of
        The model and its run, for the title.
    """
    height, ratios = 0.7 + 1.95 * len(sequences), [1, 1.1] * len(sequences)
    drawing, grid = theme.panels(2 * len(sequences), height=height, height_ratios=ratios)
    axes = grid[:, 0]
    strongest = max(np.abs(sequence.changes).max() for sequence in sequences) or 1.0
    limits = _limits(np.concatenate([sequence.attribution for sequence in sequences]))
    for sequence, heatmap, logo in zip(sequences, axes[::2], axes[1::2], strict=True):
        selected = np.array([*BASES])[:, None] == np.array([*sequence.letters])
        image = _draw_changes(heatmap, sequence, selected, strongest)
        heatmap.set_yticks(range(4), list(letters))
        _draw_contributions(logo, np.where(selected, sequence.attribution, 0.0), letters, limits)
        for panel in [heatmap, logo]:
            panel.set_xlim(-0.5, len(sequence.letters) - 0.5)
            panel.spines[["bottom", "left"]].set_visible(False)
    axes[-1].set_xlabel("position")
    text = f"change of the predicted {output} by a substitution"
    theme.colour_bar(drawing, image, axes, text, fraction=0.02, pad=0.02, aspect=30)
    theme.head(drawing, of)
    message = "Contribution: mean loss of the prediction when the letter is replaced by the others"
    theme.explain(drawing, message)
    return drawing


def _draw_changes(
    axes: Axes, sequence: Mutated, selected: np.ndarray, strongest: float
) -> AxesImage:
    """A heatmap of substitutions, with a dot at the sequence's own letters."""
    image = axes.imshow(
        sequence.changes, cmap=theme.DIVERGING, vmin=-strongest, vmax=strongest, aspect="auto"
    )
    letters, positions = np.nonzero(selected)
    axes.scatter(positions, letters, s=4, color=theme.GREY, linewidths=0)
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
    axes.set_xticks(shown, [str(position + 1) for position in shown])
    axes.set_ylabel("contribution")


def mutated(rows: pd.DataFrame, labels: Mapping[str, str]) -> Mutated:
    """One sequence of mutagenesis.tsv.

    Parameters
    ----------
    rows
        Its positions, from the first to the last.
    labels
        What axes call each score.
    """
    first = tables.rows_of(rows.head(1))[0]
    reasons = " and ".join(WHY.get(why, "chosen") for why in first["why"].split(", "))
    if first["part"] != "test":
        whole = first["part"] in ("train", "validation", "calibration")
        reasons = f"of the {first['part']} set" if whole else f"of {first['part']}"
    name = labels.get(first["output"], first["output"])
    measured = "not measured" if first["score"] is None else f"{first['score']:.4g}"
    numbers = f"{name} {measured}, predicted {first['prediction']:.4g}"
    return Mutated(
        f"{first['id']}, {reasons}: " + numbers.replace("-", "\N{MINUS SIGN}"),
        "".join(rows["letter"]),
        np.stack([rows[base].to_numpy() for base in BASES]),
        rows["attribution"].to_numpy(),
    )


def each(table: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows of each sequence, the first of position 1. Ids of two files may be alike."""
    starts = np.flatnonzero(table["position"].to_numpy() == 1).tolist()
    ends = [*starts[1:], len(table)]
    return [table.iloc[a:b] for a, b in zip(starts, ends, strict=True)]


def saturated(rows: pd.DataFrame, effect: str) -> Mutated:
    """One region of saturating variants, on the forward strand, from left to right.

    Parameters
    ----------
    rows
        Its substitutions, in any order.
    effect
        The column of effects to show.
    """
    position = rows["position"].to_numpy()
    first, length = position.min(), position.max() - position.min() + 1
    changes, letters = np.zeros((4, length)), ["N"] * length
    columns = (rows[name] for name in ("ref", "alt", effect))
    for positions, ref, alt, value in zip(position - first, *columns, strict=True):
        letters[positions] = ref
        changes[BASES.index(alt), positions] = value
    title = f"{rows['region'].iloc[0]}, from position {first}"
    return Mutated(title, "".join(letters), changes, -changes.sum(axis=0) / 3)


def draw_mutated(path: str, letters: str, labels: Mapping[str, str], of: str) -> Figure:
    """The sequences of a model's mutagenesis.tsv.

    Parameters
    ----------
    path
        Of mutagenesis.tsv.
    letters
        "ACGT" or "ACGU".
    labels
        What axes call each score.
    of
        The model and its run, for the title.
    """
    table = tables.read(path)
    output = table["output"].iloc[0]
    sequences = [mutated(rows, labels) for rows in each(table)]
    return plot_mutagenesis(sequences, letters, labels.get(output, output), of)


def draw_saturated(path: str, letters: str, model: str) -> Figure:
    """The first regions of a table of saturating variants.

    Parameters
    ----------
    path
        Of the table, tab-separated or Parquet.
    letters
        "ACGT" or "ACGU".
    model
        For the title.
    """
    import pandas as pd

    text = ["id", "chromosome", "region", "ref", "alt", "note"]
    rows = pd.read_parquet(path) if path.endswith(".parquet") else tables.read(path, text)
    effect = next(name for name in rows.columns if name.startswith("effect"))
    names = rows["region"].unique()[:MOST]
    regions = [saturated(rows[rows["region"] == name], effect) for name in names]
    output = "score" + effect.removeprefix("effect").replace("_", " of ", 1)
    return plot_mutagenesis(regions, letters, output, model)
