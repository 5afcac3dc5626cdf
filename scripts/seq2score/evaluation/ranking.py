"""Members of a sweep ranked by their score on the validation set; the test set stays unseen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.errors import InputError
from seq2score.evaluation.evaluate import evaluate
from seq2score.inference.blends import Blend, in_score_units
from seq2score.inference.prediction import Ensemble, load
from seq2score.inference.predictions import columns
from seq2score.sequences.transforms import EXPRESSIONS
from seq2score.task import Task, task_of
from seq2score.training.trials import Trial


def validation_score(model: Ensemble, validation: pa.Table, metric: str) -> float:
    """A metric of a trained model on the validation set.

    Parameters
    ----------
    model
        All seeds of it, or one.
    validation
        Sequences, scores and what else the model sees.
    metric
        As `Task.ranked_by` names it, on the scale that the model learned.
    """
    predicted = model.predict(validation["sequence"], model.covariates(validation))
    return score_predictions(
        predicted, model.record, validation, metric, model.record["score_transform"]
    )


def score_predictions(
    predicted: np.ndarray,
    record: Mapping,
    table: pa.Table,
    metric: str,
    transform: str = "none",
) -> float:
    """A metric of what a model of this record predicts for the rows of a table with scores.

    Parameters
    ----------
    predicted
        As `Predictor.predict` returns it.
    record
        Of the model.
    table
        The rows, with their scores.
    metric
        By its name in `evaluate`.
    transform
        On whose scale metrics are measured too.
    """
    outputs, classes = record["outputs"], record["classes"]
    rows = {name: table[name] for name in outputs} | columns(predicted, outputs, classes)
    return evaluate(pa.table(rows), transform=transform)[metric]


def blend_scores(blend: Blend, validation: str | Path) -> tuple[str, list[float]]:
    """How good a blend and its members are on the validation set, on the scale of the score.

    Parameters
    ----------
    blend
        With what it and its members give for the validation set.
    validation
        The file of the validation set.

    Returns
    -------
    metric : str
        The task's `ranked_by`.
    scores : list of float
        Of each member, then of the blend.
    """
    record = blend.predictor.record
    metric = task_of(record["classes"]).ranked_by
    predictions = (in_score_units(outputs, record) for outputs in blend.outputs)
    table = pq.read_table(validation)
    scores = [score_predictions(of, record, table, metric) for of in predictions]
    return metric, scores


def ranked(
    scores: dict[str, list[float]], task: Task, scale: str = "", trials: Sequence[Trial] = ()
) -> list[dict]:
    """One row a member, best first: mean and spread of its score over the seeds.

    Parameters
    ----------
    scores
        By member, one a seed. A score without a meaning comes last.
    task
        By whose metric they are ranked.
    scale
        What the metric's name begins with, such as "log2_", where the score was transformed.
    trials
        What each member tried and came to, shown with its score; those without a score come last.
    """
    metric = scale + task.ranked_by
    means = {member: float(np.mean(values)) for member, values in scores.items()}
    sign = task.metrics[task.ranked_by].sign
    best_first = sorted(means, key=lambda m: np.nan_to_num(-sign * means[m], nan=np.inf))
    rows = {
        member: {
            f"validation_{metric}": means[member],
            f"validation_{metric}_sd": float(np.std(scores[member])),
            "seeds": len(scores[member]),
        }
        for member in best_first
    }
    rows |= {trial.name: {} for trial in trials if trial.name not in scores}
    came_to = {t.name: {"outcome": t.outcome, "epochs_done": len(t.losses)} for t in trials}
    values = {trial.name: trial.values for trial in trials}
    return [
        {"rank": rank, **values.get(name, {}), "model": name, **row, **came_to.get(name, {})}
        for rank, (name, row) in enumerate(rows.items(), start=1)
    ]


@dataclass(frozen=True)
class Ranking:
    """Members of a sweep, best first.

    Attributes
    ----------
    rows
        Of the table.
    metric
        The column that they are ranked by.
    label
        What the axis of the figure calls it.
    names
        What the figure calls each member.
    scored
        How many members have a score; their rows come first.
    """

    rows: list[dict]
    metric: str
    label: str
    names: dict[str, str]
    scored: int

    @property
    def best(self) -> str:
        """The name of the best member."""
        return self.rows[0]["model"]

    @property
    def columns(self) -> list[str]:
        """Columns of the table that come first."""
        return [
            "rank",
            "model",
            self.metric,
            f"{self.metric}_sd",
            "seeds",
            "outcome",
            "epochs_done",
        ]


def rank(
    base: str,
    folder: Path,
    members: Mapping[str, dict],
    seeds: Sequence[int],
    validation: pa.Table,
    task: Task,
    transform: str,
) -> Ranking:
    """Rank trained members by what they predict of the validation set.

    Parameters
    ----------
    base
        The model that the sweep varies, for messages.
    folder
        That holds a folder of each member.
    members
        What each was trained with, by its name.
    seeds
        That each was trained with.
    validation
        Sequences and scores.
    task
        By whose metric they are ranked.
    transform
        Of the scores, by which metrics are of the learned scale.

    Raises
    ------
    InputError
        Where no member has learned.
    """
    trials = [
        Trial.read(name, values, folder / name / f"seed{seeds[0]}")
        for name, values in members.items()
    ]
    scale = "" if transform == "none" else f"{transform}_"
    metric = scale + task.ranked_by
    scores = {
        trial.name: [
            validation_score(load(folder / trial.name / f"seed{seed}"), validation, metric)
            for seed in seeds
        ]
        for trial in trials
        if trial.outcome == "finished"
    }
    if not scores:
        raise InputError(
            f"search.{base}: not one of {len(trials)} trials ended with a finite loss. Try a space "
            "of smaller learning rates."
        )
    label = task.metrics[task.ranked_by].label
    label += f" of {EXPRESSIONS[transform].format('score')}" if scale else ""
    return Ranking(
        rows=ranked(scores, task, scale, trials),
        metric=f"validation_{metric}",
        label=label,
        names={trial.name: trial.label for trial in trials},
        scored=len(scores),
    )
