"""What the tests of tables share: a good table, its config sections, and running the two steps."""

import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.sequences import importing
from seq2score.settings.datasets import Table
from seq2score.splits import checking
from seq2score.task import TASKS

TABLE = {
    "sequence": "sequence",
    "score": "score",
    "scores": None,
    "genome": None,
    "window": None,
    "past_end": "error",
    "id": None,
    "alphabet": "dna",
    "weight": None,
    "replicates": [],
    "inputs": {},
    "at": {},
    "score_transform": "none",
    "invalid_rows": "error",
    "duplicates": "keep",
    "length": "equal",
    "flanks": {"left": "", "right": ""},
}
SPLIT = {"method": "random", "test_fraction": 0.2, "validation_fraction": 0.2, "seed": 17}


def sequences(rows=40, length=6):
    """Distinct sequences that hold all letters."""
    return [
        "".join("ACGT"[i >> 2 * position & 3] for position in range(length)) for i in range(rows)
    ]


def good_rows(rows=40):
    """A header and rows that nothing is wrong with."""
    return ["sequence,score", *(f"{s},{i / 7:.4f}" for i, s in enumerate(sequences(rows)))]


def section(path, changes):
    """A table's section with these changes to the good one, as the rules pass it on."""
    table = TABLE | {"path": str(path)} | changes
    return table | {"score": Table(path="table.csv", score=table["score"]).outputs}


def check(path, task="regression", split=SPLIT, reverse_complement="none", **table):
    return checking.check_table(section(path, table), TASKS[task], split, reverse_complement)


def imported(path, task="regression", split=SPLIT, reverse_complement="none", **table):
    """The table after both steps, and what they rejected."""
    table, task = section(path, table), TASKS[task]
    verdict = checking.check_table(table, task, split, reverse_complement)
    into = importing.TableImport(table, task, reverse_complement != "none", verdict)
    rows = pa.concat_tables(into.rows())
    assert rows.num_rows == verdict["kept"]
    rejected = into.rejected()
    assert len(rejected) == verdict["rejected"]
    return rows, rejected


def write(path, rows):
    """Rows of text as a file; a Parquet file where the name says so."""
    if path.suffix == ".parquet":
        pq.write_table(rows, path)
    else:
        path.write_text("\n".join(rows) + "\n")
    return path
