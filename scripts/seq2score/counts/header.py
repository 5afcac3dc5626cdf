"""What the columns of a file of counts are: told by its header, before anything is read.

The formats are IGVF's: reporter_experiment_barcode has a row a barcode and two columns a replicate,
reporter_experiment a row an oligo and replicate.
"""

import csv
import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, cast

from seq2score.errors import InputError

BARCODES = ("barcode", "oligo_name")
OLIGOS = ("replicate", "oligo_name", "dna_counts", "rna_counts", "n_bc")
SHARED = "dna_count"
OF_REPLICATE = r"(dna|rna)_count_(.+)"
GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Header:
    """The columns of a file of counts by what they hold.

    replicates: names, in order. dna, rna: the column of each; none where rows are of oligos. names:
    of the columns that every row has beside them, by ours.
    """

    replicates: list[str]
    dna: list[str]
    rna: list[str]
    names: dict[str, str]

    @property
    def of_oligos(self) -> bool:
        """Whether rows are of oligos, not of barcodes."""
        return not self.rna


def read_header(
    path: Path,
    columns: Sequence[str],
    renamed: Mapping[str, str],
    shared: bool = False,
    chosen: Sequence[str] = (),
) -> Header:
    """What is what among the columns of a file of counts.

    Parameters
    ----------
    path
        Of the file, for messages.
    columns
        Its columns.
    renamed
        The user's name of each column by ours, where they differ.
    shared
        Whether one column of DNA counts is for all replicates.
    chosen
        Names of the replicates to read; none for all of them.

    Raises
    ------
    InputError
        For columns that are missing.
    """
    for ours, name in renamed.items():
        if name not in columns:
            raise InputError(f"{path}: there is no column {name!r} ({ours}). {_listed(columns)}")
    theirs = {name: name for name in columns if name not in {*renamed.values()}}
    theirs |= renamed
    if "replicate" in theirs and "barcode" not in theirs:
        _refuse_missing(path, OLIGOS, theirs, columns)
        return Header([*chosen], [], [], {name: theirs[name] for name in OLIGOS})
    _refuse_missing(path, BARCODES, theirs, columns)
    counted: dict[str, dict[str, str]] = {"dna": {}, "rna": {}}
    for ours in theirs:
        if match := re.fullmatch(OF_REPLICATE, ours):
            counted[match[1]][match[2]] = theirs[ours]
    if SHARED in theirs and (shared or not counted["dna"]):
        _refuse_unsaid(path, theirs[SHARED], shared)
        counted["dna"] = dict.fromkeys(counted["rna"], theirs[SHARED])
    elif shared and len(counted["dna"]) == 1:
        counted["dna"] = dict.fromkeys(counted["rna"], *counted["dna"].values())
    replicates = [*chosen] or list(dict.fromkeys([*counted["rna"], *counted["dna"]]))
    _refuse_incomplete(path, replicates, counted, columns)
    return Header(
        replicates,
        [counted["dna"][name] for name in replicates],
        [counted["rna"][name] for name in replicates],
        {name: theirs[name] for name in BARCODES},
    )


def _refuse_missing(
    path: Path, needed: Sequence[str], theirs: Mapping[str, str], columns: Sequence[str]
) -> None:
    for name in needed:
        if name in theirs:
            continue
        near = [column for column in columns if column.strip().lower() == name]
        hint = f", but {near[0]!r}" if near else ""
        raise InputError(
            f"{path}: there is no column {name!r}{hint}. {_listed(columns)} Other names "
            f"are told by `counts.columns: {{{name}: ...}}`"
        )


def _refuse_unsaid(path: Path, column: str, shared: bool) -> None:
    if not shared:
        raise InputError(
            f"{path}: {column} is the only column of DNA counts. If it is for all replicates, say "
            "`dna: shared`; else there must be a column dna_count_NAME for every rna_count_NAME"
        )


def _refuse_incomplete(
    path: Path,
    replicates: Sequence[str],
    counted: Mapping[str, Mapping[str, str]],
    columns: Sequence[str],
) -> None:
    if not replicates:
        raise InputError(
            f"{path}: there are no counts. Needed: columns dna_count_NAME and rna_count_NAME for "
            f"every replicate. {_listed(columns)}"
        )
    for name in replicates:
        for kind in ("dna", "rna"):
            if name in counted[kind]:
                continue
            only = len(counted["dna"]) == 1 and kind == "dna"
            hint = (
                f" If {next(iter(counted['dna'].values()))} is for all replicates, say "
                "`dna: shared`."
                if only
                else ""
            )
            raise InputError(
                f"{path}: replicate {name} has no {kind.upper()} counts, for there is no column "
                f"{kind}_count_{name}.{hint} {_listed(columns)}"
            )


def _listed(columns: Sequence[str]) -> str:
    return f"The columns are {', '.join(columns[:30])}."


# --------------------------------------------------------------------------------- before any job
def replicates_of(path: str, renamed: Mapping[str, str], shared: bool) -> list[str]:
    """The replicates of a file of counts, as far as it is there and can be read; else none."""
    with suppress(OSError, EOFError, ValueError, csv.Error):
        rows = _rows(Path(path))
        header = read_header(Path(path), next(rows, []), renamed, shared)
        if not header.of_oligos:
            return header.replicates
        with _opened(Path(path)) as file:
            table = csv.DictReader(file, delimiter=delimiter(Path(path)))
            return list(dict.fromkeys(row[header.names["replicate"]].strip() for row in table))
    return []


def delimiter(path: Path) -> str:
    """What separates the cells of a table, by its name."""
    return "," if path.name.lower().removesuffix(".gz").endswith(".csv") else "\t"


def _rows(path: Path) -> Iterator[list[str]]:
    with _opened(path) as file:
        yield from csv.reader(file, delimiter=delimiter(path))


def _opened(path: Path) -> TextIO:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    if packed:
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8-sig", newline=""))
    return path.open(encoding="utf-8-sig", newline="")
