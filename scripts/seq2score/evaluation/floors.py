"""What a model has to beat: regressions that know nothing of the order or the context of letters.

Ridge regression (logistic for classes) on the counts of k-mers, on the letter at each position, and
on GC content alone. The penalty is chosen on the validation set.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.evaluation.contrasts import measure_contrasts
from seq2score.evaluation.evaluate import evaluate
from seq2score.inference.contrasts import Section
from seq2score.inference.predictions import columns
from seq2score.sequences.encoding import encode, one_hot
from seq2score.sequences.inputs import Inputs
from seq2score.sequences.kmers import kmer_counts
from seq2score.sequences.transforms import BACK, FORTH
from seq2score.task import Task, task_of

MOST_ROWS = 100_000  # of each part: enough for so few weights
LONGEST = 1_000  # letters, for one weight each and position
PENALTIES = (1e-2, 1.0, 1e2, 1e4)


def letters(encoded: np.ndarray) -> np.ndarray:
    """The letter at each position, as one-hot numbers: float32 (n, 4 x length)."""
    return one_hot(encoded).reshape(len(encoded), -1)


def gc_content(encoded: np.ndarray) -> np.ndarray:
    """The share of G and C among the known letters: float32 (n, 1)."""
    known = np.maximum((encoded < 4).sum(axis=1), 1)
    return (((encoded == 1) | (encoded == 2)).sum(axis=1) / known).astype(np.float32)[:, None]


def no_letters(encoded: np.ndarray) -> np.ndarray:
    """Nothing of the sequence: float32 (n, 0)."""
    return np.zeros((len(encoded), 0), np.float32)


ALONE = "inputs alone"
SEQUENCES_ALONE = Inputs()
FEATURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "k-mers": kmer_counts,
    "letters": letters,
    "GC": gc_content,
    ALONE: no_letters,
}


def suitable(length: int, inputs: Sequence[str] = ()) -> list[str]:
    """The floors for sequences of this length: a long one has too many positions for weights.

    Parameters
    ----------
    length
        Letters of a sequence.
    inputs
        Columns that models see beside sequences; they alone are a floor.
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

    Parameters
    ----------
    features
        float32 (n, f).
    scores
        Float (n, outputs), NaN where none was measured.

    Returns
    -------
    list of Linear
        A fit for each of PENALTIES.
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
            solution = np.linalg.solve(gram + penalty * np.eye(len(gram)), slope)
            weights[i, :, output], intercept[i, output] = solution, mean_y - mean_x @ solution
    return [Linear(w, b) for w, b in zip(weights, intercept, strict=True)]


def logistic(features: np.ndarray, labels: np.ndarray) -> list[Linear]:
    """Multinomial logistic regression with each of the penalties on the squared weights.

    Parameters
    ----------
    features
        float32 (n, f).
    labels
        Int (n,), every class from 0 on at least once.

    Returns
    -------
    list of Linear
        A fit for each of PENALTIES.
    """
    from sklearn.linear_model import LogisticRegression  # slow to import, and only needed here

    fits = []
    for penalty in PENALTIES:
        model = LogisticRegression(C=1 / penalty, max_iter=200).fit(features, labels)
        weights, intercept = model.coef_.T, model.intercept_
        if weights.shape[1] == 1:  # of two classes, scikit-learn tells the second's log-odds
            weights, intercept = np.hstack([0 * weights, weights]), np.append(0, intercept)
        fits.append(Linear(weights, intercept, of_classes=True))
    return fits


def sample_rows(table: pa.Table, most: int, labels: str | None = None) -> pa.Table:
    """At most so many rows of a table, drawn by a fixed seed, in their order.

    Parameters
    ----------
    most
        Rows that are kept.
    labels
        The column of classes, each of which keeps at least its first row.
    """
    if len(table) <= most:
        return table
    rows = np.random.default_rng(0).choice(len(table), most, replace=False)
    if labels:
        classes = table[labels].to_numpy(zero_copy_only=False)
        rows = np.union1d(rows, np.unique(classes, return_index=True)[1])
    return table.take(np.sort(rows))


def fit_inputs(train: str | Path, kinds: Mapping[str, str]) -> Inputs:
    """The covariates of the whole train set: a sample may lack a rare level.

    Parameters
    ----------
    train
        The file of the train set.
    kinds
        Of the covariates, by column.
    """
    return Inputs.fit(pq.read_table(train, columns=[*kinds]), kinds, {})


