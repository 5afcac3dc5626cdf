"""Boosted trees on letters and counts of k-mers (Friedman 2001), as scikit-learn grows them."""

from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from seq2score.models import features
from seq2score.models.estimator import Estimator, Examples, covariates_of

LOSSES = {"mse": "squared_error", "huber": "absolute_error", "poisson": "poisson"}
LONGEST = 1_000  # letters: a longer sequence is seen by its k-mers alone
PATIENCE = 30  # trees without a better validation loss
ROWS_AT_ONCE = 2048
LETTERS = 4
SEEN = 0.3  # share of the features, by each split
# What a fit is estimated to take (`additions`): measured at 1,200 and 18,469 rows of 9 letters and
# at 5,000 of 200. How many trees help decides the most, and is not known before: within threefold.
AT_LEAST, OF_A_NUMBER = 1.5e11, 6.6e4


class Model(Estimator):
    """The trees.

    Parameters
    ----------
    length, outputs
        As for `build`.
    kmers
        The longest k-mer that is counted.
    strands
        Whether a k-mer counts with its reverse complement (`both`) or alone (`one`); `auto` fits
        both ways where sequences are long, and keeps the one with the lower validation loss.
    leaves
        Of each tree, at most.
    learning_rate
        What each tree counts.
    trees
        At most.
    """

    def __init__(
        self,
        length: int,
        outputs: int,
        kmers: int = 5,
        strands: str = "auto",
        leaves: int = 15,
        learning_rate: float = 0.05,
        trees: int = 1000,
    ):
        super().__init__(length, outputs)
        self.kmers = min(kmers, length, 4) if length <= features.SHORT else kmers
        self.strands = features.strands(strands, length)
        self.leaves, self.learning_rate, self.trees = leaves, learning_rate, trees

    def features(self, encoded: np.ndarray, both: bool) -> np.ndarray:
        """What the trees see, float32 (n, features)."""
        seen = [features.letters(encoded)] if self.length <= LONGEST else []
        if self.length <= features.SHORT:
            seen.append(features.dinucleotides(encoded))
        words = [tuple(range(k)) for k in range(1, self.kmers + 1)]
        return np.hstack([*seen, *(features.kmers(encoded, word, both) for word in words)])

    def _seen(self, encoded: np.ndarray, inputs: np.ndarray, both: bool) -> np.ndarray:
        """The features of all sequences of a row, and what else stands beside them."""
        sequences, others = self.apart(encoded, inputs)
        return np.hstack([*(self.features(each, both) for each in sequences), others])

    def fit(self, train: Examples, validation: Examples, loss: str, seed: int) -> None:
        """As `Estimator.fit`, with as many trees as give the lowest loss on `validation`."""
        fits = []
        for both in self.strands:
            seen = [
                self._seen(part.encoded, part.inputs, bool(both)) for part in (train, validation)
            ]
            fits.append(self._fitted(seen, train, validation, loss, seed))
            fits[-1][1]["both"] = np.array([both], dtype=np.uint8)
        _, self.arrays = min(fits, key=lambda fit: fit[0])

    def _fitted(
        self, seen: list[np.ndarray], train: Examples, validation: Examples, loss: str, seed: int
    ) -> tuple[float, dict[str, np.ndarray]]:
        """The validation loss, summed over the outputs, and all their trees."""
        settings = {
            **{"max_iter": self.trees, "learning_rate": self.learning_rate, "random_state": seed},
            **{
                "max_leaf_nodes": self.leaves,
                "max_features": SEEN,
                "l2_regularization": 1.0,
            },
            **{"early_stopping": True, "n_iter_no_change": PATIENCE},
        }
        if loss == "cross_entropy":
            ensembles = [HistGradientBoostingClassifier(**settings)]
        else:
            ensembles = [
                HistGradientBoostingRegressor(loss=LOSSES[loss], **settings)
                for _ in range(self.outputs)
            ]
        targets, chooses = (
            part.targets.reshape(len(part.encoded), -1) for part in (train, validation)
        )
        several = self.outputs > 2 and loss == "cross_entropy"
        total, forests = 0.0, []
        for output, ensemble in enumerate(ensembles):
            rows, judges = np.isfinite(targets[:, output]), np.isfinite(chooses[:, output])
            ensemble.fit(
                seen[0][rows],
                targets[rows, output],
                sample_weight=train.weights[rows],
                X_val=seen[1][judges],
                y_val=chooses[judges, output],
                sample_weight_val=validation.weights[judges],
            )
            total -= ensemble.validation_score_.max()
            # Of two classes, there are trees for the second's log-odds.
            columns = np.arange(self.outputs) if several else [output + (loss == "cross_entropy")]
            forests.append(_forest(ensemble, np.eye(self.outputs)[columns]))
        return total, _end_to_end(forests)

    def additions(self, rows: int) -> float:
        """As `Estimator.additions`, for as many trees as are often best."""
        words = sum(LETTERS**k for k in range(1, self.kmers + 1))
        seen = words + LETTERS * self.length * (5 if self.length <= features.SHORT else 1)
        return (
            len(self.strands) * min(1, self.trees / 1000) * (AT_LEAST + OF_A_NUMBER * seen * rows)
        )

    def outputs_of(self, encoded: np.ndarray, inputs: np.ndarray | None = None) -> np.ndarray:
        """As `Estimator.outputs_of`."""
        arrays, predicted = self.arrays, np.zeros((len(encoded), self.outputs))
        inputs = covariates_of(encoded, inputs)
        for start in range(0, len(encoded), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            seen = self._seen(encoded[rows], inputs[rows], bool(arrays["both"][0]))
            predicted[rows] = _leaves(seen, arrays) @ arrays["output"] + arrays["baseline"]
        return predicted


def _forest(ensemble: Any, outputs: np.ndarray) -> dict[str, np.ndarray]:
    """The trees of a fit, up to the number that was best on the validation set, as arrays.

    outputs: one-hot, which output each tree of a step adds to, (trees a step, outputs).
    scikit-learn tells all this in private: its version is pinned, and a test compares predictions.
    """
    best = max(1, int(ensemble.validation_score_.argmax()))  # the first score is that of no trees
    trees = [
        _tree(tree.nodes, output)
        for step in ensemble._predictors[:best]
        for tree, output in zip(step, outputs, strict=True)
    ]
    forest = _end_to_end(trees)
    return forest | {"baseline": np.ravel(ensemble._baseline_prediction).astype(float) @ outputs}


def _tree(nodes: np.ndarray, output: np.ndarray) -> dict[str, np.ndarray]:
    """The nodes of a tree: a feature, the greatest value that goes left, and where to go.

    A leaf has a value, and leads to itself. output: one-hot, what the value is added to.
    """
    leaf, here = nodes["is_leaf"].astype(bool), np.arange(len(nodes))
    return {
        "feature": np.where(leaf, 0, nodes["feature_idx"]).astype(np.int32),
        "threshold": np.where(leaf, 0, nodes["num_threshold"]).astype(np.float32),
        "left": np.where(leaf, here, nodes["left"]).astype(np.int32),
        "right": np.where(leaf, here, nodes["right"]).astype(np.int32),
        "value": np.where(leaf, nodes["value"], 0.0),
        "root": np.zeros(1, dtype=np.int32),
        "depth": np.array([nodes["depth"].max()], dtype=np.int32),
        "output": output[None],
        "baseline": np.zeros(len(output)),
    }


def _end_to_end(forests: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """One forest of many: nodes one after the other, renumbered."""
    ends = np.cumsum([len(forest["value"]) for forest in forests])
    starts = np.append(0, ends[:-1]).astype(np.int32)
    joined = {}
    for name in forests[0]:
        moves = name in ("left", "right", "root")
        parts = [f[name] + s * moves for f, s in zip(forests, starts, strict=True)]
        joined[name] = np.sum(parts, axis=0) if name == "baseline" else np.concatenate(parts)
    return joined


def _leaves(seen: np.ndarray, forest: dict[str, np.ndarray]) -> np.ndarray:
    """The value of the leaf that each row reaches in each tree, float64 (n, trees)."""
    rows = np.arange(len(seen))[:, None]
    node = np.broadcast_to(forest["root"], (len(seen), len(forest["root"])))
    for _ in range(forest["depth"].max()):
        goes_left = seen[rows, forest["feature"][node]] <= forest["threshold"][node]
        node = np.where(goes_left, forest["left"][node], forest["right"][node])
    return forest["value"][node]
