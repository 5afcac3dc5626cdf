"""Whether what a split gives to train on can be trained on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from seq2score.errors import InputError
from seq2score.sequences import inputs as kinds
from seq2score.sequences.inputs import CATEGORY, FARTHEST, NUMBER, Number
from seq2score.splits.parts import PARTS, TRAIN, VALIDATION, as_dictionary

SMALLEST = 1e-300  # of a sum of weights that something can be divided by
MOST_SHOWN = 10
MOST_LEVELS = 1000  # of a category
PLACES = range(len(PARTS))


def refuse(
    table: pa.Table, scores: Sequence[str], weight: str | None, assigned: np.ndarray
) -> None:
    """Refuse a train set of which training would learn nothing, or not all.

    Parameters
    ----------
    table
        Scores (text for classes) and weights, of all rows.
    scores
        Columns of scores.
    weight
        The column of sample weights, where there is one.
    assigned
        The part of each row, uint8 (rows,).

    Raises
    ------
    InputError
        For a constant score, a class that the train set lacks, or a part without weight.
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


def refuse_inputs(
    table: pa.Table, inputs: Mapping[str, str], at: Mapping[str, Any], assigned: np.ndarray
) -> None:
    """Refuse covariates of which the train set teaches nothing, or not all.

    Parameters
    ----------
    table
        Their columns, of all rows.
    inputs
        The kind of each, by column.
    at
        Their values where sequences are asked alone, by column.
    assigned
        The part of each row, uint8 (rows,).

    Raises
    ------
    InputError
        For a covariate that is constant in the train set, a level that it lacks, a number far from
        all of its numbers, or a value of `at` that no model could be asked at.
    """
    train = pa.array(assigned == TRAIN)
    for name, kind in inputs.items():
        if kind == NUMBER:
            values = table[name].to_numpy()
            _refuse_same(name, values[assigned == TRAIN])
            number = Number.fit(name, table[name].filter(train), at.get(name))
            _refuse_far(number, values)
        elif kind == CATEGORY:
            _refuse_levels(name, as_dictionary(table[name]), at.get(name), assigned)
        else:
            texts, arm_at = table[name].cast(pa.string()).filter(train), at.get(name)
            kinds.Sequence.fit(name, texts, arm_at and str(arm_at))


def _refuse_far(number: Number, values: np.ndarray) -> None:
    """A number, of a row or to ask at, that those of the train set teach nothing about."""
    far = values[np.abs(values - number.mean) > FARTHEST * number.sd]
    for given, key in ((far[:1], "inputs: a row"), ([number.at], "at:")):
        for problem in filter(None, number.read(pa.array(given, pa.float64()))[1]):
            raise InputError(f"{key} {problem}")


def _refuse_same(name: str, values: np.ndarray) -> None:
    if len(values) and values.min() == values.max():
        raise InputError(
            f"split: every {name!r} of the train set is {values[0]:g}, so that nothing can be "
            "learnt of this input; leave it out of `inputs`, or split otherwise"
        )


def _refuse_levels(name: str, column: pa.DictionaryArray, at: object, assigned: np.ndarray) -> None:
    codes, levels = column.indices.to_numpy(), column.dictionary.to_pylist()
    if len(levels) > MOST_LEVELS:
        raise InputError(
            f"inputs: {name!r} has {len(levels)} values. Allowed: up to {MOST_LEVELS} of a "
            "category; what are numbers is a `number`"
        )
    rows = {part: np.bincount(codes[assigned == part], minlength=len(levels)) for part in PLACES}
    for level in np.flatnonzero((rows[TRAIN] == 0) & (sum(rows.values()) > 0)):
        where = ", ".join(f"{PARTS[part]} {rows[part][level]}" for part in PLACES[1:])
        raise InputError(
            f"split: the train set holds no row of {name!r} {levels[level]!r} (rows: {where}), so "
            "that a model would know nothing of it. Leave such rows out, split otherwise, or "
            "leave the column out of `inputs`"
        )
    known = [levels[level] for level in np.flatnonzero(rows[TRAIN])]
    if at is not None and str(at) not in known:
        raise InputError(
            f"at: {name}: {str(at)!r} is not in the train set. Allowed: "
            f"{', '.join(known[:MOST_SHOWN])}"
        )


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
