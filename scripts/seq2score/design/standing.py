"""How good the models are that make and judge designs, as their held-out rows tell."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.design.objective import Goal
from seq2score.evaluation.advice import judged_by
from seq2score.inference.predictions import truth_and_prediction
from seq2score.task import task_measured

WELL = 0.5  # R2 of what is weighed, below which a model does not tell it


@dataclass(frozen=True)
class Standing:
    """What held-out rows say of the model that searches, and of its judge.

    metrics, of_judge: of metrics.json, of_judge empty without another model that judges. floors:
    metrics of every floor, by its name. validation: predictions of the validation set.
    """

    metrics: Mapping[str, Any]
    floors: Mapping[str, Any]
    of_judge: Mapping[str, Any]
    validation: pa.Table

    @classmethod
    def of_files(cls, files: Mapping[str, Any]) -> "Standing":
        """By paths of `metrics`, `floors`, `metrics_of_judge` if any, and `validation`."""
        metrics, floors, of_judge = (
            json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
            for path in (files["metrics"], files["floors"], files.get("metrics_of_judge"))
        )
        return cls(metrics, floors, of_judge, pq.read_table(files["validation"]))

    @property
    def below_floor(self) -> str:
        """That the model beats a simpler one not even on the validation set; "" where it does."""
        name = judged_by(self.metrics)
        reached = _known(self.metrics["validation"][name])
        to_beat = {n: _known(floor["validation"][name]) for n, floor in self.floors.items()}
        best = max(to_beat, key=lambda floor: to_beat[floor])
        if reached > to_beat[best]:
            return ""
        title = _title(self.metrics, name)
        return f"does not beat {best} ({title} {reached:.2f} against {to_beat[best]:.2f})"

    @property
    def behind_judge(self) -> str:
        """That the judge is the better model, beyond chance; "" where it is not."""
        name = judged_by(self.metrics)
        if not self.of_judge or self.metrics.get(f"{name}_ci") is None:
            return ""
        reached, high = _known(self.metrics[name]), self.metrics[f"{name}_ci"][1]
        judged = _known(self.of_judge[name])
        if high is None or not judged > high:
            return ""
        title = _title(self.metrics, name)
        return f"the judge is the better model ({title} {judged:.2f} against {reached:.2f})"

    def badly_weighed(self, goal: Goal) -> str:
        """That the model hardly tells what a goal weighs of several scores; "" where it does.

        Each score has an interval, what is weighed has none.
        """
        if len(goal.weights) < 2:
            return ""
        truth, predicted = truth_and_prediction(self.validation)
        known = np.isfinite(truth).all(axis=1)
        value, expected = truth[known] @ goal.weights, predicted[known] @ goal.weights
        r2 = 1 - ((value - expected) ** 2).sum() / ((value - value.mean()) ** 2).sum()
        if r2 >= WELL:
            return ""
        return f"nothing is promised: of what is weighed, the model tells little (R² {r2:.2f})"


def _title(metrics: Mapping[str, Any], name: str) -> str:
    """A metric as people write it; the scale that it is measured on goes without saying."""
    return next(m.title for n, m in task_measured(metrics).metrics.items() if name.endswith(n))


def _known(value: float | None) -> float:
    return -np.inf if value is None else value
