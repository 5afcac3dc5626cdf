"""How good a model is for what it says to be told: against chance, and against what is simpler."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from seq2score.evaluation.advice import judged_by, or_nothing
from seq2score.task import task_measured

ADDITIVE = ("letters", "k-mers")  # of floors that add up a number for each letter or word


@dataclass(frozen=True)
class Quality:
    """What a run reaches, beside chance and the floors.

    Attributes
    ----------
    metric
        Its name for readers, such as R².
    value, low, high
        On the test set, with the 95% interval.
    fault
        Why nothing that the model says is worth telling: it is not better than chance, or than the
        best of the floors, on the validation set; "" otherwise.
    adds_up
        Whether an additive regression reaches the model's interval on the test set, so that there
        is no evidence of letters that work together.
    """

    metric: str
    value: float
    low: float
    high: float
    fault: str
    adds_up: bool

    @property
    def text(self) -> str:
        """The metric with its interval."""
        interval = f" ({self.low:.3f} to {self.high:.3f})" if isfinite(self.low) else ""
        return f"{self.metric} {self.value:.3f}{interval}"


def quality(metrics: Mapping, floors: Mapping[str, Mapping], output: str | None = None) -> Quality:
    """How good a run is for what its model says to be told.

    Parameters
    ----------
    metrics
        Of metrics.json.
    floors
        Metrics by the floor's name, of floors.json.
    output
        The score in question, where there are several.
    """
    task, name = task_measured(metrics), judged_by(metrics)

    def reached(of: Mapping, part: str = "") -> float:
        of = of[part] if part else of
        return or_nothing(of.get("outputs", {}).get(output, of)[name])

    of_output = metrics.get("outputs", {}).get(output, metrics)
    low, high = (or_nothing(end) for end in of_output.get(f"{name}_ci", [None, None]))
    fault = fault_of(
        reached(metrics, "validation"),
        task.chance,
        {floor: reached(of, "validation") for floor, of in floors.items()},
    )
    additive = [name for name in floors if name.split(" on ")[-1].split(" and ")[0] in ADDITIVE]
    adds_up = any(reached(floors[name]) >= low for name in additive)
    return Quality(task.metrics[task.judged_by].title, reached(metrics), low, high, fault, adds_up)


def fault_of(reached: float, chance: float, floors: Mapping[str, float]) -> str:
    """Why a model says nothing that is worth telling; "" where it does.

    Parameters
    ----------
    reached
        A metric of the model on the validation set, greater being better.
    chance
        What guessing reaches.
    floors
        The metric of each floor, by its name.
    """
    if not reached > chance:
        return "is no better than chance"
    best = max(floors, key=floors.__getitem__, default=None)
    if best is None or reached > floors[best]:
        return ""
    return f"does not beat {best}, which is simpler"


def read_quality(metrics: str | Path, floors: str | Path, output: str | None = None) -> Quality:
    """The same as `quality`, from files.

    Parameters
    ----------
    metrics
        Of the run, metrics.json.
    floors
        Of its dataset, floors.json.
    output
        The score in question, where there are several.
    """
    of_run, of_floors = (
        json.loads(Path(path).read_text(encoding="utf-8")) for path in (metrics, floors)
    )
    return quality(of_run, of_floors, output)
