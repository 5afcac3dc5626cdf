"""What a search climbs: how high a prediction surely is, as far as the model can be trusted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from seq2score.certainty.certain import Certain
from seq2score.design.goals import fits

UNTRUSTED = 1e6  # lower than any score that is worth having


@dataclass(frozen=True)
class Goal:
    """What to reach, by the config's `objective`.

    weights: of each output, float (outputs,); `target` is to be reached by the only one if given.
    output: of classes, the one whose probability is to be high. pessimistic: go by the end of the
    interval that is worse. trust: novelty above which a sequence is not believed. most: the value
    of several weighed scores above which predictions count for no more.
    """

    weights: np.ndarray
    target: float | None = None
    output: int | None = None
    pessimistic: bool = True
    trust: float = 100.0
    most: float = np.inf

    def values(self, certain: Certain) -> np.ndarray:
        """How good sequences are, float (n,): the higher the better."""
        if self.output is not None:
            each = certain.each[:, :, self.output]
            return each.min(axis=0) if self.pessimistic else each.mean(axis=0)
        lower = upper = certain.predicted
        if self.pessimistic and certain.lower is not None and np.isfinite(certain.lower).all():
            lower, upper = certain.ends
        if self.target is not None:
            return -np.maximum(abs(lower[:, 0] - self.target), abs(upper[:, 0] - self.target))
        worse = np.where(self.weights > 0, lower, upper)
        beyond = np.maximum(certain.predicted @ self.weights - self.most, 0)
        return worse @ self.weights - beyond

    def reached(self, scores: np.ndarray) -> np.ndarray:
        """How good scores are, float (n, outputs), whatever is sure of them: float (n,)."""
        if self.target is not None:
            return -abs(scores[:, 0] - self.target)
        return scores @ self.weights

    def fitness(self, certain: Certain) -> np.ndarray:
        """Values, with what is not believed far below what is, the least novel first."""
        untrusted = certain.novelty > self.trust
        return np.where(untrusted, -UNTRUSTED - certain.novelty, self.values(certain))


Objective = str | Mapping[str, float | str]  # as the config has it
Predict = Callable[[np.ndarray], Certain]


def goal_of(objective: Objective, record: dict, pessimistic: bool, trust: float) -> Goal:
    """The goal of a config's `objective`, for what the model of this record predicts.

    objective: maximize | minimize | {target: number} | {score: weight, ...} | {class: name}.
    Raises ValueError for one that does not fit the model.
    """
    outputs, classes = record["outputs"], record["classes"]
    if problem := fits(objective, outputs if not classes else [], classes):
        raise ValueError(f"objective: {problem}")
    if isinstance(objective, str):
        sign = 1.0 if objective == "maximize" else -1.0
        return Goal(np.array([sign]), pessimistic=pessimistic, trust=trust)
    if classes:
        output = classes.index(objective["class"])
        return Goal(np.empty(0), output=output, pessimistic=pessimistic, trust=trust)
    if len(outputs) == 1 and set(objective) == {"target"}:
        return Goal(np.ones(1), float(objective["target"]), pessimistic=pessimistic, trust=trust)
    weights = np.array([float(objective.get(name, 0)) for name in outputs])
    return Goal(weights, pessimistic=pessimistic, trust=trust)
