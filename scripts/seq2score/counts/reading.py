"""Files of counts: barcodes or oligos, read once into a few numbers of each row.

A barcode takes 16 bytes and 8 for every replicate: 10 million of three replicates take 400 MB.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.counts.activity import Sums
from seq2score.counts.header import OLIGOS, Header, read_header
from seq2score.counts.oligos import SPACES, Design, some
from seq2score.errors import InputError
from seq2score.sequences import cells, hashing
from seq2score.sequences.delimited import Delimited

MOST = np.iinfo(np.int32).max
SHOWN = 5
UNASSIGNED = ("", "NA", "no_BC", "no_oligo", "unassigned")

# Why a barcode is left out; the first reason counts. FAULTS stop a run, unless rows may be dropped.
COUNT = "a count is no whole number of at least 0"
LACKING = "its oligo is not in the design"
TWICE = "stands twice, or more often"
AMBIGUOUS = "is assigned to more than one oligo"
NO_OLIGO = "has no oligo"
UNSEEN = "has no counts"
REASONS = ("", COUNT, LACKING, AMBIGUOUS, TWICE, NO_OLIGO, UNSEEN)
FAULTS = (COUNT, LACKING, AMBIGUOUS, TWICE)


@dataclass
class Barcodes:
    """Counts by barcode.

    Attributes
    ----------
    path
        Of the file.
    header
        What its columns are.
    replicates
        Names.
    oligo
        Position of each barcode's oligo in the design, int32 (n,); -1 for none.
    dna, rna
        Counts, int32 (n, replicates).
    reason
        Why a barcode is left out, as its position in REASONS, uint8 (n,); 0 for one that stays.
    ragged
        Lines that are no rows: their number and what is wrong.
    """

    path: Path
    header: Header
    replicates: list[str]
    oligo: np.ndarray
    dna: np.ndarray
    rna: np.ndarray
    reason: np.ndarray
    ragged: list[tuple[int, str]]

    @property
    def kept(self) -> np.ndarray:
        """Barcodes that stay, bool (n,)."""
        return self.reason == 0

    def is_for(self, reason: str) -> np.ndarray:
        """Those left out for a reason, bool (n,)."""
        return self.reason == REASONS.index(reason)


def read_barcodes(path: Path, counts: Mapping, design: Design) -> Barcodes:
    """The barcodes of a file in the form of IGVF's reporter_experiment_barcode.

    Parameters
    ----------
    path
        Of the file.
    counts
        The `counts` section.
    design
        Its oligos.

    Raises
    ------
    InputError
        For a file that cannot be used. Faults of rows are noted as reasons.
    """
    source, header = open_counts(path, counts)
    oligos = _Oligos(design)
    codes, dna, rna, hashes, wrong = [], [], [], [], []
    for batch in source.batches():
        codes.append(oligos.codes(batch[header.names["oligo_name"]]))
        values, faulty = zip(*(_counts(batch[c]) for c in [*header.dna, *header.rna]), strict=True)
        table = np.stack(values, axis=1)
        dna.append(table[:, : len(header.dna)])
        rna.append(table[:, len(header.dna) :])
        wrong.append(np.logical_or.reduce(faulty))
        hashes.append(hashing.text_hashes(pc.utf8_trim_whitespace(batch[header.names["barcode"]])))
    if not codes:
        raise InputError(f"{path}: the table has a header but no rows")
    ragged = source.locate([])[1] if source.ragged else []
    oligo = np.concatenate(codes)
    of_all = np.concatenate(dna), np.concatenate(rna)
    reason = _reasons(oligo, np.concatenate(wrong), np.concatenate(hashes), *of_all)
    return Barcodes(path, header, header.replicates, oligo, *of_all, reason, ragged)


def open_counts(path: Path, counts: Mapping) -> tuple[Delimited, Header]:
    """A file of counts, and what its columns are."""
    source = Delimited(path)
    shared = counts["dna"] == "shared"
    columns, chosen = counts["columns"], counts["replicates"]
    return source, read_header(path, source.columns, columns, shared, chosen)


def read_oligos(path: Path, counts: Mapping, design: Design) -> tuple[list[str], Sums]:
    """The replicates of a file in the form of IGVF's reporter_experiment, and its counts.

    Raises
    ------
    InputError
        For a file that cannot be used; with `invalid_rows: drop`, only for one without usable rows.
    """
    source, header = open_counts(path, counts)
    columns = [header.names[name] for name in OLIGOS]
    rows = pa.Table.from_batches(batch.select(columns) for batch in source.batches())
    rows = rows.rename_columns(OLIGOS).combine_chunks()
    codes = _Oligos(design).codes(_text(rows["oligo_name"]))
    labels = _text(rows["replicate"])
    replicates = header.replicates or list(dict.fromkeys(labels.to_pylist()))
    of_row = pc.index_in(labels, pa.array(replicates)).fill_null(-1).to_numpy()
    values, faulty = zip(*(_counts(_text(rows[name])) for name in OLIGOS[2:]), strict=True)
    wrong = np.logical_or.reduce(faulty) | (codes < 0) | (of_row < 0)
    wrong |= pd.Series(list(zip(codes, of_row, strict=True))).duplicated().to_numpy()
    kept = ~wrong & (of_row >= 0)
    if counts["invalid_rows"] == "error" and (wrong & (of_row >= 0)).any():
        row = int((wrong & (of_row >= 0)).argmax())
        line, name = source.locate([row])[0][0], rows["oligo_name"][row].as_py()
        raise InputError(
            f"{path}, line {line}: {name} {_wrong_oligo(codes[row], faulty, row)}; "
            f"{int(wrong.sum()):,} of {len(wrong):,} rows cannot be used. Correct them, or leave "
            "them out by `invalid_rows: drop`"
        )
    if not kept.any():
        raise InputError(f"{path}: none of its {len(wrong):,} rows can be used")
    tables = []
    for column in values:
        table = np.zeros((len(design), len(replicates)), np.int64)
        table[codes[kept], of_row[kept]] = column[kept]
        tables.append(table)
    dna, rna, barcodes = tables
    return replicates, Sums.of_oligos(barcodes, dna, rna)


def _wrong_oligo(code: int, faulty: tuple[np.ndarray, ...], row: int) -> str:
    for name, column in zip(OLIGOS[2:], faulty, strict=True):
        if column[row]:
            return f"has a {name} that is no whole number of at least 0"
    return LACKING.replace("its oligo ", "") if code < 0 else "stands twice in its replicate"


def _text(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pc.utf8_trim_whitespace(whole)


class _Oligos:
    """Names in a file of counts, as positions in the design."""

    NONE, LACKING = -1, -2

    def __init__(self, design: Design):
        self.known = design.by_name | dict.fromkeys(UNASSIGNED, self.NONE)

    def codes(self, names: pa.Array) -> np.ndarray:
        """Position of each name, int32 (n,)."""
        encoded = pc.dictionary_encode(names)
        each = [self._code(name) for name in encoded.dictionary.to_pylist()]
        return np.array(each, np.int32)[encoded.indices.to_numpy()]

    def _code(self, name: str) -> int:
        name = name.strip()
        return self.known.get(name, self.known.get(SPACES.sub("_", name), self.LACKING))


def _counts(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Counts, int32 (n,), 0 where nothing stands; and where something else stands, bool (n,)."""
    values, _, unreadable = cells.numbers(column)
    values = np.nan_to_num(values, nan=0.0, posinf=-1, neginf=-1)
    faulty = unreadable | (values < 0) | (values != np.floor(values)) | (values > MOST)
    return np.where(faulty, 0, values).astype(np.int32), faulty


