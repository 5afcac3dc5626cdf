"""The variants of a `variants` section, a batch at a time: each as two sequences, or as a fault.

There are four ways to say what changes: `whole` sequences side by side, `pairs` of ids of the test
set, `edits` of named sequences or of a genome (a VCF file is a table of these), and `saturation`,
every single change of chosen sequences or regions.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.errors import InputError
from seq2score.sequences import cells, hashing
from seq2score.sequences.accepted import accept
from seq2score.sequences.cells import FAULTS, shortened
from seq2score.sequences.sources import REASON, Source, kind_of, open_source
from seq2score.variants.causes import Disagreements
from seq2score.variants.edits import Context, Edits, Named, windows

# The first columns of a checked variant; the user's own columns follow.
VARIANT = pa.schema(
    {
        **{"record": pa.int64(), "id": pa.string(), "chromosome": pa.string()},
        **{"position": pa.int64(), "ref": pa.string(), "alt": pa.string()},
        **{"strand": pa.string(), "reference": pa.string(), "alternative": pa.string()},
        **{"note": pa.string(), "measured": pa.string()},
    }
)
STRANDS = ("+", "-", "both")
EDIT = re.compile(r"([ACGTU]+)(\d+)([ACGTU]+)")
HGVS = re.compile(r"(?:[cgmnr]\.)?(\d+)([ACGTU]+)>([ACGTU]+)")
ROWS_AT_ONCE = 1 << 14
OURS = ("record", "chromosome", "reference", "alternative", "note", "measured", "effect")
OUR_PREFIXES = ("reference_prediction", "alternative_prediction", "effect_")


@dataclass(frozen=True)
class Own:
    """The dataset's own sequences: ids, letters, scores; and what its models take.

    rules: as `accept` needs them. test: the file of the test set. sequences: that of all.
    """

    rules: dict
    sequences: str
    test: str


def way(section: dict) -> str:
    """How a section says what changes: saturation, whole, pairs or edits."""
    if section["saturate"] is not None:
        return "saturation"
    if section["reference"] is not None:
        return "whole"
    return "pairs" if section["reference_id"] is not None else "edits"


def read(
    section: dict, own: Own, causes: Disagreements
) -> tuple[Source, Iterator[tuple[pa.Table, pa.Table]]]:
    """Where the variants come from, and batches of variants and faults.

    The tables are VARIANT and the user's columns, and FAULTS. Every row of the source is in one.
    causes: takes note of alleles that disagree. Raises InputError for a file that cannot be read,
    or a column that is not there.
    """
    if way(section) == "saturation":
        return _saturation(section, own)
    source = open_source({**section, "scores": None})
    if way(section) == "edits":
        return source, _edits(source, section, own, causes)
    return source, {"whole": _whole, "pairs": _pairs}[way(section)](source, section, own)


class _Rows:
    """The rows of a batch on their way to variants: text by row, and the first fault of each."""

    def __init__(self, rows: pa.RecordBatch, start: int, section: dict, source: Source):
        self.rows, self.start, self.section, self.source = rows, start, section, source
        self.faults = cells.Faults(len(rows))

    def __len__(self) -> int:
        return len(self.rows)

    def text(self, column: str) -> list[str]:
        """Cells in capitals, "" where missing."""
        return [(text or "").upper() for text in cells.texts(self.rows[column])[0].to_pylist()]

    def names(self, column: str) -> list[str]:
        """Cells as they stand; missing ones are at fault."""
        texts, missing = cells.texts(self.rows[column])
        self.faults.add(missing, column, None, "is missing")
        return texts.fill_null("").to_pylist()

    def refuse(self, column: str, reasons: list[str], told: pa.Array | None = None) -> None:
        """Note the rows whose reason is not ""."""
        wrong = np.array([bool(reason) for reason in reasons], bool)
        self.faults.add(wrong, column, told, pa.array(reasons, pa.string()))

    def ids(self, made: list[str] | None = None) -> pa.Array:
        column = self.section["id"] or ("id" if "id" in self.source.columns else None)
        if column:
            return pa.array(self.names(column), pa.string())
        if made is None:
            made = [f"row{number}" for number in range(self.start + 1, self.start + len(self) + 1)]
        return pa.array(made, pa.string())

    def measured(self, given: pa.Array | None = None) -> pa.Array:
        if column := self.section["measured"]:
            return cells.texts(self.rows[column])[0]
        return pa.nulls(len(self), pa.string()) if given is None else given

    def finish(self, values: dict, rules: dict, used: set[str]) -> tuple[pa.Table, pa.Table]:
        """Variants and faults. values: columns of VARIANT; used: the user's that they replace."""
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
        others = [name for name in self.source.columns if name not in used]
        table = pa.table(
            {
                **{
                    name: pa.array(columns[name], VARIANT.field(name).type)
                    for name in VARIANT.names
                },
                **{name: self.rows[name] for name in others},
            }
        )
        faults = self.faults.table(ids)
        faults = faults.set_column(0, "record", pc.add(faults["record"], self.start))
        return table.filter(pa.array(self.faults.good)), faults


