"""Colour, type, layout and files of every figure, in one place.

Figures are made without pyplot, which costs a job its time and keeps figures in memory.
Colours are Okabe and Ito's and Paul Tol's, which the colour-blind can tell apart; models also
differ in their marker, for print in black and white.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox
from matplotlib.typing import MarkerType

WIDTH = 7.2  # inches, of a figure that fills a page
DPI = 200
LETTERS_AN_INCH = 13  # of the text beside all panels

INK, GREY, PALE = "#262626", "#8C8C8C", "#E3E3E3"
MODEL_COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4D4D4D"]
MODEL_MARKERS: list[MarkerType] = ["o", "s", "^", "D", "v", "P", "X", "*"]
CLASS_COLOURS = ["#882255", "#332288", "#999933", "#44AA99", "#DDCC77", "#88CCEE", "#AA4499"]
LETTER_COLOURS = {
    **{"A": "#109648", "C": "#255C99", "G": "#F7B32B"},
    **{"T": "#D62839", "U": "#D62839", "N": GREY},
}
DIVERGING = "RdBu_r"  # signed values, with white at zero

matplotlib.rcParams.update(
    {
        "font.family": "DejaVu Sans",  # comes with matplotlib, so figures are the same everywhere
        "font.size": 8.5,
        "text.color": INK,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "axes.linewidth": 0.7,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": 9.5,
        "axes.titlelocation": "left",
        "axes.titlepad": 7,
        "axes.axisbelow": True,
        "grid.color": PALE,
        "grid.linewidth": 0.6,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.major.width": 0.7,
        "ytick.major.width": 0.7,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "legend.frameon": False,
        "legend.fontsize": 8,
        "lines.linewidth": 1.6,
        "savefig.dpi": DPI,
        "svg.hashsalt": "seq2score",  # the same figure gives the same bytes
        "svg.fonttype": "none",  # text stays text, to be edited and searched
    }
)


class Style(TypedDict):
    """How a model's points and lines look."""

    color: str
    marker: MarkerType


def figure(width: float = WIDTH, height: float = 3.2) -> tuple[Figure, Axes]:
    """A figure of one panel, and its axes; sizes in inches."""
    drawing, axes = panels(1, 1, width, height)
    return drawing, axes[0, 0]


def panels(
    rows: int,
    columns: int = 1,
    width: float = WIDTH,
    height: float = 3.2,
    *,
    width_ratios: Sequence[float] | None = None,
    height_ratios: Sequence[float] | None = None,
    sharex: bool = False,
    sharey: bool = False,
) -> tuple[Figure, np.ndarray]:
    """A figure of several panels, laid out so that nothing overlaps.

    Parameters
    ----------
    rows, columns
        Of panels.
    width, height
        Of the figure, in inches.
    width_ratios, height_ratios
        Of the columns and of the rows; else all are equal.
    sharex, sharey
        Whether all panels have the same axis.

    Returns
    -------
    Figure
    ndarray
        Its Axes, object (rows, columns).
    """
    drawing = Figure(figsize=(width, height), layout="constrained")
    return drawing, drawing.subplots(
        rows,
        columns,
        squeeze=False,
        width_ratios=width_ratios,
        height_ratios=height_ratios,
        sharex=sharex,
        sharey=sharey,
    )


def label(
    axes: Axes,
    x: str = "",
    y: str = "",
    title: str = "",
    grid: Literal["x", "y", "both"] | None = None,
) -> None:
    """Name what the axes show, with units in brackets, and draw a grid along "x", "y" or "both"."""
    axes.set(xlabel=plain(x), ylabel=plain(y), title=plain(title))
    if grid:
        axes.grid(axis=grid)


def count_along_x(axes: Axes) -> None:
    """Ticks of the x axis at whole numbers, where matplotlib would put them otherwise."""
    axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))


def explain(drawing: Figure, text: str) -> None:
    """A line below the figure: what its whiskers and marks are."""
    drawing.supxlabel(plain(text), fontsize=7, color=GREY)


def common_label(drawing: Figure, text: str) -> None:
    """What all panels' y axes show, once, in as many lines as the figure is high for."""
    drawing.supylabel(_upright(drawing, text), fontsize=8.5)


def _upright(drawing: Figure, text: str) -> str:
    """Text that runs upwards, in as many lines as the figure is high for."""
    letters = max(20, int(LETTERS_AN_INCH * drawing.get_figheight()))
    return "\n".join(textwrap.wrap(plain(text), letters))