def _reasons(
    oligo: np.ndarray, faulty: np.ndarray, hashes: np.ndarray, dna: np.ndarray, rna: np.ndarray
) -> np.ndarray:
    """Why barcodes are left out, uint8 (n,)."""
    order = np.argsort(hashes, kind="stable")
    again = hashes[order][1:] == hashes[order][:-1]
    other = again & (oligo[order][1:] != oligo[order][:-1])
    reason = np.zeros(len(oligo), np.uint8)
    unseen = ~((dna > 0).any(axis=1) | (rna > 0).any(axis=1))
    reason[unseen] = REASONS.index(UNSEEN)
    reason[oligo == _Oligos.NONE] = REASONS.index(NO_OLIGO)
    for which, text in ((again, TWICE), (other, AMBIGUOUS)):
        # All rows of a barcode: none of them is more right than the others.
        runs = np.concatenate([[0], np.cumsum(~again)])
        marked = np.isin(runs, np.unique(runs[1:][which]))
        reason[order[marked]] = REASONS.index(text)
    reason[oligo == _Oligos.LACKING] = REASONS.index(LACKING)
    reason[faulty] = REASONS.index(COUNT)
    return reason


# ---------------------------------------------------------------------------------------- messages
def refuse(barcodes: Barcodes, design: Design, invalid_rows: str) -> None:
    """Raise InputError for counts that cannot be used, or not without leaving rows out."""
    path, total = barcodes.path, len(barcodes.oligo)
    if invalid_rows == "error":
        if barcodes.ragged:
            line, problem = barcodes.ragged[0]
            raise InputError(f"{path}, line {line}: {problem}")
        for fault in FAULTS:
            if (wrong := barcodes.is_for(fault)).any():
                raise InputError(_fault(barcodes, design, fault, wrong))
    if not barcodes.kept.any():
        raise InputError(
            f"{path}: none of its {total:,} barcodes can be used; the first "
            f"{REASONS[barcodes.reason[0]]}"
        )
    refuse_replicates(path, barcodes.replicates, barcodes.dna, barcodes.rna)


