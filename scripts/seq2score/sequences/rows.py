"""The rows of a user's table, checked one by one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.sequences import cells, encoding
from seq2score.sequences.cells import Faults, Reason
from seq2score.sequences.columns import Columns
from seq2score.sequences.inputs import CATEGORY, SEQUENCE
from seq2score.sequences.sources import REASON, Source
from seq2score.task import Task

LONGEST = 100_000  # letters; longer ones are no reporter constructs but mistakes
LARGEST = 1e100  # of numbers; the square of a larger one may be infinite
NOT_A_NUMBER = "is not a number"
DOMAINS = {"log2": (0, "greater than 0"), "log1p": (-1, "greater than -1")}


@dataclass(frozen=True)
class Batch:
    """Rows that can be used, of those that a source gave at once.

    Attributes
    ----------
    records
        Their indices in the table, int64 (rows,).
    flat, lengths
        Their sequences, as from `encoding.ragged_codes`.
    columns
        Ids, scores, weights, replicates, inputs and the columns of the split, by their names in our
        table.
    others
        Columns that only travel along, as the source gave them.
    faults
        The rows that cannot be used.
    """

    records: np.ndarray
    flat: np.ndarray
    lengths: np.ndarray
    columns: dict[str, pa.Array]
    others: dict[str, pa.Array]
    faults: pa.Table


def read(source: Source, columns: Columns, table: dict, task: Task) -> Iterator[Batch]:
    """The rows of a source, a batch at a time.

    Raises
    ------
    InputError
        For columns of lists and such.
    """
    start = 0
    for rows in source.batches():
        cells.refuse_types(rows, columns.used, source.path)
        reasons = rows[REASON] if REASON in rows.schema.names else source.no_sequence
        yield _checked(rows, start, columns, table, task, reasons)
        start += len(rows)


def _checked(
    rows: pa.RecordBatch, start: int, columns: Columns, table: dict, task: Task, no_sequence: Reason
) -> Batch:
    faults = Faults(len(rows))
    ids = _ids(rows, start, columns, faults)
    flat, lengths = _sequences(rows[columns.sequence], columns.sequence, table, no_sequence, faults)
    values = {
        "id": ids,
        **_all_scores(rows, columns, table, task, faults),
        **_other_numbers(rows, columns, table, lengths, faults),
    }
    rejected, good = faults.table(ids), pa.array(faults.good)
    flat, lengths = _cropped(*_chosen(flat, lengths, faults.good), table)
    return Batch(
        records=start + np.flatnonzero(faults.good),
        flat=flat,
        lengths=lengths,
        columns={name: pa.array(v, from_pandas=True).filter(good) for name, v in values.items()},
        others={ours: rows[name].filter(good) for ours, name in columns.others.items()},
        faults=rejected.set_column(0, "record", pc.add(rejected["record"], start)),
    )


def _all_scores(
    rows: pa.RecordBatch, columns: Columns, table: dict, task: Task, faults: Faults
) -> dict[str, pa.Array | np.ndarray]:
    """Scores by our names: text where they are labels, else float64, NaN where one is missing."""
    if task.labels:
        return {ours: _texts(rows[name], name, faults) for ours, name in columns.scores.items()}
    scores = {o: _scores(rows[name], name, table, faults) for o, name in columns.scores.items()}
    nothing = np.all([np.isnan(values) for values in scores.values()], axis=0)
    faults.add(nothing, ", ".join(columns.scores.values()), None, "are all missing")
    return scores


def _other_numbers(
    rows: pa.RecordBatch, columns: Columns, table: dict, lengths: np.ndarray, faults: Faults
) -> dict[str, pa.Array | np.ndarray]:
    """Weights, replicates, inputs and what the split reads, by their names."""
    values: dict[str, pa.Array | np.ndarray] = {}
    if columns.weight:
        values[columns.weight] = _weights(rows[columns.weight], columns.weight, faults)
    for name in columns.replicates:
        values[name], _ = _numbers(rows[name], name, faults)
    for name in columns.texts:
        values[name] = _texts(rows[name], name, faults)
    for name, kind in columns.inputs.items():
        if kind == SEQUENCE:
            given = rows[name], name, columns, table, lengths
            values[name] = _further_sequences(*given, faults)
        elif kind == CATEGORY:
            values[name] = _texts(rows[name], name, faults)
        else:
            values[name], missing = _numbers(rows[name], name, faults)
            faults.add(missing, name, None, "is missing")
    return values


def _further_sequences(
    column: pa.Array, name: str, columns: Columns, table: dict, lengths: np.ndarray, faults: Faults
) -> pa.Array:
    """As text in our letters. lengths: of the sequences beside them, which they must have too."""
    _, lengths_ = _sequences(column, name, table, "is missing", faults)
    faults.add(lengths_ != lengths, name, column, f"is not as long as its {columns.sequence!r}")
    return pc.replace_substring(
        pc.utf8_upper(pc.utf8_trim_whitespace(column.cast(pa.string()))), "U", "T"
    )


def _chosen(
    flat: np.ndarray, lengths: np.ndarray, good: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The sequences of good rows."""
    return (flat, lengths) if good.all() else (flat[np.repeat(good, lengths)], lengths[good])


