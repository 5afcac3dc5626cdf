"""Kernel ridge regression on counts of k-mers and on letters, at landmarks (Nystroem's method).

Two sequences are alike by exp(-steepness d): d is the squared distance between the square roots of
their counts of k-mers and of pairs of letters with a gap between, of one or both strands, joined
with the share of positions where letters differ, each on the scale of its mean. Where inputs stand
beside the sequences, their squared distance comes to it, with a steepness of its own. The landmarks
are rows of the train set: as many bound memory and time for tables of any size (Williams and Seeger
2001). Steepness, penalty, strands and the share of either distance are those with the lowest loss
on the validation set.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize
from scipy.special import logsumexp
from torch import Tensor

from seq2score.errors import InputError
from seq2score.models import features
from seq2score.models.estimator import Estimator, Examples, covariates_of

SHORTEST = 3  # of the k-mers
LONGEST = 1_000  # letters: a longer sequence is seen by its k-mers alone
SHARES = (0.0, 0.3, 0.7, 1.0)  # of the distance between letters
STEEPNESSES = (0.25, 0.5, 1.0, 2.0)
PENALTIES = (0.03, 0.3, 3.0, 30.0)
CHOOSES = 1_000  # landmarks that the choice is made with,
CHOSEN_FROM = 4_000  # from at most so many rows of each set
MOST_ROWS = 50_000  # that the weights are fitted to
STEADY = 1e-3  # added to what each landmark is to itself: likenesses are float32
ROWS_AT_ONCE = 1024
SLOW = 2.3  # all that a fit takes, over its products of matrices: measured, as an estimate's base


class Model(Estimator):
    """The regression.

    Parameters
    ----------
    length, outputs
        As for `build`.
    kmers
        The longest k-mer that is counted.
    gaps
        The most letters between two pairs that count as one word; 0 for no such words.
    strands
        As for `trees`.
    landmarks
        At most.
    """

    def __init__(
        self,
        length: int,
        outputs: int,
        kmers: int = 6,
        gaps: int = 0,  # as models have none that were saved before there were any
        strands: str = "auto",
        landmarks: int = 3000,
    ):
        super().__init__(length, outputs)
        words = [tuple(range(k)) for k in range(SHORTEST, kmers + 1)]
        self.words = [word for word in (*words, *features.spaced_pairs(gaps)) if word[-1] < length]
        self.strands = features.strands(strands, length)
        self.landmarks = landmarks
        self._landmarks: np.ndarray | None = None

    def fit(self, train: Examples, validation: Examples, loss: str, seed: int) -> None:
        """As `Estimator.fit`; classes are learned as 1 for the right one, and become log-odds.

        Raises
        ------
        InputError
            For the deviance of counts, which this family cannot have.
        """
        if loss == "poisson":
            raise InputError("kernel: no poisson loss. Allowed: mse, huber, cross_entropy.")
        random, self._landmarks = np.random.default_rng(seed), None
        learned = _numbers(train, self.outputs)
        learned, judges = _some(learned, random, MOST_ROWS), _numbers(validation, self.outputs)
        landmarks = _some(learned, random, self.landmarks)
        chosen = self._chosen(
            _some(learned, random, CHOSEN_FROM),
            _some(judges, random, CHOSEN_FROM),
            landmarks.at(slice(CHOOSES)),
        )
        self.arrays = {"landmarks": landmarks.encoded, **chosen, "mean": _mean(learned)}
        if landmarks.inputs.size:
            self.arrays["landmark_inputs"] = landmarks.inputs
        (self.arrays["weights"],) = _solved(
            lambda rows: self._likeness(learned.encoded[rows], learned.inputs[rows]),
            self._likeness(landmarks.encoded, landmarks.inputs),
            learned.targets - self.arrays["mean"],
            learned.weights,
            chosen["penalty"],
        )
        if loss == "cross_entropy":
            odds = self.outputs_of(validation.encoded, validation.inputs)
            self.arrays |= _calibrated(odds, validation)

    def additions(self, rows: int) -> float:
        """As `Estimator.additions`: of the choice, and of the fit that follows."""
        tried, few = min(rows, CHOSEN_FROM), min(rows, CHOOSES)
        fits = len(self.strands) * len(SHARES) * len(STEEPNESSES)
        learned, all_of_them = min(rows, MOST_ROWS), min(rows, self.landmarks)
        choice = fits * few**2 * (2 * tried + (1 + len(PENALTIES)) * few)
        return SLOW * (choice + all_of_them**2 * (2 * learned + 2 * all_of_them))

    def sees_no_strand(self, train: Examples, validation: Examples, seed: int) -> bool:
        """Whether validation is best when k-mers of both strands count, and their places do not."""
        random = np.random.default_rng(seed)
        learned, judges = (
            _some(_numbers(part, self.outputs), random, CHOSEN_FROM) for part in (train, validation)
        )
        chosen = self._chosen(learned, judges, learned.at(slice(CHOOSES)))
        return bool(chosen["both"][0]) and not chosen["of_letters"][0]

    def _chosen(self, train: Examples, judges: Examples, landmarks: Examples) -> dict:
        """What is best on the validation set: strands, shares and steepness, penalty."""
        parts, mean, lowest, best = (train, judges, landmarks), _mean(train), np.inf, {}
        by_letter = _between([self._seen_letters(part.encoded) for part in parts])
        by_input = _between([part.inputs for part in parts])
        shares = SHARES if self.length <= LONGEST else (0.0,)
        widths = STEEPNESSES if train.inputs.size else (0.0,)
        for both in self.strands:
            by_word = _between([self._seen_words(part.encoded, both) for part in parts])
            scales = [_scale(of) for of in (by_word, by_letter, by_input)]
            for share, steepness, width in product(shares, STEEPNESSES, widths):
                a, b = (1 - share) * steepness / scales[0], share * steepness / scales[1]
                c = width / scales[2]
                alike = [
                    np.exp(-a * d - b * e - c * f)
                    for d, e, f in zip(by_word, by_letter, by_input, strict=True)
                ]
                solved = _solved(
                    alike[0].__getitem__, alike[2], train.targets - mean, train.weights, PENALTIES
                )
                for penalty, weights in zip(PENALTIES, solved, strict=True):
                    missed = np.square(alike[1] @ weights + mean - judges.targets)
                    error = np.nansum(missed * judges.weights[:, None])
                    if error < lowest:
                        lowest, best = error, {"both": both, "of_words": a, "of_letters": b}
                        best |= {"penalty": penalty} | ({"of_inputs": c} if width else {})
        return {name: np.array([value], dtype=float) for name, value in best.items()}

    def _seen_words(self, encoded: np.ndarray, both: int) -> np.ndarray:
        """Square roots of the counts of k-mers."""
        counts = [features.kmers(encoded, word, bool(both)) for word in self.words]
        return np.sqrt(np.hstack([np.zeros((len(encoded), 0), "f4"), *counts]))

    def _seen_letters(self, encoded: np.ndarray) -> np.ndarray:
        return features.letters(encoded if self.length <= LONGEST else encoded[:, :0])

    def _seen(self, encoded: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """Where a sequence lies, such that squared distances are those that likeness falls with."""
        words = self._seen_words(encoded, int(self.arrays["both"][0]))
        names = ("of_words", "of_letters", "of_inputs")
        seen = (words, self._seen_letters(encoded), inputs)
        roots = (np.float32(self.arrays.get(name, [0.0])[0] ** 0.5) for name in names)
        return np.hstack([root * part for root, part in zip(roots, seen, strict=True)])

    def _likeness(self, encoded: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """To each landmark, float32 (n, landmarks)."""
        if self._landmarks is None:
            landmarks = self.arrays["landmarks"]
            inputs_there = covariates_of(landmarks, self.arrays.get("landmark_inputs"))
            self._landmarks = self._seen(landmarks, inputs_there)
        return np.exp(-_distances(self._seen(encoded, inputs), self._landmarks))

    def load_state_dict(  # type: ignore[override]
        self, state: Mapping[str, Tensor], *args: Any, **kwargs: Any
    ) -> None:
        """Take what was saved."""
        super().load_state_dict(state)
        self._landmarks = None

    def outputs_of(self, encoded: np.ndarray, inputs: np.ndarray | None = None) -> np.ndarray:
        """As `Estimator.outputs_of`."""
        predicted, inputs = np.zeros((len(encoded), self.outputs)), covariates_of(encoded, inputs)
        for start in range(0, len(encoded), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            alike = self._likeness(encoded[rows], inputs[rows])
            predicted[rows] = alike @ self.arrays["weights"] + self.arrays["mean"]
        return predicted * self.arrays.get("slope", 1.0) + self.arrays.get("shift", 0.0)


def _numbers(examples: Examples, outputs: int) -> Examples:
    """Classes as numbers: 1 for the right one, 0 for the others."""
    if examples.targets.ndim == 2:
        return examples
    return replace(examples, targets=np.eye(outputs)[examples.targets])


def _some(examples: Examples, random: np.random.Generator, most: int) -> Examples:
    """At most so many rows, in random order."""
    return examples.at(random.permutation(len(examples.encoded))[:most])


def _between(seen: list[np.ndarray]) -> list[np.ndarray]:
    """Squared distances of each of them from the last, the landmarks."""
    return [_distances(part, seen[-1]) for part in seen]


def _scale(distances: list[np.ndarray]) -> float:
    """That of the first, the train set."""
    return np.maximum(distances[0].mean(dtype=float), 1e-9)


def _mean(examples: Examples) -> np.ndarray:
    """Weighted mean of each output."""
    weights = np.isfinite(examples.targets) * examples.weights[:, None]
    return np.nansum(weights * np.nan_to_num(examples.targets), axis=0) / weights.sum(axis=0)


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances of the rows of a from those of b, float32."""
    squares = np.square(a).sum(1)[:, None] + np.square(b).sum(1)
    return np.maximum(squares - 2 * (a @ b.T), 0)


