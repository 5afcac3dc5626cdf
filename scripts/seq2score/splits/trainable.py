"""Whether what a split gives to train on can be trained on."""

import numpy as np
import pyarrow as pa

from seq2score.errors import InputError
from seq2score.splits.parts import PARTS, TRAIN, VALIDATION, as_dictionary

SMALLEST = 1e-300  # of a sum of weights that something can be divided by
MOST_SHOWN = 10


def refuse(table: pa.Table, scores: list[str], weight: str | None, assigned: np.ndarray) -> None:
    """Raise InputError where training would learn nothing, or not all.

    table: scores (text for classes) and weights, of all rows. weight: their column. assigned: the
    part of each row, uint8 (rows,).
    """
    weights = table[weight].to_numpy() if weight else np.ones(len(table))
    for name in scores:
        if pa.types.is_floating(table[name].type):
            values = table[name].to_numpy()
            known = ~np.isnan(values)
            _refuse_constant(name, values[known & (assigned == TRAIN)])
        else:
            known = np.ones(len(table), bool)
            _refuse_unseen(table[name], assigned)
        for part in (TRAIN, VALIDATION):
            _refuse_weightless(name, weight, weights[known & (assigned == part)], PARTS[part])


def _refuse_constant(name: str, scores: np.ndarray) -> None:
    if not len(scores):
        raise InputError(
            f"split: no row of the train set has a score {name!r}, so that nothing can be learnt "
            "about it; leave it out, or split otherwise"
        )
    if not scores.std() > 0:
        raise InputError(
            f"split: every score {name!r} of the train set is {scores[0]:g}, so that there is "
            "nothing to learn; split otherwise, or give rows that differ"
        )


def _refuse_unseen(labels: pa.ChunkedArray, assigned: np.ndarray) -> None:
    """A class that the train set lacks: nothing could be learnt about it."""
    labels = as_dictionary(labels)
    seen = np.unique(labels.indices.to_numpy()[assigned == TRAIN])
    unseen = np.setdiff1d(np.arange(len(labels.dictionary)), seen)
    if len(unseen):
        names = ", ".join(repr(labels.dictionary[i].as_py()) for i in unseen[:MOST_SHOWN])
        raise InputError(
            f"split: the train set holds no row of {len(unseen)} classes: {names}; "
            "`stratify: true` spreads classes evenly, but each needs rows enough"
        )


def _refuse_weightless(name: str, weight: str | None, weights: np.ndarray, part: str) -> None:
    if weight and len(weights) and not weights.sum() > SMALLEST:
        raise InputError(
            f"split: the weights (column {weight!r}) of the {len(weights)} rows of the {part} set "
            f"with a score {name!r} add up to {weights.sum():g}, so that none of them counts; "
            "leave such rows out, or weigh them"
        )
