"""Clusters of similar sequences, and whether a split by them can be trained on."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.sequences.clusters import cluster
from seq2score.splits import parts, similarity, trainable


def cluster_file(path: str | Path, identity: float, threads: int) -> pa.Table:
    """The id and cluster of every sequence of a file, in its order.

    Raises InputError for sequences that are too short for it.
    """
    table = pq.ParquetFile(path)
    similarity.refuse_short(parts.sequence_length(path))
    batches = table.iter_batches(parts.ROWS_AT_ONCE, columns=["sequence"])
    clusters = cluster((batch["sequence"] for batch in batches), identity, threads)
    return pa.table({"id": table.read(["id"])["id"], "cluster": clusters})


def refuse_untrainable(
    path: str | Path,
    clusters: str | Path,
    split: dict,
    both_strands: bool,
    outputs: Sequence[str],
    weight: str | None,
    inputs: Mapping[str, str],
    at: Mapping,
) -> None:
    """Raise InputError where a split by clusters leaves a part that cannot be trained on.

    Parameters
    ----------
    path, clusters : files of the sequences and of their clusters
    split : a section of the config
    outputs, weight, inputs : columns of scores, of sample weights and of covariates
    at : values at which sequences are asked alone
    """
    rows = parts.read_rows(path, split, [], both_strands, clusters)
    columns = [*outputs, *([weight] if weight else []), *inputs]
    values = pq.read_table(path, columns=columns)
    for fold in parts.folds(split):
        assigned = parts.assign(fold, rows).parts
        trainable.refuse(values, outputs, weight, assigned)
        trainable.refuse_inputs(values, inputs, at, assigned)
