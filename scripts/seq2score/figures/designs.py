"""Designs beside what they were made from and what was measured, their logo, and the search."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seq2score.figures import theme
from seq2score.figures.logos import draw_letters

LONGEST_LOGO = 200


@dataclass(frozen=True)
class Designs:
    """designs, starts: predictions, float (n,). lower, upper: of the designs, or None. judged: by
    another model, float (n,), or None. measured: float (m,), scores of the table. codes: uint8
    (n, length). progress: rows of `round`, `best` and `middle`. quantity: what the axis shows.
    """

    designs: np.ndarray
    starts: np.ndarray
    measured: np.ndarray | None
    codes: np.ndarray
    progress: Sequence[dict]
    quantity: str
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None
    judged: np.ndarray | None = None
    judge: str = ""
    alphabet: str = "dna"


def draw(told: Designs) -> Figure:
    """Three panels: scores on one axis, the logo of the designs, the progress of the search."""
    figure = Figure(figsize=(theme.WIDTH, 6.2), layout="constrained")
    above, middle, below = figure.subplots(3, 1, height_ratios=[2.2, 1, 1.6])
    _scores(above, told)
    _logo(middle, told)
    _progress(below, told.progress)
    return figure


def _scores(axes: Axes, told: Designs) -> None:
    colours = theme.MODEL_COLOURS
    rows = [
        ("starts, predicted", told.starts, theme.GREY),
        ("designs, predicted", told.designs, colours[0]),
    ]
    if told.measured is not None:
        rows.insert(0, ("table, measured", told.measured, theme.INK))
    if told.judged is not None:
        rows.append((f"designs, by {told.judge}", told.judged, colours[1]))
    random = np.random.default_rng(0)
    for place, (_, values, colour) in enumerate(rows):
        aside = place + random.uniform(-0.28, 0.28, len(values))
        few = len(values) < 200
        axes.plot(
            values,
            aside,
            "o",
            ms=3.5 if few else 1.2,
            mew=0,
            color=colour,
            alpha=0.9 if few else 0.35,
            rasterized=not few,
        )
        if values is told.designs and told.lower is not None:
            axes.hlines(aside, told.lower, told.upper, color=colour, lw=0.7, alpha=0.6)
    axes.set_yticks(range(len(rows)), [theme.plain(name) for name, _, _ in rows])
    axes.invert_yaxis()
    theme.label(axes, told.quantity, grid="x")


def _logo(axes: Axes, told: Designs) -> None:
    """Information content of the designs' letters, in bits."""
    codes = told.codes[:, :LONGEST_LOGO]
    share = np.stack([(codes == base).mean(axis=0) for base in range(4)])
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = 2 + np.nansum(share * np.log2(share), axis=0)
    letters = "ACGU" if told.alphabet == "rna" else "ACGT"
    draw_letters(axes, share * bits, np.arange(1, codes.shape[1] + 1), letters)
    axes.set(xlim=(0, codes.shape[1] + 1), ylim=(0, 2))
    theme.label(axes, "Position", "Bits", f"What {len(codes)} designs have in common")


def _progress(axes: Axes, progress: Sequence[dict]) -> None:
    rounds = [row["round"] for row in progress]
    for key, style in [("best", "-"), ("middle", "--")]:
        values = [row[key] if row[key] > -1e5 else np.nan for row in progress]
        axes.plot(rounds, values, style, color=theme.MODEL_COLOURS[0], label=key)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(loc="lower right")
    theme.label(axes, "Round of the search", "What is searched for", grid="y")
