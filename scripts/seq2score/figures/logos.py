"""Sequence logos in logomaker's letters (Tareen and Kinney 2020).

logomaker makes every letter of every position anew, 3 ms each. Here it makes each letter once, and
all its copies are one patch: a page of a hundred filters takes a tenth of a second.
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

    heights: (4, positions), in the unit of the axis. places: (positions,), x of each stack.
    letters: "ACGT" or "ACGU".
    """
    for part in [np.maximum(heights, 0), np.minimum(heights, 0)]:
        for letter, height, base in zip(letters, part, _bases(part), strict=True):
            seen = height != 0
            if seen.any():
                copies = _copies(letter, places[seen], base[seen], height[seen])
                axes.add_patch(PathPatch(copies, facecolor=LETTER_COLOURS[letter], linewidth=0))


def _bases(heights: np.ndarray) -> np.ndarray:
    """Where each letter begins, (4, positions), when the lowest stand nearest to zero."""
    order = np.abs(heights).argsort(axis=0)
    stacked = np.take_along_axis(heights, order, axis=0)
    bases = np.empty_like(heights)
    np.put_along_axis(bases, order, stacked.cumsum(axis=0) - stacked, axis=0)
    return bases


def _copies(letter: str, places: np.ndarray, bases: np.ndarray, heights: np.ndarray) -> Path:
    """One path of the letter at every place."""
    shape = _shape(letter)
    x = places[:, None] + _LETTER_WIDTH * shape.vertices[:, 0]
    y = bases[:, None] + heights[:, None] * shape.vertices[:, 1]
    return Path(np.stack([x.ravel(), y.ravel()], axis=1), np.tile(shape.codes, len(places)))


@cache
def _shape(letter: str) -> Path:
    """The letter, one wide around 0 and one high above it."""
    from logomaker import Glyph  # here, as it takes half a second: it brings pyplot and pandas

    glyph = Glyph(0, letter, 0, 1, ax=Figure().add_subplot(), width=1)
    return glyph.patch.get_path()
