"""First-layer filters: weights as heatmaps, what activates them as logos.

Filters stand side by side in the data coordinates of one pair of axes a row: a page of a hundred
filters then has dozens of axes and not hundreds, which is what takes matplotlib its time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from seq2score.figures import theme
from seq2score.figures.logos import draw_letters
from seq2score.motifs.tables import Filters, read_positions
from seq2score.tables import read, read_rows, rows_of
from seq2score.task import Task

if TYPE_CHECKING:
    import pandas as pd

_LETTERS_A_ROW = 64
_FILTERS_A_ROW = 8
TOP = 8  # most important filters


@dataclass(frozen=True)
class Panels:
    """What is drawn of F filters of width W, in the order in which they are drawn."""

    names: list[str]
    weights: np.ndarray  # (F, 4, W)
    logos: np.ndarray  # heights of the letters in bits, (F, 4, W)
    captions: list[str]  # below the logos

    def part(self, start: int, stop: int) -> Panels:
        """Those from `start` to before `stop`."""
        part = slice(start, stop)
        return Panels(self.names[part], self.weights[part], self.logos[part], self.captions[part])

    @classmethod
    def read(cls, files: Mapping[str, str], measure: str) -> Panels:
        """Of the files of a model.

        Parameters
        ----------
        files
            Paths: `filters`, `matrices` and `matches`.
        measure
            What the importance of a filter is a change of.
        """
        table = read(files["filters"])
        names = matched_names(read_rows(files["matches"]))
        panels = panels_of(table, read_positions(files["matrices"]), names)
        return with_importance(panels, table["importance"].tolist(), measure)


def matched_names(matches: list[dict]) -> dict[int, str]:
    """The name of the motif that each filter matches best, for those that match one."""
    rows = [row for row in matches if row["match"]]
    rows.sort(key=lambda row: (-row["p_value"], row["score"]))
    return {row["filter"]: row["name"] for row in rows}


def panels_of(table: pd.DataFrame, filters: Filters, names: dict[int, str]) -> Panels:
    """What is drawn of filters, each with its sites and the motif that it matches.

    Parameters
    ----------
    table
        Rows with `filter`, `state` and `sites`, in the order in which they are drawn.
    filters
        All filters of the model.
    names
        Of the motifs that filters match, by filter.
    """
    order = table["filter"].to_numpy()
    captions = [
        {"dead": "dead: no site", "few sites": f"only {row['sites']} sites"}.get(
            row["state"], f"{row['sites']:,} sites"
        )
        + (f"\n≈ {names[row['filter']]}" if row["filter"] in names else "")
        for row in rows_of(table)
    ]
    return Panels(
        [f"filter {f}" for f in order], filters.weights[order], filters.logos[order], captions
    )


def with_importance(shown: Panels, falls: list[float], measure: str) -> Panels:
    """The same, named with how R² (or accuracy) changes without each filter."""
    changes = [f"{-fall:+.2g} {measure}".replace("-", "\N{MINUS SIGN}") for fall in falls]
    names = [f"{name}\n{change}" for name, change in zip(shown.names, changes, strict=True)]
    return Panels(names, shown.weights, shown.logos, shown.captions)


def plot_heatmaps(filters: Panels, letters: str, of: str) -> Figure:
    """Every filter's weights as a heatmap.

    Parameters
    ----------
    filters
        In the order in which they are drawn.
    letters
        "ACGT" or "ACGU".
    of
        The model and its run, for the title.
    """
    return _page(filters, letters, of, _FILTERS_A_ROW, with_logos=False)


def plot_logos(filters: Panels, letters: str, of: str, a_row: int = _FILTERS_A_ROW) -> Figure:
    """Every filter's weights above the logo of what activates it, all on the same scales.

    Parameters
    ----------
    filters
        In the order in which they are drawn.
    letters
        "ACGT" or "ACGU".
    of
        The model and its run, for the title.
    a_row
        The most filters that stand side by side.
    """
    return _page(filters, letters, of, a_row, with_logos=True)


def _page(filters: Panels, letters: str, of: str, a_row: int, with_logos: bool) -> Figure:
    count, _, width = filters.weights.shape
    columns = max(1, min(a_row, _LETTERS_A_ROW // (width + 1), max(count, 4)))
    rows = -(-count // columns)
    drawing, axes = theme.panels(
        rows * (1 + with_logos),
        height=0.8 + rows * (1.85 if with_logos else 1.05),
        height_ratios=([1, 1.25] if with_logos else [1]) * rows,
    )
    axes = axes.reshape(rows, -1)
    strongest = np.abs(filters.weights).max() or 1.0
    tallest = 1.04 * max(filters.logos.sum(axis=1).max(), 2.0)
    for row, panels in enumerate(axes):
        shown = filters.part(row * columns, (row + 1) * columns)
        starts = np.arange(len(shown.names)) * (width + 1)
        image = _draw_weights(panels[0], shown, starts, letters, strongest)
        if with_logos:
            _draw_logos(panels[1], shown, starts, letters, tallest)
        for panel in panels:
            panel.set(xlim=(-0.5, columns * (width + 1) - 1.5), xticks=[])
            panel.spines[["bottom", "left"]].set_visible(False)
    placing = {"fraction": 0.02, "pad": 0.02, "aspect": 25, "anchor": (0, 1)}
    theme.colour_bar(drawing, image, axes[:, 0], "weight", **placing)
    theme.head(drawing, of)
    return drawing


def _draw_weights(
    axes: Axes, filters: Panels, starts: np.ndarray, letters: str, strongest: float
) -> AxesImage:
    """Heatmaps side by side, one row a letter, with the filters' names above."""
    width = filters.weights.shape[2]
    cells = np.full((4, len(starts) * (width + 1) - 1), np.nan)
    for start, weights, name in zip(starts, filters.weights, filters.names, strict=True):
        cells[:, start : start + width] = weights
        axes.add_patch(Rectangle((start - 0.5, -0.5), width, 4, fill=False, ec=theme.GREY, lw=0.5))
        axes.text(start + (width - 1) / 2, -0.7, name, ha="center", va="bottom", fontsize=8)
    image = axes.imshow(cells, cmap=theme.DIVERGING, vmin=-strongest, vmax=strongest, aspect="auto")
    axes.set_yticks(range(4), list(letters))
    axes.tick_params(left=False)
    return image


