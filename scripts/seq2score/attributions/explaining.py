"""Contributions of a file of sequences, a piece at a time, by one job or by several that share it.

The contributions check themselves: their sum against the difference to the reference.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch

from seq2score.attributions import store
from seq2score.attributions.methods import Score, explain, output_of, score_of
from seq2score.errors import InputError
from seq2score.inference import shares
from seq2score.inference.prediction import Ensemble, load
from seq2score.inference.shares import share
from seq2score.sequences.new import batches
from seq2score.sequences.sources import REASON

LETTERS_TOGETHER = 2**16  # explained at a time, with their references


def choose_rows(sequences: str | list[str] | dict, file: str | Path) -> Iterator[pa.RecordBatch]:
    """Rows to explain, a batch at a time.

    Parameters
    ----------
    sequences
        As the section `attributions` has it: test, all, ids, or a `predict` section.
    file
        Of the rows; with a section, the file that this names is read.

    Yields
    ------
    RecordBatch
        id, sequence and REASON, which is "" but for rows of the user's that have no sequence.

    Raises
    ------
    InputError
        For an id that the table does not hold.
    """
    if isinstance(sequences, dict):
        yield from batches(sequences)
        return
    missing = set(sequences) if isinstance(sequences, list) else set()
    for rows in pq.ParquetFile(file).iter_batches(columns=["id", "sequence"]):
        if isinstance(sequences, list):
            rows = rows.filter(pc.is_in(rows["id"], pa.array(sequences, rows["id"].type)))
            missing -= set(rows["id"].to_pylist())
        yield rows.append_column(REASON, pa.array([""] * len(rows), pa.string()))
    if missing:
        raise InputError(
            f"attributions.sequences: no sequence has the id {min(missing)}. "
            "Allowed: test, all, ids of the dataset, or a file of sequences."
        )


def read_rows(model: Ensemble, rows: pa.RecordBatch) -> tuple[np.ndarray, list[str]]:
    """Rows as a model takes them.

    Parameters
    ----------
    model
        Of the sequences.
    rows
        With `sequence` and REASON.

    Returns
    -------
    encoded : ndarray
        uint8 (n, length).
    problems : list of str
        What is wrong with each row, "" for nothing.
    """
    encoded, problems = model.read(rows["sequence"])
    reasons = rows[REASON].to_pylist()
    return encoded, [why or problem for why, problem in zip(reasons, problems, strict=True)]


def pieces(
    sequences: str | list[str] | dict, file: str | Path, length: int, part: int = 1, parts: int = 1
) -> Iterator[pa.RecordBatch]:
    """The rows to explain, few enough at a time for memory and for jobs to share them.

    Parameters
    ----------
    sequences, file
        As for `choose_rows`.
    length
        Letters of the model's sequences.
    part, parts
        Which piece of so many this job explains, and each so-manyth after it.
    """
    together = max(1, LETTERS_TOGETHER // length)
    every = (
        batch.slice(start, together)
        for batch in choose_rows(sequences, file)
        for start in range(0, len(batch), together)
    )
    return share(every, part, parts)


def explain_rows(model: Ensemble, score: Score, request: Mapping, rows: pa.RecordBatch) -> pa.Table:
    """What `store.write` takes of a piece. Each piece is explained alone, in any part.

    Parameters
    ----------
    model
        That reads the rows.
    score
        What is explained.
    request
        A section `attributions`: its `method`, `references` and `seed`.
    rows
        From `pieces`.
    """
    encoded, problems = read_rows(model, rows)
    good = np.array([not problem for problem in problems], dtype=bool)
    explained = explain(
        request["method"], score, encoded[good], request["references"], request["seed"]
    )
    total = explained.contributions(encoded[good]).sum(axis=1)
    differences = (
        explained.prediction,
        explained.reference,
        total,
        explained.prediction - explained.reference,
    )
    numbers = np.full((5, len(good)), np.nan)
    numbers[:, good] = [*differences, explained.error(encoded[good])]
    hypothetical = np.zeros((len(good), 4, encoded.shape[1]), "f4")
    hypothetical[good] = explained.hypothetical
    columns = [pa.array(values, pa.float64(), mask=~good) for values in numbers]
    why = pa.array(problems, pa.string())
    return store.piece([rows["id"], rows["sequence"], *columns, why], encoded, hypothetical)


@dataclass(frozen=True)
class Attribution:
    """What is asked of a model: contributions of a file's sequences to one of its outputs.

    Attributes
    ----------
    score
        That output, of encoded sequences.
    output
        Its name.
    request
        A section `attributions`.
    file
        Our table, or the user's file.
    """

    model: Ensemble
    score: Score
    output: str
    request: Mapping
    file: str | Path

    @classmethod
    def open(
        cls, folder: str | Path, request: Mapping, file: str | Path, device: torch.device
    ) -> "Attribution":
        """Of the model in a folder.

        Parameters
        ----------
        folder
            Of the model, all seeds of it.
        request, file
            See the class.
        device
            What to compute on, but for mps, which knows no float64.

        Raises
        ------
        InputError
            For an output that the model does not have.
        """
        if device.type == "mps":  # which knows no float64
            device = torch.device("cpu")
        model = load(folder, device)
        output = output_of(model, request["output"])
        names = model.record["classes"] or model.record["outputs"]
        return cls(model, score_of(model, output, device), names[output], request, file)

    @property
    def length(self) -> int:
        """Letters of the model's sequences."""
        return self.model.record["input_length"]

    def pieces(self, part: int = 1, parts: int = 1) -> Iterator[pa.RecordBatch]:
        """The rows to explain, or part of them, see `explaining.pieces`."""
        return pieces(self.request["sequences"], self.file, self.length, part, parts)

    def explain(self, rows: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
        """Contributions of each piece."""
        return (explain_rows(self.model, self.score, self.request, piece) for piece in rows)

    def count(self) -> int:
        """How many sequences can be explained.

        Raises
        ------
        InputError
            Where none can.
        """
        each = (read_rows(self.model, rows)[1] for rows in self.pieces())
        problems = Counter(chain.from_iterable(each))
        if not problems[""]:
            first = f": the first of {problems.total()} {next(iter(problems))}" if problems else ""
            raise InputError(f"attributions.sequences: none of them can be explained{first}")
        return problems[""]

    def write(self, output: store.Output) -> int:
        """Explain all and write arrays and table; returns how many sequences were explained.

        Raises
        ------
        InputError
            Where none can be.
        """
        count = self.count()
        store.write(self.explain(self.pieces()), count, self.length, output)
        return count

    def write_part(self, path: str | Path, part: int, parts: int) -> int:
        """Explain a part and write it as Parquet; returns how many rows it has.

        Parameters
        ----------
        path
            The file.
        part, parts
            As for `pieces`.
        """
        mine = self.explain(self.pieces(part, parts))
        return shares.write(path, store.schema(self.length), mine)
