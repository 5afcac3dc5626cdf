"""What a model has to beat: regressions that know nothing of the order or the context of letters.

Ridge regression (logistic for classes) on the counts of k-mers, on the letter at each position, and
on GC content alone. The penalty is chosen on the validation set.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from seq2score.sequences.encoding import one_hot
from seq2score.sequences.kmers import kmer_counts

MOST_ROWS = 100_000  # of each part: enough for so few weights
LONGEST = 1_000  # letters, for one weight each and position
PENALTIES = (1e-2, 1.0, 1e2, 1e4)


def letters(codes: np.ndarray) -> np.ndarray:
    """The letter at each position, as one-hot numbers: float32 (n, 4 x length)."""
    return one_hot(codes).reshape(len(codes), -1)


def gc_content(codes: np.ndarray) -> np.ndarray:
    """The share of G and C among the known letters: float32 (n, 1)."""
    known = np.maximum((codes < 4).sum(axis=1), 1)
    return (((codes == 1) | (codes == 2)).sum(axis=1) / known).astype(np.float32)[:, None]


def no_letters(codes: np.ndarray) -> np.ndarray:
    """Nothing of the sequence: float32 (n, 0)."""
    return np.zeros((len(codes), 0), np.float32)


ALONE = "inputs alone"
FEATURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "k-mers": kmer_counts,
    "letters": letters,
    "GC": gc_content,
    ALONE: no_letters,
}


def suitable(length: int, inputs: Sequence[str] = ()) -> list[str]:
    """The floors for sequences of this length: a long one has too many positions for weights.

    inputs: columns that models see beside sequences; they alone are a floor.
    """
    unfit = {*([] if length <= LONGEST else ["letters"]), *([] if inputs else [ALONE])}
    return [name for name in FEATURES if name not in unfit]


@dataclass(frozen=True)
class Linear:
    """Numbers from features; of classes, their probabilities."""

    weights: np.ndarray  # (features, outputs)
    intercept: np.ndarray  # (outputs,)
    of_classes: bool = False

    def __call__(self, features: np.ndarray) -> np.ndarray:
        output = features @ self.weights + self.intercept
        if not self.of_classes:
            return output
        odds = np.exp(output - output.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)


def ridge(features: np.ndarray, scores: np.ndarray) -> list[Linear]:
    """Least squares with each of the penalties on the squared weights (none on the intercept).

    features: float32 (n, f). scores: float (n, outputs), NaN where none was measured.
    """
    weights = np.empty((len(PENALTIES), features.shape[1], scores.shape[1]))
    intercept = np.empty((len(PENALTIES), scores.shape[1]))
    for output, score in enumerate(scores.T):
        known = np.isfinite(score)
        x, y = features[known], score[known]
        mean_x, mean_y = x.mean(axis=0, dtype=float), y.mean()
        gram = (x.T @ x) - len(x) * np.outer(mean_x, mean_x)
        slope = x.T @ (y - mean_y)
        for i, penalty in enumerate(PENALTIES):
            found = np.linalg.solve(gram + penalty * np.eye(len(gram)), slope)
            weights[i, :, output], intercept[i, output] = found, mean_y - mean_x @ found
    return [Linear(w, b) for w, b in zip(weights, intercept, strict=True)]


def logistic(features: np.ndarray, labels: np.ndarray) -> list[Linear]:
    """Multinomial logistic regression with each of the penalties.

    features: float32 (n, f). labels: int (n,), every class from 0 on at least once.
    """
    from sklearn.linear_model import LogisticRegression  # slow to import, and only needed here

    fits = []
    for penalty in PENALTIES:
        found = LogisticRegression(C=1 / penalty, max_iter=200).fit(features, labels)
        weights, intercept = found.coef_.T, found.intercept_
        if weights.shape[1] == 1:  # of two classes, scikit-learn tells the second's log-odds
            weights, intercept = np.hstack([0 * weights, weights]), np.append(0, intercept)
        fits.append(Linear(weights, intercept, of_classes=True))
    return fits
