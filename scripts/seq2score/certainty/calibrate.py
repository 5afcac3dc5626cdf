"""Fit a calibration to held-out rows."""

import numpy as np

from seq2score.certainty import conformal, scale
from seq2score.certainty.calibration import Calibration, Errors, NoveltyReference, is_scout


def of_scores(
    scores: np.ndarray,
    predicted: np.ndarray,
    further: np.ndarray,
    places: np.ndarray,
    measured: np.ndarray,
    hashes: np.ndarray,
    metadata: dict,
    reference: NoveltyReference | None = None,
) -> Calibration:
    """A calibration of predicted numbers.

    scores, predicted: float (n, outputs), of held-out rows, on the scale on which errors count; a
    missing score is NaN. further: float (n, outputs, k), and places, float32 (n, d): what an error
    may grow with, as in `Errors.parts`. measured: lowest and highest score of the train set, float
    (2, outputs). hashes: uint64 (n,), of the sequences.
    """
    scouts, errors = is_scout(hashes), []
    for output in range(scores.shape[1]):
        known = np.isfinite(scores[:, output])
        errors.append(
            _errors(
                abs(scores - predicted)[known, output],
                predicted[known, output],
                further[known, output],
                places[known],
                scouts[known],
                measured[:, output],
            )
        )
    counts = {"rows": len(scores), "scouts": int(scouts.sum())}
    return Calibration(tuple(errors), metadata | counts, reference)


def of_classes(
    label: np.ndarray,
    probability: np.ndarray,
    metadata: dict,
    reference: NoveltyReference | None = None,
) -> Calibration:
    """A calibration of probabilities, float (n, classes), of held-out rows. label: int (n,)."""
    nothing, surprise = np.empty(0), np.sort(conformal.surprise(probability, label))
    errors = Errors(nothing, surprise, nothing, nothing, nothing, np.empty((0, 0), "f4"))
    return Calibration((errors,), metadata | {"rows": len(label), "scouts": 0}, reference)


def _errors(
    errors: np.ndarray,
    predicted: np.ndarray,
    further: np.ndarray,
    places: np.ndarray,
    scouts: np.ndarray,
    measured: np.ndarray,
) -> Errors:
    """Of one score: what the scouts expect, and how far off the other rows are beside that."""
    order = np.flatnonzero(scouts)[np.argsort(predicted[scouts], kind="stable")]
    of_scouts = [predicted[order], errors[order], places[order]]
    weights = np.ones(1)
    if len(order):
        expected_by = Errors(weights, np.empty(0), measured, *of_scouts)
        parts = expected_by.parts(
            predicted[order], further[order], places[order], left_out=errors[order]
        )
        weights = scale.fit(errors[order], parts)
    expected_by, others = Errors(weights, np.empty(0), measured, *of_scouts), ~scouts
    expected = expected_by.expect(predicted[others], further[others], places[others])
    return Errors(weights, np.sort(errors[others] / expected), measured, *of_scouts)
