"""The sequences that a search for designs begins with."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.design.measured import measured_values
from seq2score.design.objective import Goal
from seq2score.errors import InputError
from seq2score.inference.prediction import Ensemble
from seq2score.sequences import new

STARTS = 4  # a design that is to be found, at least
FEWEST_STARTS = 32


class Starts(NamedTuple):
    """Sequences that a search begins with.

    encoded: uint8 (n, length). ids: theirs. measured: what was measured of them, float
    (n, outputs), NaN where nothing was; of classes, their names (n, 1), None where nothing was.
    """

    encoded: np.ndarray
    ids: list[str]
    measured: np.ndarray

    def measured_of(self, rows: np.ndarray) -> np.ndarray:
        """What was measured of some of them: int (m,), their rows, -1 for none of them."""
        nothing = np.full_like(self.measured[:1], None if self.measured.dtype == object else np.nan)
        return np.concatenate([self.measured, nothing])[rows]


def choose_starts(
    request: Mapping,
    goal: Goal,
    model: Ensemble,
    table: pa.Table | None,
    random: np.random.Generator,
) -> "Starts":
    """The sequences that a search begins with, as its `start` says.

    Parameters
    ----------
    request : a `design` section: `start` is random, best, ids of the table, or a file
    goal : by which the best of the table are the best
    table : the dataset's sequences and scores; not needed for random starts

    Returns
    -------
    Starts
        With what was measured of them.

    Raises
    ------
    InputError
        For an id that the table does not hold, or a sequence that the model cannot take.
    """
    start, number = request["start"], max(FEWEST_STARTS, STARTS * request["count"])
    if start == "random":
        length = model.record["input_length"]
        encoded = random.integers(4, size=(number, length), dtype=np.uint8)
        names = [f"random{index}" for index in range(1, number + 1)]
        return Starts(encoded, names, _nothing(number, model.record))
    assert table is not None, "only random starts do without a table"
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
    return Starts(encoded, ids, _measured(texts, model.record, table))


def _measured(texts: Sequence[str], record: Mapping, table: pa.Table) -> np.ndarray:
    """What was measured of sequences, (n, outputs): means of scores, NaN without, or class names.

    texts: as the table has them, but for case and U.
    """
    names = ["score"] if record["classes"] else record["outputs"]
    measured = _nothing(len(texts), record)
    plain = pc.replace_substring(pc.utf8_upper(table["sequence"]), "U", "T")
    plain_texts = [text.upper().replace("U", "T") for text in texts]
    rows = pc.is_in(plain, pa.array(plain_texts, pa.string()))
    of_starts = pa.table({"sequence": plain, **{n: table[n] for n in names}}).filter(rows)
    how = "first" if record["classes"] else "mean"
    means = of_starts.group_by("sequence", use_threads=False).aggregate([(n, how) for n in names])
    known = {row["sequence"]: [row[f"{n}_{how}"] for n in names] for row in means.to_pylist()}
    for row, text in enumerate(plain_texts):
        if (values := known.get(text)) is not None:
            measured[row] = values  # None becomes NaN
    return measured


def _nothing(rows: int, record: Mapping) -> np.ndarray:
    """What is measured of sequences that were not."""
    if record["classes"]:
        return np.full((rows, 1), None)
    return np.full((rows, len(record["outputs"])), np.nan)
