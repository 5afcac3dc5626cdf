"""What the workflow reads: every dataset, model and question by its name, and sections for jobs.

Jobs get plain values of it: `Dataset.facts`, `Dataset.for_training`, `Model.described`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seq2score.questions import Question
from seq2score.sequences import sources
from seq2score.settings.datasets import DatasetSection
from seq2score.settings.interpretation import Interpretation
from seq2score.settings.models import Model, Trials, best_of

DERIVED_FACTS = ("contrasts", "outputs", "models", "words", "expected", "split", "table")


@dataclass(frozen=True)
class Dataset:
    """A dataset, or a fold of one.

    Attributes
    ----------
    base
        Its name in the config.
    section
        Its section there.
    fold
        From 1 on; None without folds.
    models
        Names, the best ones of sweeps among them.
    words
        Motifs that its sequences are known to hold.
    expected
        Motifs that filters should find.
    questions
        Names of those for it, by key.
    contrasts
        Of its scores, by name, and the weights of these by score.
    """

    base: str
    section: DatasetSection
    fold: int | None
    models: list[str]
    words: list[str]
    expected: list[str]
    questions: dict[str, list[str]]
    contrasts: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def is_synthetic(self) -> bool:
        """Whether it was made by rule."""
        return self.section.synthetic is not None

    @property
    def files(self) -> list[str]:
        """The user's files that it is made of."""
        if self.section.counts:
            return [*self.section.counts.files().values()]
        return sources.files(self.section.table.plain()) if self.section.table else []

    @property
    def outputs(self) -> list[str]:
        """The columns of scores, as our tables name them."""
        return [*self.section.rows.outputs]

    @property
    def split(self) -> dict[str, Any]:
        """How it is split; `fold` is the number of one."""
        split = self.section.split.plain()
        return split if self.fold is None else {**split, "fold": self.fold}

    @property
    def table(self) -> dict[str, Any] | None:
        """What the rows of its table depend on, not what axes say or what only weighs."""
        if not self.section.table:
            return None
        others = ("label", "unit", "replicate_weights", "adapters")
        table = {k: v for k, v in self.section.table.plain().items() if k not in others}
        rows = self.section.table
        return {**table, "score": rows.outputs, "replicates": rows.all_replicates}

    def facts(self, *keys: str) -> dict[str, Any]:
        """Some of what is known of it, for a job.

        A job gets what its result depends on and nothing else, so that it is not done again for
        anything else.

        Parameters
        ----------
        keys
            Of `table`, and those that are named here.
        """
        rows, rule = self.section.rows, self.section.synthetic
        known = {
            **rows.plain(),
            "synthetic": rule and rule.plain(),
            "counts": self.section.counts and self.section.counts.measuring(),
            "source": self.section.table and self.section.table.path,
            "is_synthetic": rule is not None,
            "drawn": self.models,
            "task": self.section.task,
            "reverse_complement": self.section.reverse_complement,
            "labels": rows.labels,
            "replicates": rows.all_replicates,
            "replicates_of": rows.replicates_of,
            "weighing_replicates": rows.all_replicates if rows.replicate_weights else [],
            **{key: getattr(self, key) for key in DERIVED_FACTS},
        }
        return {key: known[key] for key in keys}

    def rules(self) -> dict[str, Any]:
        """What sequences must be like, to be taken by its models."""
        return self.facts("alphabet", "length", "flanks")

    def for_training(self) -> dict[str, Any]:
        """What training depends on."""
        scores = self.facts("outputs", "score_transform", "weight", "weighing_replicates")
        inputs = self.facts("task", "reverse_complement", "inputs", "at")
        return {**inputs, **scores, **self.rules(), "heads": {}}


