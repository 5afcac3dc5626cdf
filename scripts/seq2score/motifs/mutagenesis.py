"""In-silico mutagenesis: what every single substitution changes.

tangermeme's `saturation_mutagenesis` gives the same numbers, to the last digits of float32, on
`seq2score.load(folder).module`. Of 50 sequences of 40 letters it takes 1.3 times as long, of 500
8-mers 30 times. This one also takes what is no torch module: the exact rule of synthetic sequences.
"""

from collections.abc import Callable, Sequence

import numpy as np

from seq2score.sequences.encoding import N, encode

_BATCH_LETTERS = 2**26


Predict = Callable[[np.ndarray], np.ndarray]  # from encoded, uint8 (n, length), to float


def changes(predict: Predict, encoded: np.ndarray) -> np.ndarray:
    """Change of a prediction by each substitution.

    Parameters
    ----------
    predict
        From encoded sequences, uint8 (n, length), to float (n,).
    encoded
        uint8 (n, length).

    Returns
    -------
    ndarray
        float64 (n, 4, length); 0 at the letters of the sequences themselves, and at N.
    """
    length = encoded.shape[1]
    size = max(1, _BATCH_LETTERS // (3 * length**2))
    parts = [encoded[start : start + size] for start in range(0, len(encoded), size)]
    return np.concatenate([np.empty((0, 4, length)), *(_changes(predict, part) for part in parts)])


def _changes(predict: Predict, encoded: np.ndarray) -> np.ndarray:
    n, length = encoded.shape
    positions = np.arange(length)
    others = (encoded[:, None] + np.arange(1, 4, dtype=np.uint8)[:, None]) % 4  # (n, 3, length)
    mutants = np.broadcast_to(encoded[:, None, None], (n, 3, length, length)).copy()
    mutants[:, :, positions, positions] = others
    mutated = predict(mutants.reshape(-1, length)).reshape(n, 3, length)
    change = np.zeros((n, 4, length))
    np.put_along_axis(change, others.astype(int), mutated - predict(encoded)[:, None, None], axis=1)
    return np.where((encoded == N)[:, None], 0.0, change)


def attribution(change: np.ndarray) -> np.ndarray:
    """What each letter contributes, (n, length): the mean loss when it is replaced.

    `change` is float (n, 4, length), as from `changes`.
    """
    return -change.sum(axis=1) / 3


def motif_positions(encoded: np.ndarray, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Which positions lie in a word, and how many words each sequence holds, overlaps too.

    Parameters
    ----------
    encoded
        uint8 (n, length).
    words
        Of the letters A, C, G and T.

    Returns
    -------
    inside : ndarray
        bool (n, length).
    number : ndarray
        int (n,).
    """
    inside, number = np.zeros(encoded.shape, dtype=bool), np.zeros(len(encoded), dtype=int)
    for word in words:
        motif = encode([word])[0]
        windows = np.lib.stride_tricks.sliding_window_view(encoded, len(motif), axis=1)
        hits = (windows == motif).all(axis=2)
        number += hits.sum(axis=1)
        for shift in range(len(motif)):
            inside[:, shift : shift + hits.shape[1]] |= hits
    return inside, number
