"""Tables as Parquet, a batch of rows at a time."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.errors import InputError
from seq2score.sequences.delimited import distinct, reading

ROWS_AT_ONCE = 1 << 17


class Parquet:
    """A Parquet table."""

    unit = "row"
    no_sequence = "is missing"
    literal_ids = False
    ragged = 0

    def __init__(self, path: Path):
        self.path = path
        with reading(path), path.open("rb") as file:
            if file.read(4) != b"PAR1":
                raise InputError(f"{path}: this is not a Parquet file")
        with reading(path):
            self.columns = distinct(pq.read_schema(path).names)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in order, each column of its own type."""
        with reading(self.path):
            for batch in pq.ParquetFile(self.path).iter_batches(ROWS_AT_ONCE):
                yield _as_text(batch).rename_columns(self.columns)

    def locate(self, records: Iterable[int]) -> tuple[list[int], list[tuple[int, str]]]:
        """The numbers of rows, counted from one; no row of a Parquet file is ragged."""
        return [record + 1 for record in records], []


def _as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """With plain text where a writer chose views of it, as Polars does, or UTF-8 without a type."""
    fields = [
        field.with_type(pa.string())
        if pa.types.is_string_view(field.type) or pa.types.is_binary(field.type)
        else field
        for field in batch.schema
    ]
    return batch.cast(pa.schema(fields)) if fields != list(batch.schema) else batch


def open_source(path: Path, section: dict) -> Parquet:
    """The table as it stands; its section has nothing to add."""
    return Parquet(path)
