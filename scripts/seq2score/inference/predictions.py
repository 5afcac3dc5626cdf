"""Tables of predictions: which columns hold what.

One score: `prediction`. Several scores: `prediction_{score}` each. Classes: `prediction`, the most
probable one, and `probability_{class}` each, in the order of the model's classes. What is said of
a prediction's certainty stands beside it, under its name and `_lower`, `_upper`,
`_scale` or `_noise_sd`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.errors import InputError
from seq2score.task import CLASSIFICATION, REGRESSION, task_of

PROBABILITY, PREDICTION = CLASSIFICATION.prefix, REGRESSION.prefix
INTERVAL, NOISE = ("_lower", "_upper", "_scale"), "_noise_sd"


def columns(predicted: np.ndarray, outputs: Sequence[str], classes: Sequence[str] | None) -> dict:
    """Predictions as columns of a table: {name: array (n,)}.

    Parameters
    ----------
    predicted
        As `Predictor.predict` returns it.
    outputs, classes
        Of the record of the model.
    """
    names = task_of(classes).quantities(classes or outputs)
    each = dict(zip(names, np.atleast_2d(predicted.T), strict=True))
    if not classes:
        return each
    best = np.asarray(classes, dtype=object)[predicted.argmax(axis=1)]
    return {"prediction": pa.array(best, pa.string()), **each}


def with_predictions(
    table: pa.Table | pa.RecordBatch, scores: Sequence[str], added: Mapping
) -> pa.Table:
    """The table with predictions put after its id, sequence and scores, before further columns."""
    first = [name for name in ("id", "sequence", *scores) if name in table.column_names]
    further = [name for name in table.column_names if name not in first]
    return pa.table(
        {
            **{name: table[name] for name in first},
            **added,
            **{name: table[name] for name in further},
        }
    )


def classes_in(table: pa.Table) -> list[str] | None:
    """The classes that a table of predictions tells apart, None where it predicts scores."""
    names = [n.removeprefix(PROBABILITY) for n in table.column_names if n.startswith(PROBABILITY)]
    return names or None


def outputs_in(table: pa.Table) -> list[str]:
    """The scores that a table of predictions predicts."""
    if "prediction" in table.column_names:
        return ["score"]
    names = [n for n in table.column_names if n.startswith(PREDICTION)]
    certainty = {name + suffix for name in names for suffix in (*INTERVAL, NOISE)}
    return [name.removeprefix(PREDICTION) for name in names if name not in certainty]


def truth_and_prediction(table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """What was measured and what was predicted.

    Returns
    -------
    ndarray, ndarray
        Scores: float64 (n, outputs) twice; NaN where none was measured. Classes: int (n,), in the
        order of the classes, and probabilities, float64 (n, classes).

    Raises
    ------
    InputError
        For a class that the model does not know.
    """
    if classes := classes_in(table):
        probability = score_matrix(table, [PROBABILITY + name for name in classes])
        return places_of(table["score"], classes), probability
    outputs = outputs_in(table)
    return score_matrix(table, outputs), score_matrix(table, REGRESSION.quantities(outputs))


def score_matrix(table: pa.Table, names: Sequence[str]) -> np.ndarray:
    """Columns of numbers side by side, float64 (n, columns), NaN where one is missing."""
    return np.stack([table[name].to_numpy().astype(float) for name in names], axis=1)


def places_of(labels: pa.ChunkedArray, classes: Sequence[str]) -> np.ndarray:
    """The place of each row's class among the classes, int (n,).

    Raises
    ------
    InputError
        For another class.
    """
    places = pc.index_in(labels.cast(pa.string()), pa.array(classes)).to_numpy()
    if np.isnan(places).any():
        unknown = labels[int(np.flatnonzero(np.isnan(places))[0])]
        raise InputError(
            f"class {unknown} stands in a later part but not in the train set, which has "
            f"{', '.join(classes)}. Give each class a row to train on."
        )
    return places.astype(int)


def mean_of(tables: Sequence[pa.Table]) -> pa.Table:
    """The mean of what models predict for the same rows; the class follows from it."""
    first, classes = tables[0], classes_in(tables[0])
    mean = np.mean([truth_and_prediction(table)[1] for table in tables], axis=0)
    together = columns(mean, outputs_in(first), classes)
    return pa.table({name: together.get(name, first[name]) for name in first.column_names})
