"""What variants lie in: a genome, or sequences by name."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from seq2score.errors import InputError
from seq2score.sequences import cells
from seq2score.sequences.columns import listed
from seq2score.sequences.sources import Source, open_source


class Context(Protocol):
    """Contigs that letters are read from."""

    contigs: dict[str, int]  # the letters that each has
    whole: bool  # whether a contig that fits the window is the window

    def missing(self, contig: str) -> str:
        """Why a contig is not there."""

    def stretches(
        self, contigs: Sequence[str], starts: np.ndarray, ends: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Letters end to end, uint8, and how many each stretch has; N outside of contigs.

        Parameters
        ----------
        contigs
            Names, one a stretch.
        starts, ends
            int64 (n,), from 0, the end not included.
        """


class Named:
    """Sequences by name, held in memory."""

    whole = True

    def __init__(self, path: str, names: Sequence[str], letters: Sequence[str]):
        self.path = path
        self.letters = {
            name: text.upper().replace("U", "T") for name, text in zip(names, letters, strict=True)
        }
        self.contigs = {name: len(text) for name, text in self.letters.items()}

    def missing(self, contig: str) -> str:
        """Why a contig is not there."""
        return f"{self.path} has no sequence {contig!r}"

    def stretches(
        self, contigs: Sequence[str], starts: np.ndarray, ends: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """As of `Context`."""
        parts = []
        for name, start, end in zip(contigs, starts.tolist(), ends.tolist(), strict=True):
            text = self.letters.get(name, "")
            parts.append("N" * min(max(0, -start), end - start) + text[max(0, start) : max(0, end)])
            parts[-1] = parts[-1].ljust(end - start, "N")
        return np.frombuffer("".join(parts).encode(), np.uint8), ends - starts


def context_of(section: Mapping, sequences: str) -> tuple[Context, str]:
    """What edits lie in, and the section's key of the column that names it.

    Parameters
    ----------
    section
        A `variants` section of the config.
    sequences
        The file of the dataset's sequences.

    Raises
    ------
    InputError
        For a file without the columns that it needs.
    """
    if section["genome"]:
        from seq2score.sequences.genome import Genome

        return Genome(section["genome"]), "chromosome"
    path = section["sequences"]
    column = section["sequence"] if path else "sequence"
    source = open_source(
        {"path": path or sequences, "scores": None, "genome": None, "sequence": column, "id": None}
    )
    if "id" not in source.columns or column not in source.columns:
        raise InputError(
            f"{source.path}: edits find their sequences by the columns 'id' and {column!r}; the "
            f"columns are {listed(source.columns)}"
        )
    names, letters = [], []
    for rows in source.batches():
        cells.refuse_types(rows, ["id", column], source.path)
        names += cells.texts(rows["id"], source.literal_ids)[0].fill_null("").to_pylist()
        letters += cells.texts(rows[column])[0].fill_null("").to_pylist()
    _refuse_ambiguous(source, names, letters)
    return Named(str(source.path), names, letters), "sequence_id"


def _refuse_ambiguous(source: Source, names: Sequence[str], letters: Sequence[str]) -> None:
    """Raise InputError where one name is that of two different sequences."""
    first: dict[str, int] = {}
    for row, name in enumerate(names):
        before = first.setdefault(name, row)
        if name and letters[before].upper() != letters[row].upper():
            lines = " and ".join(map(str, source.locate([before, row])[0]))
            raise InputError(
                f"{source.path}: {name!r} names two different sequences ({source.unit}s {lines}); "
                "names must differ"
            )


def offset_of(section: Mapping, length: int) -> int:
    """Letters before the variant in its window: half of them, where nothing is said."""
    return length // 2 if section["offset"] is None else section["offset"]