def refuse_replicates(path: Path, names: list[str], dna: np.ndarray, rna: np.ndarray) -> None:
    """Raise InputError for a replicate without any DNA or RNA counts."""
    for kind, values in (("DNA", dna), ("RNA", rna)):
        empty = [name for name, column in zip(names, values.T, strict=True) if not column.any()]
        if empty:
            raise InputError(
                f"{path}: all {kind} counts of replicate {', '.join(empty)} are 0. Take it out, or "
                "name those to use by `counts.replicates`"
            )


def _fault(barcodes: Barcodes, design: Design, fault: str, wrong: np.ndarray) -> str:
    rows = np.flatnonzero(wrong)
    source = Delimited(barcodes.path)
    lines, _ = source.locate(rows[:SHOWN].tolist())
    share = f"{len(rows):,} of {len(wrong):,} rows"
    advice = "Correct them, or leave them out by `invalid_rows: drop`, which lists them all."
    shown = [*rows_at(barcodes, rows[:SHOWN])]
    if fault == LACKING:
        names = list(dict.fromkeys(oligo for _, _, oligo, _ in rows_at(barcodes, rows)))
        return (
            f"{barcodes.path}: {len(names):,} oligos ({share}) are not in the design "
            f"{design.path}: {some(names)}. {_cause(names, design)} {advice}"
        )
    texts = [
        f"  line {line}: {barcode} ({oligo}) {_shown(fault, cells_)}"
        for line, (_, barcode, oligo, cells_) in zip(lines, shown, strict=True)
    ]
    more = [f"  ... and {len(rows) - SHOWN:,} more"] if len(rows) > SHOWN else []
    return "\n".join([f"{barcodes.path}: {share} cannot be used", *texts, *more, advice])


def _shown(fault: str, counts: dict[str, str]) -> str:
    if fault != COUNT:
        return fault
    for column, value in counts.items():
        if _counts(pa.array([value]))[1][0]:
            return f"{column} is {value}, and no whole number of at least 0"
    return fault


def rows_at(barcodes: Barcodes, rows: np.ndarray) -> Iterator[tuple[int, str, str, dict[str, str]]]:
    """Of rows, int (m,) ascending: index, barcode, oligo and counts, as they stand in the file."""
    source, header, start = Delimited(barcodes.path), barcodes.header, 0
    columns = [*dict.fromkeys([*header.dna, *header.rna])]
    names = [header.names["barcode"], header.names["oligo_name"], *columns]
    for batch in source.batches():
        mine = rows[np.searchsorted(rows, start) : np.searchsorted(rows, start + len(batch))]
        if len(mine):
            chosen = batch.select(names).take(pa.array(mine - start))
            for row, *values in zip(mine.tolist(), *(c.to_pylist() for c in chosen), strict=True):
                counts = dict(zip(columns, values[2:], strict=True))
                yield row, values[0].strip(), values[1].strip(), counts
        start += len(batch)


def _cause(names: list[str], design: Design) -> str:
    """Why names of oligos may not be those of the design."""
    lower = {name.lower() for name in design.names}
    if names[0].lower() in lower:
        return "They differ in upper and lower case."
    for name in design.names:
        if name and (names[0].startswith(name) or name.startswith(names[0])):
            return f"Names seem to have another ending: the design has {name!r}."
    share = len(names) / max(len(design), 1)
    if share > 0.5:
        return f"Is this another design? Its names are such as {some(design.names[:3])}."
    return f"Names there are such as {some(design.names[:3])}."
