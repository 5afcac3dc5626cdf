"""The synthetic task: sequences scored by their letters and by the motifs that they hold."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from seq2score.errors import InputError
from seq2score.sequences.encoding import BASES, encode, strings
from seq2score.task import Task

LONGEST_ENUMERATED = 12  # 16.8 million sequences


def make(synthetic: Mapping, task: Task) -> pa.Table:
    """The synthetic data set that `synthetic` (a config section) describes.

    Returns
    -------
    Table
        Columns `id`, `sequence`, `score` (float64, or the motif class where the task is
        classification) and `motifs` (the motif class: which motifs a sequence holds, joined by "+",
        or "none").
    """
    random = np.random.default_rng(synthetic["seed"])
    encoded = draw_sequences(synthetic["length"], synthetic["count"], random)
    motifs = classes(encoded, synthetic["motif_effects"])
    if task.labels:
        score = motifs
    else:
        noise = synthetic["noise_sd"]
        score = scores(encoded, synthetic) + (random.normal(0, noise, len(encoded)) if noise else 0)
    return pa.table(
        {
            "id": [f"seq{i}" for i in range(1, len(encoded) + 1)],
            "sequence": strings(encoded).cast(pa.string()),
            "score": score,
            "motifs": motifs,
        }
    )


def scores(encoded: np.ndarray, synthetic: Mapping) -> np.ndarray:
    """What the rule says of each sequence, without noise: float64 (sequences,)."""
    score = letter_means(encoded, synthetic["letter_scores"])
    for motif, effect in synthetic["motif_effects"].items():
        count = occurrences(encoded, motif)
        score += effect * (count if synthetic["motif_counting"] == "occurrences" else count > 0)
    return score


def rule_of(
    synthetic: Mapping | None, names: Sequence[str] | None
) -> Callable[[np.ndarray], np.ndarray] | None:
    """The rule of a synthetic set, from sequences to float64 (n, outputs); None for measured ones.

    Of classes, each of these names is an output: 1 where it is the class of a sequence, else 0.
    """
    if synthetic is None:
        return None
    if names is None:
        return lambda encoded: scores(encoded, synthetic)[:, None]
    return lambda encoded: (
        1.0 * (classes(encoded, synthetic["motif_effects"])[:, None] == np.array(names))
    )


def classes(encoded: np.ndarray, motifs: Iterable[str]) -> np.ndarray:
    """The motif class of each sequence: the motifs that it holds, or "none": str (sequences,)."""
    return motif_classes({motif: occurrences(encoded, motif) for motif in motifs}, len(encoded))


def draw_sequences(length: int, count: int | str, random: np.random.Generator) -> np.ndarray:
    """Sequences of a length, uint8 (sequences, length): distinct random ones, or all.

    Parameters
    ----------
    length
        Letters of each.
    count
        A number, or "all", in alphabetical order.
    random
        Source of chance.

    Raises
    ------
    InputError
        Where there are not so many, or too many to make.
    """
    possible = 4**length
    if isinstance(count, str):
        if length > LONGEST_ENUMERATED:
            raise InputError(
                f"synthetic: `count: all` of length {length} would be {possible:.1e} sequences; "
                f"up to length {LONGEST_ENUMERATED} all can be made, beyond it give a number"
            )
        return _all_sequences(length)
    if count > possible:
        raise InputError(
            f"synthetic: `count: {count}` is more than the {possible} sequences of length {length}"
        )
    if 2 * count > possible:
        return _all_sequences(length)[random.permutation(possible)[:count]]
    encoded = np.empty((0, length), np.uint8)
    while len(encoded) < count:
        more = random.integers(4, size=(count - len(encoded), length), dtype=np.uint8)
        encoded = np.concatenate([encoded, more])
        _, first = np.unique(encoded, axis=0, return_index=True)
        encoded = encoded[np.sort(first)]
    return encoded


def _all_sequences(length: int) -> np.ndarray:
    place_values = 4 ** np.arange(length - 1, -1, -1)
    return (np.arange(4**length)[:, None] // place_values % 4).astype(np.uint8)


def letter_means(encoded: np.ndarray, letter_scores: Mapping[str, float]) -> np.ndarray:
    """The mean score of each sequence's letters, float64 (sequences,)."""
    values = np.array([letter_scores[base] for base in BASES], dtype=float)
    total = np.zeros(len(encoded))
    for column in encoded.T:
        total += values[column]
    return total / encoded.shape[1]


def occurrences(encoded: np.ndarray, motif: str) -> np.ndarray:
    """How often each sequence holds a motif, overlapping ones included: int64 (sequences,)."""
    starts = encoded.shape[1] - len(motif) + 1
    if starts < 1:
        return np.zeros(len(encoded), dtype=int)
    hits = np.ones((len(encoded), starts), dtype=bool)
    for i, code in enumerate(encode([motif])[0]):
        hits &= encoded[:, i : i + starts] == code
    return hits.sum(axis=1)


def motif_classes(held: Mapping[str, np.ndarray], rows: int) -> np.ndarray:
    """The names of the motifs that each sequence holds, joined by "+", or "none": str (rows,)."""
    combination = np.zeros(rows, dtype=int)
    for bit, count in enumerate(held.values()):
        combination |= (count > 0) << bit
    present, which = np.unique(combination, return_inverse=True)
    names = [
        "+".join(motif for bit, motif in enumerate(held) if code >> bit & 1) or "none"
        for code in present
    ]
    return np.array(names)[which]
