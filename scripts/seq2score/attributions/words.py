"""What words of 3 to 8 letters contribute, beyond what their letters do at their places anyway.

The null shuffles contributions among the sequences that have the same letter at the same position,
so that each letter keeps what it contributes there on average, and words mean nothing. Its mean is
known exactly, and is taken off each letter. What a linear model says is explained by it wholly.
Occurrences in one sequence are not independent, nor are sequences of one family, so errors are
those of sums by unit (a cluster-robust variance, Liang and Zeger 1986), and p-values are Student's.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import t

from seq2score.evaluation.discoveries import q_values
from seq2score.sequences.encoding import BASES
from seq2score.sequences.hashing import sequence_hashes

WIDTHS = range(3, 9)
FEWEST = 10  # units that hold a word; below, its error is not known well
_ROUNDING = 1e-6  # of the largest contribution; smaller differences are none


def means_by_place(encoded: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mean contribution of each letter at each position.

    Parameters
    ----------
    encoded
        uint8 (n, length).
    values
        Contributions, float (n, length), NaN where a letter does not count.

    Returns
    -------
    ndarray
        float64 (4, length), NaN where no letter counts.
    """
    known = np.isfinite(values)
    means = np.full((4, encoded.shape[1]), np.nan)
    for letter in range(4):
        seen = known & (encoded == letter)
        count = seen.sum(axis=0)
        total = np.where(seen, values, 0.0).sum(axis=0)
        means[letter] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return means


def beyond_place(encoded: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Contributions less the mean of their letter at their position, (n, length); NaN at N.

    Parameters
    ----------
    encoded, values
        As for `means_by_place`.
    """
    means = np.vstack([means_by_place(encoded, values), np.full(encoded.shape[1], np.nan)])
    return values - means[encoded, np.arange(encoded.shape[1])]


def windows(
    encoded: np.ndarray, values: np.ndarray, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Words of a width, wherever they stand, and the sums of their values.

    Parameters
    ----------
    encoded
        uint8 (n, length).
    values
        Float (n, length), NaN where a letter does not count.
    width
        Letters of a word.

    Returns
    -------
    word : ndarray
        As number to base 4, int64 (n, length - width + 1).
    whole : ndarray
        Whether it holds no N, and no value that is NaN, bool in this shape.
    total : ndarray
        Sum of its values, float64 in this shape.
    """
    places = max(0, encoded.shape[1] - width + 1)
    word, total = np.zeros((len(encoded), places), np.int64), np.zeros((len(encoded), places))
    for shift in range(width):
        word = 4 * word + encoded[:, shift : shift + places]
        total += values[:, shift : shift + places]
    return word, np.isfinite(total) & (word < 4**width), total


def spell(word: int, width: int) -> str:
    """The letters of a number to base 4."""
    return "".join(BASES[word >> 2 * position & 3] for position in range(width - 1, -1, -1))


def table(
    encoded: np.ndarray, values: np.ndarray, unit: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Every word that enough units hold, as columns: arrays of one length.

    Parameters
    ----------
    encoded
        uint8 (n, length).
    values
        Contributions, float (n, length), NaN where a letter does not count.
    unit
        Number of each row's unit, int (n,); rows with one sequence are a unit by default.

    Returns
    -------
    dict
        width, word (a number to base 4), sequences and units that hold it, occurrences,
        contribution (the mean of its letters' sum), excess (of it over the null), z, p_value,
        q_value (Benjamini and Hochberg 1995, over all words of all widths). Empty without any word.
    """
    if unit is None:
        unit = np.unique(sequence_hashes(encoded), return_inverse=True)[1]
    excess = beyond_place(encoded, values)
    rounding = _ROUNDING * np.abs(np.nan_to_num(values)).max(initial=0)
    widths = [width for width in WIDTHS if width <= encoded.shape[1]]
    parts = [_of_width(encoded, values, excess, unit, width, rounding) for width in widths]
    if not sum(len(part["z"]) for part in parts):
        return {}
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return columns | {"q_value": q_values(columns["p_value"])}


def _of_width(
    encoded: np.ndarray,
    values: np.ndarray,
    excess: np.ndarray,
    unit: np.ndarray,
    width: int,
    rounding: float,
) -> dict[str, np.ndarray]:
    word, whole, total = windows(encoded, excess, width)
    of_values = windows(encoded, values, width)[2]
    row = np.nonzero(whole)[0]
    word, size = word[whole], 4**width
    key, index = np.unique(unit[row] * size + word, return_inverse=True)
    count = np.bincount(index, minlength=len(key))
    sums = np.bincount(index, total[whole], minlength=len(key))  # by unit and word

    def by_word(numbers: np.ndarray) -> np.ndarray:
        return np.bincount(key % size, numbers, minlength=size)

    occurrences, units = by_word(count), by_word(np.ones(len(key)))
    sequences = np.bincount(np.unique(row * size + word) % size, minlength=size)
    held = np.flatnonzero(units >= FEWEST)
    mean = by_word(sums) / np.maximum(occurrences, 1)
    deviation = by_word((sums - count * mean[key % size]) ** 2)
    degrees = np.maximum(units - 1, 1)
    error = np.sqrt(deviation * units / degrees) / np.maximum(occurrences, 1)
    contribution = np.bincount(word, of_values[whole], minlength=size) / np.maximum(occurrences, 1)
    mean, error = np.where(np.abs(mean) < rounding, 0.0, mean)[held], error[held]
    z = mean / np.maximum(error, max(rounding, 1e-300))
    return {
        "width": np.full(len(held), width),
        "word": held,
        "sequences": sequences[held].astype(int),
        "units": units[held].astype(int),
        "occurrences": occurrences[held].astype(int),
        "contribution": contribution[held],
        "excess": mean,
        "z": z,
        "p_value": 2 * t.sf(np.abs(z), degrees[held]),
    }


def described(columns: dict[str, np.ndarray], rows: Sequence[int]) -> list[dict]:
    """Rows of the table, their words spelt.

    Parameters
    ----------
    columns
        From `table`.
    rows
        Which of the words.
    """
    return [
        {"word": spell(int(columns["word"][row]), int(columns["width"][row]))}
        | {name: values[row].item() for name, values in columns.items() if name != "word"}
        for row in rows
    ]
