"""How much a network's predictions owe to each of its first filters."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from torch import Tensor

from seq2score.inference.prediction import Predictor
from seq2score.models.network import Scanning

_MOST_LETTERS = 150_000  # of sequences that are predicted once a filter


def importance(
    predictor: Predictor, encoded: np.ndarray, scores: np.ndarray, inputs: np.ndarray
) -> np.ndarray:
    """How far R2, or the accuracy, falls when a filter's activations are set to 0.

    Of large sets, by evenly spaced rows.

    Parameters
    ----------
    predictor
        Of a network with first filters.
    encoded
        Sequences, uint8 (n, length).
    scores
        Float (n, outputs), NaN where unknown, or class numbers, int (n,).
    inputs
        Covariates, float32 (n, width).

    Returns
    -------
    ndarray
        Of each filter, float64 (F,); of several scores, the mean over them.
    """
    rows = np.linspace(
        0, len(encoded) - 1, min(len(encoded), _MOST_LETTERS // encoded.shape[1] or 1)
    )
    encoded, scores, inputs = (of[rows.astype(int)] for of in (encoded, scores, inputs))
    network = scanning_of(predictor)
    whole = _quality(scores, predictor.predict(encoded, inputs))
    falls = np.empty(len(network.first_filters))
    for index in range(len(falls)):
        with silenced(network, index):
            falls[index] = whole - _quality(scores, predictor.predict(encoded, inputs))
    return falls


def scanning_of(predictor: Predictor) -> Scanning:
    """The part of a predictor's network that has first filters.

    Raises
    ------
    ValueError
        Where it has none.
    """
    network = predictor.network.scanning
    if network is None:
        raise ValueError(f"{predictor.record['architecture']}: has no filters over letters")
    return network


@contextmanager
def silenced(network: Scanning, index: int) -> Iterator[None]:
    """The network with one first filter that never responds."""
    respond = network.first_activations

    def respond_without(letters: Tensor) -> Tensor:
        activations = respond(letters).clone()
        activations[:, index] = 0
        return activations

    vars(network)["first_activations"] = respond_without  # before that of its class
    try:
        yield
    finally:
        del vars(network)["first_activations"]


def _quality(scores: np.ndarray, predictions: np.ndarray) -> float:
    """Mean R2 over the outputs, or the accuracy of class probabilities."""
    if scores.ndim == 1:
        return float((predictions.argmax(axis=1) == scores).mean())
    wrong = np.nansum((predictions.reshape(scores.shape) - scores) ** 2, axis=0)
    spread = np.nansum((scores - np.nanmean(scores, axis=0)) ** 2, axis=0)
    return float(np.mean(1 - wrong / np.where(spread > 0, spread, np.nan)))
