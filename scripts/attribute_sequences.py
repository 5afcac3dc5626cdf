"""What each letter of each sequence contributes to the predictions of a model, or of its ensemble.

The contributions check themselves: their sum against the difference to the reference.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch

from seq2score import tsv
from seq2score.attributions import store
from seq2score.attributions.methods import Score, explain, output_of, score_of
from seq2score.errors import InputError
from seq2score.evaluation.prediction import Ensemble, load
from seq2score.models.devices import choose_device
from seq2score.sequences.new import batches
from seq2score.sequences.sources import REASON

LETTERS_TOGETHER = 2**16  # explained at a time, with their references
SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("id", "sequence")),
        *(
            pa.field(name, pa.float64())
            for name in ("prediction", "reference", "sum", "difference", "error")
        ),
        pa.field("problem", pa.string()),
    ]
)


def chosen(asked: str | list[str] | dict, file: str) -> Iterator[pa.RecordBatch]:
    """Rows of id, sequence and REASON to explain. file: our table, or the user's file.

    Raises InputError for an id that the table does not hold.
    """
    if isinstance(asked, dict):
        yield from batches(asked)
        return
    missing = set(asked) if isinstance(asked, list) else set()
    for rows in pq.ParquetFile(file).iter_batches(columns=["id", "sequence"]):
        if isinstance(asked, list):
            rows = rows.filter(pc.is_in(rows["id"], pa.array(asked, rows["id"].type)))
            missing -= set(rows["id"].to_pylist())
        yield rows.append_column(REASON, pa.array([""] * len(rows), pa.string()))
    if missing:
        raise InputError(
            f"attributions.sequences: no sequence has the id {min(missing)}. "
            "Allowed: test, all, ids of the dataset, or a file of sequences."
        )


def readable(model: Ensemble, rows: pa.RecordBatch) -> tuple[np.ndarray, list[str]]:
    """Codes uint8 (n, length), and what is wrong with each row, "" for nothing."""
    codes, problems = model.read(rows["sequence"])
    reasons = rows[REASON].to_pylist()
    return codes, [why or problem for why, problem in zip(reasons, problems, strict=True)]


def explained(
    rows: Callable[[], Iterator[pa.RecordBatch]],
    model: Ensemble,
    score: Score,
    asked: dict,
    write: Callable[[list[str], np.ndarray, np.ndarray], None],
) -> Iterator[pa.RecordBatch]:
    """The table of contributions, in batches. Ids, codes and hypothetical contributions of those
    that the model can take go to `write`."""
    together = max(1, LETTERS_TOGETHER // model.record["input_length"])
    for batch in rows():
        for start in range(0, len(batch), together):
            part = batch.slice(start, together)
            codes, problems = readable(model, part)
            good = np.array([not problem for problem in problems], dtype=bool)
            of = explain(asked["method"], score, codes[good], asked["references"], asked["seed"])
            ids = part["id"].filter(pa.array(good)).to_pylist()
            write(ids, codes[good], of.hypothetical)
            total = of.contributions(codes[good]).sum(axis=1)
            numbers = (of.prediction, of.reference, total, of.prediction - of.reference)
            told = np.full((5, len(good)), np.nan)
            told[:, good] = [*numbers, of.error(codes[good])]
            columns = [pa.array(values, pa.float64(), mask=~good) for values in told]
            columns = [part["id"], part["sequence"], *columns, pa.array(problems, pa.string())]
            yield pa.record_batch(
                [c.cast(f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
            )


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    params, output = snakemake.params, snakemake.output
    device = choose_device(params.device)
    device = torch.device("cpu") if device.type == "mps" else device  # which knows no float64
    model = load(Path(snakemake.input.weights[0]).parents[1], device)
    output_number = output_of(model, params.asked["output"])
    score = score_of(model, output_number, device)
    name = (model.record["classes"] or model.record["outputs"])[output_number]
    asked = {**params.asked, "method": params.method}

    def rows():
        return chosen(asked["sequences"], snakemake.input.sequences)

    count = sum(not problem for part in rows() for problem in readable(model, part)[1])
    shape = (count, 4, model.record["input_length"])
    worst = 0.0
    with ExitStack() as stack:
        one_hot = stack.enter_context(store.Writer(output.one_hot, shape, "int8"))
        hypothetical = stack.enter_context(store.Writer(output.hypothetical, shape, "float32"))
        table = stack.enter_context(tsv.writer(output.table, SCHEMA))

        def write(ids, codes, numbers):
            one_hot.write(ids, codes[:, None] == np.arange(4)[:, None])
            hypothetical.write(ids, numbers)

        for part in explained(rows, model, score, asked, write):
            table.write_batch(part)
            worst = max(worst, pc.max(pc.abs(part["error"])).as_py() or 0.0)
    logging.info(
        "%s of %d sequences to %s, from %d dinucleotide shuffles each (seed %d)",
        *(params.method, count, name, asked["references"], asked["seed"]),
    )
    logging.info("sums differ from the difference to the reference by at most %.3g", worst)
