"""As a column of the user's says, unless a sequence would then be learnt from and tested on."""

import numpy as np
import pyarrow as pa

from seq2score.errors import InputError
from seq2score.splits.parts import DROPPED, PARTS, TEST, TRAIN, VALIDATION, Assignment, Rows, deal
from seq2score.splits.values import spellings

MOST_SHOWN = 10


def columns(split: dict) -> list[str]:
    """The user's columns that the split needs."""
    return [split["column"]]


def assign(split: dict, rows: Rows) -> Assignment:
    """The parts that the column names; with `folds`, each of its values is the test set in turn.

    Parameters
    ----------
    split
        A section of the config.
    rows
        With this column.

    Raises
    ------
    InputError
        For empty cells, values that no part claims, other folds than values, or nothing to train
        on.
    SharedSequences
        Where a sequence of the test set would be learned from.
    """
    column = rows.columns[split["column"]]
    parts = _fold(split, column) if split.get("folds") else _by_value(split, column)
    parts, notes = _without_leaks(split, rows.hashes, parts)
    notes += _shared_with_validation(rows.hashes, parts)
    given = {"validation_fraction": 0} if split.get("validation") else {}
    train = parts == TRAIN
    parts[train] = deal(rows.hashes[train], {**split, **given, "folds": None})
    return Assignment(parts, notes)


def _fold(split: dict, column: pa.DictionaryArray) -> np.ndarray:
    """The rows with one value as test set; folds are numbered by value, in alphabetical order."""
    values = column.dictionary.to_pylist()
    if len(values) != split["folds"]:
        shown = ", ".join(map(repr, values[:MOST_SHOWN]))
        raise InputError(
            f"split: `folds: {split['folds']}` needs as many values in column "
            f"{split['column']!r}, which has {len(values)}: {shown}"
        )
    return np.where(column.indices.to_numpy() == split["fold"] - 1, TEST, TRAIN).astype(np.uint8)


def _by_value(split: dict, column: pa.DictionaryArray) -> np.ndarray:
    """The part that each row's value stands for."""
    name, values = split["column"], column.dictionary.to_pylist()
    part_of = {
        text: i
        for i, part in enumerate(PARTS)
        for value in split.get(part) or []
        for text in spellings(value)
    }
    counts = np.bincount(column.indices.fill_null(len(values)), minlength=len(values) + 1)
    missing = int(counts[len(values)])
    if missing:
        raise InputError(f"split: column {name!r} is empty in {missing} rows; each row needs a set")
    unknown = [i for i, v in enumerate(values) if counts[i] and v not in part_of]
    if unknown:
        shown = ", ".join(f"{values[i]!r} ({counts[i]} rows)" for i in unknown[:MOST_SHOWN])
        more = f" and {len(unknown) - MOST_SHOWN} more" if len(unknown) > MOST_SHOWN else ""
        allowed = "; ".join(f"{part}: {split[part]}" for part in PARTS if split.get(part))
        raise InputError(
            f"split: column {name!r} holds values that no set claims: {shown}{more}; "
            f"the sets are {allowed}"
        )
    return np.array([part_of.get(v, TRAIN) for v in values], np.uint8)[column.indices]


def _shared_with_validation(hashes: np.ndarray, parts: np.ndarray) -> tuple[str, ...]:
    """That the validation set flatters what it judges, where it does."""
    shared = (parts == TRAIN) & np.isin(hashes, hashes[parts == VALIDATION])
    if not shared.any():
        return ()
    return (
        f"{shared.sum()} train rows hold a sequence of the validation set, which flatters "
        "early stopping, sweeps and all warnings.",
    )


def _without_leaks(
    split: dict, hashes: np.ndarray, parts: np.ndarray
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Parts in which no sequence of the test set may also be learnt from or chosen by."""
    leaks = (parts != TEST) & np.isin(hashes, hashes[parts == TEST])
    if not leaks.any() or split["leaks"] == "allow":
        return parts, ()
    counted = " and ".join(
        f"{(leaks & (parts == part)).sum()} {PARTS[part]} rows"
        for part in (TRAIN, VALIDATION)
        if (leaks & (parts == part)).any()
    )
    if split["leaks"] == "error":
        raise SharedSequences(counted, np.flatnonzero(leaks)[:MOST_SHOWN])
    parts = np.where(leaks, DROPPED, parts).astype(np.uint8)
    if not (parts == TRAIN).any():
        raise InputError(
            f"split: {counted} hold a sequence that the test set holds too, and "
            "`leaks: drop_from_train` leaves none to train on; is the column that of a split?"
        )
    return parts, (f"{counted} hold a sequence of the test set and were dropped.",)


class SharedSequences(InputError):
    """Rows to learn from that hold a sequence of the test set.

    Parameters
    ----------
    counted
        How many there are, in words.
    rows
        Some of them, int.
    """

    def __init__(self, counted: str, rows: np.ndarray):
        super().__init__(
            f"split: {counted} hold a sequence that the test set holds too, which would flatter "
            "every test score; `leaks: drop_from_train` drops them, `leaks: allow` keeps them"
        )
        self.rows = rows
