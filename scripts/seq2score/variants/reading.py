"""The variants of a `variants` section, a batch at a time: each as two sequences, or as a fault.

There are four ways to say what changes: `whole` sequences side by side, `pairs` of ids of the test
set, `edits` of named sequences or of a genome (a VCF file is a table of these), and `saturation`,
every single change of chosen sequences or regions.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.sequences import cells
from seq2score.sequences.sources import Source, kind_of, open_source
from seq2score.variants.causes import Disagreements
from seq2score.variants.contexts import context_of, offset_of
from seq2score.variants.edits import Edit, Fault, Window, windows
from seq2score.variants.rows import Dataset, Rows, Tables, batches, edit_columns, edit_id
from seq2score.variants.saturation import saturation

PARTS = ("position", "ref", "alt")
STRANDS = ("+", "-", "both")
EDIT = re.compile(r"([ACGTU]+)(\d+)([ACGTU]+)")
LONGEST_NUMBER = 15  # digits of a position
HGVS = re.compile(r"(?:[cgmnr]\.)?(\d+)([ACGTU]+)>([ACGTU]+)", re.IGNORECASE)


def way(section: Mapping) -> str:
    """How a section says what changes: saturation, whole, pairs or edits."""
    if section["saturate"] is not None:
        return "saturation"
    if section["reference"] is not None:
        return "whole"
    return "pairs" if section["reference_id"] is not None else "edits"


def read(
    section: Mapping, dataset: Dataset, causes: Disagreements
) -> tuple[Source, Iterator[Tables]]:
    """Where the variants come from, and batches of variants and faults.

    The tables are VARIANT and the user's columns, and FAULTS. Every row of the source is in one.

    Parameters
    ----------
    section
        A `variants` section of the config.
    dataset
        That it is asked about.
    causes
        Takes note of alleles that disagree.

    Raises
    ------
    InputError
        For a file that cannot be read, or a column that is not there.
    """
    if way(section) == "saturation":
        return saturation(section, dataset)
    source = open_source({**section, "scores": None})
    if way(section) == "edits":
        return source, _edits(source, section, dataset, causes)
    return source, {"whole": _whole, "pairs": _pairs}[way(section)](source, section, dataset)


def _whole(source: Source, section: Mapping, dataset: Dataset) -> Iterator[Tables]:
    """Two sequences a row."""
    pair = [section["reference"], section["alternative"]]
    read = dict(zip(("reference", "alternative"), pair, strict=True))
    for rows in batches(source, section, read):
        texts = [pa.array(rows.names(column)) for column in pair]
        same = pc.equal(*texts).to_pylist()
        values = {
            "id": rows.ids(),
            "reference": texts[0],
            "alternative": texts[1],
            "note": ["the two are the same" if equal else "" for equal in same],
            "measured": rows.measured(),
        }
        yield rows.finish(values, dataset.rules)


def _pairs(source: Source, section: Mapping, dataset: Dataset) -> Iterator[Tables]:
    """Two ids of the test set a row."""
    table = pq.read_table(dataset.test)
    row_of = {name: row for row, name in enumerate(table["id"].to_pylist())}
    letters = table["sequence"].to_pylist()
    scores = table["score"].to_pylist() if "score" in table.column_names else None
    if scores and isinstance(scores[0], str):
        scores = None
    pair = [section["reference_id"], section["alternative_id"]]
    read = dict(zip(("reference_id", "alternative_id"), pair, strict=True))
    for rows in batches(source, section, read):
        names = [rows.names(column) for column in pair]
        for column, of_column in zip(pair, names, strict=True):
            missing = ["" if name in row_of else "is no id of the test set" for name in of_column]
            rows.refuse(column, missing, pa.array(of_column))
        both = [(row_of.get(a), row_of.get(b)) for a, b in zip(*names, strict=True)]
        change = []
        if scores:
            change = [
                None if a is None or b is None else f"{scores[b] - scores[a]:.17g}" for a, b in both
            ]
        values = {
            "id": rows.ids([f"{a}>{b}" for a, b in zip(*names, strict=True)]),
            "reference": [letters[a] if a is not None else "" for a, _ in both],
            "alternative": [letters[b] if b is not None else "" for _, b in both],
            "measured": rows.measured(pa.array(change, pa.string()) if change else None),
        }
        yield rows.finish(values, dataset.rules)


class _Columns:
    """The user's columns that edits are read from.

    contig: what they lie in. edit: position and alleles in one, or None; else position, ref and
    alt. strand: or None, where it is the same for all.
    """

    def __init__(self, section: Mapping, key: str):
        is_vcf = kind_of(section["path"]).module == "vcf"
        self.contig = section[key] or ("chromosome" if is_vcf and key == "chromosome" else key)
        self.edit = section["edit"]
        self.parts = [name if is_vcf else section[name] or name for name in PARTS]
        self.strand = section["strand"] if section["strand"] not in (None, *STRANDS) else None

    @property
    def read(self) -> dict[str, str | None]:
        """All of them, by the column of VARIANT that each becomes."""
        change = {"edit": self.edit} if self.edit else dict(zip(PARTS, self.parts, strict=True))
        return {"chromosome": self.contig, **change, "strand": self.strand}

    def of(self, field: str) -> str:
        """The column of a field of an edit."""
        if field == "contig":
            return self.contig
        return self.edit or dict(zip(PARTS, self.parts, strict=True))[field]


def _edits(
    source: Source, section: Mapping, dataset: Dataset, causes: Disagreements
) -> Iterator[Tables]:
    """An edit a row."""
    context, key = context_of(section, dataset.sequences)
    columns, length = _Columns(section, key), dataset.rules["input_length"]
    for rows in batches(source, section, columns.read):
        edits = _read_edits(rows, columns, section["strand"] or "+")
        good = rows.faults.good
        # A row at fault is looked at too, wherever it is: a batch is one call to the context.
        looked_at = [
            edit if ok else edit._replace(position=1) for edit, ok in zip(edits, good, strict=True)
        ]
        offsets = [offset_of(section, length)] * len(edits)
        cut = windows(looked_at, context, length, offsets, section["past_end"] == "pad")
        _refuse(rows, columns, cut)
        causes.add(looked_at, cut, good)
        shown = [Window("", "") if isinstance(window, Fault) else window for window in cut]
        values = {
            "id": rows.ids([edit_id(edit) for edit in edits]),
            **edit_columns(edits, shown),
            "measured": rows.measured(),
        }
        yield rows.finish(values, dataset.rules)


def _refuse(rows: Rows, columns: _Columns, cut: Sequence[Window | Fault]) -> None:
    """Note the edits that have no window."""
    faults = [window if isinstance(window, Fault) else None for window in cut]
    for field in dict.fromkeys(fault.field for fault in faults if fault):
        reasons = [fault.reason if fault and fault.field == field else "" for fault in faults]
        column = columns.of(field)
        rows.refuse(column, reasons, rows.rows[column].cast(pa.string()))


def _read_edits(rows: Rows, columns: _Columns, strand: str) -> list[Edit]:
    """The edit of each row; what is none is a fault. strand: where no column says it."""
    contigs = rows.names(columns.contig)
    changes = _notations(rows, columns.edit) if columns.edit else _alleles(rows, columns.parts)
    strands = [strand] * len(rows)
    if columns.strand:
        strands = [
            {".": "+", "": "+", "BOTH": "both"}.get(text, text)
            for text in rows.text(columns.strand)
        ]
        wrong = f"is not {' or '.join(STRANDS)}"
        rows.refuse(columns.strand, [wrong * (text not in STRANDS) for text in strands])
    return [
        Edit(contig, *change, strand)
        for contig, change, strand in zip(contigs, changes, strands, strict=True)
    ]


def _notations(rows: Rows, column: str) -> list[tuple[int, str, str]]:
    """Position, REF and ALT of cells such as A123G."""
    texts = rows.rows[column].cast(pa.string())
    changes = [parse_edit((text or "").strip()) for text in texts.to_pylist()]
    wrong = "is no edit; allowed are A123G, and 123A>G as in HGVS"
    rows.refuse(column, ["" if change else wrong for change in changes], texts)
    return [change or (1, "", "") for change in changes]


def _alleles(rows: Rows, columns: Sequence[str]) -> list[tuple[int, str, str]]:
    """Position, REF and ALT, each from a column of its own, with U as T."""
    values = cells.numbers(rows.rows[columns[0]])[0]
    whole = np.isfinite(values) & (np.nan_to_num(values) % 1 == 0) & (np.abs(values) < 2**53)
    texts = rows.rows[columns[0]].cast(pa.string())
    wrong = "is no position; positions are whole numbers from 1"
    rows.faults.add(~whole, columns[0], texts, wrong)
    positions = np.where(whole, values, 1).astype(np.int64).tolist()
    refs, alts = ([text.replace("U", "T") for text in rows.text(name)] for name in columns[1:])
    return [*zip(positions, refs, alts, strict=True)]


def parse_edit(text: str) -> tuple[int, str, str] | None:
    """Position, REF and ALT of A123G, or of 123A>G as in HGVS, with U as T; None for others."""
    if match := EDIT.fullmatch(text.upper()):
        ref, position, alt = match.groups()
    elif match := HGVS.fullmatch(text):
        position, ref, alt = match.groups()
    else:
        return None
    if len(position) > LONGEST_NUMBER:
        return None
    return int(position), ref.upper().replace("U", "T"), alt.upper().replace("U", "T")
