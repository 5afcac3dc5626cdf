"""From the files of a split to the sets that the loop trains on.

What predictions depend on (the order of the classes, the scaling of scores) is fitted on the train
set alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from torch import Tensor

from seq2score.errors import InputError
from seq2score.sequences.construct import Construct
from seq2score.sequences.encoding import encode
from seq2score.sequences.inputs import Inputs
from seq2score.sequences.transforms import FORTH
from seq2score.splits.parts import sequence_length
from seq2score.training.batches import Block, Resident, Streamed, mapped
from seq2score.training.losses import SCALED
from seq2score.training.replicates import Replicates
from seq2score.training.scaling import Scaling

BARE, ALONE = Construct(), Inputs()
RESIDENT_LETTERS = 2**32  # a larger set streams from disk; fixed, for the order depends on it
ROWS_AT_ONCE = 2**18  # read and encoded
SCORES_AT_ONCE = 2**22  # looked at together; fixed, for sums depend on it


@dataclass(frozen=True)
class Target:
    """What a network learns: columns of scores, transformed and scaled, or classes."""

    scores: list[str]
    classes: list[str] | None = None
    transform: str = "none"
    scaling: Scaling | None = None

    @classmethod
    def fit(
        cls, train: str | Path, scores: list[str], transform: str, loss: str, standardize: bool
    ) -> "Target":
        """What is to be learned, fitted on the train set.

        Parameters
        ----------
        train
            The file of the train set.
        scores
            Its columns; that of the classes alone, for a classification.
        transform
            Of the scores: none, log2 or log1p.
        loss
            A name of `losses.LOSSES`.
        standardize
            Whether scores are scaled, where the loss allows it.

        Raises
        ------
        InputError
            Where nothing can be learned.
        """
        tables = pieces(train, scores, SCORES_AT_ONCE)
        if loss == "cross_entropy":
            seen = (pc.unique(cls(scores).labels(table)).to_pylist() for table in tables)
            classes = sorted(set().union(*seen))
            if len(classes) < 2:
                raise InputError(f"{train}: only one class, {classes[0]}. Allowed: two or more.")
            return cls(scores, classes)
        values: Iterator[np.ndarray] = (
            cls(scores, transform=transform).values(table) for table in tables
        )
        if loss == "poisson":
            values = map(partial(_as_counts, train), values)
        scaling = Scaling.of_pieces(values, scores)  # refuses constant scores in any case
        return cls(scores, None, transform, scaling if standardize and loss in SCALED else None)

    @property
    def outputs(self) -> int:
        """How many numbers a network gives for each sequence."""
        return len(self.classes or self.scores)

    def values(self, table: pa.Table) -> np.ndarray:
        """Targets of a table's rows: float64 (n, outputs), NaN where missing; or int64 (n,)."""
        if self.classes:
            labels = self.labels(table)
            known = pc.index_in(labels, pa.array(self.classes))
            if known.null_count:
                foreign = labels.filter(pc.is_null(known))[0]
                raise InputError(f"class {foreign} of the validation set is not in the train set.")
            return known.to_numpy().astype(np.int64)
        columns = [table[name].cast(pa.float64()).to_numpy() for name in self.scores]
        values = FORTH[self.transform](np.stack(columns, axis=1))
        return values if self.scaling is None else self.scaling.scale(values)

    def labels(self, table: pa.Table) -> pa.ChunkedArray:
        """The classes of a table's rows, as text."""
        return table[self.scores[0]].cast(pa.string())


def open_set(
    path: str | Path,
    target: Target,
    weight: str | None,
    device: torch.device,
    construct: Construct = BARE,
    inputs: Inputs = ALONE,
    replicates: Replicates | None = None,
) -> Resident | Streamed:
    """A train or validation set, on the device if it is not too large.

    Weights are scaled to a mean of 1 over all scores of the set; that of a missing score is 0.

    Parameters
    ----------
    path
        Of its file.
    target
        What is learned.
    weight
        The column of sample weights, if any.
    device
        That computes.
    construct
        What the sequences of the file stand in when they are learned from.
    inputs
        What models see beside sequences.
    replicates
        That weigh rows by their noise.
    """
    rows = pq.read_metadata(path).num_rows
    columns = [*target.scores, *([weight] if weight else [])]
    columns += replicates.columns if replicates else []
    total, size = 0.0, 0
    for table in pieces(path, columns, SCORES_AT_ONCE):
        weights = weights_of(table, target, weight, replicates)
        total, size = total + weights.sum(), size + weights.size
    mean = total / size or 1.0
    weighted = weight is not None or replicates is not None or mean < 1

    def encoded() -> Iterator[Block]:
        for table in pieces(path, ["sequence", *columns, *inputs.names], ROWS_AT_ONCE):
            targets = target.values(table)
            arrays = {
                "encoded": construct.around(encode(table["sequence"])),
                "targets": targets if target.classes else np.nan_to_num(targets).astype("f4"),
            }
            if weighted:
                weights = weights_of(table, target, weight, replicates) / mean
                arrays["weights"] = weights.astype("f4")
            if inputs:
                arrays["covariates"] = inputs.encode(table, len(table))
            yield Block(**{name: torch.from_numpy(array) for name, array in arrays.items()})

    flanks = len(construct.left), len(construct.right)
    if rows * (sequence_length(path) + construct.letters) > RESIDENT_LETTERS:
        return Streamed(mapped(encoded()), device, flanks)
    return Resident(laid_out(encoded(), rows, device), flanks)


def _as_counts(path: str | Path, values: np.ndarray) -> np.ndarray:
    """The values, refused where one is below 0."""
    if (values < 0).any():
        raise InputError(
            f"training.loss: poisson is for counts, and {path} holds {np.nanmin(values):g}."
        )
    return values


def pieces(path: str | Path, columns: list[str], rows: int) -> Iterator[pa.Table]:
    """A file's columns, so many rows at a time or a few more: whole groups of rows."""
    file, groups, held = pq.ParquetFile(path), [], 0
    for group in range(file.num_row_groups):
        groups.append(group)
        held += file.metadata.row_group(group).num_rows
        if held >= rows or group == file.num_row_groups - 1:
            yield file.read_row_groups(groups, columns)
            groups, held = [], 0


def laid_out(parts: Iterable[Block], rows: int, device: torch.device) -> Block:
    """The parts of a set of so many rows, end to end on the device."""
    whole: dict[str, Tensor] = {}
    start = 0
    for block in parts:
        stop = start + block.rows
        for name, part in block.parts.items():
            if name not in whole:
                shape = (rows, *part.shape[1:])
                whole[name] = torch.empty(shape, dtype=part.dtype, device=device)
            whole[name][start:stop] = part
        start = stop
    return Block(**whole)


def weights_of(
    table: pa.Table, target: Target, weight: str | None, replicates: Replicates | None = None
) -> np.ndarray:
    """What each row weighs, 0 for a missing score: float64 (n, outputs), or (n, 1) for classes."""
    present = ~np.isnan(target.values(table))
    weights = present.reshape(len(present), -1).astype(float)
    if weight:
        weights *= table[weight].to_numpy()[:, None]
    if replicates:
        weights *= replicates.weights(table)[:, None]
    return weights
