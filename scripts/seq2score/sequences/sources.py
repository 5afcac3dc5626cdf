"""What holds sequences: every kind of file, its suffixes, and the module that reads it.

The one place that knows suffixes: the schema, the messages and the rules draw on it. A new kind is
a module here with `open_source`, and an entry in KINDS.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from seq2score.errors import InputError

if TYPE_CHECKING:  # the workflow reads this module too, and knows no Arrow
    import pyarrow as pa

PACKED = ".gz"
LARGE = 1 << 30  # bytes of a file of which the size stands for the content
REASON = "why there is no sequence"


class Source(Protocol):
    """Rows of a user's file, a batch at a time.

    Attributes
    ----------
    path
        The file that messages name.
    unit
        What one of its rows is called there.
    columns
        Names, in order.
    no_sequence
        What is wrong with a row without a sequence, where the batches have no column REASON that
        says it row by row.
    ragged
        After `batches`, how many lines are no rows.
    literal_ids
        Whether an id may be NA, say, which in a table means that there is none.
    """

    path: Path
    unit: str
    columns: list[str]
    no_sequence: str
    ragged: int
    literal_ids: bool

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in order.

        Raises
        ------
        InputError
            For a file that cannot be read.
        """

    def locate(self, records: Iterable[int]) -> tuple[list[int], list[tuple[int, str]]]:
        """Where rows stand in the file, for messages.

        Parameters
        ----------
        records
            Indices among the rows of `batches`, ascending.

        Returns
        -------
        lines : list of int
            A number for each.
        ragged : list of (int, str)
            Number and fault of every line that is no row.
        """


@dataclass(frozen=True)
class Kind:
    """A kind of file."""

    what: str
    module: str  # that reads it, by `open_source(path, section)`
    suffixes: tuple[str, ...]
    packed: bool = True  # whether it may be gzipped
    needs: str | None = None  # the key of a `table` section that names the file it depends on


KINDS = {
    "text": Kind("a table as text", "delimited", (".csv", ".tsv", ".txt", ".tab")),
    "parquet": Kind("a Parquet table", "parquet", (".parquet",), packed=False),
    "fasta": Kind("a FASTA file", "fasta", (".fasta", ".fa", ".fna"), needs="scores"),
    "bed": Kind(
        "a BED or bedGraph file",
        "bed",
        (".bed", ".bedgraph", ".narrowpeak", ".broadpeak"),
        needs="genome",
    ),
    "vcf": Kind("a VCF or BCF file", "vcf", (".vcf", ".bcf"), needs="genome"),
}
TABLES = ("text", "parquet")  # kinds with a column for everything


def kind_of(path: str | Path) -> Kind:
    """The kind of a file by its name; one that says nothing is read as text."""
    name = Path(path).name.lower().removesuffix(PACKED)
    return next((kind for kind in KINDS.values() if name.endswith(kind.suffixes)), KINDS["text"])


def open_source(section: dict) -> Source:
    """The rows that a section of the config describes: its `path`, and what the kind needs."""
    module = import_module(f"seq2score.sequences.{kind_of(section['path']).module}")
    return module.open_source(Path(section["path"]), section)


def files(section: dict) -> list[str]:
    """The files that a section names."""
    return [section[key] for key in _keys(section)]


def state(section: dict) -> list[str]:
    """What tells whether a section's files are those that were read before, in order of `files`.

    The hash of a file's content; of one as large as a genome, its size.
    """
    return [_state(Path(file)) for file in files(section)]


def _state(file: Path) -> str:
    if (size := file.stat().st_size) > LARGE:
        return f"{size} bytes"
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def refuse_changed(section: dict, checked: list[str]) -> None:
    """Raise InputError for files that are no longer what was checked, as `state` had them."""
    for file, before, now in zip(files(section), checked, state(section), strict=True):
        if now != before:
            raise InputError(
                f"{file}: changed while it was read. Run again when it is whole, such as after a "
                "copy has ended"
            )


def at(section: dict, paths: Iterable[str]) -> dict:
    """The section with its files at `paths`, in the order of `files`.

    They are elsewhere than the config says where they came from object storage.
    """
    return section | dict(zip(_keys(section), paths, strict=True))


def _keys(section: dict) -> list[str]:
    keys = ["path", *(kind.needs for kind in KINDS.values() if kind.needs)]
    return [key for key in keys if section.get(key)]


def modules(section: dict, keys: Iterable[str] = ("path", "scores")) -> list[str]:
    """The library's modules that read the files which a section names under some keys."""
    kinds = [kind_of(section[key]) for key in keys if isinstance(section.get(key), str)]
    return [f"seq2score.sequences.{kind.module}" for kind in kinds]


def pattern(kinds: Iterable[str]) -> str:
    """The regular expression of paths that may hold some kinds of KINDS."""
    choices = [
        f"({'|'.join(suffix[1:] for suffix in KINDS[kind].suffixes)})"
        + (r"(\.gz)?" if KINDS[kind].packed else "")
        for kind in kinds
    ]
    return rf"(?i)^[^{{}}\x00-\x1f]*\.({'|'.join(choices)})\Z"


def allowed(kinds: Iterable[str]) -> str:
    """The same in words."""
    groups: dict[bool, list[str]] = {True: [], False: []}
    for kind in kinds:
        groups[KINDS[kind].packed] += KINDS[kind].suffixes
    packed = f"{', '.join(groups[True])} (each also with {PACKED})"
    return f"a path that ends in {' or '.join([packed, *groups[False]])}"
