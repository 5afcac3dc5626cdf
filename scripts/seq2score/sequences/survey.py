"""What is wrong with a user's table as a whole, found before any of it is used."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.errors import InputError, printable
from seq2score.sequences import cells, hashing
from seq2score.sequences.columns import Columns
from seq2score.sequences.construct import Ends
from seq2score.sequences.inputs import NUMBER
from seq2score.sequences.rows import NOT_A_NUMBER, read
from seq2score.sequences.sources import Source
from seq2score.task import Task

SHOWN = 10
MOST_CLASSES = 1000
MOST_PADDING = 20  # times the letters that there are


@dataclass(frozen=True)
class Survey:
    """What checking and splitting need to know of all usable rows at once.

    Attributes
    ----------
    rows
        How many the table has, usable or not.
    records
        Indices of the usable ones, int64.
    hashes
        Of their sequences, uint64.
    columns
        Ids (as hashes), scores, weights, replicates, inputs and the columns of the split.
    lengths
        How many sequences have a length, and the record of the first of them.
    constant
        The letters that all of them begin with (left) and end with (right).
    types
        Of the columns of text that only travel along.
    faults
        The rows that are not usable.
    """

    rows: int
    records: np.ndarray
    hashes: np.ndarray
    columns: dict[str, pa.ChunkedArray]
    lengths: dict[int, tuple[int, int]]
    constant: dict[str, str]
    types: dict[str, pa.DataType]
    faults: pa.Table


def survey(source: Source, columns: Columns, table: dict, task: Task, both_strands: bool) -> Survey:
    """Read a whole table once, keeping a few numbers of each row."""
    records, hashes, faults = [], [], [cells.FAULTS.empty_table()]
    kept: dict[str, list[pa.Array]] = {}
    types: dict[str, pa.DataType] = {}
    counts, first, ends = Counter[int](), dict[int, int](), Ends()
    for batch in read(source, columns, table, task):
        records.append(batch.records)
        hashes.append(hashing.ragged_hashes(batch.flat, batch.lengths, both_strands))
        faults.append(batch.faults)
        ends.add(batch.flat, batch.lengths)
        for name, column in batch.columns.items():
            kept.setdefault(name, []).append(_compact(name, column))
        for name, column in batch.others.items():
            if cells.is_text(column.type):
                types[name] = cells.narrowest(column, types.get(name))
        for length, index, count in zip(
            *np.unique(batch.lengths, return_index=True, return_counts=True), strict=True
        ):
            counts[int(length)] += int(count)
            first.setdefault(int(length), int(batch.records[index]))
    faulty = pa.concat_tables(faults)
    usable = sum(map(len, records))
    return Survey(
        rows=usable + faulty.num_rows + source.ragged,
        records=np.concatenate([np.empty(0, np.int64), *records]),
        hashes=np.concatenate([np.empty(0, np.uint64), *hashes]),
        columns={name: pa.chunked_array(pieces) for name, pieces in kept.items()},
        lengths={length: (counts[length], first[length]) for length in sorted(counts)},
        constant=ends.letters,
        types=types,
        faults=faulty,
    )


def conditions(surveyed: Survey, columns: Columns) -> np.ndarray:
    """Hashes, uint64 (usable rows,), of what models are given: sequences and further inputs."""
    hashes = surveyed.hashes
    for index, (name, kind) in enumerate(columns.inputs.items()):
        column = surveyed.columns[name].combine_chunks()
        if kind == NUMBER:
            values = (column.to_numpy(zero_copy_only=False) + 0.0).view(np.uint64)  # no -0
        else:
            values = hashing.text_hashes(column.cast(pa.string()))
        hashes = hashing.shuffled(hashes ^ values, index)
    return hashes


def _compact(name: str, column: pa.Array) -> pa.Array:
    if name == "id":
        return pa.array(hashing.text_hashes(column))
    return column.dictionary_encode() if pa.types.is_string(column.type) else column


def refuse(surveyed: Survey, source: Source, columns: Columns, table: dict, task: Task) -> None:
    """Raise InputError for what makes a table unusable."""
    if not surveyed.rows:
        raise InputError(f"{source.path}: the table has a header but no rows")
    if table["invalid_rows"] == "error" or not len(surveyed.records):
        _refuse_faults(surveyed, source, {*columns.scores.values()}, task)
    if table["length"] == "equal":
        _refuse_lengths(surveyed, source)
    else:
        _refuse_padding(surveyed, source)
    _refuse_flanks(surveyed, source, table["flanks"])
    if columns.id:
        _refuse_repeated_ids(surveyed, source, columns.id)
    for ours, name in columns.scores.items():
        if task.labels:
            _refuse_classes(surveyed.columns[ours], source, name)
        else:
            _refuse_constant(surveyed.columns[ours], source, name)
    if columns.weight and not pc.max(surveyed.columns[columns.weight]).as_py() > 0:
        raise InputError(f"{source.path}: all weights in column {columns.weight!r} are 0")
    if table["duplicates"] == "error":
        _refuse_duplicates(surveyed, source, columns)


def rejected(faults: pa.Table, source: Source) -> list[dict]:
    """Every row that cannot be used: line, id, column, value, reason; in the order of the table.

    Parameters
    ----------
    faults
        Rows of FAULTS.
    source
        After its `batches`.
    """
    lines, ragged = source.locate(faults["record"].to_pylist())
    rows = [
        {"line": line, **fault}
        for line, fault in zip(lines, faults.drop_columns(["record"]).to_pylist(), strict=True)
    ]
    rows += [
        {"line": line, "id": "", "column": "", "value": "", "reason": reason}
        for line, reason in ragged
    ]
    return sorted(rows, key=lambda row: row["line"])


def _refuse_faults(surveyed: Survey, source: Source, scores: set[str], task: Task) -> None:
    faulty = surveyed.rows - len(surveyed.records)
    if not faulty:
        return
    lines = [_line(row, source.unit) for row in rejected(surveyed.faults, source)[:SHOWN]]
    if faulty > SHOWN:
        lines.append(f"  ... and {faulty - SHOWN} more")
    if len(surveyed.records):
        advice = "Correct them, or leave them out by `invalid_rows: drop`, which lists them all."
    else:
        advice = "No row is left to learn from."
        of_scores = {*surveyed.faults["column"].to_pylist()} <= scores
        if not task.labels and of_scores and NOT_A_NUMBER in surveyed.faults["reason"].to_pylist():
            advice += " If the scores are labels, they want `task: classification`."
    raise InputError(
        "\n".join(
            [f"{source.path}: {faulty} of {surveyed.rows} rows cannot be used:", *lines, advice]
        )
    )


def _line(row: dict, unit: str) -> str:
    where = f"  {unit} {row['line']}" + (f", {row['column']}" if row["column"] else "")
    return f"{where}: " + (f"{row['value']!r} " if row["value"] else "") + row["reason"]


def _refuse_lengths(surveyed: Survey, source: Source) -> None:
    if len(surveyed.lengths) <= 1:
        return
    common = sorted(surveyed.lengths, key=lambda length: -surveyed.lengths[length][0])[:SHOWN]
    lines = _lines(source, [surveyed.lengths[length][1] for length in common])
    texts = [
        f"  {length} letters: {surveyed.lengths[length][0]} rows, first in {source.unit} {line}"
        for length, line in sorted(zip(common, lines, strict=True))
    ]
    if len(surveyed.lengths) > SHOWN:
        low, high = min(surveyed.lengths), max(surveyed.lengths)
        texts.append(
            f"  ... and {len(surveyed.lengths) - SHOWN} other lengths, all of {low} to {high}"
        )
    raise InputError(
        "\n".join(
            [
                f"{source.path}: the sequences differ in length:",
                *texts,
                "`length: {pad: right}` (or left, both) fills up short ones with N; "
                f"`length: {{crop: {common[0]}}}` keeps the first {common[0]} letters of each.",
            ]
        )
    )


def _refuse_padding(surveyed: Survey, source: Source) -> None:
    letters = sum(length * count for length, (count, _) in surveyed.lengths.items())
    longest = max(surveyed.lengths)
    if longest * len(surveyed.records) > MOST_PADDING * letters:
        (line,) = _lines(source, [surveyed.lengths[longest][1]])
        raise InputError(
            f"{source.path}: padding to the longest sequence ({longest} letters, {source.unit} "
            f"{line}) would be more than {MOST_PADDING} times the letters that there are; "
            "take such sequences out, or use `length: {crop: N}`"
        )


def _refuse_flanks(surveyed: Survey, source: Source, flanks: dict[str, str]) -> None:
    left, right = (flanks[side].upper().replace("U", "T") for side in ("left", "right"))
    if not (left or right) or min(surveyed.lengths) <= len(left) + len(right):
        return
    if surveyed.constant["left"].startswith(left) and surveyed.constant["right"].endswith(right):
        raise InputError(
            f"{source.path}: every sequence holds the `flanks` already. Take them out of the "
            "table, which then holds inserts, or out of the config: the construct is the sequence"
        )


def _lines(source: Source, records: list[int]) -> list[int]:
    """The line of each record, in the order in which they are given."""
    ordered = sorted(set(records))
    line_of = dict(zip(ordered, source.locate(ordered)[0], strict=True))
    return [line_of[record] for record in records]


def _refuse_repeated_ids(surveyed: Survey, source: Source, column: str) -> None:
    ids = surveyed.columns["id"].to_numpy()
    records = surveyed.records[_repeats(ids)]
    if not len(records):
        return
    shown = examples(source, column, records[:SHOWN])
    raise InputError(
        f"{source.path}: {len(records)} rows share their id with another row: {shown}; "
        "ids must differ; a column that holds other things must have another name"
    )


def _repeats(hashes: np.ndarray) -> np.ndarray:
    """The rows whose hash another row has too, those with the same hash next to each other."""
    order = np.argsort(hashes, kind="stable")
    same = hashes[order][1:] == hashes[order][:-1]
    return order[np.concatenate([[False], same]) | np.concatenate([same, [False]])]


def examples(source: Source, column: str, records: np.ndarray) -> str:
    """Some cells of a column with their lines, for a message; records are indices in the table."""
    chosen, start, values = np.sort(records), 0, []
    for rows in source.batches():
        here = chosen[(chosen >= start) & (chosen < start + len(rows))] - start
        values += rows[column].take(pa.array(here)).to_pylist()
        start += len(rows)
    cell = dict(zip(chosen.tolist(), values, strict=True))
    lines = _lines(source, records.tolist())
    return ", ".join(
        f"{printable(cells.shortened(str(cell[record])))} ({source.unit} {line})"
        for record, line in zip(records.tolist(), lines, strict=True)
    )


def _refuse_constant(scores: pa.ChunkedArray, source: Source, name: str) -> None:
    low, high = pc.min_max(scores).as_py().values()
    if low is None:
        raise InputError(f"{source.path}: column {name!r} (score) has no number in any row")
    if low == high:
        raise InputError(
            f"{source.path}: every score in column {name!r} is {low:g}; there is nothing to learn"
        )


def _refuse_classes(labels: pa.ChunkedArray, source: Source, name: str) -> None:
    count = pc.count_distinct(labels.cast(pa.string())).as_py()
    if count == 1:
        raise InputError(
            f"{source.path}: every row has the class {labels[0].as_py()!r} in column {name!r}; "
            "a classification needs two classes or more"
        )
    if count > MOST_CLASSES or 2 * count > len(labels):
        raise InputError(
            f"{source.path}: column {name!r} has {count} classes in {len(labels)} rows; "
            "numbers want `task: regression`"
        )


def _refuse_duplicates(surveyed: Survey, source: Source, columns: Columns) -> None:
    repeats = _repeats(conditions(surveyed, columns))
    if not len(repeats):
        return
    shown = examples(source, columns.sequence, surveyed.records[repeats[:SHOWN]])
    raise InputError(
        f"{source.path}: {len(repeats)} rows hold the sequence of another row"
        f"{' under the same inputs' if columns.inputs else ''}, which "
        f"`duplicates: error` forbids and `keep` and `mean` allow. For example: {shown}"
    )
