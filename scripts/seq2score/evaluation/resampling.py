"""What an interval resamples: what was drawn, not rows that are bound to be alike.

Ten rows with one sequence get one prediction and, often, one error; counted as ten, they make an
interval a third as wide as it is. So sequences are resampled, with all of their rows; and where the
split keeps groups whole, because what is asked is how a model does on unseen groups, the groups
are (the cluster bootstrap, Davison and Hinkley 1997, section 3.8).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from seq2score.sequences.encoding import encode
from seq2score.sequences.hashing import sequence_hashes

FEWEST_GROUPS = 10  # of a column that splits, not of groups: fewer are sets, such as "test"


@dataclass(frozen=True)
class Units:
    """Which rows are drawn together. what: "sequences", "groups of gene" and so on, for readers."""

    number: np.ndarray  # of each row's unit, int (n,); 0, 1, ... in the order in which they come
    what: str

    @property
    def count(self) -> int:
        """How many units there are."""
        return int(self.number.max(initial=-1)) + 1

    def of(self, rows: np.ndarray) -> "Units":
        """Those of some rows alone. rows: bool (n,)."""
        return Units(_in_order(self.number[rows].tolist()), self.what)


def every_row(n: int) -> Units:
    """Each of n rows by itself."""
    return Units(np.arange(n), "rows")


def units_of(
    table: pa.Table, split: dict, both_strands: bool, clusters: pa.Table | None = None
) -> Units:
    """What to resample of a table of predictions, by how it was split.

    table: has `sequence`, and the split's column where it has one. split: a config section.
    both_strands: a sequence and its reverse complement are one. clusters: `id` and `cluster` of
    every sequence, where the split is by similarity; table then has `id` too.
    """
    method, column = split["method"], split.get("column")
    if clusters is not None:
        places = dict(zip(*(clusters[name].to_pylist() for name in ("id", "cluster")), strict=True))
        return Units(_in_order([places[i] for i in table["id"].to_pylist()]), "clusters")
    if method in ("group", "column") and column in table.column_names:
        groups = Units(
            _in_order(table[column].cast(pa.string()).to_pylist()), f"groups of {column}"
        )
        if method == "group" or groups.count >= FEWEST_GROUPS:
            return groups
    hashes = sequence_hashes(encode(table["sequence"]), both_strands)
    return Units(_in_order(hashes.tolist()), "sequences")


def _in_order(names: Sequence) -> np.ndarray:
    """Numbers for names, int (n,): 0 for the first, and one more for each new one."""
    numbers: dict = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=int)
