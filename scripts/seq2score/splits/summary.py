"""What a split came to: sizes, scores, and whether any sequence stands on two sides."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.sequences.adapters import advice
from seq2score.splits.parts import CALIBRATION, PARTS, TEST, Assignment
from seq2score.splits.relatives import FLATTERED

RENAMED = "columns with a name of ours are kept under another one"  # told when they are read
TABLE = "table"  # in place of a part: what became of the table as a whole


def summarize(assignment: Assignment, hashes: np.ndarray, scores: pa.Table) -> list[dict]:
    """A row a part: its size, its scores, and how many of its rows hold a sequence of the test set.

    Rows kept for calibration, and those that were dropped, have a row of their own.

    Parameters
    ----------
    assignment
        Of the rows.
    hashes
        Of their sequences, uint64 (rows,).
    scores
        Their columns; numbers are told by mean, standard deviation and extremes, classes by their
        counts.
    """
    parts = assignment.parts
    in_test = np.isin(hashes, hashes[parts == TEST])
    rows = []
    for index, name in enumerate([*PARTS, "dropped"]):
        chosen = parts == index
        if index >= CALIBRATION and not chosen.any():
            continue
        rows.append(
            {
                "part": name,
                "rows": int(chosen.sum()),
                "fraction": round(float(chosen.mean()), 4),
                "shared_with_test": None if index == TEST else int((chosen & in_test).sum()),
                **_distributions(scores.filter(pa.array(chosen))),
                "note": " ".join(assignment.notes) if name == "train" else "",
            }
        )
    return rows


def flattery(share: float | None, letters: int, method: str) -> str:
    """That test scores are partly of near copies, and what to do about it; "" where few are.

    Parameters
    ----------
    share
        Of test sequences, that have a relative in the train set; None where it is not known.
    letters
        That relatives share.
    method
        Of the split.
    """
    if share is None or share < FLATTERED:
        return ""
    key = "a lower `split.identity`" if method == "similarity" else "`split: {method: similarity}`"
    return (
        f"{share:.0%} of the test sequences share {letters} or more letters in a row with a "
        "training sequence, on either strand: the test score is of near copies too, and flatters "
        f"where new sequences are of another origin. {key} keeps relatives together, and so does "
        "`split: {method: group}` with a column of their origin."
    )


def worth_telling(rows: list[dict]) -> list[str]:
    """The notes that a reader in a terminal needs: of the test set, and of whole oligos."""
    notes = [row["note"] for row in rows if row["part"] in ("test", TABLE)]
    return [note for note in notes if note and not note.startswith(RENAMED)]


def of_adapters(adapters: Mapping[str, str], rows: int) -> list[dict]:
    """That a table is one of whole oligos, as a row of the report, if it is one.

    Parameters
    ----------
    adapters
        Letters at both ends of the train set, from `adapters_of`.
    rows
        Of the table.
    """
    note = advice(adapters)
    return [{"part": TABLE, "rows": rows, "note": f"{note}."}] if note else []


def of_the_table(verdict: dict) -> list[dict]:
    """What became of a table on the way, as rows of the report.

    Rows that no part has, and columns that our tables have under another name.

    Parameters
    ----------
    verdict
        Of `check_table`.
    """
    notes = {
        "rejected": "{:,} rows of the table cannot be used; rejected.tsv says why.",
        "merged": "{:,} rows hold the sequence of another row, which has their mean.",
    }
    rows = [
        {"part": part, "rows": count, "note": note.format(count)}
        for part, note in notes.items()
        if (count := verdict[part])
    ]
    if renamed := verdict["renamed"]:
        kept = ", ".join(f"{name} as {ours}" for name, ours in renamed.items())
        note = f"{RENAMED}: {kept}."
        rows.append({"part": TABLE, "rows": verdict["rows"], "note": note})
    return rows


def _distributions(scores: pa.Table) -> dict[str, float]:
    return {
        key: v for name in scores.column_names for key, v in _statistics(name, scores[name]).items()
    }


def _statistics(name: str, column: pa.ChunkedArray) -> dict[str, float]:
    if not pa.types.is_floating(column.type):
        return {f"{name}_{count['values']}": count["counts"] for count in _counts(column)}
    return {
        f"{name}_mean": pc.mean(column).as_py(),
        f"{name}_sd": pc.stddev(column).as_py(),
        f"{name}_min": pc.min(column).as_py(),
        f"{name}_max": pc.max(column).as_py(),
    }


def _counts(column: pa.ChunkedArray) -> list[dict]:
    return sorted(column.value_counts().to_pylist(), key=lambda count: str(count["values"]))
