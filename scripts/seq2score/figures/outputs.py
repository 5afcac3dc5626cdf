"""Scores against scores: does a model predict what tells conditions apart, or what they share?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seq2score.figures import theme
from seq2score.inference.predictions import outputs_in, truth_and_prediction

MOST_WITH_NUMBERS = 8  # scores
MOST_ACROSS = 3


def correlations(values: np.ndarray) -> np.ndarray:
    """Pearson's correlation of each pair of scores, float (outputs, outputs).

    Parameters
    ----------
    values
        Float (n, outputs), NaN where one is missing; rows count for the pairs that they have.
    """
    count = values.shape[1]
    each = np.eye(count)
    for i in range(count):
        for j in range(i):
            rows = np.isfinite(values[:, i]) & np.isfinite(values[:, j])
            pair = values[rows][:, [i, j]]
            known = len(pair) > 1 and (pair.std(axis=0) > 0).all()
            each[i, j] = each[j, i] = np.corrcoef(pair.T)[0, 1] if known else np.nan
    return each


def draw(matrices: Mapping[str, np.ndarray], outputs: Sequence[str]) -> Figure:
    """Matrices of correlations side by side, what was measured first.

    Parameters
    ----------
    matrices
        Float (outputs, outputs), by what is correlated.
    outputs
        What axes call the scores.
    """
    across = min(len(matrices), MOST_ACROSS)
    rows = -(-len(matrices) // across)
    figure, axes = theme.panels(rows, across, height=0.4 + rows * (theme.WIDTH / across + 0.2))
    names = [theme.plain(output) for output in outputs]
    for panel, (heading, matrix) in zip(axes.flat, matrices.items(), strict=False):
        image = panel.imshow(matrix, vmin=-1, vmax=1, cmap=theme.DIVERGING)
        panel.set_xticks(range(len(names)), names, rotation=45, ha="right")
        panel.set_yticks(range(len(names)), names)
        theme.label(panel, title=f"{heading}\nmean of pairs {_mean(matrix):.2f}")
        if len(names) <= MOST_WITH_NUMBERS:
            _write(panel, matrix)
    for unused in axes.flat[len(matrices) :]:
        unused.remove()
    theme.colour_bar(figure, image, axes[0], "Pearson's r", fraction=0.02, pad=0.02)
    return figure


def draw_files(models: Sequence[str], predictions: Sequence[str], labels: Mapping) -> Figure:
    """From predictions.parquet of each model; labels: what axes call each score."""
    tables = [pq.read_table(Path(path)) for path in predictions]
    matrices = {"measured": correlations(truth_and_prediction(tables[0])[0])}
    for model, table in zip(models, tables, strict=True):
        matrices[f"predicted by {model}"] = correlations(truth_and_prediction(table)[1])
    return draw(matrices, [labels[output] for output in outputs_in(tables[0])])


def _mean(matrix: np.ndarray) -> float:
    pairs = matrix[np.triu_indices(len(matrix), 1)]
    return float(np.nanmean(pairs)) if np.isfinite(pairs).any() else np.nan


def _write(panel: Axes, matrix: np.ndarray) -> None:
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            colour = "white" if abs(value) > 0.6 else theme.INK
            panel.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour, size=7)
