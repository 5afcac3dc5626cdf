"""Contributions on disk, as tf-modisco-lite and tangermeme read them: (n, 4, length) in .npz.

Two files, for `modisco motifs -s one_hot.npz -a hypothetical.npz`: each holds the array under
numpy's own name `arr_0`, and `ids`. They are written and read a batch at a time.
"""

import logging
import math
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.lib import format as npy

from seq2score import tables
from seq2score.inference import shares
from seq2score.sequences.encoding import N, one_hot

TABLE = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("id", "sequence")),
        *(
            pa.field(name, pa.float64())
            for name in ("prediction", "reference", "sum", "difference", "error")
        ),
        pa.field("problem", pa.string()),
    ]
)
FILES = ("one_hot.npz", "hypothetical.npz")
MOST_LETTERS = 4_000_000  # that motifs are discovered from, so that memory has a bound
_BATCH_NUMBERS = 2**22


class Output(Protocol):
    """Files to write: both arrays, and the table of the sequences."""

    one_hot: str
    hypothetical: str
    table: str


class Writer(AbstractContextManager):
    """Batches of one array to a file that `numpy.load` reads.

    Parameters
    ----------
    shape
        (n, ...) of the whole array; n is known beforehand.
    dtype
        Of its numbers.
    """

    def __init__(self, path: str | Path, shape: tuple[int, ...], dtype: str):
        self.archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self.dtype = np.dtype(dtype)
        self.ids: list[str] = []
        self.file = self.archive.open("arr_0.npy", "w", force_zip64=True)
        header = {"descr": npy.dtype_to_descr(self.dtype), "fortran_order": False, "shape": shape}
        npy.write_array_header_2_0(self.file, header)

    def write(self, ids: list[str], rows: np.ndarray) -> None:
        """Add rows, in the order of their ids; each (4, length)."""
        self.ids += ids
        self.file.write(np.ascontiguousarray(rows, self.dtype).tobytes())

    def __exit__(self, *error: object) -> None:
        self.file.close()
        with self.archive.open("ids.npy", "w") as file:
            npy.write_array(file, np.array(self.ids, dtype=str), allow_pickle=False)
        self.archive.close()


def schema(length: int) -> pa.Schema:
    """A row a sequence: TABLE, and the bytes of its codes and hypothetical contributions."""
    arrays = pa.field("codes", pa.binary(length)), pa.field("hypothetical", pa.binary(16 * length))
    return pa.schema([*TABLE, *arrays])


def piece(columns: list[pa.Array], encoded: np.ndarray, hypothetical: np.ndarray) -> pa.Table:
    """Rows of `schema`.

    Parameters
    ----------
    columns
        Those of TABLE.
    encoded
        uint8 (n, length).
    hypothetical
        float32 (n, 4, length).
    """
    fields = schema(encoded.shape[1])
    columns = [*columns, *map(_as_bytes, (encoded, hypothetical))]
    columns = [column.cast(field.type) for column, field in zip(columns, fields, strict=True)]
    return pa.table(columns, fields)


def write(pieces: Iterable[pa.Table], count: int, length: int, output: Output) -> float:
    """Write the arrays and the table of explained sequences.

    Parameters
    ----------
    pieces
        As from `piece`.
    count
        Of all their rows without a problem; the arrays are of these.
    length
        Letters of a sequence.
    output
        Paths.

    Returns
    -------
    float
        The largest error, of any sequence.
    """
    worst, shape = 0.0, (count, 4, length)
    with (
        tables.writer(output.table, TABLE) as table,
        Writer(output.one_hot, shape, "int8") as letters,
        Writer(output.hypothetical, shape, "float32") as numbers,
    ):
        for rows in pieces:
            for batch in rows.select(TABLE.names).combine_chunks().to_batches():
                table.write_batch(batch)
            worst = max(worst, pc.max(pc.abs(rows["error"])).as_py() or 0.0)
            good = rows.filter(pc.equal(rows["problem"], ""))
            ids, encoded = good["id"].to_pylist(), _numbers(good["codes"])
            letters.write(ids, one_hot(encoded))
            numbers.write(ids, _numbers(good["hypothetical"]).view("f4").reshape(-1, 4, length))
    logging.info("sums differ from the difference to the reference by at most %.3g", worst)
    return worst


