"""Predictions of sequences that have no score, in pieces, so that memory stays the same."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from seq2score.certainty.assess import CalibratedModel
from seq2score.certainty.certain import Certain
from seq2score.inference.prediction import Ensemble
from seq2score.inference.shares import WRITERS, Counts, share
from seq2score.sequences.new import batches, nothing
from seq2score.sequences.sources import REASON
from seq2score.task import task_of

ROWS_AT_ONCE = 1 << 16


def predict_new(calibrated: CalibratedModel, rows: pa.RecordBatch) -> pa.RecordBatch:
    """The rows (id, sequence, why there is none, inputs) and what the models say of each.

    The models are one a seed. For every score (or class): the mean over the seeds with its interval
    (or the set of classes), novelty, then the spread (standard deviation over the seeds)
    and each seed's; for classes first the likeliest one. A sequence that no model can take has a
    `problem` and nulls.
    """
    model, record = calibrated.model, calibrated.model.record
    encoded, problems = model.read(rows["sequence"])
    inputs, wrong = model.inputs.read(rows, len(rows))
    problems = [
        why or problem or of_inputs
        for why, problem, of_inputs in zip(rows[REASON].to_pylist(), problems, wrong, strict=True)
    ]
    good = np.array([not problem for problem in problems], dtype=bool)
    # With a row to predict in any case, a batch without a good one has the same columns.
    chosen = encoded[good] if good.any() else np.zeros((1, encoded.shape[1]), np.uint8)
    certain = calibrated.predict(chosen, inputs[good] if good.any() else None)
    row = pa.array(np.cumsum(good) - 1, mask=~good)
    predictions = {
        **certain.columns(record["outputs"], record["classes"]),
        **_by_seed(certain, model),
    }
    return pa.RecordBatch.from_pydict(
        {
            **{name: rows[name] for name in ("id", "sequence", *model.inputs.names)},
            **{name: pa.array(values).take(row) for name, values in predictions.items()},
            "problem": pa.array(problems, pa.string()),
        }
    )


def _by_seed(certain: Certain, model: Ensemble) -> dict:
    """Of every score or class, the spread over the seeds and what each of them says."""
    record, columns = model.record, {}
    for index, name in enumerate(
        task_of(record["classes"]).quantities(record["classes"] or record["outputs"])
    ):
        each = certain.each[:, :, index]
        of = name.removeprefix("prediction").removeprefix("probability")
        several = len(each) > 1
        columns[f"spread{of}"] = (
            each.std(axis=0, ddof=1) if several else pa.nulls(each.shape[1], pa.float64())
        )
        for member, values in zip(model.members, each, strict=True):
            columns[f"{name}_seed{member.record['seed']}"] = values
    return columns


def pieces(new: dict, inputs: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """The sequences, however its file is read, few enough at a time for jobs to share them."""
    for batch in batches(new, inputs):
        for start in range(0, len(batch), ROWS_AT_ONCE):
            yield batch.slice(start, ROWS_AT_ONCE)


def predict_file(
    calibrated: CalibratedModel, new: dict, path: str | Path, part: int = 1, parts: int = 1
) -> Counts:
    """Write predictions of a file of sequences, or of a part of it.

    Parameters
    ----------
    new : a `predict` section of the config
    path : a .tsv or .parquet file to write
    part, parts : which of how many; each piece is predicted alone, in any part
    """
    inputs = calibrated.model.inputs.names
    predict = partial(predict_new, calibrated)
    return write_predictions(predict, pieces(new, inputs), path, nothing(inputs), part, parts)


def write_predictions(
    predict: Callable[[pa.RecordBatch], pa.RecordBatch],
    batches: Iterable[pa.RecordBatch],
    path: str | Path,
    empty: pa.RecordBatch,
    part: int = 1,
    parts: int = 1,
) -> Counts:
    """Write predictions of batches, or of a part of them. empty: a batch without rows."""
    total, refused = 0, 0
    with WRITERS[Path(path).suffix[1:]](path, predict(empty).schema) as table:
        for batch in share(batches, part, parts):
            rows = predict(batch)
            table.write_batch(rows)
            refused += sum(map(bool, rows["problem"].to_pylist()))
            total += len(rows)
    return Counts(total, refused)
