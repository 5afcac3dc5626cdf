"""Tables as text: CSV and TSV, plain or gzipped, a block at a time.

Every cell is read as text. What a column holds is decided by those who know what it is for, and a
message about a bad cell can quote it as it stands in the file.
"""

import contextlib
import csv
import gzip
import io
import itertools
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from seq2score.errors import InputError
from seq2score.sequences.quotes import LINE_END, RowShape

FIRST = 20  # rows among which a header is looked for that does not come first
BLOCK_BYTES = 1 << 24  # no line can be longer
LINES_OF_A_NAME = 3  # line ends in the name of a column, as spreadsheets write them
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
GZIP = b"\x1f\x8b"
KNOWN_BEGINNINGS = {
    b"PK\x03\x04": "a zip archive or an Excel workbook; export it as CSV",
    b"PAR1\x15": "a Parquet file; give it a name that ends in .parquet",
    b"\xff\xfe": "UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as UTF-8",
    b"\xd0\xcf\x11\xe0": "an Excel workbook; export it as CSV",
    b"\x1f\x8b": "packed by gzip twice; unpack it once",
    b"BZh": "packed by bzip2; unpack it, or pack it by gzip",
    b"\xfd7zXZ": "packed by xz; unpack it, or pack it by gzip",
    b"\x28\xb5\x2f\xfd": "packed by zstd; unpack it, or pack it by gzip",
    b"SQLite": "an SQLite database; export the table as CSV",
    b"<!DOCTYP": "a web page, perhaps an error in place of a download; fetch the file again",
    b"<html": "a web page, perhaps an error in place of a download; fetch the file again",
    b"[{": "JSON; write it as CSV",
}
csv.field_size_limit(1 << 30)


class Delimited:
    """A table of text, a `Source`.

    Parameters
    ----------
    path
        Of the file.
    sequence
        The column of sequences, if it has one. By it a row that a quote has swallowed is told from
        text of several lines.

    Raises
    ------
    InputError
        For a file that is no such table.
    """

    unit = "line"
    no_sequence = "is missing"
    literal_ids = False

    def __init__(self, path: Path, sequence: str | None = None):
        self.path, self.sequence = path, sequence
        self.delimiter = "," if path.name.lower().removesuffix(".gz").endswith(".csv") else "\t"
        self.ragged = 0
        with reading(path):
            self._refuse_other_formats()
            first = list(itertools.islice(self._records(), FIRST))
        if not first:
            raise InputError(f"{path}: the file is empty; a table has a header line and rows")
        self._refuse_lines_above(first)
        self.header = first[0][1]
        self._refuse_row_names(first)
        self._refuse_no_header()
        if any("\n" in name and self._swallows(name) for name in self.header):
            raise InputError(
                f"{path}: the name of a column holds a line end; is a quote not closed?"
            )
        self.columns = distinct([name or f"column_{i}" for i, name in enumerate(self.header, 1)])
        self._shape = RowShape(self.columns, self.delimiter, sequence)

    def _swallows(self, name: str) -> bool:
        """Whether what should name a column holds whole rows: a name may stand on two lines."""
        return self.delimiter in name or name.count("\n") > LINES_OF_A_NAME

    def _refuse_row_names(self, first: list[tuple[int, list[str]]]) -> None:
        """Raise InputError for a table as R writes it, with a name for each row and none for it."""
        rows = [cells for _, cells in first[1:]]
        if not rows or any(len(cells) != len(self.header) + 1 for cells in rows):
            return
        if not any(cells[-1].strip() for cells in rows):
            raise InputError(
                f"{self.path}: every row ends in a separator that the header lacks; put one at the "
                "end of the header too, or take it out of the rows"
            )
        else:
            raise InputError(
                f"{self.path}: every row has one cell more than the header, as R's write.table "
                "writes row names; write it with row.names=FALSE or col.names=NA"
            )

    def _refuse_no_header(self) -> None:
        """Raise InputError where the first line holds a sequence and a number in place of names."""
        cells_ = [name.strip() for name in self.header]
        is_sequence = [bool(re.fullmatch("[ACGTUNacgtun]{6,}", cell)) for cell in cells_]
        is_number = [bool(re.fullmatch(NUMBER, cell)) for cell in cells_]
        if any(is_sequence) and any(is_number) and self.sequence not in self.header:
            names = iter(["score"])
            columns = [
                "sequence" if sequence else next(names, f"column_{i}") if number else f"column_{i}"
                for i, (sequence, number) in enumerate(zip(is_sequence, is_number, strict=True), 1)
            ]
            header = " <tab> ".join(columns) if self.delimiter == "\t" else ",".join(columns)
            raise InputError(
                f"{self.path}: the table has no header line; its first line holds a sequence and a "
                f"number. Put one above it, such as: {header}"
            )

    def _refuse_lines_above(self, first: list[tuple[int, list[str]]]) -> None:
        """Raise InputError where titles, comments or `sep=,` stand above the header."""
        for line, cells in first if self.sequence not in first[0][1] else ():
            if self.sequence in cells or self.sequence in [x.lstrip("# ") for x in cells[:1]]:
                raise InputError(
                    f"{self.path}, line {line}: this seems to be the header; take out what stands "
                    "above it"
                )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in order, every column as strings. Rows that lack a cell or have one too many
        are left out and counted in `ragged`."""
        self.ragged, self._swallowed = 0, False
        with reading(self.path), opened(self.path) as file:
            reader = pa.csv.open_csv(
                file,
                read_options=pa.csv.ReadOptions(block_size=BLOCK_BYTES),
                parse_options=pa.csv.ParseOptions(
                    delimiter=self.delimiter,
                    newlines_in_values=True,
                    invalid_row_handler=self._count_ragged,
                ),
                convert_options=pa.csv.ConvertOptions(
                    column_types=dict.fromkeys(self.header, pa.string()), strings_can_be_null=False
                ),
            )
            for batch in reader:
                self._refuse_swallowed(batch)
                if len(batch):
                    yield batch.rename_columns(self.columns)

    def locate(self, records: Iterable[int]) -> tuple[list[int], list[tuple[int, str]]]:
        """Where rows stand in the file, as `Source.locate`.

        Cells may hold line ends, so this reads the file again; it is for messages.
        """
        lines, ragged = [], []
        chosen = iter(records)
        next_wanted = next(chosen, None)
        index = -1
        rows = self._records()
        next(rows)
        for line, cells in rows:
            if len(cells) != len(self.columns):
                ragged.append((line, self._ragged_problem(cells)))
                continue
            index += 1
            if index == next_wanted:
                lines.append(line)
                next_wanted = next(chosen, None)
        return lines, ragged

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Each record with the number of the line that it begins in; blank lines are none."""
        with opened(self.path) as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
            rows = csv.reader(text, delimiter=self.delimiter)
            line = 1
            for cells in rows:
                if cells:
                    yield line, cells
                line = rows.line_num + 1

    def _count_ragged(self, row: pa.csv.InvalidRow) -> str:
        self.ragged += 1
        lines = re.split(LINE_END, row.text or "")
        self._swallowed |= self._shape.in_lines(lines[1:])
        return "skip"

    def _refuse_swallowed(self, batch: pa.RecordBatch) -> None:
        """Raise InputError where a quote has made one cell of whole rows."""
        swallowed = self._swallowed or any(
            self._shape.in_cell(text, index)
            for index, column in enumerate(batch.columns)
            for text in column.filter(pc.match_substring_regex(column, "[\r\n]")).to_pylist()
        )
        if swallowed:
            counted = ((line, self._shape.lines_swallowed(row)) for line, row in self._records())
            line, lines = next((line, lines) for line, lines in counted if lines)
            raise InputError(
                f"{self.path}, line {line}: a quote opens here and closes {lines - 1} lines below, "
                "so that whole rows stand in one cell; take the quote out, close it, or write it "
                "twice to mean a quote"
            )

    def _ragged_problem(self, cells: list[str]) -> str:
        text = f"has {len(cells)} cells where the header has {len(self.columns)}"
        if any("\n" in cell for cell in cells):
            text += "; is a quote not closed?"
        return text

    def _refuse_other_formats(self) -> None:
        with opened(self.path) as file:
            beginning = file.read(8)
        for known, what in KNOWN_BEGINNINGS.items():
            if beginning.startswith(known):
                raise InputError(f"{self.path}: this is {what}")
        if len(beginning) == 8 and not any(beginning[1::2]):
            raise InputError(f"{self.path}: this is UTF-16 text without a mark; save it as UTF-8")


