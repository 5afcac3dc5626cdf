"""Known motifs to compare with: JASPAR's, or those of a MEME file."""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypedDict

import numpy as np

from seq2score.errors import InputError
from seq2score.sequences.delimited import opened, reading

LOOSE = 0.1  # how far from 1 rounded probabilities may add up
SIZE = re.compile(r"\b(alength|w)\s*=\s*(\d{1,9})\b")


@dataclass(frozen=True)
class Database:
    """Motifs to compare with."""

    ids: list[str]
    names: list[str]
    ppms: list[np.ndarray]  # float64 (4, length) each


class Jaspar(TypedDict):
    """Which motifs of JASPAR, as `read_jaspar` takes them."""

    release: str
    taxa: list[str]


def read_jaspar(release: str, taxa: list[str]) -> Database:
    """The latest versions in JASPAR's CORE collection (Rauluseviciute and colleagues 2024).

    The database comes with pyjaspar, so nothing is fetched.

    Parameters
    ----------
    release
        Such as "JASPAR2026".
    taxa
        Taxonomic groups, such as "vertebrates"; none for all.
    """
    from pyjaspar import jaspardb

    motifs = jaspardb(release=release).fetch_motifs(collection="CORE", tax_group=taxa or None)
    counts = [np.array([motif.counts[base] for base in "ACGT"], dtype=float) for motif in motifs]
    return Database(
        [motif.matrix_id for motif in motifs],
        [motif.name for motif in motifs],
        [matrix / matrix.sum(axis=0) for matrix in counts],
    )


def read_meme(path: str | Path) -> Database:
    """The motifs of a MEME file, minimal or a whole output of MEME.

    The name that may follow an id stands for it elsewhere too.

    Raises
    ------
    InputError
        For a file that is not there, that holds no DNA motif, or whose motifs are not plain, with
        the line.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"interpretation.motifs: there is no file {path}")
    with reading(path), opened(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace")
        motifs = _Reader(path, text).motifs()
    if not motifs:
        raise InputError(f"{path} holds no motif; a MEME file has a line MOTIF before each matrix")
    ids, names = zip(*motifs, strict=True)
    return Database([*ids], [*names], [np.array(rows).T for rows in motifs.values()])


class _Reader:
    """On the way through a MEME file. number: of the line that is read. motif: around it."""

    def __init__(self, path: Path, lines: Iterable[str]):
        self.path, self.number = path, 0
        self.lines = (line.strip() for line in lines)
        self.motif: tuple[str, str] | None = None  # id and name, until its matrix has come
        self.begins: dict[tuple[str, str], int] = {}  # the line of each motif

    def motifs(self) -> dict[tuple[str, str], list[list[float]]]:
        """The rows of each motif's matrix, by its id and name."""
        matrices: dict[tuple[str, str], list[list[float]]] = {}
        line = self._next()
        while line is not None:
            if re.match(r"MOTIF\s", line):
                self._begin(line.split()[1:])
            elif line.startswith("letter-probability matrix") and self.motif:
                matrices[self.motif], line = self._matrix(line)
                self.motif = None
                continue
            line = self._next()
        self._refuse_open("")
        return matrices

    def _next(self) -> str | None:
        self.number += 1
        return next(self.lines, None)

    def _begin(self, words: list[str]) -> None:
        """A line MOTIF: id, perhaps a name, and in MEME's own output what it says of the motif."""
        named = len(words) > 1 and words[2:3] != ["="]
        motif = words[0], words[1] if named else words[0]
        self._refuse_open(f"; the next motif begins in line {self.number}")
        if motif in self.begins:
            self._refuse(
                f"motif {words[0]} stands in line {self.begins[motif]} too; ids must differ"
            )
        self.begins[motif], self.motif = self.number, motif

    def _matrix(self, header: str) -> tuple[list[list[float]], str | None]:
        """The rows of a matrix, and the line behind them. header: the line above them."""
        said = {key: int(value) for key, value in SIZE.findall(header)}
        if said.get("alength", 4) != 4:
            self._refuse(f"a matrix of {said['alength']} letters; DNA has 4")
        rows, line, above = [], self._next(), self.number - 1
        while line == "":
            line = self._next()
        while line and re.match(r"[-+.\d]", line):
            rows.append(self._row(line))
            line = self._next()
            if len(rows) == said.get("w"):
                break
        if not rows or len(rows) != said.get("w", len(rows)):
            self.number = above
            self._refuse(f"{len(rows)} rows follow{f', not {w}' if (w := said.get('w')) else ''}")
        return rows, line

    def _row(self, line: str) -> list[float]:
        try:
            values = [float(word) for word in line.split()]
        except ValueError:
            values = []
        if len(values) != 4 or not min(values) >= 0 or not abs(sum(values) - 1) <= LOOSE:
            self._refuse("is no row of probabilities, four numbers of at least 0 that add up to 1")
        return values

    def _refuse_open(self, more: str) -> None:
        """Raise InputError where a motif has no matrix of its own."""
        if self.motif:
            self.number = self.begins[self.motif]
            self._refuse(f"this motif has no matrix{more}. Take it out, or give it its lines")

    def _refuse(self, why: str) -> NoReturn:
        raise InputError(f"{self.path}, line {self.number}: {why}")
