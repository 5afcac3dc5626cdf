"""Sequences without scores, a batch at a time."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.errors import InputError
from seq2score.sequences import cells
from seq2score.sequences.accepted import accept
from seq2score.sequences.columns import listed
from seq2score.sequences.sources import REASON, open_source

MOST = 24  # sequences of a file that all become panels of a figure
EMPTY = pa.record_batch([pa.array([], pa.string())] * 3, ["id", "sequence", REASON])


def nothing(inputs: Sequence[str] = ()) -> pa.RecordBatch:
    """What `batches` gives, without a row."""
    names = [*EMPTY.schema.names, *inputs]
    return pa.record_batch([pa.array([], pa.string())] * len(names), names)


def batches(new: dict, inputs: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """Rows of `id`, `sequence` and REASON (why a row has none), all text, as the file has them.

    Without an identifier, or a column `id`, rows are numbered. Lines of a text table that are no
    rows come last, as `line 12`, without a sequence.

    Parameters
    ----------
    new
        A `predict` section.
    inputs
        Further columns that models see, which follow.

    Raises
    ------
    InputError
        For a file that cannot be read, or a column that is not there.
    """
    source = open_source(new)
    sequence, identifier = new["sequence"], new["id"]
    for column in [sequence, *([identifier] if identifier else []), *inputs]:
        if column not in source.columns:
            seen = ", which models see beside sequences (`inputs`)" if column in inputs else ""
            raise InputError(
                f"{source.path}: there is no column {column!r}{seen}. The columns are "
                f"{listed(source.columns)}"
            )
    identifier = identifier or ("id" if "id" in source.columns else None)
    start = 1
    for rows in source.batches():
        read = [sequence, *([identifier] if identifier else []), *inputs]
        cells.refuse_types(rows, read, source.path)
        texts, _ = cells.texts(rows[sequence])
        ids = _numbers(start, len(rows))
        if identifier:
            ids, _ = cells.texts(rows[identifier], source.literal_ids)
        reasons = rows[REASON] if REASON in rows.schema.names else _nothing(len(rows))
        covariates = [cells.texts(rows[name])[0] for name in inputs]
        yield _batch(ids.fill_null(""), texts.fill_null(""), reasons, inputs, covariates)
        start += len(rows)
    if source.ragged:
        _, ragged = source.locate([])
        lines = pa.array([f"line {line}" for line, _ in ragged])
        problems = pa.array([problem for _, problem in ragged], pa.string())
        covariates = [_nothing(len(lines)) for _ in inputs]
        yield _batch(lines, _nothing(len(lines)), problems, inputs, covariates)


def few(path: str | Path) -> pa.RecordBatch:
    """All rows of a FASTA file of at most MOST sequences.

    Raises
    ------
    InputError
        For more of them.
    """
    rows = EMPTY
    for batch in batches({"path": str(path), "sequence": "sequence", "id": None}):
        rows = pa.concat_batches([rows, batch])
        if len(rows) > MOST:
            raise InputError(f"{path}: there are more than {MOST} sequences. Allowed: {MOST}.")
    return rows


def few_encoded(path: str | Path, rules: Mapping) -> tuple[pa.RecordBatch, np.ndarray]:
    """The rows of `few`, and encoded, uint8 (n, input length), by the rules of `accepted.accept`.

    Raises
    ------
    InputError
        For too many sequences, or one that a model of these rules cannot take.
    """
    rows = few(path)
    encoded, problems = accept(rows["sequence"], rules)
    for name, problem in zip(rows["id"].to_pylist(), problems, strict=True):
        if problem:
            raise InputError(f"{path}: {name} {problem}")
    return rows, encoded


def _batch(
    ids: pa.Array,
    sequences: pa.Array,
    reasons: pa.Array,
    inputs: Sequence[str],
    covariates: list[pa.Array],
) -> pa.RecordBatch:
    columns = [column.cast(pa.string()) for column in (ids, sequences, reasons, *covariates)]
    return pa.record_batch(columns, [*EMPTY.schema.names, *inputs])


def _nothing(count: int) -> pa.Array:
    return pa.array([""] * count, pa.string())


def _numbers(start: int, count: int) -> pa.Array:
    numbers = pa.array(np.arange(start, start + count)).cast(pa.string())
    return pc.binary_join_element_wise("row", numbers, "")
