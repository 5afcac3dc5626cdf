"""Sequences from FASTA, and their scores from a table with the same ids."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from seq2score.errors import InputError
from seq2score.sequences import cells, hashing
from seq2score.sequences.columns import listed
from seq2score.sequences.delimited import opened, reading
from seq2score.sequences.encoding import letters_of
from seq2score.sequences.sources import Source
from seq2score.sequences.sources import open_source as open_any

ROWS_AT_ONCE = 1 << 16
SHOWN = 10


def batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Ids (the first word of a header) and sequences of a FASTA file, plain or gzipped."""
    import dnaio

    names = ["id", "sequence"]
    with reading(path), opened(path) as file:
        if not file.read(1):
            raise InputError(
                f"{path}: the file is empty; a FASTA file has '>' headers and sequences"
            )
        file.seek(0)
        ids, sequences, any_record = [], [], False
        try:
            for record in dnaio.open(file, fileformat="fasta"):
                any_record = True
                ids.append(record.id)
                sequences.append(record.sequence)
                if len(ids) == ROWS_AT_ONCE:
                    yield pa.record_batch([pa.array(ids), pa.array(sequences)], names)
                    ids, sequences = [], []
        except dnaio.FileFormatError as error:
            raise InputError(f"{path}: this is not FASTA: {error}") from None
        if not any_record:
            raise InputError(f"{path}: no line begins with '>', so that there is no sequence")
        if ids:
            yield pa.record_batch([pa.array(ids), pa.array(sequences)], names)


def header_lines(path: Path, records: Iterable[int]) -> list[int]:
    """The lines in which records begin, of indices from 0, ascending."""
    chosen, lines, index = set(records), [], -1
    with opened(path) as file:
        for number, line in enumerate(file, 1):
            if line.startswith(b">"):
                index += 1
                if index in chosen:
                    lines.append(number)
    return lines


class Fasta:
    """Sequences alone, in the order of the file."""

    unit = "line"
    no_sequence = "is missing"
    literal_ids = True
    ragged = 0

    def __init__(self, path: Path, identifier: str, sequence: str):
        self.path = path
        self.columns = [identifier, sequence]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Ids and sequences."""
        for batch in batches(self.path):
            yield batch.rename_columns(self.columns)

    def locate(self, records: Iterable[int]) -> tuple[list[int], list[tuple[int, str]]]:
        """The lines of the headers; no line is ragged."""
        return header_lines(self.path, records), []


class FastaWithScores:
    """A table of scores whose rows find their sequences by id.

    What is counted as `ragged` are also the sequences that no row asks for.
    """

    unit = "line"
    literal_ids = True

    def __init__(self, fasta: Path, scores: Source, sequence: str, identifier: str):
        self.fasta, self.scores = fasta, scores
        self.sequence, self.id = sequence, identifier
        self.path = scores.path
        self.no_sequence = f"is not in {fasta}"
        if identifier not in scores.columns:
            raise InputError(
                f"{self.path}: there is no column {identifier!r} (id), by which scores find their "
                f"sequences in {fasta}. The columns are {listed(scores.columns)}"
            )
        if sequence in scores.columns:
            raise InputError(
                f"{self.path}: there is a column {sequence!r} (sequence), but the sequences come "
                f"from {fasta}; take it out, or give the table alone as `path`"
            )
        self.columns = [*scores.columns, sequence]
        self.ragged, self._unscored = 0, np.empty(0, np.int64)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows of the table in order, each with its sequence; missing where it has none."""
        sequences, hashes = self._sequences()
        order = np.argsort(hashes, kind="stable")
        ranked = hashes[order]
        self._refuse_repeated(order[1:][ranked[1:] == ranked[:-1]])
        used = np.zeros(len(order), bool)
        for rows in self._few_scores():
            cells.refuse_types(rows, [self.id], self.path)
            ids, _ = cells.texts(rows[self.id], literal=True)
            of_ids = hashing.text_hashes(ids)
            index = np.minimum(np.searchsorted(ranked, of_ids), len(ranked) - 1)
            known = ranked[index] == of_ids
            used[order[index[known]]] = True
            mine = sequences.take(pa.array(order[index], mask=~known))
            yield rows.append_column(self.sequence, mine)
        self._unscored = np.flatnonzero(~used)
        self.ragged = self.scores.ragged + len(self._unscored)

    def _few_scores(self) -> Iterator[pa.RecordBatch]:
        """The rows of the table, no more at once than their sequences take little memory."""
        for rows in self.scores.batches():
            for start in range(0, len(rows), ROWS_AT_ONCE):
                yield rows.slice(start, ROWS_AT_ONCE)

    def _sequences(self) -> tuple[pa.Array, np.ndarray]:
        """All sequences, and the hashes of their ids, uint64."""
        letters, lengths, hashes = bytearray(), [np.zeros(1, np.int64)], []
        for batch in batches(self.fasta):
            flat, sizes = letters_of(batch["sequence"])
            letters += flat.data
            lengths.append(sizes)
            hashes.append(hashing.text_hashes(batch["id"]))
        offsets = pa.py_buffer(np.cumsum(np.concatenate(lengths)))
        of_ids, text = np.concatenate(hashes), pa.py_buffer(letters)
        return pa.LargeStringArray.from_buffers(len(of_ids), offsets, text), of_ids

    def locate(self, records: Iterable[int]) -> tuple[list[int], list[tuple[int, str]]]:
        """Lines in the table of scores, and what is wrong with other lines and sequences."""
        lines, ragged = self.scores.locate(records)
        unscored = header_lines(self.fasta, self._unscored.tolist())
        reason = f"of {self.fasta} begins a sequence without a row in {self.path}"
        return lines, ragged + [(line, reason) for line in unscored]

    def _refuse_repeated(self, records: np.ndarray) -> None:
        if len(records):
            lines = header_lines(self.fasta, np.sort(records)[:SHOWN].tolist())
            raise InputError(
                f"{self.fasta}: {len(records)} ids stand there a second time: "
                f"line {', '.join(map(str, lines))}; ids must differ"
            )


def open_source(path: Path, section: dict) -> Fasta | FastaWithScores:
    """The sequences, with scores where the section names a table of them."""
    if not section.get("scores"):
        return Fasta(path, section["id"] or "id", section["sequence"])
    scores = open_any({"path": section["scores"]})
    return FastaWithScores(path, scores, section["sequence"], section["id"] or "id")