def _solved(
    alike: Callable[[slice], np.ndarray],
    among: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
    penalties: Sequence[float],
) -> list[np.ndarray]:
    """What each landmark counts, float64 (landmarks, outputs): least squares, for each penalty.

    alike: from a slice of rows to their likeness to the landmarks. among: that of the landmarks to
    each other. targets: float64 (n, outputs), NaN where missing, of mean 0.
    """
    root = cholesky(among + STEADY * np.eye(len(among)), lower=True).astype("f4")
    solved = [np.zeros((len(among), targets.shape[1])) for _ in penalties]
    present = np.isfinite(targets)
    apart = [slice(None)] if present.all() else [[i] for i in range(targets.shape[1])]
    for outputs in apart:
        counts = (weights * present[:, outputs].all(1)).astype("f4")
        gram, slope = np.zeros(among.shape), np.zeros((len(among), targets[:1, outputs].shape[1]))
        for start in range(0, len(targets), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            seen = solve_triangular(root, alike(rows).T, lower=True)
            gram += (seen * counts[rows]) @ seen.T
            slope += (seen * counts[rows]) @ np.nan_to_num(targets[rows, outputs])
        for penalty, solution in zip(penalties, solved, strict=True):
            regular = cho_factor(gram + penalty * np.eye(len(gram)), overwrite_a=True)
            solution[:, outputs] = solve_triangular(
                root, cho_solve(regular, slope), lower=True, trans=1
            )
    return solved


def _calibrated(numbers: np.ndarray, truth: Examples) -> dict[str, np.ndarray]:
    """Slope and shifts that make numbers log-odds, with the lowest cross-entropy (Platt 1999)."""

    def cross_entropy(parameters: np.ndarray) -> float:
        odds = numbers * parameters[0] + parameters[1:]
        logs = odds - logsumexp(odds, axis=1, keepdims=True)
        return -(truth.weights * logs[np.arange(len(logs)), truth.targets]).mean()

    scaling = minimize(cross_entropy, np.append(3.0, np.zeros(numbers.shape[1]))).x
    return {"slope": scaling[:1], "shift": scaling[1:]}
