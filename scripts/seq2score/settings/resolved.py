"""What the workflow reads: every dataset, model and question by its name, and sections for jobs.

A job gets whole sections as plain values (`Dataset.for_training()` and so on), each holding what
its result depends on and nothing else: what is not in it can change without a new run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from seq2score.questions import Question
from seq2score.settings.datasets import DatasetSection
from seq2score.settings.interpretation import Interpretation
from seq2score.settings.models import Model, Trials

RULES = ("alphabet", "length", "flanks")  # of a table: what its models take


@dataclass(frozen=True)
class Dataset:
    """A dataset, or a fold of one.

    base: its name in the config. models: names, the best ones of sweeps among them. words: motifs
    that its sequences are known to hold; expected: those that filters should find. questions: names
    of those for it, by key.
    """

    base: str
    section: DatasetSection
    fold: int | None
    models: list[str]
    words: list[str]
    expected: list[str]
    questions: dict[str, list[str]]

    @property
    def is_synthetic(self) -> bool:
        """Whether it was made by rule."""
        return self.section.synthetic is not None

    @property
    def outputs(self) -> list[str]:
        """The columns of scores, as our tables name them."""
        return [*self.section.rows.outputs]

    @property
    def replicates_that_weigh(self) -> list[str]:
        """Columns of replicates that say how much each row counts."""
        rows = self.section.rows
        return rows.replicates if rows.replicate_weights else []

    # --------------------------------------------------------------------------- sections for jobs
    def split(self) -> dict[str, Any]:
        """How it is split; `fold` is the number of one."""
        split = self.section.split.plain()
        return split if self.fold is None else {**split, "fold": self.fold}

    def synthetic(self) -> dict[str, Any] | None:
        """The rule by which it was made."""
        return self.section.synthetic and self.section.synthetic.plain()

    def table(self) -> dict[str, Any]:
        """What the rows of a table depend on, not what axes say or what only weighs."""
        beside = ("label", "unit", "replicate_weights")
        table = {k: v for k, v in self.section.table.plain().items() if k not in beside}
        return {**table, "score": self.section.table.outputs}

    def of_table(self, *keys: str) -> dict[str, Any]:
        """Some keys of the table, and of `task`, `reverse_complement` and `outputs`."""
        rows = self.section.rows.plain()
        own = {
            "task": self.section.task,
            "reverse_complement": self.section.reverse_complement,
            "outputs": self.outputs,
            "labels": self.section.rows.labels,
            "weighing_replicates": self.replicates_that_weigh,
            "words": self.words,
        }
        return {key: own[key] if key in own else rows[key] for key in keys}

    def rules(self) -> dict[str, Any]:
        """What sequences must be like, to be taken by its models."""
        return self.of_table(*RULES)

    def for_training(self) -> dict[str, Any]:
        """What training depends on."""
        return self.of_table(
            *("task", "reverse_complement", "outputs", "score_transform", "weight"),
            *("weighing_replicates", "inputs", "at", *RULES),
        ) | {"heads": {}}


@dataclass(frozen=True)
class Joint:
    """Datasets that are learned together, as one.

    members: by name. models: that learn them. leaks: what to do about rows of a test set.
    """

    members: dict[str, Dataset]
    models: list[str]
    leaks: str

    @property
    def reverse_complement(self) -> str:
        """As all of its members have it."""
        return next(iter(self.members.values())).section.reverse_complement

    def joined(self) -> dict[str, dict[str, Any]]:
        """What is joined of each member."""
        keys = ("score_transform", "weight", "weighing_replicates")
        return {
            name: {
                "scores": member.outputs,
                "heads": [f"{name}.{output}" for output in member.outputs],
                **member.of_table(*keys),
            }
            for name, member in self.members.items()
        }

    def for_training(self) -> dict[str, Any]:
        """What training depends on."""
        heads = {name: member["heads"] for name, member in self.joined().items()}
        first = next(iter(self.members.values()))
        return {
            **DEFAULTS.for_training(),
            **first.of_table("task", "reverse_complement", "flanks"),
            "outputs": [output for of_one in heads.values() for output in of_one],
            "weight": "weight",
            "weighing_replicates": [],  # which are in the weights of rows, as those are joined
            "heads": heads,
        }


DEFAULTS = Dataset("", DatasetSection(), None, [], [], [], {})


@dataclass(frozen=True)
class Settings:
    """All that rules read. Everything stands by the name that its files have.

    datasets: folds apart. joint: datasets that are learned together. models: all that have results;
    trained: those that are trained by themselves. blends: members by blend. trials: what is tried,
    by model. questions: by key and name; `attributions` only if asked for.
    """

    datasets: dict[str, Dataset]
    joint: dict[str, Joint]
    models: dict[str, Model]
    trained: list[str]
    blends: dict[str, list[str]]
    trials: dict[str, Trials]
    questions: dict[str, dict[str, Question]]
    interpretation: Interpretation
    seeds: list[int]
    device: str
    level: float
    export: str
    container: str | None
    results: str

    @property
    def bases(self) -> dict[str, Dataset]:
        """Datasets of the config, one fold for all: folds share their sequences."""
        return {dataset.base: dataset for dataset in self.datasets.values()}

    @property
    def folds(self) -> dict[str, list[str]]:
        """The folds of each dataset that has some."""
        found: dict[str, list[str]] = {}
        for name, dataset in self.datasets.items():
            if dataset.fold is not None:
                found.setdefault(dataset.base, []).append(name)
        return found

    def learned(self, name: str) -> Dataset | Joint:
        """A dataset, or several that are learned as one."""
        return self.datasets[name] if name in self.datasets else self.joint[name]

    def with_filters(self, dataset: str) -> list[str]:
        """The models of a dataset that have filters."""
        return [m for m in self.datasets[dataset].models if self.models[m].has_filters]

    def asked_of(self, dataset: str) -> Iterable[tuple[str, Question]]:
        """The questions for a dataset's models, by name."""
        for key, names in self.datasets[dataset].questions.items():
            yield from ((name, self.questions[key][name]) for name in names)

    def joint_of(self, model: str) -> str:
        """The datasets that a model learns together, as one."""
        return next(name for name, joint in self.joint.items() if model in joint.models)