def _batches(source: Source, section: dict, columns: list[str | None]) -> Iterator[_Rows]:
    """Rows of a source that has certain columns, not too many at once."""
    measured = [section["measured"], section["id"]]
    for column in [*columns, *measured]:
        if column is not None and column not in source.columns:
            there = ", ".join(source.columns[:30])
            raise InputError(
                f"{source.path}: there is no column {column!r}. The columns are {there}"
            )
    used = {*columns, *measured, "id"}
    for column in source.columns:
        if column not in used and (column in OURS or column.startswith(OUR_PREFIXES)):
            raise InputError(
                f"{source.path}: a column is named {column!r}, which our own tables need; rename it"
            )
    start = 0
    for rows in source.batches():
        for at in range(0, len(rows), ROWS_AT_ONCE):
            part = rows.slice(at, ROWS_AT_ONCE)
            yield _Rows(part, start, section, source)
            start += len(part)


def _whole(source, section: dict, own: Own) -> Iterator[tuple[pa.Table, pa.Table]]:
    pair = [section["reference"], section["alternative"]]
    for rows in _batches(source, section, pair):
        texts = [pa.array(rows.names(column)) for column in pair]
        same = pc.equal(*texts).to_pylist()
        values = {
            "id": rows.ids(),
            "reference": texts[0],
            "alternative": texts[1],
            "note": ["the two are the same" if equal else "" for equal in same],
            "measured": rows.measured(),
        }
        yield rows.finish(values, own.rules, {*pair, section["measured"], section["id"], "id"})


def _pairs(source, section: dict, own: Own) -> Iterator[tuple[pa.Table, pa.Table]]:
    table = pq.read_table(own.test)
    place = {name: i for i, name in enumerate(table["id"].to_pylist())}
    letters = table["sequence"].to_pylist()
    score = table["score"].to_pylist() if "score" in table.column_names else None
    pair = [section["reference_id"], section["alternative_id"]]
    for rows in _batches(source, section, pair):
        found = []
        for column in pair:
            names = rows.names(column)
            missing = ["" if n in place else "is no id of the test set" for n in names]
            rows.refuse(column, missing, pa.array(names))
            found.append([place.get(name) for name in names])
        both = [*zip(*found, strict=True)]
        change = None
        if score and not isinstance(score[0], str):
            change = [
                f"{score[b] - score[a]:.17g}" if None not in (a, b) else None for a, b in both
            ]
        values = {
            "id": rows.ids([f"{a}>{b}" for a, b in zip(*map(rows.names, pair), strict=True)]),
            "reference": [letters[a] if a is not None else "" for a, _ in both],
            "alternative": [letters[b] if b is not None else "" for _, b in both],
            "measured": rows.measured(pa.array(change, pa.string()) if change else None),
        }
        yield rows.finish(values, own.rules, {section["measured"], section["id"], "id"})


def context_of(section: dict, own: Own) -> tuple[Context, str]:
    """What edits lie in, and the section's key of the column that names it."""
    if section["genome"]:
        from seq2score.sequences.genome import Genome

        return Genome(section["genome"]), "chromosome"
    path = section["sequences"]
    source = {"path": path or own.sequences, "scores": None, "genome": None}
    source |= {"sequence": section["sequence"] if path else "sequence", "id": None}
    opened = open_source(source)
    if "id" not in opened.columns or source["sequence"] not in opened.columns:
        raise InputError(
            f"{opened.path}: edits find their sequences by the columns 'id' and "
            f"{source['sequence']!r}; the columns are {', '.join(opened.columns[:30])}"
        )
    names, letters = [], []
    for rows in opened.batches():
        names += cells.texts(rows["id"])[0].fill_null("").to_pylist()
        letters += cells.texts(rows[source["sequence"]])[0].fill_null("").to_pylist()
    return Named(str(opened.path), names, letters), "sequence_id"


def offset_of(section: dict, length: int) -> int:
    """Letters before the variant in its window: half of them, where nothing is said."""
    return length // 2 if section["offset"] is None else section["offset"]


