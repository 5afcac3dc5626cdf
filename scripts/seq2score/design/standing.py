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
from seq2score.evaluation.intervals import point
from seq2score.evaluation.metrics import regression
from seq2score.evaluation.quality import quality
from seq2score.inference.predictions import truth_and_prediction

WELL = 0.5  # R2 of what is weighed, below which a model does not tell it


@dataclass(frozen=True)
class Standing:
    """What held-out rows say of the model that searches, and of its judge.

    metrics, of_judge: of metrics.json, of_judge empty without another model that judges. floors:
    metrics of every floor, by its name. validation: predictions of the validation set. alike:
    whether the judge is other seeds of the model.
    """

    metrics: Mapping[str, Any]
    floors: Mapping[str, Any]
    of_judge: Mapping[str, Any]
    validation: pa.Table
    alike: bool = False

    @classmethod
    def of_files(cls, files: Mapping[str, Any], alike: bool) -> "Standing":
        """By paths of `metrics`, `floors`, `metrics_of_judge` if any, and `validation`."""
        metrics, floors, of_judge = (
            json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
            for path in (files["metrics"], files["floors"], files.get("metrics_of_judge"))
        )
        return cls(metrics, floors, of_judge, pq.read_table(files["validation"]), alike)

    @property
    def below_floor(self) -> str:
        """Why nothing that the model makes is worth having; "" where it beats what is simpler."""
        return quality(self.metrics, self.floors).fault

    @property
    def behind_judge(self) -> str:
        """That the judge is the better model, beyond chance; "" where it is not."""
        if not self.of_judge:
            return ""
        model, judge = (quality(metrics, self.floors) for metrics in (self.metrics, self.of_judge))
        if not judge.value > model.high > model.low:
            return ""
        values = f"{model.metric} {judge.value:.2f} against {model.value:.2f}"
        return f"the judge is the better model ({values})"

    def badly_weighed(self, goal: Goal) -> str:
        """That the model hardly tells what a goal weighs of several scores; "" where it does.

        Each score has an interval, what is weighed has none.
        """
        if len(goal.weights) < 2:
            return ""
        truth, predicted = truth_and_prediction(self.validation)
        known = np.isfinite(truth).all(axis=1)
        value, expected = truth[known] @ goal.weights, predicted[known] @ goal.weights
        r2 = point(regression(value, expected), np.ones(len(value)))["r2"]
        if r2 >= WELL:
            return ""
        return f"nothing is promised: of what is weighed, the model tells little (R² {r2:.2f})"
