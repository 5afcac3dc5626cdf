"""Regions of a genome from BED or bedGraph, each with the letters that lie there."""

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from seq2score.errors import InputError
from seq2score.sequences import cells
from seq2score.sequences.delimited import BLOCK_BYTES, opened, reading
from seq2score.sequences.genome import Genome, turned
from seq2score.sequences.sources import REASON

PLACE = ["chromosome", "start", "end"]
BED = [*PLACE, "name", "score", "strand"]
PEAKS = [*BED, "signal_value", "p_value", "q_value", "peak"]
COLUMNS = {".bedgraph": [*PLACE, "score"], ".narrowpeak": PEAKS, ".broadpeak": PEAKS[:-1]}
MINUS = ("-", "-1", "minus", "\N{MINUS SIGN}")
PLUS = ("+", "+1", "1", "plus", ".", "")
NO_ROWS = (b"#", b"track", b"browser")
LETTERS_AT_ONCE = 1 << 26


class Bed:
    """Regions as a table: the columns of the file, an id where none is asked for, a sequence.

    Columns without a name of their own take the format's, or `column_7` and so on; a comment that
    names as many columns as there are names those after the third. Strand `-` turns letters.
    """

    unit = "line"
    no_sequence = "is missing"

    def __init__(self, path: Path, section: dict):
        self.path, self.ragged = path, 0
        self.genome = Genome(section["genome"])
        self.window, self.past_end = section["window"], section["past_end"]
        self._comments, count, titles = self._beginning()
        suffix = path.name.lower().removesuffix(".gz")
        names = next((c for s, c in COLUMNS.items() if suffix.endswith(s)), BED)[:count]
        names = [*names, *(f"column_{i}" for i in range(len(names) + 1, count + 1))]
        if len(titles) == count:
            names = [*PLACE, *titles[3:]]
        used = {"id", section["sequence"]}
        self._names = [f"bed_{name}" if name in used else name for name in names]
        if "score" not in section.get("score", {"score": "score"}).values():
            self._names = ["bed_score" if name == "score" else name for name in self._names]
        self._id = [] if section["id"] else ["id"]
        self.sequence = section["sequence"]
        self.columns = [*self._id, *self._names, self.sequence]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in order, every cell of the file as text."""
        self.ragged, self._ids = 0, Counter[str]()
        with reading(self.path), opened(self.path) as file:
            for _ in range(self._comments):
                file.readline()
            reader = pa.csv.open_csv(
                file,
                read_options=pa.csv.ReadOptions(block_size=BLOCK_BYTES, column_names=self._names),
                parse_options=pa.csv.ParseOptions(
                    delimiter="\t", quote_char=False, invalid_row_handler=self._count_ragged
                ),
                convert_options=pa.csv.ConvertOptions(
                    column_types=dict.fromkeys(self._names, pa.string()), strings_can_be_null=False
                ),
            )
            for batch in reader:
                yield from self._with_sequences(batch)

    def locate(self, records: Iterable[int]) -> tuple[list[int], list[tuple[int, str]]]:
        """Lines of rows, and the lines that are no rows."""
        chosen, lines, ragged, index = set(records), [], [], -1
        with reading(self.path), opened(self.path) as file:
            for number, line in enumerate(file, 1):
                line = line.rstrip(b"\r\n")
                if number <= self._comments or not line:
                    continue
                if (count := line.count(b"\t") + 1) != len(self._names):
                    ragged.append((number, f"has {count} cells, not {len(self._names)} as others"))
                    continue
                index += 1
                if index in chosen:
                    lines.append(number)
        return lines, ragged

    def _beginning(self) -> tuple[int, int, list[str]]:
        """How many lines of comments there are, how many columns, and the last comment's cells."""
        titles: list[str] = []
        with reading(self.path), opened(self.path) as file:
            for number, line in enumerate(io.TextIOWrapper(file, encoding="utf-8")):
                line = line.rstrip("\r\n")
                if line and not line.encode().startswith(NO_ROWS):
                    count = line.count("\t") + 1
                    if count < len(PLACE):
                        raise InputError(
                            f"{self.path}, line {number + 1}: {count} cells, where BED has "
                            "a chromosome, a start and an end at least, with tabs between them"
                        )
                    return number, count, titles
                titles = line.lstrip("#").split("\t")
        raise InputError(f"{self.path}: the file holds no region")

    def _count_ragged(self, row: pa.csv.InvalidRow) -> str:
        self.ragged += 1
        return "skip"

    def _with_sequences(self, rows: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """The rows with ids and sequences, no more at once than take little memory."""
        starts, ends, reasons = self._regions(rows)
        good = np.array([not reason for reason in reasons])
        letters = np.cumsum(np.where(good, ends - starts, 0))
        part = letters // LETTERS_AT_ONCE
        for first in np.unique(part, return_index=True)[1]:
            here = slice(first, np.searchsorted(part, part[first], side="right"))
            yield self._filled(
                rows.slice(here.start, here.stop - here.start),
                *(values[here] for values in (starts, ends)),
                reasons[here],
            )

    def _filled(
        self, rows: pa.RecordBatch, starts: np.ndarray, ends: np.ndarray, reasons: list[str]
    ) -> pa.RecordBatch:
        contigs = rows[self._names[0]].to_pylist()
        strand = self._strands(rows)
        good = np.array([not reason for reason in reasons], bool)
        at, to = np.where(good, starts, 0), np.where(good, ends, 0)
        letters, lengths = self.genome.stretches(contigs, at, to)
        letters = turned(letters, lengths, np.array([mark in MINUS for mark in strand], bool))
        offsets = pa.py_buffer(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
        text = pa.LargeStringArray.from_buffers(len(lengths), offsets, pa.py_buffer(letters))
        marks = ["(-)" if m in MINUS else "(+)" if m in PLUS[:-2] else "" for m in strand]
        regions = zip(contigs, starts.tolist(), ends.tolist(), marks, strict=True)
        ids = [
            self._numbered(f"{contig}:{start + 1}-{end}{mark}")
            for contig, start, end, mark in regions
        ]
        columns = dict.fromkeys(self._id, pa.array(ids, pa.string()))
        columns |= {name: rows[name] for name in self._names}
        columns |= {self.sequence: text.cast(pa.string()), REASON: pa.array(reasons, pa.string())}
        return pa.RecordBatch.from_pydict(columns)

    def _numbered(self, region: str) -> str:
        """The id of a region; one that stands in the file before has its number behind it."""
        self._ids[region] += 1
        return region if self._ids[region] == 1 else f"{region}#{self._ids[region]}"

    def _strands(self, rows: pa.RecordBatch) -> list[str]:
        """Each row's strand as written, without spaces around it."""
        written = rows["strand"].to_pylist() if "strand" in self._names else [""] * len(rows)
        return [mark.strip() for mark in written]

    def _regions(self, rows: pa.RecordBatch) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Where each row's letters begin and end, and why it has none ("" where it has)."""
        contigs = rows[self._names[0]].to_pylist()
        given = [cells.numbers(rows[name])[0] for name in self._names[1:3]]
        whole = [np.isfinite(v) & (np.nan_to_num(v) % 1 == 0) for v in given]
        starts, ends = (np.nan_to_num(v, posinf=0, neginf=0).astype(np.int64) for v in given)
        sizes = np.array([self.genome.contigs.get(contig, -1) for contig in contigs], np.int64)
        read = starts, ends
        if self.window:
            starts = (starts + ends) // 2 - self.window // 2
            ends = starts + self.window
        reasons = [""] * len(rows)
        outside = (starts < 0) | (ends > sizes)
        pads = self.past_end == "pad"
        wrong = ~(whole[0] & whole[1]) | (read[0] < 0) | (read[1] <= read[0]) | (sizes < 0)
        wrong |= outside & ((not pads) | (ends <= 0) | (starts >= sizes))
        for i in np.flatnonzero(wrong):
            if not (whole[0][i] and whole[1][i]) or read[0][i] < 0 or read[1][i] <= read[0][i]:
                values = [rows[name][int(i)].as_py() for name in self._names[1:3]]
                reasons[i] = f"no region: {values[0]!r} to {values[1]!r}; BED counts from 0"
            elif sizes[i] < 0:
                reasons[i] = self.genome.missing(contigs[i])
            else:
                reasons[i] = (
                    f"{starts[i] + 1} to {ends[i]} reaches past {contigs[i]}, which has "
                    f"{sizes[i]} letters (`past_end: pad` fills up with N)"
                )
        for i, mark in enumerate(self._strands(rows)):
            if not reasons[i] and mark not in MINUS + PLUS:
                reasons[i] = f"strand {mark!r}: allowed are + - . (also 1, -1, plus, minus)"
        return starts, ends, reasons


def open_source(path: Path, section: dict) -> Bed:
    """The regions, with the letters of the section's genome."""
    return Bed(path, section)