def _edits(
    source, section: dict, own: Own, causes: Disagreements
) -> Iterator[tuple[pa.Table, pa.Table]]:
    context, key = context_of(section, own)
    length = own.rules["input_length"]
    is_vcf = kind_of(section["path"]).module == "vcf"
    default = {"chromosome": "chromosome"} if is_vcf else {}
    contig = section[key] or default.get(key, key)
    places = [section["edit"]] if section["edit"] else ["position", "ref", "alt"]
    if not section["edit"] and not is_vcf:
        places = [section[name] or name for name in places]
    strand = section["strand"] if section["strand"] not in (None, *STRANDS) else None
    for rows in _batches(source, section, [contig, *places, strand]):
        names = rows.names(contig)
        position, refs, alts = _parsed(rows, places)
        marks = [section["strand"] or "+"] * len(rows)
        if strand:
            marks = [{".": "+", "": "+", "BOTH": "both"}.get(m, m) for m in rows.text(strand)]
            rows.refuse(
                strand, [f"is not {' or '.join(STRANDS)}" * (m not in STRANDS) for m in marks]
            )
        good = rows.faults.good
        shown = Edits(names, np.where(good, position, 1), refs, alts, marks)
        cut = windows(
            shown, context, length, offset_of(section, length), section["past_end"] == "pad"
        )
        for column in dict.fromkeys(name for name in cut.columns if name):
            user = {"contig": contig, "position": places[0]}
            user = user.get(column) or (places[0] if section["edit"] else places[-1])
            if column == "ref" and not section["edit"]:
                user = places[1]
            reasons = [
                r if c == column else "" for r, c in zip(cut.reasons, cut.columns, strict=True)
            ]
            rows.refuse(user, reasons, rows.rows[user].cast(pa.string()))
        causes.add(shown, cut, good, context)
        values = {
            "id": rows.ids(
                [f"{c}:{p}:{r}>{a}" for c, p, r, a in zip(names, position, refs, alts, strict=True)]
            ),
            "chromosome": names,
            "position": position,
            "ref": refs,
            "alt": alts,
            "strand": marks,
            "reference": cut.references,
            "alternative": cut.alternatives,
            "note": cut.notes,
            "measured": rows.measured(),
        }
        used = {contig, *places, section["measured"], section["id"], "id", strand}
        yield rows.finish(values, own.rules, used)


def _parsed(rows: _Rows, places: list[str]) -> tuple[np.ndarray, list[str], list[str]]:
    """Positions int64, REF and ALT with U as T; what is no position or no edit is a fault."""
    if len(places) == 1:
        texts = rows.rows[places[0]].cast(pa.string())
        found = [_edit((text or "").strip()) for text in texts.to_pylist()]
        told = "is no edit; allowed are A123G, and 123A>G as in HGVS"
        rows.refuse(places[0], ["" if edit else told for edit in found], texts)
        found = [edit or (1, "", "") for edit in found]
        position = np.array([edit[0] for edit in found], np.int64)
        return position, [edit[1] for edit in found], [edit[2] for edit in found]
    values = cells.numbers(rows.rows[places[0]])[0]
    whole = np.isfinite(values) & (np.nan_to_num(values) % 1 == 0) & (np.abs(values) < 2**53)
    told = rows.rows[places[0]].cast(pa.string())
    rows.faults.add(~whole, places[0], told, "is no position; positions are whole numbers from 1")
    refs, alts = ([t.replace("U", "T") for t in rows.text(name)] for name in places[1:])
    return np.where(whole, values, 1).astype(np.int64), refs, alts


def _edit(text: str) -> tuple[int, str, str] | None:
    if match := EDIT.fullmatch(text.upper()):
        ref, position, alt = match.groups()
    elif match := HGVS.fullmatch(text[:2].lower() + text[2:].upper()):
        position, ref, alt = match.groups()
    else:
        return None
    return int(position), ref.upper().replace("U", "T"), alt.upper().replace("U", "T")


# ------------------------------------------------------------------------------------ saturation
def _saturation(section: dict, own: Own) -> tuple[Source, Iterator[tuple[pa.Table, pa.Table]]]:
    if isinstance(section["saturate"], list):
        source = _Chosen(own.sequences, section["saturate"])
        return source, _saturated(source, section, own, Named(own.sequences, *source.held))
    from seq2score.sequences.genome import Genome

    place = {"path": section["saturate"], "genome": section["genome"], "window": None}
    source = open_source({**section, **place, "id": None, "sequence": "sequence"})
    return source, _saturated(source, section, own, Genome(section["genome"]))