def _draw_logos(
    axes: Axes, filters: Panels, starts: np.ndarray, letters: str, tallest: float
) -> None:
    """Logos side by side on one scale of bits, each with its number of sites."""
    width = filters.logos.shape[2]
    places = (starts[:, None] + np.arange(width)).ravel()
    heights = filters.logos.transpose(1, 0, 2).reshape(4, -1)
    draw_letters(axes, heights, places, letters)
    axes.set_ylim(0, tallest)
    for start, logo, caption in zip(starts, filters.logos, filters.captions, strict=True):
        middle = start + (width - 1) / 2
        axes.plot(
            [start - 0.5, start + width - 0.5], [0, 0], color=theme.INK, lw=0.7, clip_on=False
        )
        axes.annotate(
            theme.plain(caption),
            (middle, 0),
            xytext=(0, -3),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=6.5,
            color=theme.GREY,
        )
        if not logo.any():
            axes.text(middle, tallest / 2, "no logo", ha="center", va="center", color=theme.GREY)
    axes.set_ylabel("bits")


def draw_files(
    files: Mapping[str, str], letters: str, task: Task, model: str, seed: str
) -> dict[str, Figure]:
    """Every figure of a model's filters, by name: `heatmaps`, `logos` and `top`.

    Parameters
    ----------
    files
        Paths: `filters`, `matrices` and `matches`.
    letters
        "ACGT" or "ACGU".
    task
        Says what the importance of filters is measured by.
    model, seed
        For the titles.
    """
    measure = task.metrics[task.importance].title
    every = Panels.read(files, measure)
    of = (
        f"{model}, seed {seed}: filters of the first layer, with the change of {measure} when one "
        "is silenced"
    )
    return {
        "heatmaps": plot_heatmaps(every, letters, of),
        "logos": plot_logos(every, letters, of),
        "top": plot_logos(every.part(0, TOP), letters, of, a_row=4),
    }
