"""What models and later steps ask of a split, said before any training and not after it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.errors import InputError
from seq2score.sequences import new


def refuse(asked: dict, sequences: Path, scores: list[str], parts: list[Path]) -> None:
    """Raise InputError for what the sequences, or the parts of their split, cannot give.

    asked: `widths` (of the first filters) by model, `counts` (models that learn counts), `ids` and
    `files` (FASTA) of sequences to mutate, and the `rules` that sequences follow. sequences, parts:
    files of rows. scores: their columns.
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
    if asked["ids"]:
        _refuse_missing(asked["ids"], parts)
    for path in asked["files"]:
        new.few(path, {**asked["rules"], "input_length": length})


def _refuse_missing(names: list[str], parts: list[Path]) -> None:
    ids = [pq.read_table(part, columns=["id"])["id"].cast(pa.string()) for part in parts]
    there = set(pc.unique(pa.chunked_array([c for each in ids for c in each.chunks])).to_pylist())
    for name in names:
        if name not in there:
            raise InputError(
                f"interpretation.mutate: no sequence has the id {name}. Allowed: best, worst, "
                "most_wrong, a FASTA file, and ids of the train, validation or test set, such as "
                f"{', '.join(sorted(there)[:3])}."
            )


def _refuse_negative(table: pa.Table, model: str) -> None:
    for name in table.column_names:
        lowest = np.nanmin(table[name].to_numpy().astype(float))
        if lowest < 0:
            raise InputError(
                f"training.loss: poisson, by which {model} learns, is for counts, and the lowest "
                f"{name} is {lowest:g}"
            )
