"""Predict the test set with a trained model, and the rows that it was fitted to beside it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score import tsv
from seq2score.evaluation import spot_check
from seq2score.evaluation.prediction import Predictor, load
from seq2score.evaluation.predictions import beside_scores, columns
from seq2score.models.devices import choose_device
from seq2score.sequences import synthetic
from seq2score.sequences.encoding import encode

ROWS_AT_ONCE = 1 << 17


def predict_rows(
    predictor: Predictor, source: Path, destination: Path, kept: list[str] | None = None
) -> None:
    """Copy a part of the split with predictions beside its scores, a batch at a time.

    kept: the columns to copy where not all of them are.
    """
    record, rows, writer = predictor.record, pq.ParquetFile(source), None
    for batch in rows.iter_batches(ROWS_AT_ONCE):
        predicted = predictor.predict(encode(batch["sequence"]))
        added = columns(predicted, record["outputs"], record["classes"])
        table = beside_scores(batch.select(kept) if kept else batch, record["outputs"], added)
        writer = writer or pq.ParquetWriter(destination, table.schema, compression="zstd")
        writer.write_table(table)
    writer.close()


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
    predict_rows(predictor, snakemake.input.test, snakemake.output.test)
    needed = ["id", *predictor.record["outputs"]]
    needed += [snakemake.params.weight] if snakemake.params.weight else []
    for part in ["train", "validation"]:
        predict_rows(predictor, snakemake.input[part], snakemake.output[part], needed)
    if snakemake.params.synthetic:
        tsv.write(check_spots(predictor, snakemake.params.synthetic), snakemake.output.spot_check)
