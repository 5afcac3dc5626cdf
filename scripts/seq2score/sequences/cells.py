"""From cells as they stand in a table to numbers and text, and what is wrong with the rest."""

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.errors import InputError

MISSING = pa.array(["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "."])
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity|nan)$"
NOT_A_COUNT = r"^[+-]?(0\d|\d{19})"  # 007 and long barcodes are names that happen to be digits
SHOWN = 40

# The table of faulty rows; `record` counts the rows of the table from 0.
FAULTS = pa.schema(
    {
        "record": pa.int64(),
        "id": pa.string(),
        "column": pa.string(),
        "value": pa.string(),
        "reason": pa.string(),
    }
)

# What is wrong: the same with each cell, said of the cell's text, or row by row.
Reason: TypeAlias = str | Callable[[str], str] | pa.Array


class Faults:
    """What is wrong with the rows of a batch; of several faults of a row, the first counts."""

    def __init__(self, rows: int):
        self._fault = np.full(rows, -1, np.int16)
        self._faults: list[tuple[str, pa.Array | None, Reason]] = []

    def add(self, wrong: np.ndarray, column: str, cells: pa.Array | None, reason: Reason) -> None:
        """Note that the cells of a column are at fault where `wrong`, bool (rows,), says so."""
        self._fault[wrong & (self._fault < 0)] = len(self._faults)
        self._faults.append((column, cells, reason))

    @property
    def good(self) -> np.ndarray:
        """The rows without a fault, bool (rows,)."""
        return self._fault < 0

    def table(self, ids: pa.Array) -> pa.Table:
        """The faulty rows: record (index in the batch), id, column, value and reason."""
        faults = []
        for record in np.flatnonzero(~self.good):
            column, cells, reason = self._faults[self._fault[record]]
            value = cells[record].as_py() if cells is not None else None
            value = "" if value is None else str(value)
            if isinstance(reason, pa.Array):
                reason = reason[record].as_py()
            reason = reason if isinstance(reason, str) else reason(value)
            row = (record, ids[record].as_py() or "", column, shortened(value), reason)
            faults.append(dict(zip(FAULTS.names, row, strict=True)))
        return pa.Table.from_pylist(faults, schema=FAULTS)


def shortened(value: str) -> str:
    """A cell that fits into a message."""
    return value if len(value) <= SHOWN else f"{value[:SHOWN]}... ({len(value)} letters)"


def code_of(letter: str) -> str:
    """A letter as Unicode numbers it, which tells apart those that look alike: U+0410."""
    return f"U+{ord(letter):04X}"


def texts(cells: pa.Array, literal: bool = False) -> tuple[pa.Array, np.ndarray]:
    """Cells as trimmed text, null where missing; and where that is, bool (rows,).

    With `literal`, only what is empty is missing, and NA is text as any other.
    """
    trimmed = pc.utf8_trim_whitespace(cells.cast(pa.string()))
    missing = pc.or_kleene(pc.is_null(trimmed), is_missing(trimmed, literal))
    return pc.if_else(missing, None, trimmed), missing.to_numpy(zero_copy_only=False)


def is_missing(trimmed: pa.Array, literal: bool = False) -> pa.Array:
    """Where trimmed text says that there is nothing."""
    return pc.is_in(trimmed, value_set=MISSING[:1] if literal else MISSING)


def numbers(cells: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells as numbers.

    Returns
    -------
    values : ndarray
        float64 (rows,), NaN where there is none.
    missing, unreadable : ndarray
        Where nothing stands, and where something else than a number does, bool (rows,).
    """
    if not is_text(cells.type):
        # Whole numbers above 2^53 are rounded to the nearest float64.
        values = (
            cells.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy(zero_copy_only=False)
        )
        return values, np.isnan(values), np.zeros(len(values), bool)
    trimmed, missing = texts(cells)
    readable = ~missing
    try:
        values = trimmed.cast(pa.float64())
    except pa.ArrowInvalid:
        readable &= (
            pc.match_substring_regex(trimmed, NUMBER)
            .fill_null(False)
            .to_numpy(zero_copy_only=False)
        )
        values = pc.if_else(pa.array(readable), trimmed, None).cast(pa.float64())
    values = values.fill_null(np.nan).to_numpy(zero_copy_only=False)
    unreadable = ~readable & ~missing
    return values, np.isnan(values) & ~unreadable, unreadable  # "-nan" and "NAN" are missing too


def narrowest(cells: pa.Array, known: pa.DataType | None = None) -> pa.DataType:
    """The narrowest of int64, double and string for cells of text and those already `known`."""
    if known == pa.string():
        return known
    trimmed, _ = texts(cells)
    if pc.any(pc.match_substring_regex(trimmed, NOT_A_COUNT)).as_py():
        return pa.string()
    for kind in (pa.int64(), pa.float64()):
        if known in (None, pa.int64(), kind):
            with contextlib.suppress(pa.ArrowInvalid):
                trimmed.cast(kind)
                return kind
    return pa.string()


def as_type(cells: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cells as what `narrowest` found; text stays as it stands."""
    return cells.cast(kind) if kind == pa.string() else texts(cells)[0].cast(kind)


def refuse_types(rows: pa.RecordBatch, columns: Iterable[str], path: str | Path) -> None:
    """Raise InputError for columns of a user's file that hold lists, dates and such."""
    for name in columns:
        if not is_plain(kind := rows[name].type):
            raise InputError(
                f"{path}: column {name!r} holds {kind}, where text or numbers are needed"
            )


def is_plain(kind: pa.DataType) -> bool:
    """Whether cells of a type are text or numbers."""
    numbers = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    return is_text(kind) or pa.types.is_null(kind) or any(number(kind) for number in numbers)


def is_text(kind: pa.DataType) -> bool:
    """Whether an Arrow type is of text, dictionary-encoded or not."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