@dataclass(frozen=True)
class Target:
    """What a floor learns: scores, transformed as the models learn them, or classes."""

    scores: list[str]
    transform: str = "none"
    classes: list[str] | None = None
    contrasts: Section = field(default_factory=dict)

    @property
    def loss(self) -> str:
        """The metric that chooses among penalties: on the scale that is learned."""
        loss = task_of(self.classes).loss
        return loss if self.transform == "none" else f"{self.transform}_{loss}"


def fit_all(features: np.ndarray, train: pa.Table, target: Target) -> list[Linear]:
    """A fit for each of the penalties.

    Parameters
    ----------
    features
        Of the train set, float32 (n, f).
    train
        Its scores.
    target
        What is learned of them.
    """
    if target.classes:
        labels = pc.index_in(train["score"], pa.array(target.classes)).to_numpy()
        return logistic(features, labels)
    scores = np.stack([train[score].to_numpy() for score in target.scores], axis=1)
    return ridge(features, FORTH[target.transform](scores))


def _measure(table: pa.Table, target: Target) -> dict:
    """The metrics of a fit on one part, from its scores and predictions."""
    metrics = evaluate(table, transform=target.transform)
    if target.contrasts:
        metrics["contrasts"] = measure_contrasts(table, target.contrasts, target.transform)
    return metrics


def _predictions(model: Linear, features: np.ndarray, table: pa.Table, target: Target) -> pa.Table:
    """The scores of one part, and what a fit makes of them."""
    predicted = BACK[target.transform](model(features))
    predicted = predicted[:, 0] if predicted.shape[1] == 1 else predicted
    truth = {score: table[score] for score in target.scores}
    return pa.table(truth | columns(predicted, target.scores, target.classes))


@dataclass(frozen=True)
class Floor:
    """A fitted floor.

    Attributes
    ----------
    metrics
        Of the test set, those of `train` and `validation` by these names, the number of
        `parameters` and `train_seconds`.
    predictions
        Scores and predictions of the test set, as the columns of tables of predictions.
    """

    metrics: dict
    predictions: pa.Table


def fit_floor(
    name: str, parts: dict[str, pa.Table], target: Target, inputs: Inputs = SEQUENCES_ALONE
) -> Floor:
    """One kind of floor; of its penalties, the best on the validation set counts.

    Parameters
    ----------
    name
        One of FEATURES.
    parts
        Rows of `train`, `validation` and `test`.
    target
        What is learned.
    inputs
        What models see beside the sequences, and so every floor does.
    """
    started = perf_counter()
    features = {
        part: np.hstack(
            [FEATURES[name](encode(table["sequence"])), inputs.encode(table, len(table))]
        )
        for part, table in parts.items()
    }
    fits = [
        {p: _predictions(model, features[p], parts[p], target) for p in parts}
        for model in fit_all(features["train"], parts["train"], target)
    ]
    measured = [{p: _measure(table, target) for p, table in fit.items()} for fit in fits]
    chosen = int(np.argmin([metrics["validation"][target.loss] for metrics in measured]))
    metrics = {
        **measured[chosen].pop("test"),
        **measured[chosen],
        "parameters": (features["train"].shape[1] + 1) * len(target.classes or target.scores),
        "train_seconds": perf_counter() - started,
    }
    return Floor(metrics, fits[chosen]["test"])


def fit_floors(
    files: Mapping[str, str | Path],
    scores: list[str],
    task: Task,
    transform: str = "none",
    inputs: Mapping[str, str] = MappingProxyType({}),
    contrasts: Section = MappingProxyType({}),
) -> dict[str, Floor]:
    """Every floor that suits a dataset, by its name.

    Parameters
    ----------
    files
        Parquet files of `train`, `validation` and `test`.
    scores
        Columns that are predicted.
    task
        Whether these are classes.
    transform
        Of the scores, as models learn them.
    inputs
        Kinds of the covariates that models see, by column.
    contrasts
        Of the scores, whose metrics are told too.
    """
    parts = {
        part: sample_rows(
            pq.read_table(path, columns=["sequence", *scores, *inputs]),
            MOST_ROWS,
            scores[0] if task.labels else None,
        )
        for part, path in files.items()
    }
    classes = sorted(set(parts["train"]["score"].to_pylist())) if task.labels else None
    target = Target(scores, transform, classes, contrasts)
    covariates = fit_inputs(files["train"], inputs)
    length = len(parts["train"]["sequence"][0].as_py())
    floors = {}
    for name in suitable(length, covariates.names):
        features = name if name == ALONE or not covariates else f"{name} and inputs"
        floors[f"{task.floor} on {features}"] = fit_floor(name, parts, target, covariates)
    return floors
