"""How far sequences lie from those that a model was trained on.

Distances to the nearest training sequences are measured in two spaces at once: the model's last
hidden layer (deep nearest neighbours, Sun and others 2022) and counts of k-mers. The first notices
sequences that excite the model as none did before, as those do that a search for high predictions
finds; the second a shift of composition that the model ignores.
"""

from collections.abc import Iterator, Sequence

import numpy as np

NEIGHBOURS = 10
MOST_AXES = 16  # of each space
ROWS_AT_ONCE = 1024


def space(spaces: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The principal axes of training sequences, side by side: centre and axes, as float32.

    spaces: features in each, float (n, f). Returns (sum of f,) and (sum of f, d); along the axes of
    each space distances are in units of its standard deviation.
    """
    centre = np.concatenate([features.mean(axis=0, dtype=float) for features in spaces])
    rows, blocks = 0, []
    for features in spaces:
        centred = features - features.mean(axis=0, dtype=float)
        values, axes = np.linalg.eigh(centred.T @ centred / len(features))
        values, axes = values[::-1][:MOST_AXES], axes[:, ::-1][:, :MOST_AXES]
        total = values.sum()
        block = np.zeros((len(centre), axes.shape[1]))
        block[rows : rows + len(axes)] = axes / np.sqrt(total) if total > 0 else 0
        blocks.append(block)
        rows += len(axes)
    return centre.astype("f4"), np.hstack(blocks).astype("f4")


def project(spaces: Sequence[np.ndarray], centre: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Where sequences lie, float32 (n, d). spaces: their features in each, float (n, f)."""
    return (np.hstack(spaces).astype("f4") - centre) @ axes


def distance(places: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Mean distance of each place to its nearest ones, float64 (n,).

    places: float32 (n, d). among: float32 (m, d).
    """
    count = min(NEIGHBOURS, len(among))
    parts = [
        np.sqrt(np.partition(squares, count - 1)[:, :count]).mean(axis=1, dtype=float)
        for squares in _squares(places, among)
    ]
    return np.concatenate([np.empty(0), *parts])


def nearest(places: np.ndarray, among: np.ndarray, count: int) -> np.ndarray:
    """Which places of `among` are the nearest to each place: int (n, count), in no order."""
    parts = [np.argpartition(s, count - 1)[:, :count] for s in _squares(places, among)]
    return np.concatenate([np.empty((0, count), int), *parts])


def percentile(distances: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Share of the usual distances that are smaller, in percent, float (n,); half of equal ones.

    usual: float (m,), sorted: of held-out sequences. 100 is farther off than any of them.
    """
    below = np.searchsorted(usual, distances, "left") + np.searchsorted(usual, distances, "right")
    return 50 * below / len(usual)


def _squares(places: np.ndarray, among: np.ndarray) -> Iterator[np.ndarray]:
    """Squared distances, a block of rows at a time."""
    norms = (among**2).sum(axis=1)
    for start in range(0, len(places), ROWS_AT_ONCE):
        block = places[start : start + ROWS_AT_ONCE]
        squares = (block**2).sum(axis=1)[:, None] + norms - 2 * block @ among.T
        yield np.maximum(squares, 0, out=squares)