@dataclass(frozen=True)
class Joint:
    """Datasets that are learned together, as one.

    Attributes
    ----------
    members
        By name.
    models
        That learn them.
    leaks
        What to do about rows of a test set.
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
                **member.facts(*keys),
            }
            for name, member in self.members.items()
        }

    def for_training(self) -> dict[str, Any]:
        """What training depends on."""
        heads = {name: member["heads"] for name, member in self.joined().items()}
        first = next(iter(self.members.values()))
        return {
            **DEFAULTS.for_training(),
            **first.facts("task", "reverse_complement", "flanks"),
            "outputs": [output for of_one in heads.values() for output in of_one],
            "weight": "weight",
            "weighing_replicates": [],  # which are in the weights of rows, as those are joined
            "heads": heads,
        }


DEFAULTS = Dataset("", DatasetSection(), None, [], [], [], {})


@dataclass(frozen=True)
class Settings:
    """All that rules read. Everything stands by the name that its files have.

    Attributes
    ----------
    datasets
        Folds apart.
    joint
        Datasets that are learned together.
    models
        All that have results.
    trained
        Those that are trained by themselves.
    blends
        Members by blend.
    trials
        What is tried, by model.
    questions
        By key and name; `attributions` only if asked for.
    level
        Share of prediction intervals that are to hold the measured score.
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
        by_base: dict[str, list[str]] = {}
        for name, dataset in self.datasets.items():
            if dataset.fold is not None:
                by_base.setdefault(dataset.base, []).append(name)
        return by_base

    def learned(self, name: str) -> Dataset | Joint:
        """A dataset, or several that are learned as one."""
        return self.datasets[name] if name in self.datasets else self.joint[name]

    def with_filters(self, dataset: str) -> list[str]:
        """The models of a dataset that have filters."""
        return [m for m in self.datasets[dataset].models if self.models[m].has_filters]

    def questions_for(self, dataset: str) -> Iterator[tuple[str, str, Question]]:
        """The questions for a dataset's models, with their keys and names."""
        for key, names in self.datasets[dataset].questions.items():
            yield from ((key, name, self.questions[key][name]) for name in names)

    def preflight(self, dataset: str) -> dict[str, Any]:
        """What models and questions need of a dataset's sequences (`splits.preflight`)."""
        known, section = self.datasets[dataset], self.interpretation
        names = [m for base in known.models for m in [base, *self._tried(base)] if m in self.models]
        widths = {name: self.models[name].family.options.get("kernel_size") for name in names}
        for base in known.models:
            if (tried := self.trials.get(base)) and (widest := tried.widest("kernel_size")):
                widths[best_of(base)] = widest
        counts = [name for name in names if self.models[name].training.loss == "poisson"]
        requests: dict[str, Any] = {
            "widths": {name: width for name, width in widths.items() if isinstance(width, int)},
            "counts": counts,
            "ids": {"interpretation.mutate": section.ids} if section.ids else {},
            "templates": {},
            "new": {},
            "inserts": [],
            "adapters": known.section.rows.adapters,
            "starts": {},
            "classes": {},
            "designs": {},
            "files": [file for file in section.files if Path(file).is_file()],
            "rules": known.rules(),
        }
        for key, name, question in self.questions_for(dataset):
            of = f"{key}.{name}" if question.named else key
            if question.lacks_adapters and requests["adapters"] != "keep":
                requests["inserts"].append(of)
            for kind, needed in question.preflight(self._is_alone(key, name)).items():
                requests[kind] |= {f"{of}.{k}" if k else of: v for k, v in needed.items()}
        return requests

    def _tried(self, model: str) -> Iterable[str]:
        return self.trials[model].members if model in self.trials else ()

    def _is_alone(self, key: str, name: str) -> bool:
        """Whether a question is for one dataset. Of several, some may be unable to answer it."""
        bases = {d.base for d in self.datasets.values() if name in d.questions[key]}
        return len(bases) == 1

    def joint_of(self, model: str) -> str:
        """The datasets that a model learns together, as one."""
        return next(name for name, joint in self.joint.items() if model in joint.models)

    def for_train(self, dataset: str, model: str, seed: str) -> dict[str, Any]:
        """What a training depends on."""
        start = self.models[model].start
        return {
            **self.learned(dataset).for_training(),
            **self.models[model].described(),
            "start_from": start and start.described(seed, self.results),
            "device": self.device,
        }
