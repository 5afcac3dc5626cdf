"""The sequences that a search for designs begins with."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.design.objective import Goal
from seq2score.errors import InputError
from seq2score.inference.prediction import Ensemble
from seq2score.inference.predictions import score_matrix
from seq2score.sequences import new

STARTS = 4  # a design that is to be found, at least
FEWEST_STARTS = 32


def choose_starts(
    request: Mapping,
    goal: Goal,
    model: Ensemble,
    table: pa.Table | None,
    random: np.random.Generator,
) -> tuple[np.ndarray, list[str]]:
    """The sequences that a search begins with, as its `start` says.

    Parameters
    ----------
    request : a `design` section: `start` is random, best, ids of the table, or a file
    goal : by which the best of the table are the best
    table : the dataset's sequences and scores; not needed for random starts

    Returns
    -------
    uint8 (n, length), their codes, and their ids.

    Raises
    ------
    InputError
        For an id that the table does not hold, or a sequence that the model cannot take.
    """
    start, number = request["start"], max(FEWEST_STARTS, STARTS * request["count"])
    if start == "random":
        length = model.record["input_length"]
        encoded = random.integers(4, size=(number, length), dtype=np.uint8)
        return encoded, [f"random{index}" for index in range(1, number + 1)]
    if start == "best":
        order = np.argsort(-measured_values(goal, model.record, table), kind="stable")
        rows = table.take(order[:number])
    elif isinstance(start, list):
        if missing := set(start) - set(table["id"].to_pylist()):
            raise InputError(f"start: there is no sequence {sorted(missing)[0]!r} in the table")
        rows = table.filter(pc.is_in(table["id"], pa.array(start)))
    else:
        file = {"path": start, "sequence": "sequence", "id": None}
        rows = pa.Table.from_batches([*new.batches(file)])
    ids, texts = rows["id"].to_pylist(), rows["sequence"].to_pylist()
    encoded, problems = model.read(pa.array(texts, pa.string()))
    for name, problem in zip(ids, problems, strict=True):
        if problem:
            raise InputError(f"start: {name} {problem}")
    return encoded, ids


def measured_values(goal: Goal, record: Mapping, table: pa.Table) -> np.ndarray:
    """How good measured scores are by a goal, float (n,); the worst where one is missing."""
    if record["classes"]:
        labels = table["score"].cast(pa.string())
        return pc.equal(labels, record["classes"][goal.output]).to_numpy().astype(float)
    scores = score_matrix(table, record["outputs"])
    if goal.target is not None:
        return np.nan_to_num(-abs(scores[:, 0] - goal.target), nan=-np.inf)
    return np.nan_to_num(scores @ goal.weights, nan=-np.inf)
