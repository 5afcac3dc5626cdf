"""Predict sequences that have no score, with the models of all seeds; memory stays the same."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from seq2score import tsv
from seq2score.evaluation.prediction import Predictor, load
from seq2score.models.devices import choose_device
from seq2score.sequences.new import EMPTY, batches
from seq2score.sequences.sources import REASON
from seq2score.task import task_of

WRITERS = {".tsv": tsv.writer, ".parquet": pq.ParquetWriter}


def predict(predictors: list[Predictor], rows: pa.RecordBatch) -> pa.RecordBatch:
    """The rows (id, sequence and why there is none) and what the models, one a seed, say of each.

    For every score (or class): the mean over the seeds, the spread (their standard deviation) and
    each seed's; for classes first the likeliest one. A sequence that no model can take has a
    `problem` and nulls.
    """
    record = predictors[0].record
    codes, problems = predictors[0].read(rows["sequence"])
    problems = [
        why or problem for why, problem in zip(rows[REASON].to_pylist(), problems, strict=True)
    ]
    bad = np.array([bool(problem) for problem in problems], dtype=bool)
    names = task_of(record["classes"]).quantities(record["classes"] or record["outputs"])
    each = np.full((len(names), len(bad), len(predictors)), np.nan)
    if not bad.all():
        each[:, ~bad] = np.stack([np.atleast_2d(p.predict(codes[~bad]).T) for p in predictors], 2)

    def numbers(values):
        return pa.array(values, pa.float64(), mask=bad)

    columns = {name: rows[name] for name in ("id", "sequence")}
    if record["classes"]:
        likeliest = np.array(record["classes"], dtype=object)[each.mean(axis=2).argmax(axis=0)]
        columns["prediction"] = pa.array(likeliest, pa.string(), mask=bad)
    for name, values in zip(names, each, strict=True):
        columns[name] = numbers(values.mean(axis=1))
        of = name.removeprefix("prediction").removeprefix("probability")
        columns[f"spread{of}"] = (
            numbers(values.std(axis=1, ddof=1))
            if len(predictors) > 1
            else pa.nulls(len(bad), pa.float64())
        )
        for predictor, value in zip(predictors, values.T, strict=True):
            columns[f"{name}_seed{predictor.record['seed']}"] = numbers(value)
    columns["problem"] = pa.array(problems, pa.string())
    return pa.RecordBatch.from_pydict(columns)


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    device = choose_device(snakemake.params.device)
    predictors = [load(Path(path).parent, device) for path in snakemake.input.weights]
    new, refused, total = snakemake.params.new, 0, 0
    schema, output = predict(predictors, EMPTY).schema, Path(snakemake.output[0])
    with WRITERS[output.suffix](output, schema) as table:
        for batch in batches(new):
            predicted = predict(predictors, batch)
            table.write_batch(predicted)
            refused += sum(map(bool, predicted["problem"].to_pylist()))
            total += len(batch)
    others = f"; {output} says what is wrong with the other {refused}" if refused else ""
    job.tell("%d of %d sequences predicted%s", total - refused, total, others)
