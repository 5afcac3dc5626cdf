"""Rows of the test set that a model knows from elsewhere: its parent, or what it learns beside."""

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
    return {str(file): int(known(file, [test], both_strands).sum()) for file in learnt}


def known(file: str | Path, tests: Iterable[str | Path], both_strands: bool) -> np.ndarray:
    """Which rows of a file hold a sequence of one of these test sets' files, bool (rows,)."""
    tested = [_hashes(test, both_strands) for test in tests]
    return np.isin(_hashes(file, both_strands), np.concatenate([np.empty(0, np.uint64), *tested]))


def refuse(counts: dict[str, int], key: str, remedy: str, test: str = "the test set") -> None:
    """counts: of rows by file. Raises InputError where there are any.

    key: of the config, that asks for it. remedy: what to do instead. test: what holds them too.
    """
    counted = " and ".join(f"{rows} rows of {file}" for file, rows in counts.items() if rows)
    if counted:
        raise InputError(
            f"{key}: {counted} hold a sequence that {test} holds too, which would flatter every "
            f"test score; {remedy}"
        )


def _hashes(file: str | Path, both_strands: bool) -> np.ndarray:
    """uint64 (rows,), equal for equal sequences."""
    batches = pq.ParquetFile(file).iter_batches(ROWS_AT_ONCE, columns=["sequence"])
    found = [sequence_hashes(encode(batch["sequence"]), both_strands) for batch in batches]
    return np.concatenate([np.empty(0, np.uint64), *found])
