"""Sequence logos of logomaker's letters (Tareen and Kinney 2020).

`logomaker.Logo` makes every letter of every position anew, 3 to 6 ms each: of the 4 s of a page of
32 filters of three positions, 2.4 s. Here a `logomaker.Glyph` is made of each letter once, and all
copies of its patch are one: 0.3 s.
"""

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from seq2score.figures.theme import LETTER_COLOURS

_LETTER_WIDTH = 0.92  # of a position


def draw_letters(axes: Axes, heights: np.ndarray, places: np.ndarray, letters: str) -> None:
    """Stack the letters of each position, the highest on top; negative ones hang, upside down.

    Parameters
    ----------
    axes
        Where to draw.
    heights
        Of the letters, float (4, positions), in the unit of the y axis.
    places
        Of the stacks on the x axis, (positions,).
    letters
        "ACGT" or "ACGU".
    """
    for part in [np.maximum(heights, 0), np.minimum(heights, 0)]:
        for letter, height, base in zip(letters, part, _bases(part), strict=True):
            seen = height != 0
            if seen.any():
                copies = _copies(letter, places[seen], base[seen], height[seen])
                patch = PathPatch(copies, facecolor=LETTER_COLOURS[letter], linewidth=0)
                axes.add_artist(patch)  # `add_patch` looks for the ends of each curve
                axes.update_datalim(_corners(places[seen], base[seen], height[seen]))


def _bases(heights: np.ndarray) -> np.ndarray:
    """Where each letter begins, (4, positions), when the lowest stand nearest to zero."""
    order = np.abs(heights).argsort(axis=0)
    stacked = np.take_along_axis(heights, order, axis=0)
    bases = np.empty_like(heights)
    np.put_along_axis(bases, order, stacked.cumsum(axis=0) - stacked, axis=0)
    return bases


def _corners(places: np.ndarray, bases: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Two points, the lowest and the highest that copies of a letter reach."""
    ends = np.concatenate([bases, bases + heights])
    half = _LETTER_WIDTH / 2
    return np.array([[places.min() - half, ends.min()], [places.max() + half, ends.max()]])


def _copies(letter: str, places: np.ndarray, bases: np.ndarray, heights: np.ndarray) -> Path:
    """One path of the letter at every place."""
    vertices, codes = shape(letter)
    x = places[:, None] + _LETTER_WIDTH * vertices[:, 0]
    y = bases[:, None] + heights[:, None] * vertices[:, 1]
    return Path(np.stack([x.ravel(), y.ravel()], axis=1), np.tile(codes, len(places)))


@cache
def shape(letter: str) -> tuple[np.ndarray, np.ndarray]:
    """The letter as logomaker draws it: one wide around 0 and one high above it.

    Returns
    -------
    ndarray
        Vertices of its path, float (points, 2).
    ndarray
        What leads to each: codes of `matplotlib.path.Path`, uint8 (points,).
    """
    from logomaker import Glyph  # which brings pyplot, for those who draw letters alone

    axes = Figure().add_subplot()
    path = Glyph(0, letter, floor=0, ceiling=1, width=1, vpad=0, ax=axes).patch.get_path()
    return path.vertices, path.codes
