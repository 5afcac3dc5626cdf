"""Work that several jobs share, and what they made gathered in order: the same bytes as of one job.

Work comes in pieces (a batch, a group of rows), each computed alone whatever job takes it. A job
takes every so-manyth piece, so that none need know how many there are, and writes a group of rows
of a Parquet file for each.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from seq2score import tables

WRITERS = {"tsv": tables.writer, "parquet": pq.ParquetWriter}  # by suffix

Piece = TypeVar("Piece")


class Counts(NamedTuple):
    """How many sequences there were, and how many of them have no prediction."""

    total: int
    refused: int

    def message(self, path: str | Path) -> str:
        """What became of the sequences whose predictions are in a file."""
        text = f"{self.total - self.refused} of {self.total} sequences predicted"
        if not self.refused:
            return text
        return f"{text}; {path} says what is wrong with the other {self.refused}"


def share(pieces: Iterable[Piece], part: int, parts: int) -> Iterator[Piece]:
    """The pieces that a part (from 1) of the work takes."""
    return islice(pieces, part - 1, None, parts)


def write(path: str | Path, schema: pa.Schema, pieces: Iterable[pa.Table]) -> int:
    """Write what a part made of its pieces, which have rows; returns how many rows."""
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for piece in pieces:
            writer.write_table(piece.cast(schema), row_group_size=max(1, len(piece)))
            count += len(piece)
    return count


def gather(paths: Sequence[str | Path], path: str | Path) -> Iterator[pa.Table]:
    """Write what the parts made as one table, as of its suffix; yields each piece when it is in."""
    schema = pq.ParquetFile(paths[0]).schema_arrow
    with WRITERS[Path(path).suffix[1:]](path, schema) as table:
        for piece in gathered(paths):
            for batch in piece.combine_chunks().to_batches():
                table.write_batch(batch)
            yield piece


def gathered(paths: Sequence[str | Path]) -> Iterator[pa.Table]:
    """What the parts made, piece by piece in the order of the work; files from part 1 on."""
    files = [pq.ParquetFile(path) for path in paths]
    for i in range(max(file.num_row_groups for file in files)):
        for file in files:
            if i < file.num_row_groups:
                yield file.read_row_group(i)


def gather_predictions(parts: Sequence[str | Path], path: str | Path) -> Counts:
    """Put predictions of parts together, in the order of the sequences."""
    total, refused = 0, 0
    for rows in gather(parts, path):
        refused += sum(map(bool, rows["problem"].to_pylist()))
        total += len(rows)
    return Counts(total, refused)