def colour_bar(
    drawing: Figure, image: AxesImage, axes: Axes | np.ndarray, text: str, **placing: Any
) -> None:
    """What the colours of an image mean, beside `axes`; `placing` is for `Figure.colorbar`."""
    bar = drawing.colorbar(image, ax=axes, **placing)
    bar.set_label(_upright(drawing, text))
    bar.outline.set_visible(False)  # type: ignore[operator]  # a Spine, for matplotlib one of many


def head(drawing: Figure, text: str) -> None:
    """What the whole figure is of, above it: a model and its run, say."""
    drawing.suptitle(plain(text), fontsize=9.5, x=0.01, ha="left")


def plain(text: str) -> str:
    """Text that stands as it is: a user's `$` starts no formula."""
    return str(text).replace("$", r"\$")


def save(drawing: Figure, path: str | Path) -> None:
    """Write a figure as PNG (200 dpi) and, beside it, as SVG.

    The same figure gives the same bytes. It is laid out, and its layout fixed.
    """
    path = Path(path)
    _lay_out(drawing)
    # `savefig` draws twice for each file, once to find what is laid out already.
    FigureCanvasAgg(drawing).print_png(path.with_suffix(".png"), metadata={"Software": None})
    svg = FigureCanvasSVG(drawing)
    svg.print_svg(path.with_suffix(".svg"), metadata={"Date": None, "Creator": None})


def _lay_out(drawing: Figure) -> None:
    """Once for all files, and rounded: the last bits of a layout change from run to run."""
    drawing.set_dpi(DPI)
    if engine := drawing.get_layout_engine():
        engine.execute(drawing)
    drawing.set_layout_engine("none")
    for axes in drawing.axes:
        bounds = np.round(axes.get_position(original=True).bounds, 6)
        axes.set_position(Bbox.from_bounds(*bounds))


def style_of(model: str, models: Sequence[str]) -> Style:
    """Colour and marker of a model: the same wherever it is drawn.

    Parameters
    ----------
    model
        One of `models`.
    models
        Every model of the config, in its order; one that is added at its end changes no other.
    """
    position = list(models).index(model)
    return {
        "color": MODEL_COLOURS[position % len(MODEL_COLOURS)],
        "marker": MODEL_MARKERS[position % len(MODEL_MARKERS)],
    }


def shades(colour: str) -> LinearSegmentedColormap:
    """From a pale to a dark shade of one colour, as a colour map for densities."""
    base = np.array(matplotlib.colors.to_rgb(colour))
    return LinearSegmentedColormap.from_list(
        f"shades of {colour}", [0.35 * base + 0.65, base, 0.35 * base]
    )


def density_points(axes: Axes, x: np.ndarray, y: np.ndarray, colour: str, size: float = 5) -> None:
    """Points that are darker where there are more of them, so that many do not become a blot.

    They are drawn as pixels even in SVG, where thousands would be slow.

    Parameters
    ----------
    axes
        Where to draw.
    x, y
        Float (n,); where either is NaN there is no point.
    colour
        Of which points are shades.
    size
        Of a point, its area in points squared.
    """
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    density = local_density(x, y)
    order = np.argsort(density, kind="stable")
    axes.scatter(
        x[order],
        y[order],
        c=density[order],
        cmap=shades(colour),
        s=size,
        linewidths=0,
        rasterized=True,
    )


def local_density(x: np.ndarray, y: np.ndarray, bins: int = 96, reach: int = 2) -> np.ndarray:
    """How crowded each point's surroundings are: log of a smoothed 2-D histogram.

    Parameters
    ----------
    x, y
        Float (n,), finite.
    bins
        Of the histogram, along each axis.
    reach
        Standard deviation of the Gaussian that smooths it, in bins.

    Returns
    -------
    ndarray
        Float (n,), log(1 + sequences nearby).
    """
    cells = [_cells(values, bins) for values in (x, y)]
    counts = np.zeros((bins, bins))
    np.add.at(counts, tuple(cells), 1)
    window = np.exp(-0.5 * (np.arange(-2 * reach, 2 * reach + 1) / reach) ** 2)
    for _ in range(2):  # along one axis, then along the other
        counts = np.apply_along_axis(np.convolve, 0, counts, window, mode="same").T
    return np.log1p(counts[tuple(cells)])


def _cells(values: np.ndarray, bins: int) -> np.ndarray:
    low, high = (values.min(), values.max()) if len(values) else (0, 0)
    return ((values - low) / ((high - low) or 1) * (bins - 1)).astype(int)
