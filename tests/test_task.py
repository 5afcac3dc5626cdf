"""What one place says of a task is what others compute, and what the schema allows."""

from typing import get_args

import numpy as np
import pytest

from seq2score.evaluation import metrics
from seq2score.inference.predictions import columns
from seq2score.settings.datasets import DatasetSection
from seq2score.settings.shapes import Shape
from seq2score.settings.training import Training
from seq2score.task import TASKS, task_measured, task_of
from seq2score.training.losses import LOSSES

RANDOM = np.random.default_rng(1)
MEASURED = {
    "regression": metrics.regression(*RANDOM.normal(size=(2, 50))),
    "classification": metrics.classification(
        RANDOM.integers(0, 2, 50), RANDOM.dirichlet([1, 1], 50)
    ),
}


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_metrics_are_those_that_are_computed(task):
    computed = MEASURED[task.name](np.ones((1, 50)))
    assert [*computed] == [*task.metrics]
    assert {*task.shown, task.judged_by, task.ranked_by, task.importance, task.loss} <= {*computed}
    assert task_measured(computed) is task


def test_the_config_takes_the_tasks_and_their_losses():
    losses = {loss for task in TASKS.values() for loss in task.losses}
    loss, task = Shape.of(Training).fields()["loss"], Shape.of(DatasetSection).fields()["task"]
    assert {*get_args(loss.alternatives[0].type)} == losses == {*LOSSES}
    assert [*get_args(task.type)] == [*TASKS]


def test_a_metric_knows_its_direction_and_its_label():
    accuracy, surprise = (TASKS["classification"].metrics[m] for m in ("accuracy", "cross_entropy"))
    assert (accuracy.sign, surprise.sign) == (1, -1)
    assert (accuracy.label, surprise.label) == ("Accuracy", "Cross-entropy (nats)")


@pytest.mark.parametrize(
    ("outputs", "classes", "names"),
    [
        (["score"], None, ["prediction"]),
        (["a", "b"], None, ["prediction_a", "prediction_b"]),
        (["score"], ["x", "y"], ["probability_x", "probability_y"]),
    ],
)
def test_columns_of_predictions(outputs, classes, names):
    assert task_of(classes).quantities(classes or outputs) == names
    predicted = RANDOM.random((4, 2))[:, : len(names)]
    message = columns(predicted[:, 0] if len(names) == 1 else predicted, outputs, classes)
    assert [name for name in message if name != "prediction" or not classes] == names
    assert np.array_equal(np.stack([message[name] for name in names], 1), predicted)


@pytest.mark.parametrize(
    ("table", "outputs"),
    [
        (None, {"score": "score"}),
        ({"score": "activity"}, {"score": "activity"}),
        ({"score": ["activity"]}, {"score": "activity"}),
        ({"score": ["a", "b"]}, {"a": "a", "b": "b"}),
    ],
)
def test_scores_of_the_config_are_resolved_once(table, outputs):
    section = {"table": {"path": "a.csv", **table}} if table else {"synthetic": {}}
    assert DatasetSection.model_validate(section).rows.outputs == outputs
