"""In-silico insertion: what a motif changes when it is put into random sequences."""

from collections.abc import Callable

import numpy as np

from seq2score.sequences.encoding import N


def draw_backgrounds(codes: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Random sequences that keep what is common to all `codes`, uint8 (number, length).

    Each position's letters are drawn at the frequencies they have there, so that constant parts
    of a library stay constant; N (padding) is taken over from a sequence drawn at random.
    """
    drawn = np.empty((number, codes.shape[1]), dtype=np.uint8)
    for position, column in enumerate(codes.T):
        letters = column[column < N]
        drawn[:, position] = rng.choice(letters, number) if len(letters) else N
    templates = codes[rng.integers(len(codes), size=number)]
    return np.where(templates == N, N, drawn).astype(np.uint8)


def insert(
    codes: np.ndarray, motif: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sequences without and with the motif at a random place, each uint8 (m <= n, length).

    codes: uint8 (n, length); rows without room for the motif are left out.
    motif: uint8 (width,); its N keep the letter that is there.
    """
    width = len(motif)
    room = np.lib.stride_tricks.sliding_window_view(codes < N, width, axis=1).all(axis=2)
    fits = room.any(axis=1)
    codes, room = codes[fits], room[fits]
    starts = np.where(room, rng.random(room.shape), -1).argmax(axis=1)
    places = starts[:, None] + np.arange(width)
    inserted, rows = codes.copy(), np.arange(len(codes))[:, None]
    inserted[rows, places] = np.where(motif < N, motif, inserted[rows, places])
    return codes, inserted


def mean_change(
    predict: Callable, without: np.ndarray, inserted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean change of what `predict` gives for codes, and its 95% interval, over the backgrounds.

    Returns the mean (outputs,) and low and high ends (2, outputs), of a normal approximation.
    """
    change = _columns(predict(inserted)) - _columns(predict(without))
    mean, error = change.mean(axis=0), change.std(axis=0, ddof=1) / np.sqrt(len(change))
    return mean, mean + 1.96 * np.array([[-1], [1]]) * error


def _columns(values: np.ndarray) -> np.ndarray:
    return values.reshape(len(values), -1)