class _Chosen:
    """Sequences of the dataset by their ids, as regions of themselves."""

    unit, no_sequence, ragged = "id", "is no id of the dataset", 0

    def __init__(self, path: str, ids: list[str]):
        self.path, self.ids = Path(path), ids
        self.columns = ["id", "chromosome", "start", "end", "sequence"]
        table = pq.read_table(path, columns=["id", "sequence"])
        table = table.filter(pc.is_in(table["id"], pa.array(ids)))
        self.held = table["id"].to_pylist(), table["sequence"].to_pylist()

    def batches(self) -> Iterator[pa.RecordBatch]:
        letters = dict(zip(*self.held, strict=True))
        texts = [letters.get(name, "") for name in self.ids]
        why = [
            "" if text else f"{name!r} {self.no_sequence}"
            for name, text in zip(self.ids, texts, strict=True)
        ]
        columns = [self.ids, self.ids, ["0"] * len(texts), [str(len(t)) for t in texts], texts, why]
        yield pa.record_batch([pa.array(c) for c in columns], [*self.columns, REASON])

    def locate(self, records):
        return [record + 1 for record in records], []


def _saturated(
    source, section: dict, own: Own, context: Context
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Every single-nucleotide change of each region; a region of the source is what has faults."""
    length, number = own.rules["input_length"], 0
    for rows in source.batches():
        for i in range(len(rows)):
            row = {name: rows[name][i].as_py() for name in rows.schema.names}
            reason = row[REASON] or ("" if row["sequence"] else source.no_sequence)
            if not reason:
                variants, reason = _changes(row, section, own, context, length, number)
            if reason:
                fault = (number, row["id"], "region", shortened(row["id"]), reason)
                yield (
                    VARIANT.empty_table().append_column("region", pa.array([], pa.string())),
                    pa.Table.from_pylist([dict(zip(FAULTS.names, fault, strict=True))], FAULTS),
                )
            else:
                yield variants, FAULTS.empty_table()
            number += 1


def _changes(row: dict, section, own: Own, context: Context, length: int, record: int):
    """The variants of one region, or why there are none.

    A region that fits the window is seen in one window, in its middle; in a longer one every
    position has its own window.
    """
    start, end = int(row["start"]), int(row["end"])
    letters, _ = context.stretches([row["chromosome"]], np.array([start]), np.array([end]))
    text = letters.tobytes().decode()
    places = [i for i, letter in enumerate(text) for _ in range(3) if letter in "ACGT"]
    alts = [other for letter in text if letter in "ACGT" for other in "ACGT" if other != letter]
    n = len(places)
    mark = section["strand"] or row.get("strand") or "+"
    marks = ["+" if mark == "." else mark] * n
    position = start + 1 + np.array(places, np.int64)
    refs, contigs = [text[i] for i in places], [row["chromosome"]] * n
    middle = (length - len(text)) // 2
    pad = section["past_end"] == "pad"
    offsets = middle + np.array(places, np.int64)
    if len(text) > length:
        offsets = np.full(n, offset_of(section, length))
    parts = []
    for at in np.unique(offsets):
        chosen = np.flatnonzero(offsets == at)
        part = Edits(
            *(
                [v[i] for i in chosen] if isinstance(v, list) else v[chosen]
                for v in (contigs, position, refs, alts, marks)
            )
        )
        parts.append((chosen, windows(part, context, length, int(at), pad)))
    cut = {name: [""] * n for name in ("references", "alternatives", "notes", "reasons")}
    for chosen, found in parts:
        for name, values in cut.items():
            for i, value in zip(chosen.tolist(), getattr(found, name), strict=True):
                values[i] = value
    if reason := next(filter(None, cut["reasons"]), ""):
        return None, reason
    if not n:
        return None, "holds no letter that is A, C, G or T"
    for which in ("references", "alternatives"):
        if reason := next(filter(None, accept(pa.array(cut[which]), own.rules)[1]), ""):
            return None, reason
    values = {
        "record": [record] * n,
        "id": [f"{row['id']}:{p}{r}>{a}" for p, r, a in zip(position, refs, alts, strict=True)],
        **{"chromosome": contigs, "position": position, "ref": refs, "alt": alts},
        **{"strand": marks, "reference": cut["references"], "alternative": cut["alternatives"]},
        **{"note": cut["notes"], "measured": [None] * n},
    }
    table = pa.table({k: pa.array(v, VARIANT.field(k).type) for k, v in values.items()})
    return table.append_column("region", pa.array([row["id"]] * n, pa.string())), ""


class Repeats:
    """Finds ids that came before, keeping eight bytes of each."""

    def __init__(self):
        self.seen = np.empty(0, np.uint64)

    def new(self, names: pa.ChunkedArray) -> np.ndarray:
        """Which of the names come for the first time, bool (n,)."""
        hashes = np.concatenate([hashing.text_hashes(chunk) for chunk in names.chunks] or [[]])
        hashes = hashes.astype(np.uint64)
        first = np.zeros(len(hashes), bool)
        first[np.unique(hashes, return_index=True)[1]] = True
        first &= ~np.isin(hashes, self.seen)
        self.seen = np.concatenate([self.seen, hashes[first]])
        return first
