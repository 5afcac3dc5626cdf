"""What models see beside a sequence: numbers, categories and sequences of a table's rows.

Numbers are standardized, categories are one-hot by their levels, further sequences (a second arm,
the other allele) are one-hot letters. All are fitted on the train set alone, stand in a model's
record, and are read by the same rules wherever the model predicts.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.errors import InputError
from seq2score.sequences import cells, encoding

NUMBER, CATEGORY, SEQUENCE = "number", "category", "sequence"
SHOWN = 10  # levels in a message

Value = float | str  # of a number, a category or a sequence


class Table(Protocol):
    """Columns by name: an Arrow or pandas table, or a mapping."""

    def __getitem__(self, name: str, /) -> object: ...


FARTHEST = 1e6  # standard deviations from the mean of the train set; networks know no number there


@dataclass(frozen=True)
class Number:
    """A column of numbers: mean and standard deviation in the train set."""

    name: str
    mean: float
    sd: float
    at: float  # its value where a sequence is asked alone
    width = 1

    @classmethod
    def fit(cls, name: str, column: pa.Array, at: Value | None) -> "Number":
        """That of a train set; sequences alone are asked at its median, or at a value."""
        values, _, _ = cells.numbers(column)
        value = float(np.median(values) if at is None else at)
        return cls(name, float(values.mean()), float(values.std()) or 1.0, value)

    def read(self, column: pa.Array) -> tuple[np.ndarray, list[str]]:
        """Float32 (n, 1), and what is wrong with each cell, "" for nothing."""
        values, missing, unreadable = cells.numbers(column)
        problems = [""] * len(values)
        for i in np.flatnonzero(missing):
            problems[i] = f"has no {self.name}"
        for i in np.flatnonzero((unreadable | ~np.isfinite(values)) & ~missing):
            problems[i] = f"has a {self.name} that is no finite number: {column[int(i)].as_py()!r}"
        scaled = (values - self.mean) / self.sd
        for i in np.flatnonzero(np.abs(scaled) > FARTHEST):
            problems[i] = problems[i] or (
                f"has a {self.name} too far from those of the train set, whose mean is "
                f"{self.mean:g}: {column[int(i)].as_py()!r}"
            )
        with np.errstate(over="ignore"):
            return scaled.astype("f4")[:, None], problems


@dataclass(frozen=True)
class Category:
    """A column of names: those in the train set, in alphabetical order."""

    name: str
    levels: list[str]
    at: str  # its level where a sequence is asked alone

    @classmethod
    def fit(cls, name: str, column: pa.Array, at: Value | None) -> "Category":
        """That of a train set; sequences alone are asked at its most frequent level, or at another.

        Raises
        ------
        InputError
            For a level that the train set lacks.
        """
        texts, _ = cells.texts(column)
        counted = pc.value_counts(texts).to_pylist()
        count = {each["values"]: each["counts"] for each in counted}
        levels = sorted(count)
        level = max(levels, key=count.__getitem__) if at is None else str(at)
        if level not in count:
            raise InputError(f"table.at: {name}: {_unseen(level, levels)}")
        return cls(name, levels, level)

    @property
    def width(self) -> int:
        """A column of the encoding for each level."""
        return len(self.levels)

    def read(self, column: pa.Array) -> tuple[np.ndarray, list[str]]:
        """One-hot float32 (n, levels), and what is wrong with each cell, "" for nothing."""
        texts, missing = cells.texts(column)
        places = pc.index_in(texts, pa.array(self.levels)).fill_null(-1).to_numpy()
        problems = [""] * len(places)
        for i in np.flatnonzero(missing):
            problems[i] = f"has no {self.name}"
        for i in np.flatnonzero((places < 0) & ~missing):
            problems[i] = f"{self.name}: {_unseen(texts[int(i)].as_py(), self.levels)}"
        return (places[:, None] == np.arange(len(self.levels))).astype("f4"), problems


@dataclass(frozen=True)
class Sequence:
    """A column of further sequences, all of one length."""

    name: str
    length: int
    at: str  # the one where a sequence is asked alone

    @classmethod
    def fit(cls, name: str, column: pa.Array, at: Value | None) -> "Sequence":
        """That of a train set; sequences alone are asked with the most frequent one, or another.

        Raises
        ------
        InputError
            For one that is of another length, or holds another letter.
        """
        texts, _ = cells.texts(column)
        counted = pc.value_counts(texts).to_pylist()
        most = min(counted, key=lambda each: (-each["counts"], each["values"]))["values"]
        fitted = cls(name, len(most), str(at or most))
        _, (problem,) = fitted.read(pa.array([fitted.at]))
        if problem:
            raise InputError(f"table.at: {fitted.at} {problem}")
        return fitted

    @property
    def width(self) -> int:
        """Four numbers a letter."""
        return 4 * self.length

    def read(self, column: pa.Array) -> tuple[np.ndarray, list[str]]:
        """One-hot float32 (n, 4 x length), all A's first; what is wrong with each cell, or ""."""
        texts, missing = cells.texts(column)
        flat, lengths = encoding.ragged_codes(texts.fill_null(""), "rna")
        foreign = np.zeros(len(lengths), bool)
        foreign[np.repeat(np.arange(len(lengths)), lengths)[flat == encoding.INVALID]] = True
        problems = [""] * len(lengths)
        for i in np.flatnonzero(missing | foreign | (lengths != self.length)):
            problems[i] = f"{self.name}: holds another letter than A, C, G, T, N"
            if lengths[i] != self.length:
                problems[i] = (
                    f"{self.name}: has {lengths[i]} letters; the model takes {self.length}"
                )
        codes = encoding.to_width(flat, lengths, self.length)
        return encoding.one_hot(codes).reshape(len(codes), self.width), problems