def gather(parts: Sequence[str | Path], output: Output) -> int:
    """Write what jobs made of their parts, in the order of the sequences.

    Parameters
    ----------
    parts
        Files of `Attribution.write_part`.
    output
        Paths to write.

    Returns
    -------
    int
        How many sequences were explained.
    """
    problems = (pq.read_table(path, columns=["problem"])["problem"] for path in parts)
    count = sum(pc.sum(pc.equal(column, "")).as_py() or 0 for column in problems)
    length = pq.read_schema(parts[0]).field("codes").type.byte_width
    write(shares.gathered(parts), count, length, output)
    return count


def _as_bytes(rows: np.ndarray) -> pa.Array:
    """Each row as the bytes of its numbers."""
    rows = np.ascontiguousarray(rows)
    width = math.prod(rows.shape[1:]) * rows.itemsize
    return pa.Array.from_buffers(pa.binary(width), len(rows), [None, pa.py_buffer(rows)])


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    """The bytes of each row, uint8 (n, bytes)."""
    width = column.type.byte_width
    parts = [np.frombuffer(chunk.buffers()[1], np.uint8) for chunk in column.chunks]
    parts = [
        part[chunk.offset * width : (chunk.offset + len(chunk)) * width]
        for part, chunk in zip(parts, column.chunks, strict=True)
    ]
    return np.concatenate([np.empty(0, np.uint8), *parts]).reshape(-1, width)


def read_ids(path: str | Path) -> np.ndarray:
    """The ids beside an array, str (n,)."""
    with np.load(path) as archive:
        return archive["ids"]


def batches(path: str | Path) -> Iterator[np.ndarray]:
    """The array in batches of rows, in its own type."""
    with zipfile.ZipFile(path) as archive, archive.open("arr_0.npy") as file:
        npy.read_magic(file)
        shape, _, dtype = npy.read_array_header_2_0(file)
        size = int(np.prod(shape[1:]))
        together = max(1, _BATCH_NUMBERS // max(size, 1))
        for start in range(0, max(1, shape[0]), together):
            rows = min(together, shape[0] - start)
            numbers = np.frombuffer(file.read(rows * size * dtype.itemsize), dtype)
            yield numbers.reshape(rows, *shape[1:])


def contributions(folder: str | Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Codes uint8 (rows, length) and what each letter contributes, float64 (rows, length)."""
    for pair in zip(*(batches(Path(folder, name)) for name in FILES), strict=True):
        yield actual_letters(*pair)


def actual_letters(one_hot: np.ndarray, hypothetical: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sequences, and what the letters that are there contribute.

    Parameters
    ----------
    one_hot, hypothetical
        (n, 4, length).

    Returns
    -------
    encoded : ndarray
        uint8 (n, length).
    contributions : ndarray
        float64 (n, length), 0 at N.
    """
    encoded = np.where(one_hot.any(axis=1), one_hot.argmax(axis=1), N).astype(np.uint8)
    return encoded, (one_hot * hypothetical).sum(axis=1, dtype=float)


def evenly(
    folder: str | Path, most: int = MOST_LETTERS
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both arrays and the ids: all, or of large sets evenly spaced rows.

    Parameters
    ----------
    folder
        Of the files.
    most
        Letters, of all rows together.

    Returns
    -------
    one_hot, hypothetical : ndarray
        (n, 4, length).
    ids : ndarray
        str (n,).
    """
    ids = read_ids(Path(folder, FILES[0]))
    chosen, kept, start = [], np.zeros(len(ids), bool), 0
    for pair in zip(*(batches(Path(folder, name)) for name in FILES), strict=True):
        if not start:
            rows = min(len(ids), max(1, most // pair[0].shape[2]))
            kept[np.linspace(0, len(ids) - 1, rows).astype(int)] = True
        of_part = kept[start : start + len(pair[0])]
        chosen.append([part[of_part] for part in pair])
        start += len(pair[0])
    one_hot, hypothetical = (np.concatenate(parts) for parts in zip(*chosen, strict=True))
    return one_hot, hypothetical, ids[kept]
