"""Predictions of the parts of a split, by one trained model that is calibrated on the way."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.certainty import calibration
from seq2score.certainty.assess import CalibratedModel, calibrate_model
from seq2score.certainty.calibration import Calibration
from seq2score.certainty.measured import columns as columns_of_pairs
from seq2score.inference.prediction import Predictor
from seq2score.inference.predictions import columns, with_predictions
from seq2score.sequences.encoding import encode
from seq2score.sequences.hashing import sequence_hashes, shuffled

ROWS_AT_ONCE = 1 << 17
MOST_NEIGHBOURS = 2048  # training sequences to compare others with: enough, and quick
MOST_HELD_OUT = 20_000  # rows that intervals rest on: more make them no better

Columns = Mapping[str, np.ndarray | pa.Array]


def predict_parts(
    predictor: Predictor,
    inputs: Mapping[str, str | Path],
    outputs: Mapping[str, str | Path],
    level: float,
    split: Mapping,
    weight: str | None = None,
) -> None:
    """Predict all parts of a split, and write the calibration that intervals rest on.

    Parameters
    ----------
    inputs : files of `train`, `validation`, `calibration` and `test`
    outputs : files of the same names to write, and `certainty` of the calibration
    level : of the intervals
    split : how rows were split, as `MeasuredPairs.of_split` takes it
    weight : the column of sample weights, which is kept
    """
    record = predictor.record
    calibrated = calibrate(predictor, inputs, split)
    calibration.save_to(calibrated, outputs["certainty"])
    model = CalibratedModel(predictor, [calibrated], level)

    def plain(encoded: np.ndarray, covariates: np.ndarray | None) -> Columns:
        predicted = predictor.predict(encoded, covariates)
        return columns(predicted, record["outputs"], record["classes"])

    def certain(encoded: np.ndarray, covariates: np.ndarray | None) -> Columns:
        return model.predict(encoded, covariates).columns(record["outputs"], record["classes"])

    kept = ["id", *record["outputs"], *([weight] if weight else [])]
    predict_rows(certain, predictor.covariates, record, inputs["test"], outputs["test"])
    predict_rows(plain, predictor.covariates, record, inputs["train"], outputs["train"], kept)
    for part in ("validation", "calibration"):
        predict_rows(certain, predictor.covariates, record, inputs[part], outputs[part], kept)


def predict_rows(
    predict: Callable[[np.ndarray, np.ndarray | None], Columns],
    covariates: Callable[[pa.RecordBatch], np.ndarray],
    record: Mapping,
    source: str | Path,
    destination: str | Path,
    kept: list[str] | None = None,
) -> None:
    """Copy a part of the split with predictions put after its scores, a batch at a time.

    Parameters
    ----------
    predict : from encoded sequences, uint8 (n, length), and covariates to columns of predictions
    covariates : of rows, float32 (n, width)
    record : of the model
    source, destination : Parquet files
    kept : the columns to copy where not all of them are
    """

    def joined(batch: pa.RecordBatch, predictions: Columns) -> pa.Table:
        return with_predictions(
            batch.select(kept) if kept else batch, record["outputs"], predictions
        )

    rows, writer = pq.ParquetFile(source), None
    for batch in rows.iter_batches(ROWS_AT_ONCE):
        table = joined(batch, predict(encode(batch["sequence"]), covariates(batch)))
        writer = writer or pq.ParquetWriter(destination, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is None:  # a part without rows has the same columns
        nothing = pa.RecordBatch.from_pylist([], rows.schema_arrow)
        predictions = predict(np.zeros((1, record["input_length"]), np.uint8), None)
        table = joined(nothing, {name: column[:0] for name, column in predictions.items()})
        writer = pq.ParquetWriter(destination, table.schema, compression="zstd")
    writer.close()


def calibrate(predictor: Predictor, files: Mapping[str, str | Path], split: Mapping) -> Calibration:
    """From the rows that were kept for it or, without any, from the validation set.

    files: of `train`, `calibration` and `validation`. split: how these were split.
    """
    outputs, classes = predictor.record["outputs"], predictor.record["classes"]
    basis = "calibration" if pq.read_metadata(files["calibration"]).num_rows else "validation"
    kept = [*outputs, *predictor.inputs.names]
    kept += columns_of_pairs(split, pq.read_schema(files[basis]).names)
    return calibrate_model(
        predictor,
        sample(files["train"], predictor.inputs.names, MOST_NEIGHBOURS),
        sample(files[basis], [*dict.fromkeys(kept)], MOST_HELD_OUT),
        np.empty((2, 0)) if classes else extremes(files["train"], outputs),
        f"{basis} set",
        split,
    )


def sample(path: str | Path, names: list[str], most: int) -> pa.Table:
    """So many rows, or all, that only their sequences decide, in an order that they decide."""
    tables, hashes = [], []
    for batch in pq.ParquetFile(path).iter_batches(ROWS_AT_ONCE, columns=["sequence", *names]):
        ranks = shuffled(sequence_hashes(encode(batch["sequence"])), seed=1)
        first = np.argsort(ranks, kind="stable")[:most]
        tables.append(pa.Table.from_batches([batch.take(first)]))
        hashes.append(ranks[first])
    first = np.argsort(np.concatenate(hashes), kind="stable")[:most]
    return pa.concat_tables(tables).take(first)


def extremes(path: str | Path, outputs: list[str]) -> np.ndarray:
    """Lowest and highest of each score, float64 (2, outputs)."""
    ends = [pc.min_max(pq.read_table(path, columns=[name])[name]).as_py() for name in outputs]
    return np.array([[end["min"], end["max"]] for end in ends], dtype=float).T
