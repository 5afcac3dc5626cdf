"""Predict sequences that have no score, with the models of all seeds; memory stays the same."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from seq2score.certainty import calibration
from seq2score.certainty.assess import with_certainty
from seq2score.certainty.calibration import Calibration
from seq2score.certainty.certain import Certain
from seq2score.inference.prediction import Ensemble, load
from seq2score.inference.shares import WRITERS, share
from seq2score.models.devices import choose_device
from seq2score.sequences.new import batches, nothing
from seq2score.sequences.sources import REASON, at
from seq2score.task import task_of

ROWS_AT_ONCE = 1 << 16


def predict(
    model: Ensemble, found: Sequence[Calibration], level: float, rows: pa.RecordBatch
) -> pa.RecordBatch:
    """The rows (id, sequence, why there is none, inputs) and what the models say of each.

    The models are one a seed. For every score (or class): the mean over the seeds with its interval
    at `level` (or the set of classes), novelty, then the spread (standard deviation over the seeds)
    and each seed's; for classes first the likeliest one. A sequence that no model can take has a
    `problem` and nulls. found: the models' calibrations.
    """
    record, names = model.record, model.inputs.names
    codes, problems = model.read(rows["sequence"])
    inputs, wrong = model.inputs.read(rows, len(rows))
    problems = [
        why or problem or beside
        for why, problem, beside in zip(rows[REASON].to_pylist(), problems, wrong, strict=True)
    ]
    good = np.array([not problem for problem in problems], dtype=bool)
    # With a row to predict in any case, a batch without a good one has the same columns.
    chosen = codes[good] if good.any() else np.zeros((1, codes.shape[1]), np.uint8)
    certain = with_certainty(model, found, chosen, level, inputs[good] if good.any() else None)
    place = pa.array(np.cumsum(good) - 1, mask=~good)
    told = {**certain.columns(record["outputs"], record["classes"]), **_by_seed(certain, model)}
    return pa.RecordBatch.from_pydict(
        {
            **{name: rows[name] for name in ("id", "sequence", *names)},
            **{name: pa.array(values).take(place) for name, values in told.items()},
            "problem": pa.array(problems, pa.string()),
        }
    )


def _by_seed(certain: Certain, model: Ensemble) -> dict:
    """Of every score or class, the spread over the seeds and what each of them says."""
    record, columns = model.record, {}
    for place, name in enumerate(
        task_of(record["classes"]).quantities(record["classes"] or record["outputs"])
    ):
        each = certain.each[:, :, place]
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


def predict_part(
    predicted: Callable[[pa.RecordBatch], pa.RecordBatch],
    new: dict,
    path: Path,
    part: int = 1,
    parts: int = 1,
    inputs: Sequence[str] = (),
) -> tuple[int, int]:
    """Write predictions of a part of the sequences; returns how many, and how many have none.

    new: a `predict` section. Each piece is predicted alone, in any part. inputs: the columns that
    models see.
    """
    total, refused = 0, 0
    with WRITERS[path.suffix[1:]](path, predicted(nothing(inputs)).schema) as table:
        for batch in share(pieces(new, inputs), part, parts):
            rows = predicted(batch)
            table.write_batch(rows)
            refused += sum(map(bool, rows["problem"].to_pylist()))
            total += len(rows)
    return total, refused


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    device = choose_device(snakemake.params.device)
    folders = [Path(path).parent for path in snakemake.input.weights]
    model = Ensemble([load(folder, device) for folder in folders])
    found = [calibration.load(path) for path in snakemake.input.certainty]
    new = at(snakemake.params.new, snakemake.input.new)
    level, output = snakemake.params.level, Path(snakemake.output[0])
    part = int(snakemake.wildcards.get("part", 1))
    predicted = partial(predict, model, found, level)
    names = model.inputs.names
    total, refused = predict_part(predicted, new, output, part, new["parts"], names)
    others = f"; {output} says what is wrong with the other {refused}" if refused else ""
    job.tell("%d of %d sequences predicted%s", total - refused, total, others)