def open_source(path: Path, section: dict) -> Delimited:
    """The table, whose section names its column of sequences if it has one."""
    return Delimited(path, section.get("sequence"))


def distinct(names: Sequence[str]) -> list[str]:
    """The names of columns, those that stand more than once with their place behind each.

    So that no key can mean one of them without saying which.
    """
    count = Counter(names)
    return [f"{x} (column {i})" if count[x] > 1 else x for i, x in enumerate(names, 1)]


def opened(path: Path) -> BinaryIO:
    """A file as plain bytes, unpacked if it is gzipped, whatever its name says."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    return cast(BinaryIO, gzip.open(path)) if packed else path.open("rb")  # it is, but by name


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say what is wrong with a file in words that help its owner."""
    try:
        yield
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, pa.ArrowInvalid) as error:
        raise InputError(_problem(path, error)) from None


# What is wrong with a file, by the first class that an error is of.
_PROBLEMS = {
    FileNotFoundError: "there is no such file",
    IsADirectoryError: "this is a folder, not a file",
    PermissionError: "the file may not be read; see its permissions",
    EOFError: "the gzip file ends too early; copy or fetch it again",
    gzip.BadGzipFile: "the gzip file is damaged ({error})",
    zlib.error: "the gzip file is damaged ({error})",
}


def _problem(path: Path, error: Exception) -> str:
    """What is wrong with a file, from the error that reading it gave."""
    for kind, text in _PROBLEMS.items():
        if isinstance(error, kind):
            return f"{path}: {text.format(error=error)}"
    text = str(error) if isinstance(error, pa.ArrowInvalid) else ""
    if isinstance(error, UnicodeDecodeError) or "UTF8" in text:
        return _not_utf8(path)
    if "straddling" in text:
        return f"{path}: a line is longer than {BLOCK_BYTES >> 20} MB; is a quote not closed?"
    return f"{path}: {error}"


def _not_utf8(path: Path) -> str:
    with reading(path), opened(path) as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                bad = line[error.start]
                return f"{path}, line {number}: byte 0x{bad:02X} is not UTF-8; save it as UTF-8"
    return f"{path}: the text is not UTF-8; save it as UTF-8"
