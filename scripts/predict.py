"""Predict the test set with a trained model, and the rows that it was fitted to beside it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score import tables
from seq2score.certainty import calibration
from seq2score.certainty.assess import calibrate_model, with_certainty
from seq2score.certainty.calibration import Calibration
from seq2score.evaluation import spot_check
from seq2score.inference.prediction import Predictor, load
from seq2score.inference.predictions import beside_scores, columns
from seq2score.models.devices import choose_device
from seq2score.sequences import synthetic
from seq2score.sequences.encoding import encode
from seq2score.sequences.hashing import sequence_hashes, shuffled

ROWS_AT_ONCE = 1 << 17
MOST_PLACES = 2048  # training sequences to compare others with: enough, and quick
MOST_HELD_OUT = 20_000  # rows that intervals rest on: more make them no better


def predict_rows(
    tell: Callable[[np.ndarray, np.ndarray | None], dict],
    beside: Callable[[pa.RecordBatch], np.ndarray],
    record: dict,
    source: Path,
    destination: Path,
    kept: list[str] | None = None,
) -> None:
    """Copy a part of the split with predictions beside its scores, a batch at a time.

    tell: from codes and what stands beside them to columns of predictions. beside: what does, of
    rows. kept: the columns to copy where not all of them are.
    """
    rows, writer = pq.ParquetFile(source), None
    for batch in rows.iter_batches(ROWS_AT_ONCE):
        table = _beside(batch, tell(encode(batch["sequence"]), beside(batch)), record, kept)
        writer = writer or pq.ParquetWriter(destination, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is None:  # a part without rows has the same columns
        nothing = pa.RecordBatch.from_pylist([], rows.schema_arrow)
        told = tell(np.zeros((1, record["input_length"]), np.uint8), None)
        table = _beside(nothing, {name: column[:0] for name, column in told.items()}, record, kept)
        writer = pq.ParquetWriter(destination, table.schema, compression="zstd")
    writer.close()


def _beside(batch: pa.RecordBatch, told: dict, record: dict, kept: list[str] | None) -> pa.Table:
    return beside_scores(batch.select(kept) if kept else batch, record["outputs"], told)


def sample(path: Path, columns: list[str], most: int) -> pa.Table:
    """So many rows, or all, that only their sequences decide, in an order that they decide."""
    tables, hashes = [], []
    for batch in pq.ParquetFile(path).iter_batches(ROWS_AT_ONCE, columns=["sequence", *columns]):
        ranks = shuffled(sequence_hashes(encode(batch["sequence"])), seed=1)
        first = np.argsort(ranks, kind="stable")[:most]
        tables.append(pa.Table.from_batches([batch.take(first)]))
        hashes.append(ranks[first])
    first = np.argsort(np.concatenate(hashes), kind="stable")[:most]
    return pa.concat_tables(tables).take(first)


def extremes(path: Path, outputs: list[str]) -> np.ndarray:
    """Lowest and highest of each score, float (2, outputs)."""
    ends = [pc.min_max(pq.read_table(path, columns=[name])[name]).as_py() for name in outputs]
    return np.array([[end["min"], end["max"]] for end in ends], dtype=float).T


def calibrate(predictor: Predictor, input) -> Calibration:
    """From the rows that were kept for it or, without any, from the validation set."""
    outputs, classes = predictor.record["outputs"], predictor.record["classes"]
    kept = pq.read_metadata(input.calibration).num_rows
    basis = "calibration" if kept else "validation"
    return calibrate_model(
        predictor,
        sample(input.train, predictor.inputs.names, MOST_PLACES),
        sample(input[basis], [*outputs, *predictor.inputs.names], MOST_HELD_OUT),
        np.empty((2, 0)) if classes else extremes(input.train, outputs),
        f"{basis} set",
    )


def check_spots(predictor: Predictor, rule: dict) -> list[dict]:
    """A row a sequence: kind, sequence, what the rule says, what the model says, and the error.

    The error of a class is 0 where it is the right one, else 1.
    """
    chosen = spot_check.sequences(rule["length"], [*rule["motif_effects"]])
    kinds, sequences = zip(*chosen, strict=True)
    codes, record = encode(sequences), predictor.record
    told = columns(predictor.predict(codes), record["outputs"], record["classes"])
    predicted = np.asarray(told["prediction"])
    if record["classes"]:
        score = synthetic.classes(codes, rule["motif_effects"])
        error = (predicted != score).astype(int)
    else:
        score = synthetic.scores(codes, rule)
        error = predicted - score
    table = pa.table(
        {
            "kind": kinds,
            "sequence": sequences,
            "score": score,
            "prediction": predicted,
            "error": error,
        }
    )
    return table.to_pylist()


if __name__ == "__main__":
    import torch

    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    device = choose_device(snakemake.params.device)
    predictor = load(Path(snakemake.input.weights).parent, device)
    input, output, params = snakemake.input, snakemake.output, snakemake.params
    found, record = calibrate(predictor, input), predictor.record
    calibration.save_to(found, output.certainty)

    def plain(codes, inputs):
        return columns(predictor.predict(codes, inputs), record["outputs"], record["classes"])

    def certain(codes, inputs):
        told = with_certainty(predictor, [found], codes, params.level, inputs)
        return told.columns(record["outputs"], record["classes"])

    beside = predictor.beside
    predict_rows(certain, beside, record, input.test, output.test)
    kept = ["id", *record["outputs"], *([params.weight] if params.weight else [])]
    predict_rows(plain, beside, record, input.train, output.train, kept)
    for part in ["validation", "calibration"]:
        predict_rows(certain, beside, record, input[part], output[part], kept)
    if params.synthetic:
        tables.write(check_spots(predictor, params.synthetic), output.spot_check)
