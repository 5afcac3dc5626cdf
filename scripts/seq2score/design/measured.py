"""What was measured, beyond which no prediction counts for more.

Models add up what they know, and an assay may not: where a search may stack motifs, predictions
rise without end, and nothing that was measured says whether scores do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.certainty.certain import Certain, widened
from seq2score.design.objective import Goal
from seq2score.inference.predictions import score_matrix
from seq2score.sequences.transforms import BACK, FORTH

HIGHEST = 10  # of the scores; what is above these may be noise, or an outlier
SHARE = 100  # of fewer than HIGHEST * SHARE scores, one in so many
# How often the distance of a judge counts: of another model, and of another seed of the same one.
# Between models a third to three quarters of their errors were common, between seeds more: see
# `beyond` of benchmarks/design.py.
TIMES = {False: 2, True: 3}


@dataclass(frozen=True)
class Measured:
    """The range of the scores that were measured, without what noise may have put at its ends.

    lowest, highest: of each score, float (outputs,); of classes (0,). best: the highest value of
    the goal. transform: of the scores, as the model learned them.
    """

    lowest: np.ndarray
    highest: np.ndarray
    best: float
    transform: str = "none"

    @classmethod
    def of(cls, goal: Goal, record: Mapping, table: pa.Table) -> "Measured":
        """That of a dataset's table, with the columns of its scores.

        record: of the model.
        """
        if record["classes"]:
            return cls(np.empty(0), np.empty(0), np.inf)
        scores = score_matrix(table, record["outputs"])
        return cls(
            lowest=np.array([-_high(-column) for column in scores.T]),
            highest=np.array([_high(column) for column in scores.T]),
            best=_high(measured_values(goal, record, table)),
            transform=record["score_transform"],
        )

    def held(self, certain: Certain) -> Certain:
        """Predictions that are held to the range, with their intervals around them."""
        if certain.lower is None:
            return certain
        predicted = np.clip(certain.predicted, self.lowest, self.highest)
        forth = FORTH[self.transform]
        return self._moved(certain, forth(predicted) - forth(certain.predicted))

    def sure(self, chosen: Certain, judged: Certain | None, alike: bool = False) -> Certain:
        """What is known of sequences that were chosen for what a model predicts.

        Intervals reach back to the range from beyond it: nothing tells that scores go on as
        predictions do. They hold also what a judge's do (see `widened`). A judge that has learned
        from the same rows errs where the model does, if less; so it says too little of how far off
        both are, and its distance from the model counts TIMES, in its direction.

        chosen, judged: of the same n sequences. alike: whether both are seeds of one model.
        """
        sure = widened(chosen, self.held(chosen))
        if judged is None:
            return sure
        sure = widened(sure, widened(judged, self.held(judged)))
        if judged.lower is None:
            return sure
        forth = FORTH[self.transform]
        away = forth(judged.predicted) - forth(chosen.predicted)
        return widened(sure, self._moved(judged, (TIMES[alike] - 1) * away))

    def _moved(self, certain: Certain, by: np.ndarray) -> Certain:
        """Predictions and intervals moved along the scale that was learned, by float (n, outputs).

        What is not moved keeps its very bits.
        """
        forth, back = FORTH[self.transform], BACK[self.transform]
        ends = (certain.predicted, *certain.ends)
        predicted, lower, upper = (np.where(by == 0, end, back(forth(end) + by)) for end in ends)
        return replace(certain, predicted=predicted, lower=lower, upper=upper)

    def beyond(self, goal: Goal, certain: Certain) -> np.ndarray:
        """Which predictions lie beyond all that was measured, bool (n,).

        In a score, beyond all of the train set; or beyond the range of all scores weighed.
        """
        if certain.beyond is None:
            return np.zeros(len(certain.predicted), bool)
        outside: np.ndarray = np.asarray(certain.beyond.any(axis=1))
        weighed = goal.target is None and len(goal.weights) > 1
        if not weighed:
            return outside
        return outside | np.asarray(certain.predicted @ goal.weights > self.best)


def measured_values(goal: Goal, record: Mapping, table: pa.Table) -> np.ndarray:
    """How good measured scores are by a goal, float (n,); the worst where one is missing."""
    if record["classes"]:
        labels = table["score"].cast(pa.string())
        return pc.equal(labels, record["classes"][goal.output]).to_numpy().astype(float)
    return np.nan_to_num(goal.reached(score_matrix(table, record["outputs"])), nan=-np.inf)


def _high(values: np.ndarray) -> float:
    """The last of the highest values, float (n,), of which some are missing: NaN or -inf."""
    known = values[np.isfinite(values)]
    if not len(known):
        return np.inf
    rank = max(1, min(HIGHEST, len(known) // SHARE))
    return float(np.partition(known, -rank)[-rank])
