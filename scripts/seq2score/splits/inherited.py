"""Rows of the test set that a model knows from the model that it starts from."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from seq2score.errors import InputError
from seq2score.sequences.encoding import encode
from seq2score.sequences.hashing import sequence_hashes
from seq2score.splits.parts import ROWS_AT_ONCE


def shared(test: str | Path, learnt: Iterable[str | Path], both_strands: bool) -> dict[str, int]:
    """Of each file that was learned from, how many rows hold a sequence of the test set's file.

    both_strands: a sequence and its reverse complement are the same.
    """
    tested = _hashes(test, both_strands)
    return {str(file): int(np.isin(_hashes(file, both_strands), tested).sum()) for file in learnt}


def refuse(counts: dict[str, int]) -> None:
    """counts: of rows by file. Raises InputError where there are any."""
    counted = " and ".join(f"{rows} rows of {file}" for file, rows in counts.items() if rows)
    if counted:
        raise InputError(
            f"start_from: {counted} hold a sequence that the test set holds too, which would "
            "flatter every test score; start from a model that has not learned from them, or "
            "`leaks: allow` beside `start_from` lets it"
        )


def _hashes(file: str | Path, both_strands: bool) -> np.ndarray:
    """uint64 (rows,), equal for equal sequences."""
    batches = pq.ParquetFile(file).iter_batches(ROWS_AT_ONCE, columns=["sequence"])
    found = [sequence_hashes(encode(batch["sequence"]), both_strands) for batch in batches]
    return np.concatenate([np.empty(0, np.uint64), *found])
