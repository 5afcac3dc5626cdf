"""Variants checked in every respect before any is predicted, and their windows cut."""

import logging
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.errors import InputError
from seq2score.sequences.cells import FAULTS
from seq2score.sequences.vcf import Vcf
from seq2score.variants import measured
from seq2score.variants.causes import Disagreements
from seq2score.variants.reading import Own, Repeats, read, way

ROWS_TOGETHER = 1 << 13  # of a group of rows, which are predicted together
REJECTED = ["line", "id", "column", "value", "reason"]
SHOWN = 10
MOST_LABELS = 50


def check_variants(section: dict, own: Own, checked: str | Path) -> list[dict]:
    """Write the variants that can be scored as Parquet; returns the rows that cannot.

    section: of the config. own: the dataset's sequences. Raises InputError where there are such
    rows and `invalid_rows` does not allow them, or where no variant is left.
    """
    causes, repeats, faults, labels = Disagreements(), Repeats(), [FAULTS.empty_table()], set()
    source, batches = read(section, own, causes)
    regions = way(section) == "saturation"
    scored, came, writer, waiting = 0, 0, None, []
    try:
        for variants, wrong in batches:
            first = repeats.new(_alleles(variants) if isinstance(source, Vcf) else variants["id"])
            wrong = pa.concat_tables([wrong, _repeated(variants.filter(pa.array(~first)))])
            variants = variants.filter(pa.array(first))
            faults.append(wrong)
            scored += len(variants)
            came += len(wrong) + (min(1, len(variants)) if regions else len(variants))
            if len(labels) < MOST_LABELS:
                labels |= {*pc.unique(variants["measured"]).to_pylist()} - {None}
            writer = writer or pq.ParquetWriter(checked, variants.schema, compression="zstd")
            waiting.append(variants)
            if sum(map(len, waiting)) >= ROWS_TOGETHER:
                waiting = _write_whole_groups(writer, waiting)
        if writer:
            writer.write_table(pa.concat_tables(waiting), ROWS_TOGETHER)
    finally:
        if writer:
            writer.close()
    rejected = _located(pa.concat_tables(faults).sort_by("record"), source)
    what = "regions" if regions else "variants"
    came += source.ragged
    if not scored and not rejected:
        raise InputError(f"{source.path}: there are no {what} in it")
    if rejected and (section["invalid_rows"] == "error" or not scored):
        lines = [f"{source.path}: {len(rejected)} of {came} {what} cannot be scored:"]
        lines += [_line(row, source.unit) for row in rejected[:SHOWN]]
        lines += [f"  ... and {len(rejected) - SHOWN} more"] * (len(rejected) > SHOWN)
        lines += filter(None, [causes.cause()])
        advice = "Correct them, or leave them out by `invalid_rows: drop`, which lists them all."
        raise InputError("\n".join([*lines, advice if scored else "None is left to score."]))
    if fault := measured.wrong_labels(labels):
        raise InputError(f"{source.path}, column {section['measured']!r}: {fault}")
    if cause := causes.cause():
        logging.warning(cause)
    return rejected


def _alleles(variants: pa.Table) -> pa.ChunkedArray:
    """What tells records of VCF apart: the alleles of a record may share its id."""
    parts = (variants[name].cast(pa.string()) for name in ("chromosome", "position", "ref", "alt"))
    return pc.binary_join_element_wise(*parts, ":")


def _write_whole_groups(writer: pq.ParquetWriter, waiting: list[pa.Table]) -> list[pa.Table]:
    """Write as many groups of rows as are full; what is left waits for more."""
    table = pa.concat_tables(waiting)
    full = len(table) // ROWS_TOGETHER * ROWS_TOGETHER
    writer.write_table(table.slice(0, full).combine_chunks(), ROWS_TOGETHER)
    return [table.slice(full)]


def _repeated(variants: pa.Table) -> pa.Table:
    n = len(variants)
    columns = [variants["record"], variants["id"], ["id"] * n, variants["id"]]
    return pa.table([*columns, ["stands there before"] * n], schema=FAULTS)


def _located(faults: pa.Table, source) -> list[dict]:
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
