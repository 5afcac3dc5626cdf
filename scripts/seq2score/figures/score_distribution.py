"""What scores there are: in all, by the motifs that a sequence holds, and in each part."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import LineStyleType

from seq2score.figures import theme

PARTS = ("train", "validation", "test")
MOST_CLASSES = 6

_PART_STYLES = [(theme.INK, "-"), (theme.MODEL_COLOURS[5], "--"), (theme.MODEL_COLOURS[1], ":")]
_CLASS_STYLES: list[LineStyleType] = [
    "-",
    "--",
    "-.",
    ":",
    (0, (5, 1)),
    (0, (3, 1, 1, 1, 1, 1)),
    "-",
]


def draw(
    scores: Mapping[str, np.ndarray], part: np.ndarray, motifs: np.ndarray | None = None
) -> Figure:
    """A row a score; across, all sequences, those of each motif class, and each part's share.

    Parameters
    ----------
    scores
        By what axes call them, float (n,), NaN where it was not measured.
    part
        Str (n,), one of PARTS.
    motifs
        Str (n,), such as none, TAT, GCG and TAT+GCG, where that is known.
    """
    columns = 2 if motifs is None else 3
    figure, axes = theme.panels(len(scores), columns, height=2.7 * len(scores))
    for row, (name, score) in zip(axes, scores.items(), strict=True):
        known = np.isfinite(score)
        grid = np.linspace(score[known].min(), score[known].max() + 1e-9, 512)
        whole = known.sum() * smoothed(score[known], grid)
        for panel in row[:-1]:
            panel.fill_between(grid, whole, color=theme.PALE, lw=0)
        row[0].plot(grid, whole, color=theme.GREY)
        theme.label(row[0], name, "Sequences per unit of score", "All sequences")
        if motifs is not None:
            _classes(row[1], score[known], _common(motifs[known]), grid)
            theme.label(row[1], name, "", "By motif")
            row[1].sharey(row[0])
            row[1].tick_params(labelleft=False)
        _parts(row[-1], score[known], part[known], grid)
        theme.label(row[-1], name, "Share per unit of score", "By part of the split")
        for panel in row:
            panel.set_ylim(0, panel.get_ylim()[1] * 1.3)  # room for the legend
    return figure


def draw_labels(label: np.ndarray, part: np.ndarray, name: str = "Class") -> Figure:
    """How often each class stands in each part.

    Parameters
    ----------
    label, part
        Of each sequence, str (n,).
    name
        Of what the classes are.
    """
    names = np.unique(label)
    figure, axes = theme.figure(height=0.9 + 0.4 * len(names))
    for i, (of, (colour, _)) in enumerate(zip(PARTS, _PART_STYLES, strict=True)):
        counts = np.array([np.sum(label[part == of] == each) for each in names])
        position = np.arange(len(names)) + 0.27 * (i - 1)
        bars = axes.barh(position, counts / counts.sum(), 0.25, color=colour, label=of)
        axes.bar_label(bars, [f"{count:,}" for count in counts], padding=3, fontsize=7)
    axes.set_yticks(range(len(names)), [theme.plain(name) for name in names])
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.tick_params(axis="y", length=0)
    theme.label(axes, "Share of the part (number of sequences beside)", name, grid="x")
    figure.legend(loc="outside right upper")
    return figure


def smoothed(values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Density of the values on an even grid that spans them.

    A Gaussian kernel estimate, reflected at both ends so that none of it leaves the range, with
    Silverman's (1986) bandwidth or 1/64 of the range, whichever is wider: unlike bars, it shows no
    false comb where scores take a few even steps.

    Parameters
    ----------
    values
        Float (n,), finite.
    grid
        Float (points,), ascending in even steps.

    Returns
    -------
    ndarray
        Float (points,); it sums to 1 over the steps of the grid.
    """
    step = grid[1] - grid[0]
    counts = np.histogram(values, len(grid), (grid[0] - step / 2, grid[-1] + step / 2))[0]
    quarters = np.subtract(*np.percentile(values, [75, 25])) / 1.34
    spread = min((s for s in (values.std(), quarters) if s > 0), default=0)
    width = max(0.9 * spread * len(values) ** -0.2 / step, len(grid) / 64)
    reach = min(len(grid), int(4 * width) + 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    reflected = np.pad(counts / len(values) / step, reach, mode="symmetric")
    return np.convolve(reflected, kernel / kernel.sum(), "valid")


def _classes(axes: Axes, score: np.ndarray, motifs: np.ndarray, grid: np.ndarray) -> None:
    names, counts = np.unique(motifs, return_counts=True)
    names = names[np.argsort(-counts, kind="stable")]
    for name, colour, style in zip(names, theme.CLASS_COLOURS, _CLASS_STYLES, strict=False):
        selected = score[motifs == name]
        axes.plot(
            grid,
            len(selected) * smoothed(selected, grid),
            color=colour,
            ls=style,
            label=_reading(name),
        )
    axes.legend(loc="upper left", ncols=2, columnspacing=1, handlelength=1.4, fontsize=7.5)


def _common(motifs: np.ndarray) -> np.ndarray:
    """The classes, all but the most frequent ones taken together."""
    names, counts = np.unique(motifs, return_counts=True)
    rare = names[np.argsort(-counts, kind="stable")][MOST_CLASSES:]
    return np.where(np.isin(motifs, rare), "others", motifs)


def _reading(name: str) -> str:
    return "no motif" if name == "none" else name.replace("+", " + ")


def _parts(axes: Axes, score: np.ndarray, part: np.ndarray, grid: np.ndarray) -> None:
    for name, (colour, style) in zip(PARTS, _PART_STYLES, strict=True):
        selected = score[part == name]
        if len(selected):
            text = f"{name} ({len(selected):,})"
            axes.plot(grid, smoothed(selected, grid), color=colour, ls=style, label=text)
    axes.legend(loc="upper left", handlelength=1.6)
