"""Regions of a genome from BED or bedGraph, each with the letters that lie there."""

import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from seq2score.errors import InputError
from seq2score.sequences import cells
from seq2score.sequences.columns import Names, tell_renamed
from seq2score.sequences.delimited import opened, reading
from seq2score.sequences.genome import Genome, turned
from seq2score.sequences.sources import REASON

PLACE = ["chromosome", "start", "end"]
BED = [*PLACE, "name", "score", "strand"]
PEAKS = [*BED, "signal_value", "p_value", "q_value", "peak"]
COLUMNS = {".bedgraph": [*PLACE, "score"], ".narrowpeak": PEAKS, ".broadpeak": PEAKS[:-1]}
MINUS = ("-", "-1", "minus", "\N{MINUS SIGN}")
PLUS = ("+", "+1", "1", "plus", ".", "")
NO_ROW = re.compile(r"#|(track|browser)(\s|$)")
LARGEST = 2**53  # of numbers that stand for a place
ROWS_AT_ONCE = 1 << 15
LETTERS_AT_ONCE = 1 << 26  # no region can be longer


class Bed:
    """Regions as a table: the columns of the file, an id where it has none, a sequence.

    Columns without a name of their own take the format's, or `column_7` and so on; a comment above
    the regions that names as many columns as there are names those after the third. Other comments
    may stand anywhere. Strand `-` turns letters.
    """

    unit = "line"
    no_sequence = "is missing"
    literal_ids = False

    def __init__(self, path: Path, section: dict):
        self.path, self.ragged = path, 0
        self.genome = Genome(section["genome"])
        self.window, self.past_end = section["window"], section["past_end"]
        self.sequence = section["sequence"]
        names = Names(frozenset({self.sequence, REASON}), ()).free(self._titles())
        tell_renamed({name: ours for ours, name in names.items() if name != ours})
        self._names = [*names]
        self._id = [] if section["id"] or "id" in names else ["id"]
        self.columns = [*self._id, *self._names, self.sequence]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in order, every cell of the file as text."""
        self.ragged, self._ids = 0, Counter[str]()
        rows = self._rows()
        while lines := [texts for _, texts in itertools.islice(rows, ROWS_AT_ONCE)]:
            whole = [texts for texts in lines if len(texts) == len(self._names)]
            self.ragged += len(lines) - len(whole)
            if whole:
                columns = [pa.array(column, pa.string()) for column in zip(*whole, strict=True)]
                yield from self._with_sequences(pa.record_batch(columns, self._names))

    def locate(self, records: Iterable[int]) -> tuple[list[int], list[tuple[int, str]]]:
        """Lines of rows, and the lines that are no rows."""
        chosen, lines, ragged, index = set(records), [], [], -1
        for number, texts in self._rows():
            if len(texts) != len(self._names):
                reason = f"has {len(texts)} cells, not {len(self._names)} as others"
                ragged.append((number, reason))
                continue
            index += 1
            if index in chosen:
                lines.append(number)
        return lines, ragged

    def _lines(self) -> Iterator[tuple[int, str]]:
        """The lines that are not blank, with their numbers, without their ends."""
        with reading(self.path), opened(self.path) as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig")
            for number, line in enumerate(text, 1):
                if line := line.rstrip("\n"):
                    yield number, line

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """The cells of each row, with the number of its line."""
        return ((n, line.split("\t")) for n, line in self._lines() if not NO_ROW.match(line))

    def _titles(self) -> list[str]:
        """The name of each column."""
        titles: list[str] = []
        for number, line in self._lines():  # noqa: B007
            if line.startswith("#"):
                titles = line.lstrip("#").split("\t")
            elif not NO_ROW.match(line):
                break
        else:
            raise InputError(f"{self.path}: the file holds no region")
        if (count := line.count("\t") + 1) < len(PLACE):
            raise InputError(
                f"{self.path}, line {number}: {count} cells, where BED has a chromosome, a start "
                "and an end at least, with tabs between them"
            )
        suffix = self.path.name.lower().removesuffix(".gz")
        names = next((c for s, c in COLUMNS.items() if suffix.endswith(s)), BED)[:count]
        if len(titles) == count:
            names = [*PLACE, *(title.strip() for title in titles[3:])]
        names = [*names, *[""] * (count - len(names))]
        return [name or f"column_{i}" for i, name in enumerate(names, 1)]

    def _with_sequences(self, rows: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """The rows with ids and sequences, no more at once than take little memory."""
        starts, ends, reasons = self._regions(rows)
        good = np.array([not reason for reason in reasons])
        letters = np.cumsum(np.where(good, ends - starts, 0))
        part = letters // LETTERS_AT_ONCE
        for first in np.unique(part, return_index=True)[1]:
            here = slice(first, np.searchsorted(part, part[first], side="right"))
            part_of_rows = rows.slice(here.start, here.stop - here.start)
            yield self._filled(part_of_rows, starts[here], ends[here], reasons[here])

    def _filled(
        self, rows: pa.RecordBatch, starts: np.ndarray, ends: np.ndarray, reasons: list[str]
    ) -> pa.RecordBatch:
        contigs, strand = self._contigs(rows), self._strands(rows)
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

    def _middles(self, rows: pa.RecordBatch, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """What windows are around: the summit of a peak that has one, or halfway."""
        middles = (starts + ends) // 2
        if "peak" not in self._names[len(BED) :]:
            return middles
        summit = np.nan_to_num(cells.numbers(rows["peak"])[0], nan=-1)
        called = (summit >= 0) & (summit < ends - starts)
        return np.where(called, starts + np.where(called, summit, 0).astype(np.int64), middles)

    def _contigs(self, rows: pa.RecordBatch) -> list[str]:
        """Each row's contig, without spaces around it."""
        return [contig.strip() for contig in rows[self._names[0]].to_pylist()]

    def _strands(self, rows: pa.RecordBatch) -> list[str]:
        """Each row's strand as written, without spaces around it."""
        written = rows["strand"].to_pylist() if "strand" in self._names else [""] * len(rows)
        return [mark.strip() for mark in written]

    def _regions(self, rows: pa.RecordBatch) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Where each row's letters begin and end, and why it has none ("" where it has)."""
        contigs = self._contigs(rows)
        given = [cells.numbers(rows[name])[0] for name in self._names[1:3]]
        whole = [(np.abs(v) < LARGEST) & (np.nan_to_num(v) % 1 == 0) for v in given]
        read = [np.where(ok, v, 0).astype(np.int64) for v, ok in zip(given, whole, strict=True)]
        starts, ends = read
        sizes = np.array([self.genome.contigs.get(contig, -1) for contig in contigs], np.int64)
        if self.window:
            starts = self._middles(rows, starts, ends) - self.window // 2
            ends = starts + self.window
        reasons = [""] * len(rows)
        outside = (starts < 0) | (ends > sizes)
        pads = self.past_end == "pad"
        wrong = ~(whole[0] & whole[1]) | (read[0] < 0) | (read[1] <= read[0]) | (sizes < 0)
        wrong |= outside & ((not pads) | (ends <= 0) | (starts >= sizes))
        wrong |= ends - starts > LETTERS_AT_ONCE
        for i in np.flatnonzero(wrong).tolist():
            if not (whole[0][i] and whole[1][i]) or read[0][i] < 0 or read[1][i] <= read[0][i]:
                values = [rows[name][i].as_py() for name in self._names[1:3]]
                reasons[i] = f"no region: {values[0]!r} to {values[1]!r}; BED counts from 0"
            elif sizes[i] < 0:
                reasons[i] = self.genome.missing(contigs[i])
            elif ends[i] - starts[i] > LETTERS_AT_ONCE:
                reasons[i] = f"has {ends[i] - starts[i]} letters; {LETTERS_AT_ONCE} are the most"
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
