"""In-silico insertion: what a motif changes when it is put into random sequences."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from seq2score.sequences.encoding import N

_VARIES = 0.01  # share of sequences with another letter, below which a position is constant


def draw_backgrounds(encoded: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Random sequences that keep what is common to all sequences of a library.

    Each position's letters are drawn at the frequencies they have there, so that constant parts
    of a library stay constant; N (padding) is taken over from a sequence drawn at random.

    Parameters
    ----------
    encoded
        The library, uint8 (n, length).
    number
        Of sequences to make.
    rng
        Source of chance.

    Returns
    -------
    ndarray
        uint8 (number, length).
    """
    backgrounds = np.empty((number, encoded.shape[1]), dtype=np.uint8)
    for position, column in enumerate(encoded.T):
        letters = column[column < N]
        backgrounds[:, position] = rng.choice(letters, number) if len(letters) else N
    templates = encoded[rng.integers(len(encoded), size=number)]
    return np.where(templates == N, N, backgrounds).astype(np.uint8)


def varying(encoded: np.ndarray) -> np.ndarray:
    """Positions where a library, uint8 (n, length), varies: not those of adapters and the like.

    At such a position, bool (length,), at least one of a hundred sequences has another letter than
    most have.
    """
    counts = np.stack([(encoded == letter).sum(axis=0) for letter in range(N)])
    return counts.sum(axis=0) - counts.max(axis=0) >= _VARIES * np.maximum(counts.sum(axis=0), 1)


def places(varies: np.ndarray, width: int) -> np.ndarray:
    """Where a motif of this width can begin, bool (length - width + 1,).

    Only where it lies as far within varying positions, bool (length,), as it can: wholly, in most
    libraries. What it did to constant letters no sequence of the library could tell, and no model
    has learned.
    """
    inside = np.lib.stride_tricks.sliding_window_view(varies, width).sum(axis=1)
    return inside == inside.max()


def insert(
    encoded: np.ndarray, motif: np.ndarray, starts: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sequences without and with a motif at a random place.

    Parameters
    ----------
    encoded
        Sequences, uint8 (n, length); those without room for the motif are left out.
    motif
        uint8 (width,); its N keep the letter that is there.
    starts
        Where it may begin, bool (length - width + 1,), see `places`.
    rng
        Source of chance.

    Returns
    -------
    ndarray, ndarray
        Without and with it, uint8 (m, length), m being n or less.
    """
    room = starts & _without_padding(encoded, len(motif))
    fits = room.any(axis=1)
    encoded, chosen = encoded[fits], _draw_one(room[fits], rng)
    letters = chosen[:, None] + np.flatnonzero(motif < N)
    inserted = encoded.copy()
    np.put_along_axis(inserted, letters, motif[motif < N][None], axis=1)
    return encoded, inserted


def _without_padding(encoded: np.ndarray, width: int) -> np.ndarray:
    """Which windows hold letters alone, bool (n, length - width + 1)."""
    windows = np.lib.stride_tricks.sliding_window_view(encoded < N, width, axis=1)
    return np.all(windows, axis=2)


def _draw_one(allowed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One of the allowed columns of each row, each as likely: int (n,). allowed: bool (n, m)."""
    return np.where(allowed, rng.random(allowed.shape), -1).argmax(axis=1)


def mean_change(
    predict: Callable[[np.ndarray], np.ndarray], without: np.ndarray, inserted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean change of a prediction, and its 95% interval, over the background sequences.

    Parameters
    ----------
    predict
        From encoded sequences, uint8 (n, length), to float (n,) or (n, outputs).
    without, inserted
        Sequences without and with a motif, uint8 (n, length).

    Returns
    -------
    mean : ndarray
        Float (outputs,).
    interval : ndarray
        Its low and high end, of a normal approximation, float (2, outputs).
    """
    change = _columns(predict(inserted)) - _columns(predict(without))
    mean, error = change.mean(axis=0), change.std(axis=0, ddof=1) / np.sqrt(len(change))
    return mean, mean + 1.96 * np.array([[-1], [1]]) * error


def over_seeds(effects: Sequence[Mapping]) -> list[dict]:
    """A row a model, motif and output: the mean effect over the seeds, and between what it lies.

    Parameters
    ----------
    effects
        Rows of motif_effects.tsv.

    Returns
    -------
    list of dict
        `low` and `high` are the 95% interval over the backgrounds where there is one seed, else the
        lowest and the highest seed, which say more; `span` tells which. `truth` is the effect by
        the rule, or None.
    """
    groups: dict[tuple, list[Mapping]] = {}
    for row in effects:
        groups.setdefault((row["model"], row["motif"], row["output"]), []).append(row)
    return [
        {
            **{"model": model, "motif": motif, "output": output},
            "effect": sum(row["effect"] for row in rows) / len(rows),
            **_span(rows),
            "truth": rows[0].get("truth"),
        }
        for (model, motif, output), rows in groups.items()
    ]


def _span(rows: Sequence[Mapping]) -> dict[str, float | str]:
    if len(rows) == 1:
        low, high = rows[0]["effect_low"], rows[0]["effect_high"]
        return {"low": low, "high": high, "span": "95% interval over random sequences"}
    effects = [row["effect"] for row in rows]
    return {"low": min(effects), "high": max(effects), "span": "lowest to highest seed"}


def _columns(values: np.ndarray) -> np.ndarray:
    return values.reshape(len(values), -1)
