"""Rows of a user's file on their way to variants, and the tables that both end in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.errors import InputError
from seq2score.sequences import cells
from seq2score.sequences.accepted import accept
from seq2score.sequences.columns import EFFECTS, listed, tell_renamed
from seq2score.sequences.sources import Source
from seq2score.variants.edits import Edit, Window

# The first columns of a checked variant; those of the user's follow, called with KEPT before their
# names in tables of effects, so that none is taken for one of these.
VARIANT = pa.schema(
    {
        **{"record": pa.int64(), "id": pa.string(), "chromosome": pa.string()},
        **{"position": pa.int64(), "ref": pa.string(), "alt": pa.string()},
        **{"strand": pa.string(), "reference": pa.string(), "alternative": pa.string()},
        **{"note": pa.string(), "measured": pa.string()},
    }
)
KEPT = "kept "
ROWS_AT_ONCE = 1 << 14

Tables = tuple[pa.Table, pa.Table]  # of variants, and of FAULTS


@dataclass(frozen=True)
class Dataset:
    """The dataset that variants are asked about."""

    rules: dict  # what its models take, as `accept` needs them
    sequences: str  # the file of its sequences
    test: str | None  # that of its test set


class Rows:
    """The rows of a batch: text by column, and the first fault of each."""

    def __init__(
        self,
        rows: pa.RecordBatch,
        start: int,
        section: Mapping,
        source: Source,
        kept: Mapping[str, str],
    ):
        self.rows, self.start, self.section, self.source = rows, start, section, source
        self.kept, self.faults = kept, cells.Faults(len(rows))

    def __len__(self) -> int:
        return len(self.rows)

    def text(self, column: str) -> list[str]:
        """Cells in capitals, "" where missing."""
        return [(text or "").upper() for text in cells.texts(self.rows[column])[0].to_pylist()]

    def names(self, column: str, literal: bool = False) -> list[str]:
        """Cells as they stand; missing ones are at fault."""
        texts, missing = cells.texts(self.rows[column], literal)
        self.faults.add(missing, column, None, "is missing")
        return texts.fill_null("").to_pylist()

    def refuse(self, column: str, reasons: Sequence[str], values: pa.Array | None = None) -> None:
        """Note the rows whose reason is not "", with the cells that messages show."""
        wrong = np.array([bool(reason) for reason in reasons], bool)
        self.faults.add(wrong, column, values, pa.array(reasons, pa.string()))

    def ids(self, made: list[str] | None = None) -> pa.Array:
        """The identifiers of the rows; without a column of them, `made` or numbers."""
        if column := id_column(self.source, self.section):
            return pa.array(self.names(column, self.source.literal_ids), pa.string())
        if made is None:
            made = [f"row{number}" for number in range(self.start + 1, self.start + len(self) + 1)]
        return pa.array(made, pa.string())

    def measured(self, given: pa.Array | None = None) -> pa.Array:
        """The measured effects, as text; without a column of them, those given."""
        if column := self.section["measured"]:
            return cells.texts(self.rows[column])[0]
        return pa.nulls(len(self), pa.string()) if given is None else given

    def finish(self, values: Mapping, rules: Mapping) -> Tables:
        """Variants, of columns of VARIANT, and faults, by the rules that `accept` takes."""
        for which in ("reference", "alternative"):
            good = self.faults.good
            texts = pc.if_else(pa.array(good), pa.array(values[which], pa.string()), "N")
            problems = accept(texts, rules)[1]
            wrong = [p if ok else "" for p, ok in zip(problems, good, strict=True)]
            self.refuse(self.section[which] or which, wrong, texts)
        n = len(self)
        ids = values["id"] if "id" in values else self.ids()
        columns = {
            "record": np.arange(self.start, self.start + n),
            **{name: pa.nulls(n, VARIANT.field(name).type) for name in VARIANT.names[2:]},
            "strand": [self.section["strand"] or "+"] * n,
            "note": [""] * n,
            **values,
            "id": ids,
        }
        table = variant_table(columns)
        for ours, name in self.kept.items():
            table = table.append_column(f"{KEPT}{ours}", self.rows[name])
        faults = self.faults.table(ids)
        faults = faults.set_column(0, "record", pc.add(faults["record"], self.start))
        return table.filter(pa.array(self.faults.good)), faults


def batches(source: Source, section: Mapping, columns: Mapping[str, str | None]) -> Iterator[Rows]:
    """Rows of a source, not too many at once.

    Parameters
    ----------
    source
        The user's file.
    section
        A `variants` section of the config.
    columns
        Those that are read, by the column of VARIANT that each becomes.

    Raises
    ------
    InputError
        For a column that is not there, or holds neither text nor numbers.
    """
    columns = {**columns, "id": id_column(source, section)}
    read = [*filter(None, [*columns.values(), section["measured"]])]
    for column in read:
        if column not in source.columns:
            there = listed(source.columns)
            raise InputError(
                f"{source.path}: there is no column {column!r}. The columns are {there}"
            )
    same = {name for name, column in columns.items() if name == column and name in EFFECTS}
    kept = EFFECTS.free(name for name in source.columns if name not in same)
    tell_renamed({name: ours for ours, name in kept.items() if name != ours})
    start = 0
    for rows in source.batches():
        cells.refuse_types(rows, read, source.path)
        for first in range(0, len(rows), ROWS_AT_ONCE):
            part = rows.slice(first, ROWS_AT_ONCE)
            yield Rows(part, start, section, source, kept)
            start += len(part)


def id_column(source: Source, section: Mapping) -> str | None:
    """The column of identifiers, where there is one."""
    return section["id"] or ("id" if "id" in source.columns else None)


def variant_table(columns: Mapping) -> pa.Table:
    """A table of VARIANT, of values of each of its columns."""
    return pa.table(
        {name: pa.array(columns[name], VARIANT.field(name).type) for name in VARIANT.names}
    )


def edit_columns(edits: Sequence[Edit], windows: Sequence[Window]) -> dict[str, list]:
    """What columns of VARIANT say of edits and their windows."""
    return {
        "chromosome": [edit.contig for edit in edits],
        "position": [edit.position for edit in edits],
        "ref": [edit.ref for edit in edits],
        "alt": [edit.alt for edit in edits],
        "strand": [edit.strand for edit in edits],
        "reference": [window.reference for window in windows],
        "alternative": [window.alternative for window in windows],
        "note": [window.note for window in windows],
    }


def edit_id(edit: Edit) -> str:
    """How an edit is called that has no name: contig:position:ref>alt."""
    return f"{edit.contig}:{edit.position}:{edit.ref}>{edit.alt}"