KINDS: dict[str, type[Sequence] | type[Number] | type[Category]] = {
    SEQUENCE: Sequence,
    NUMBER: Number,
    CATEGORY: Category,
}


@dataclass(frozen=True)
class Inputs:
    """The further inputs of a model: sequences first, and in the order of its config.

    Without any it is false.
    """

    columns: tuple[Sequence | Number | Category, ...] = ()

    @classmethod
    def fit(cls, train: pa.Table, kinds: Mapping[str, str], at: Mapping[str, Value]) -> "Inputs":
        """Those of a train set.

        Parameters
        ----------
        train
            With the columns.
        kinds
            The kind of each column.
        at
            Values where sequences are asked alone, for columns that do not take the usual one.

        Raises
        ------
        InputError
            For a level to ask at that the train set lacks.
        """
        return cls(
            tuple(
                KINDS[kind].fit(name, _column(train, name, len(train)), at.get(name))
                for name, kind in sorted(kinds.items(), key=lambda of: of[1] != SEQUENCE)
            )
        )

    @classmethod
    def of(cls, record: list[dict] | None) -> "Inputs":
        """Those of a model's record."""
        kept = ({k: v for k, v in each.items() if k != "kind"} for each in record or ())
        return cls(tuple(KINDS[r["kind"]](**k) for r, k in zip(record or (), kept, strict=True)))

    def as_record(self) -> list[dict]:
        """As model.json has them."""
        names = {kind: name for name, kind in KINDS.items()}
        return [{"kind": names[type(column)], **asdict(column)} for column in self.columns]

    def __bool__(self) -> bool:
        return bool(self.columns)

    @property
    def names(self) -> list[str]:
        """The columns."""
        return [column.name for column in self.columns]

    @property
    def width(self) -> int:
        """How many numbers a model sees of them."""
        return sum(column.width for column in self.columns)

    @property
    def arms(self) -> int:
        """How many of them are sequences; they come first."""
        return sum(isinstance(column, Sequence) for column in self.columns)

    @property
    def alone(self) -> dict[str, float | str]:
        """What a sequence is asked at that is asked alone."""
        return {column.name: column.at for column in self.columns}

    @property
    def values_text(self) -> str:
        """The same in words."""
        return ", ".join(
            f"{name} {at:g}" if isinstance(at, float) else f"{name} {at}"
            for name, at in self.alone.items()
        )

    def read(self, table: Table, rows: int) -> tuple[np.ndarray, list[str]]:
        """What models see of the rows of a table.

        Parameters
        ----------
        table
            Columns by name: an Arrow or pandas table, or a mapping; a single value holds for all.
        rows
            How many there are.

        Returns
        -------
        encoded : ndarray
            float32 (rows, width).
        problems : list of str
            What is wrong with each row, "" for nothing.

        Raises
        ------
        InputError
            For a column that is missing, or of another number of rows.
        """
        parts, problems = [np.zeros((rows, 0), "f4")], [""] * rows
        for column in self.columns:
            encoded, wrong = column.read(_column(table, column.name, rows))
            parts.append(encoded)
            problems = [first or other for first, other in zip(problems, wrong, strict=True)]
        return np.hstack(parts), problems

    def encode(self, table: Table, rows: int) -> np.ndarray:
        """As `read`, but raises InputError for the first row that is wrong."""
        encoded, problems = self.read(table, rows)
        if wrong := next(((i, text) for i, text in enumerate(problems) if text), None):
            raise InputError(f"row {wrong[0] + 1} {wrong[1]}")
        return encoded


def _column(table: Table, name: str, rows: int) -> pa.Array:
    try:
        values: pa.Array = table[name]
    except KeyError:
        raise InputError(f"the inputs lack the column {name!r}, which the model sees") from None
    if isinstance(values, str | int | float):
        values = [values] * rows
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if not isinstance(values, pa.Array):
        values = pa.array(values, from_pandas=True)
    if not cells.is_plain(values.type):
        raise InputError(f"column {name!r} holds {values.type}, where text or numbers are needed")
    if len(values) != rows:
        raise InputError(f"column {name!r} has {len(values)} values for {rows} sequences")
    return values


def _unseen(level: str, levels: list[str]) -> str:
    more = f" and {len(levels) - SHOWN} more" if len(levels) > SHOWN else ""
    return (
        f"{level!r} is not in the train set, so that a model knows nothing of it. "
        f"Allowed: {', '.join(levels[:SHOWN])}{more}"
    )
