"""Several datasets as one table, from which a network learns the scores of all side by side.

A row has the scores of its own dataset; those of the others are missing, and count for nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.errors import InputError
from seq2score.sequences.transforms import FORTH
from seq2score.splits import inherited
from seq2score.splits.parts import ROWS_AT_ONCE, sequence_length
from seq2score.training.replicates import Replicates

WEIGHT = "weight"  # the column of what each row counts
BALANCE = 0.5  # how far datasets count alike, however many rows they have: with 0 rows do, with 1
# datasets do. Which of these is better depends on the data; halfway is near the better one.


@dataclass(frozen=True)
class Member:
    """A dataset among those that are joined."""

    scores: list[str]  # columns
    heads: list[str]  # what these are called beside those of the others
    transform: str = "none"  # of the scores
    weight: str | None = None  # the column of sample weights
    replicates: Replicates | None = None  # that weigh rows by their noise

    @classmethod
    def of(cls, settings: dict, train: str | Path) -> "Member":
        """That of a dataset.

        Parameters
        ----------
        settings
            `scores`, `heads`, `score_transform`, `weight`, `weighing_replicates`.
        train
            The file of its train set.

        Raises
        ------
        InputError
            Where replicates tell of no noise.
        """
        weighing, transform = settings["weighing_replicates"], settings["score_transform"]
        replicates = Replicates.fit(train, weighing, transform) if weighing else None
        return cls(settings["scores"], settings["heads"], transform, settings["weight"], replicates)

    def weights(self, file: str | Path) -> np.ndarray:
        """What each row of a file counts, float64 (rows,)."""
        weights = np.ones(pq.read_metadata(file).num_rows)
        if self.weight:
            weights *= pq.read_table(file, columns=[self.weight])[self.weight].to_numpy()
        if self.replicates:
            columns = list(self.replicates.columns)
            weights *= self.replicates.weights(pq.read_table(file, columns=columns))
        return weights

    def rows(self, file: str | Path) -> Iterator[dict[str, pa.Array]]:
        """Sequences and scores as they are learned, by column, so many rows at a time."""
        columns = ["sequence", *self.scores]
        for batch in pq.ParquetFile(file).iter_batches(ROWS_AT_ONCE, columns=columns):
            yield {"sequence": batch["sequence"].cast(pa.string())} | {
                head: self._learned(batch[score])
                for score, head in zip(self.scores, self.heads, strict=True)
            }

    def _learned(self, scores: pa.Array) -> pa.Array:
        values = FORTH[self.transform](scores.cast(pa.float64()).to_numpy(zero_copy_only=False))
        return pa.array(values, from_pandas=True)  # where NaN is none


def join(
    files: Mapping[str, str | Path],
    members: Mapping[str, Member],
    kept: Mapping[str, np.ndarray],
    output: str | Path,
) -> None:
    """Write one part of all datasets, one dataset after the other, as one table.

    Weights are scaled within each dataset: to a mean of 1 in the largest one, of 2 in one of a
    quarter of its rows (`BALANCE`).

    Parameters
    ----------
    files
        By dataset, its rows of this part.
    members
        The datasets.
    kept
        Which of the rows stay, bool (rows,).
    output
        The file to write.

    Raises
    ------
    InputError
        For a dataset of which no row stays.
    """
    for name, stay in kept.items():
        if not stay.any():
            raise InputError(
                f"together: all rows of {files[name]} hold a sequence that another dataset tests. "
                "Split the datasets alike, or leave this one out."
            )
    most = max(int(stay.sum()) for stay in kept.values())
    heads = [head for member in members.values() for head in member.heads]
    numbers = ((name, pa.float64()) for name in (*heads, WEIGHT))
    schema = pa.schema([("sequence", pa.string()), *numbers])
    with pq.ParquetWriter(output, schema, compression="zstd") as writer:
        for name, member in members.items():
            stay, weights, start = kept[name], member.weights(files[name]), 0
            weights *= (most / stay.sum()) ** BALANCE / weights[stay].mean()
            for rows in member.rows(files[name]):
                stop = start + len(rows["sequence"])
                missing = pa.nulls(stop - start, pa.float64())
                rows[WEIGHT] = weights[start:stop]
                batch = pa.table({field: rows.get(field, missing) for field in schema.names})
                writer.write_table(batch.filter(pa.array(stay[start:stop])))
                start = stop


def join_parts(
    files: Mapping[str, Sequence[str | Path]],
    datasets: Mapping[str, dict],
    both_strands: bool,
    outputs: Mapping[str, str | Path],
) -> list[dict]:
    """Write the train and the validation set of all datasets as one table each.

    Parameters
    ----------
    files
        Of `train` and `validation`, in the order of the datasets, and of `test` where rows that
        another dataset tests are to be left out.
    datasets
        By name, what `Member.of` takes.
    both_strands
        Whether the reverse complement of a tested sequence counts as tested too.
    outputs
        A file for each of the two parts.

    Returns
    -------
    list of dict
        A row a dataset and part: how many rows stay, and how many are left out.
    """
    train, validation, test = (
        dict(zip(datasets, files.get(part, ()), strict=part != "test"))
        for part in ("train", "validation", "test")
    )
    members = {name: Member.of(settings, train[name]) for name, settings in datasets.items()}
    rows = []
    for part, of_part in {"train": train, "validation": validation}.items():
        stay = inherited.untested(of_part, test, both_strands)
        join(of_part, members, stay, outputs[part])
        rows += [
            {"dataset": name, "part": part, "rows": int(kept.sum()), "left_out": int((~kept).sum())}
            for name, kept in stay.items()
        ]
    return rows


def refuse_other_lengths(files: Mapping[str, str | Path]) -> None:
    """Raise InputError where sequences of train sets, files by dataset, differ in length."""
    lengths: dict[int, str] = {}
    for name, file in files.items():
        lengths.setdefault(sequence_length(file), name)
    if len(lengths) > 1:
        texts = " and ".join(f"{length} in {name}" for length, name in lengths.items())
        raise InputError(
            f"together: sequences have {texts} letters, and one network reads them all. Allowed: "
            f"as many letters in each; `table.length: {{crop: {min(lengths)}}}` keeps the first "
            "ones."
        )
