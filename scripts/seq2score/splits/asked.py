"""What models and later steps ask of a split, said before any training and not after it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.errors import InputError


def refuse(asked: dict, sequences: Path, scores: list[str], test: Path) -> None:
    """Raise InputError for what the sequences, or their test set, cannot give.

    asked: `widths` (of the first filters) by model, `counts` (models that learn counts), and `ids`
    (of test sequences to mutate). sequences, test: files of rows. scores: their columns.
    """
    first = next(pq.ParquetFile(sequences).iter_batches(1, columns=["sequence"]))
    length = len(first["sequence"][0].as_py())
    for model, width in asked["widths"].items():
        if width > length:
            raise InputError(
                f"models.{model}.kernel_size: {width} is wider than the {length} letters of the "
                "sequences"
            )
    if asked["counts"]:
        _refuse_negative(pq.read_table(sequences, columns=scores), asked["counts"][0])
    ids = set(pq.read_table(test, columns=["id"])["id"].to_pylist()) if asked["ids"] else set()
    for name in asked["ids"]:
        if name not in ids:
            raise InputError(
                f"interpretation.mutate: no sequence of the test set has the id {name}. "
                "Allowed: best, worst, most_wrong, and ids of the test set, such as "
                f"{', '.join(sorted(ids)[:3])}."
            )


def _refuse_negative(table: pa.Table, model: str) -> None:
    for name in table.column_names:
        lowest = np.nanmin(table[name].to_numpy().astype(float))
        if lowest < 0:
            raise InputError(
                f"training.loss: poisson, by which {model} learns, is for counts, and the lowest "
                f"{name} is {lowest:g}"
            )
