"""Every single change of chosen sequences or regions."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.sequences.accepted import accept
from seq2score.sequences.bed import MINUS
from seq2score.sequences.cells import FAULTS, numbers, shortened
from seq2score.sequences.encoding import BASES
from seq2score.sequences.sources import REASON, Source, open_source
from seq2score.variants.contexts import Context, Named, offset_of
from seq2score.variants.edits import Edit, Fault, windows
from seq2score.variants.rows import VARIANT, Dataset, Tables, edit_columns, variant_table


def saturation(section: Mapping, dataset: Dataset) -> tuple[Source, Iterator[Tables]]:
    """Where the regions come from, and the variants or the fault of each.

    `saturate` of a `variants` section names ids of the dataset, or a file of regions of its genome.
    """
    if isinstance(section["saturate"], list):
        chosen = ChosenSequences(dataset.sequences, section["saturate"])
        context = Named(dataset.sequences, chosen.names, chosen.letters)
        return chosen, _saturated(chosen, section, dataset, context)
    from seq2score.sequences.genome import Genome

    file = {"path": section["saturate"], "window": None, "id": None, "sequence": "sequence"}
    source = open_source({**section, **file})
    return source, _saturated(source, section, dataset, Genome(section["genome"]))


class ChosenSequences:
    """Sequences of the dataset by their ids, as regions of themselves."""

    unit, no_sequence, literal_ids, ragged = "id", "is no id of the dataset", True, 0

    def __init__(self, path: str, ids: list[str]):
        self.path, self.ids = Path(path), ids
        self.columns = ["id", "chromosome", "start", "end", "sequence"]
        table = pq.read_table(path, columns=["id", "sequence"])
        table = table.filter(pc.is_in(table["id"], pa.array(ids)))
        self.names, self.letters = table["id"].to_pylist(), table["sequence"].to_pylist()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All of them at once, as of `Source`."""
        letters = dict(zip(self.names, self.letters, strict=True))
        texts = [letters.get(name, "") for name in self.ids]
        reasons = [
            "" if text else f"{name!r} {self.no_sequence}"
            for name, text in zip(self.ids, texts, strict=True)
        ]
        starts, ends = ["0"] * len(texts), [str(len(text)) for text in texts]
        columns = [self.ids, self.ids, starts, ends, texts, reasons]
        yield pa.record_batch([pa.array(c) for c in columns], [*self.columns, REASON])

    def locate(self, records: Iterable[int]) -> tuple[list[int], list[tuple[int, str]]]:
        """As of `Source`: ids are counted from 1."""
        return [record + 1 for record in records], []


def _saturated(
    source: Source, section: Mapping, dataset: Dataset, context: Context
) -> Iterator[Tables]:
    """Every single-nucleotide change of each region; a region of the source is what has faults."""
    number = 0
    for rows in source.batches():
        for region in rows.to_pylist():
            changes = region[REASON] or ("" if region["sequence"] else source.no_sequence)
            if not changes:
                changes = _changes(region, section, dataset, context)
            yield _tables(region["id"], number, changes)
            number += 1


def _tables(region: str, record: int, changes: dict | str) -> Tables:
    """The variants of a region, columns of VARIANT, or its fault."""
    if isinstance(changes, str):
        fault = (record, region, "region", shortened(region), changes)
        nothing = VARIANT.empty_table().append_column("region", pa.array([], pa.string()))
        return nothing, pa.Table.from_pylist([dict(zip(FAULTS.names, fault, strict=True))], FAULTS)
    count = len(changes["ref"])
    ids = [
        f"{region}:{position}{ref}>{alt}"
        for position, ref, alt in zip(
            changes["position"], changes["ref"], changes["alt"], strict=True
        )
    ]
    table = variant_table(
        {**changes, "record": [record] * count, "id": ids, "measured": [None] * count}
    )
    table = table.append_column("region", pa.array([region] * count, pa.string()))
    return table, FAULTS.empty_table()


def _changes(region: Mapping, section: Mapping, dataset: Dataset, context: Context) -> dict | str:
    """The variants of one region, as columns of VARIANT, or why there are none.

    A region that fits the window is seen in one window, in its middle; in a longer one every
    position has its own window.
    """
    length, contig = dataset.rules["input_length"], region["chromosome"].strip()
    ends, *_ = numbers(pa.array([region["start"], region["end"]], pa.string()))
    start, end = map(int, ends)
    letters, _ = context.stretches([contig], np.array([start]), np.array([end]))
    text = letters.tobytes().decode()
    strand = section["strand"] or ("-" if (region.get("strand") or "").strip() in MINUS else "+")
    places = [position for position, letter in enumerate(text) if letter in BASES]
    edits = [
        Edit(contig, start + 1 + position, text[position], alt, strand)
        for position in places
        for alt in BASES
        if alt != text[position]
    ]
    if not edits:
        return "holds no letter that is A, C, G or T"
    offsets = [offset_of(section, length)] * len(edits)
    if len(text) <= length:
        middle = (length - len(text)) // 2
        offsets = [middle + edit.position - 1 - start for edit in edits]
    cut = []
    for window in windows(edits, context, length, offsets, section["past_end"] == "pad"):
        if isinstance(window, Fault):
            return window.reason
        cut.append(window)
    columns = edit_columns(edits, cut)
    for which in ("reference", "alternative"):
        problems = accept(pa.array(columns[which]), dataset.rules)[1]
        if reason := next(filter(None, problems), ""):
            return reason
    return columns
