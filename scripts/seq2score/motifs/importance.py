"""How much a network's predictions owe to each of its first filters."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from torch import Tensor

from seq2score.inference.prediction import Predictor
from seq2score.models.network import Network

_MOST_LETTERS = 150_000  # of sequences that are predicted once a filter


def importance(
    predictor: Predictor, encoded: np.ndarray, scores: np.ndarray, inputs: np.ndarray
) -> np.ndarray:
    """How far R2 falls when a filter's activations are set to 0: float64 (F,).

    predictor: `scanning` of its network has first filters; it predicts scores from encoded
    sequences and the inputs beside them. encoded: uint8 (n, length); of large sets, evenly spaced
    rows. scores: float (n, outputs), NaN where unknown, the fall then being the mean over the
    outputs; or class numbers, int (n,): a fall of accuracy. inputs: float32 (n, inputs).
    """
    rows = np.linspace(
        0, len(encoded) - 1, min(len(encoded), _MOST_LETTERS // encoded.shape[1] or 1)
    )
    encoded, scores, inputs = (of[rows.astype(int)] for of in (encoded, scores, inputs))
    network = predictor.network.scanning
    whole = _quality(scores, predictor.predict(encoded, inputs))
    falls = np.empty(len(network.first_filters))
    for index in range(len(falls)):
        with silenced(network, index):
            falls[index] = whole - _quality(scores, predictor.predict(encoded, inputs))
    return falls


@contextmanager
def silenced(network: Network, index: int) -> Iterator[None]:
    """The network with one first filter that never responds."""
    respond = network.first_activations

    def respond_without(letters: Tensor) -> Tensor:
        activations = respond(letters).clone()
        activations[:, index] = 0
        return activations

    network.first_activations = respond_without
    try:
        yield
    finally:
        del network.first_activations


def _quality(scores: np.ndarray, predictions: np.ndarray) -> float:
    """Mean R2 over the outputs, or the accuracy of class probabilities."""
    if scores.ndim == 1:
        return float((predictions.argmax(axis=1) == scores).mean())
    wrong = np.nansum((predictions.reshape(scores.shape) - scores) ** 2, axis=0)
    spread = np.nansum((scores - np.nanmean(scores, axis=0)) ** 2, axis=0)
    return float(np.mean(1 - wrong / np.where(spread > 0, spread, np.nan)))
