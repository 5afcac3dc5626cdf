"""Clusters of similar sequences, and whether a split by them can be trained on."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.sequences.clusters import cluster
from seq2score.splits import parts, similarity, trainable


def cluster_file(path: str | Path, identity: float, threads: int) -> pa.Table:
    """The id and cluster of every sequence of a file, in its order.

    Parameters
    ----------
    path
        The file.
    identity
        Share of letters that sequences of one cluster have in common, 0 to 1.
    threads
        To compute with.

    Raises
    ------
    InputError
        For sequences that are too short for it.
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
    """Refuse a split by clusters that leaves a part that cannot be trained on.

    Parameters
    ----------
    path, clusters
        Files of the sequences and of their clusters.
    split
        A section of the config.
    both_strands
        A sequence and its reverse complement are one.
    outputs, weight
        Columns of scores, and of sample weights, where there is one.
    inputs
        Kinds of the covariates, by column.
    at
        Their values where sequences are asked alone, by column.

    Raises
    ------
    InputError
        As `trainable.refuse` and `trainable.refuse_inputs` raise it, and `parts.assign`.
    """
    rows = parts.read_rows(path, split, [], both_strands, clusters)
    columns = [*outputs, *([weight] if weight else []), *inputs]
    values = pq.read_table(path, columns=columns)
    for fold in parts.folds(split):
        assigned = parts.assign(fold, rows).parts
        trainable.refuse(values, outputs, weight, assigned)
        trainable.refuse_inputs(values, inputs, at, assigned)
