"""The tasks: all that differs between predicting scores and predicting classes, in one place.

What is said here in words is computed by functions of the same name further up the ladder:
`metrics` by `evaluation.metrics`, `losses` by `training.losses`. Nothing is imported, so that the
workflow can ask too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """How predictions are measured, as people are told of it.

    Attributes
    ----------
    title
        As people write it.
    falls
        Whether smaller is better.
    unit
        What axes put beside the title.
    """

    title: str
    falls: bool = False
    unit: str = ""

    @property
    def label(self) -> str:
        """For an axis or a caption."""
        title = self.title[0].upper() + self.title[1:]
        return f"{title} ({self.unit})" if self.unit else title

    @property
    def sign(self) -> int:
        """1 where a greater value is better, else -1."""
        return -1 if self.falls else 1


@dataclass(frozen=True)
class Task:
    """What is predicted, and by what it is trained, judged and shown.

    Attributes
    ----------
    predicts
        What, in words.
    labels
        Whether scores are labels, not numbers.
    metrics
        By name, in the order of tables.
    shown
        Metrics of the summary page, the main one first.
    judged_by
        The metric that is held against `chance`.
    chance
        What guessing reaches.
    ranked_by
        The metric by which the members of a sweep are ranked, on the validation set.
    importance
        The metric whose fall without a filter is the filter's importance.
    losses
        What training may minimize, the default first; each default is a metric too.
    floor
        The regression that a model has to beat.
    figures
        Of all models together; the first is drawn of each model as well.
    prefix
        Of the columns of predictions, where there are several.
    """

    name: str
    predicts: str
    labels: bool
    metrics: Mapping[str, Metric]
    shown: Sequence[str]
    judged_by: str
    chance: float
    ranked_by: str
    importance: str
    losses: Sequence[str]
    floor: str
    figures: Sequence[str]
    prefix: str

    @property
    def loss(self) -> str:
        """What training minimizes where the config does not say."""
        return self.losses[0]

    def quantities(self, names: Sequence[str]) -> list[str]:
        """Columns of what is predicted.

        Parameters
        ----------
        names
            Of the outputs, or of the classes.
        """
        if not self.labels and len(names) == 1:
            return ["prediction"]
        return [self.prefix + name for name in names]


REGRESSION = Task(
    name="regression",
    predicts="scores",
    labels=False,
    metrics={
        "r2": Metric("R²"),
        "pearson": Metric("Pearson"),
        "spearman": Metric("Spearman"),
        "mse": Metric("mean squared error", falls=True),
        "mae": Metric("mean abs. error", falls=True),
    },
    shown=("r2", "pearson", "spearman", "mae"),
    judged_by="r2",
    chance=0.0,
    ranked_by="r2",
    importance="r2",
    losses=("mse", "huber", "poisson", "gaussian_nll"),
    floor="ridge",
    figures=("parity", "residuals"),
    prefix="prediction_",
)
CLASSIFICATION = Task(
    name="classification",
    predicts="classes",
    labels=True,
    metrics={
        "accuracy": Metric("accuracy"),
        "auroc": Metric("AUROC"),
        "auprc": Metric("AUPRC"),
        "cross_entropy": Metric("cross-entropy", falls=True, unit="nats"),
    },
    shown=("auroc", "auprc", "accuracy", "cross_entropy"),
    judged_by="auroc",
    chance=0.5,
    ranked_by="cross_entropy",
    importance="accuracy",
    losses=("cross_entropy",),
    floor="logistic",
    figures=("classification",),
    prefix="probability_",
)
TASKS = {task.name: task for task in (REGRESSION, CLASSIFICATION)}


def task_of(classes: Sequence[str] | None) -> Task:
    """The task of a model by the classes of its record, None where it predicts scores."""
    return CLASSIFICATION if classes else REGRESSION


def task_measured(metrics: Mapping[str, object]) -> Task:
    """The task that metrics (of metrics.json, or a row of the summary) are of."""
    return next(task for task in TASKS.values() if task.judged_by in metrics)
