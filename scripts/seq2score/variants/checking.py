"""Variants checked in every respect before any is predicted, and their windows cut."""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.errors import InputError
from seq2score.sequences import hashing
from seq2score.sequences.cells import FAULTS
from seq2score.sequences.sources import Source
from seq2score.sequences.vcf import Vcf
from seq2score.variants import measured
from seq2score.variants.causes import Disagreements
from seq2score.variants.reading import read, way
from seq2score.variants.rows import Dataset

ROWS_TOGETHER = 1 << 13  # of a group of rows, which are predicted together
REJECTED = ["line", "id", "column", "value", "reason"]
SHOWN = 10
MOST_LABELS = 50


def check_variants(section: Mapping, dataset: Dataset, path: str | Path) -> list[dict]:
    """Write the variants that can be scored as Parquet; returns the rows that cannot.

    Parameters
    ----------
    section
        A `variants` section of the config.
    dataset
        That they are asked about.
    path
        The file to write.

    Raises
    ------
    InputError
        Where there are such rows and `invalid_rows` does not allow them, or where no variant is
        left.
    """
    causes, tally = Disagreements(), _Tally(regions=way(section) == "saturation")
    source, batches = read(section, dataset, causes)
    with _Groups(path) as groups:
        for variants, faults in batches:
            names = _alleles(variants) if isinstance(source, Vcf) else variants["id"]
            groups.write(tally.add(variants, faults, names))
    rejected = _located(tally.all_faults, source)
    total = tally.total + source.ragged
    if not tally.scored and not rejected:
        raise InputError(f"{source.path}: there are no {tally.unit} in it")
    if rejected and (section["invalid_rows"] == "error" or not tally.scored):
        what = f"{source.path}: {len(rejected)} of {total} {tally.unit} cannot be scored:"
        lines = [what, *(_line(row, source.unit) for row in rejected[:SHOWN])]
        lines += [f"  ... and {len(rejected) - SHOWN} more"] * (len(rejected) > SHOWN)
        lines += filter(None, [causes.cause()])
        advice = "Correct them, or leave them out by `invalid_rows: drop`, which lists them all."
        raise InputError("\n".join([*lines, advice if tally.scored else "None is left to score."]))
    if fault := measured.wrong_labels(tally.labels):
        raise InputError(f"{source.path}, column {section['measured']!r}: {fault}")
    if cause := causes.cause():
        logging.warning(cause)
    return rejected


class _Tally:
    """Counts of the variants that pass by, and what is wrong with some of them."""

    def __init__(self, regions: bool):
        self.unit = "regions" if regions else "variants"
        self.repeats, self.faults = Repeats(), [FAULTS.empty_table()]
        self.labels: set[str] = set()
        self.scored = self.total = 0

    def add(self, variants: pa.Table, faults: pa.Table, names: pa.ChunkedArray) -> pa.Table:
        """The variants of a batch that did not come before. names: by which that is told."""
        first = self.repeats.new(names)
        faults = pa.concat_tables([faults, _repeated(variants.filter(pa.array(~first)))])
        variants = variants.filter(pa.array(first))
        self.faults.append(faults)
        self.scored += len(variants)
        rows = min(1, len(variants)) if self.unit == "regions" else len(variants)
        self.total += len(faults) + rows
        labels = {*pc.unique(variants["measured"]).to_pylist()} - {None} - self.labels
        numbers = set(filter(measured.is_number, labels))
        if len(self.labels) < MOST_LABELS:
            self.labels |= numbers
        self.labels |= {*sorted(labels - numbers)[:MOST_LABELS]}
        return variants

    @property
    def all_faults(self) -> pa.Table:
        """All faults, in the order of the rows."""
        return pa.concat_tables(self.faults).sort_by("record")


class _Groups(AbstractContextManager):
    """A Parquet file of variants in whole groups of rows; none where there is no variant."""

    def __init__(self, path: str | Path):
        self.path = path
        self.waiting: list[pa.Table] = []
        self.writer: pq.ParquetWriter | None = None

    def write(self, variants: pa.Table) -> None:
        """Add variants; what does not fill a group waits for more."""
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.path, variants.schema, compression="zstd")
        self.waiting.append(variants)
        if sum(map(len, self.waiting)) >= ROWS_TOGETHER:
            table = pa.concat_tables(self.waiting)
            full = len(table) // ROWS_TOGETHER * ROWS_TOGETHER
            self.writer.write_table(table.slice(0, full).combine_chunks(), ROWS_TOGETHER)
            self.waiting = [table.slice(full)]

    def __exit__(self, error: type | None, *_: object) -> None:
        if self.writer is None:
            return
        if error is None:
            self.writer.write_table(pa.concat_tables(self.waiting), ROWS_TOGETHER)
        self.writer.close()


def _alleles(variants: pa.Table) -> pa.ChunkedArray:
    """What tells records of VCF apart: the alleles of a record may share its id."""
    parts = (variants[name].cast(pa.string()) for name in ("chromosome", "position", "ref", "alt"))
    return pc.binary_join_element_wise(*parts, ":")


def _repeated(variants: pa.Table) -> pa.Table:
    n = len(variants)
    columns = [variants["record"], variants["id"], ["id"] * n, variants["id"]]
    return pa.table([*columns, ["stands there before"] * n], schema=FAULTS)


def _located(faults: pa.Table, source: Source) -> list[dict]:
    """Faulty rows with their lines, and the lines that are no rows."""
    if not len(faults) and not source.ragged:
        return []
    records = faults["record"].to_pylist()
    lines, ragged = source.locate(sorted(set(records)))
    line_of = dict(zip(sorted(set(records)), lines, strict=True))
    rows = [{"line": line_of[row.pop("record")], **row} for row in faults.to_pylist()]
    rows += [
        {"line": line, "id": "", "column": "", "value": "", "reason": why} for line, why in ragged
    ]
    return sorted(rows, key=lambda row: row["line"])


def _line(row: dict, unit: str) -> str:
    value = f"{row['value']!r} " if row["value"] else ""
    return f"  {unit} {row['line']}, {row['column']}: {value}{row['reason']}"


def summary(checked: str | Path, rejected: list[dict]) -> str:
    """What became of the variants, in a line."""
    others = (
        f"{len(rejected):,} rows cannot be, and are listed" if rejected else "no row is left out"
    )
    return f"{pq.read_metadata(checked).num_rows} variants can be scored; {others}"


class Repeats:
    """Finds ids that came before, keeping eight bytes of each."""

    def __init__(self) -> None:
        self.seen = np.empty(0, np.uint64)

    def new(self, names: pa.ChunkedArray) -> np.ndarray:
        """Which of the names come for the first time, bool (n,)."""
        parts = [hashing.text_hashes(chunk) for chunk in names.chunks]
        hashes = np.concatenate([np.empty(0, np.uint64), *parts])
        first = np.zeros(len(hashes), bool)
        first[np.unique(hashes, return_index=True)[1]] = True
        first &= ~np.isin(hashes, self.seen)
        self.seen = np.concatenate([self.seen, hashes[first]])
        return first
