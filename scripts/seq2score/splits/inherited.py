"""Rows of the test set that a model knows from elsewhere: its parent, or what it learns beside."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from seq2score.errors import InputError
from seq2score.sequences.encoding import encode
from seq2score.sequences.hashing import sequence_hashes
from seq2score.splits.parts import ROWS_AT_ONCE

START_REMEDY = (
    "start from a model that has not learned from them, or `leaks: allow` beside `start_from` lets "
    "it"
)
TOGETHER_REMEDY = (
    "split the datasets alike, or `leaks: drop_from_train` beside `together` leaves these rows out "
    "of what is learned together, `leaks: allow` keeps them"
)


def shared(test: str | Path, learnt: Iterable[str | Path], both_strands: bool) -> dict[str, int]:
    """Of each file that was learned from, how many rows hold a sequence of the test set's file.

    Parameters
    ----------
    test, learnt
        Parquet files with a column `sequence`.
    both_strands
        A sequence and its reverse complement are the same.
    """
    return {str(file): int(known(file, [test], both_strands).sum()) for file in learnt}


def known(file: str | Path, tests: Iterable[str | Path], both_strands: bool) -> np.ndarray:
    """Which rows of a file hold a sequence of one of these test sets' files.

    Parameters
    ----------
    file, tests
        Parquet files with a column `sequence`.
    both_strands
        A sequence and its reverse complement are the same.

    Returns
    -------
    ndarray
        Bool (rows,).
    """
    tested = [_hashes(test, both_strands) for test in tests]
    return np.isin(_hashes(file, both_strands), np.concatenate([np.empty(0, np.uint64), *tested]))


def refuse(counts: dict[str, int], key: str, remedy: str, test: str = "the test set") -> None:
    """Refuse to learn from rows that hold a sequence of a test set.

    Parameters
    ----------
    counts
        Of such rows, by file.
    key
        Of the config, that asks for it.
    remedy
        What to do instead.
    test
        What holds them too, in words.

    Raises
    ------
    InputError
        Where there are any.
    """
    counted = " and ".join(f"{rows} rows of {file}" for file, rows in counts.items() if rows)
    if counted:
        raise InputError(
            f"{key}: {counted} hold a sequence that {test} holds too, which would flatter every "
            f"test score; {remedy}"
        )


def warn_unchecked(folders: Iterable[str]) -> None:
    """Log which models' train sets are not there to be looked at, by the folders of the models."""
    for folder in folders:
        logging.warning(
            "%s: the rows that this model learned from are not there (../splits/train.parquet): "
            "whether they hold a sequence of the test set cannot be checked",
            folder,
        )


def refuse_inherited(
    test: str | Path, learnt: Iterable[str | Path], both_strands: bool, leaks: str
) -> list[dict]:
    """Of each file that a model to start from learned from, rows that the test set holds too.

    Parameters
    ----------
    test, learnt, both_strands
        As for `shared`.
    leaks
        "error" refuses them.

    Returns
    -------
    list of dict
        A row a file: file, shared.

    Raises
    ------
    InputError
        Where there are any, and they are refused.
    """
    counts = shared(test, learnt, both_strands)
    if leaks == "error":
        refuse(counts, "start_from", START_REMEDY)
    return [{"file": file, "shared": rows} for file, rows in counts.items()]


def refuse_tested(
    files: Mapping[str, Sequence[str | Path]],
    datasets: Sequence[str],
    both_strands: bool,
    leaks: str,
) -> list[dict]:
    """Of datasets that are learned together, rows that another one of them tests.

    Parameters
    ----------
    files
        Of `train`, `validation` and `test`, in the order of the datasets.
    datasets
        Their names.
    both_strands
        A sequence and its reverse complement are the same.
    leaks
        "error" refuses them.

    Returns
    -------
    list of dict
        A row a dataset that tests and a file that is learned from: dataset, file, shared.

    Raises
    ------
    InputError
        Where there are any, and they are refused.
    """
    rows = []
    for index, name in enumerate(datasets):
        learnt = [
            files[part][other]
            for other in range(len(datasets))
            for part in ("train", "validation")
            if other != index
        ]
        counts = shared(files["test"][index], learnt, both_strands)
        if leaks == "error":
            refuse(counts, "together", TOGETHER_REMEDY, f"the test set of {name}")
        rows += [{"dataset": name, "file": file, "shared": n} for file, n in counts.items()]
    return rows


def untested(
    files: Mapping[str, str | Path], tests: Mapping[str, str | Path], both_strands: bool
) -> dict[str, np.ndarray]:
    """By dataset, which rows of its file hold no sequence that another one tests.

    Parameters
    ----------
    files, tests
        Of rows, and of test sets, by dataset.
    both_strands
        A sequence and its reverse complement are the same.

    Returns
    -------
    dict of ndarray
        Bool (rows,) each.
    """
    return {
        name: ~known(file, [test for other, test in tests.items() if other != name], both_strands)
        for name, file in files.items()
    }


def _hashes(file: str | Path, both_strands: bool) -> np.ndarray:
    """uint64 (rows,), equal for equal sequences."""
    batches = pq.ParquetFile(file).iter_batches(ROWS_AT_ONCE, columns=["sequence"])
    parts = [sequence_hashes(encode(batch["sequence"]), both_strands) for batch in batches]
    return np.concatenate([np.empty(0, np.uint64), *parts])