def _cropped(flat: np.ndarray, lengths: np.ndarray, table: dict) -> tuple[np.ndarray, np.ndarray]:
    """The sequences' first letters, where the section asks for so many."""
    if not (width := _crop(table)):
        return flat, lengths
    cropped = encoding.to_width(flat, lengths, width)
    return cropped.ravel(), np.full(len(lengths), width)


def _ids(rows: pa.RecordBatch, start: int, columns: Columns, faults: Faults) -> pa.Array:
    if columns.id:
        return _texts(rows[columns.id], columns.id, faults, columns.literal_ids)
    numbers = pa.array(np.arange(start + 1, start + len(rows) + 1)).cast(pa.string())
    return pc.binary_join_element_wise("row", numbers, "")


def _texts(column: pa.Array, name: str, faults: Faults, literal: bool = False) -> pa.Array:
    texts, missing = cells.texts(column, literal)
    faults.add(missing, name, column, "is missing")
    return texts


def _sequences(
    column: pa.Array, name: str, table: dict, missing: Reason, faults: Faults
) -> tuple[np.ndarray, np.ndarray]:
    plain = cells.is_text(column.type) and not pa.types.is_dictionary(column.type)
    text = pc.utf8_trim_whitespace(column if plain else column.cast(pa.string()))
    flat, lengths = encoding.ragged_codes(text, table["alphabet"])
    bad = flat == encoding.INVALID
    holds_bad = np.zeros(len(lengths), bool)
    if bad.any():
        holds_bad[np.repeat(np.arange(len(lengths)), lengths)[bad]] = True
    nothing = cells.is_missing(text.cast(pa.string())).to_numpy(zero_copy_only=False)
    faults.add(nothing | (lengths == 0), name, text, missing)
    faults.add(holds_bad, name, text, _letters_problem(name, encoding.ALLOWED[table["alphabet"]]))
    faults.add(lengths > LONGEST, name, text, f"is longer than {LONGEST} letters")
    width = _crop(table)
    faults.add(lengths < width, name, text, f"is shorter than the {width} letters of `crop`")
    return flat, lengths


def _crop(table: dict) -> int:
    return table["length"].get("crop", 0) if isinstance(table["length"], dict) else 0


def _letters_problem(column: str, allowed: str) -> Callable[[str], str]:
    def reason(value: str) -> str:
        if value == column:
            return "repeats the header"
        position, letter = next((i, x) for i, x in enumerate(value, 1) if x.upper() not in allowed)
        if letter in "Uu":
            return f"holds U at position {position}; `alphabet: rna` reads it as T"
        text = f"holds {letter!r} at position {position}; allowed are {', '.join(allowed)}"
        return text if letter.isascii() else f"{text} ({cells.code_of(letter)})"

    return reason


def _numbers(column: pa.Array, name: str, faults: Faults) -> tuple[np.ndarray, np.ndarray]:
    values, missing, unreadable = cells.numbers(column)
    faults.add(unreadable, name, column, _number_problem(name))
    faults.add(np.isinf(values), name, column, "is not a finite number")
    faults.add(np.abs(values) > LARGEST, name, column, "is too large to be squared")
    return values, missing


def _number_problem(column: str) -> Callable[[str], str]:
    def reason(value: str) -> str:
        if value.strip() == column:
            return "repeats the header"
        if "\n" in value:
            return f"{NOT_A_NUMBER}; is a quote not closed?"
        if value.strip().replace(",", "", 1).lstrip("+-").isdecimal():
            return f"{NOT_A_NUMBER}; the decimal mark is a point"
        if foreign := next((x for x in value.strip() if not x.isascii()), None):
            return f"{NOT_A_NUMBER}; it holds {foreign!r} ({cells.code_of(foreign)})"
        return NOT_A_NUMBER

    return reason


def _scores(column: pa.Array, name: str, table: dict, faults: Faults) -> np.ndarray:
    values, missing = _numbers(column, name, faults)
    if len(table["score"]) == 1:
        faults.add(missing, name, column, "is missing")
    transform = table["score_transform"]
    if transform != "none":
        least, allowed = DOMAINS[transform]
        reason = f"has no `score_transform: {transform}`, which needs scores {allowed}"
        faults.add(values <= least, name, column, reason)
    return values


def _weights(column: pa.Array, name: str, faults: Faults) -> np.ndarray:
    values, missing = _numbers(column, name, faults)
    faults.add(missing, name, column, "is missing")
    faults.add(values < 0, name, column, "is negative; a weight is 0 or more")
    return values
