"""What statistics count as one: what was drawn, not rows that are bound to be alike.

Ten rows with one sequence get one prediction and, often, one error; counted as ten, they make an
interval a third as wide as it is. So sequences are resampled, with all of their rows; and where the
split keeps groups whole, because what is asked is how a model does on unseen groups, the groups
are (the cluster bootstrap, Davison and Hinkley 1997, section 3.8). Two or three groups drawn anew
are nearly always the same ones: of few groups, the sequences in them are drawn as well. Tests and
estimates count the same units as intervals do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.sequences.encoding import encode
from seq2score.sequences.hashing import sequence_hashes

FEWEST_GROUPS = 10  # that are drawn alone; values of a column that splits: fewer are sets ("test")


@dataclass(frozen=True)
class Units:
    """Which rows are drawn together."""

    number: np.ndarray  # of each row's unit, int (n,); 0, 1, ... in the order in which they come
    what: str  # "sequences", "groups of gene" and so on, for readers
    within: np.ndarray | None = None  # of few units, what is drawn within each, numbered alike

    @property
    def count(self) -> int:
        """How many units there are."""
        return int(self.number.max(initial=-1)) + 1

    @property
    def independent(self) -> np.ndarray:
        """Numbers of what a test counts as one, int (n,): units, or of few what is within them."""
        return self.number if self.within is None else self.within

    def representatives(self, random: np.random.Generator) -> np.ndarray:
        """A row of each independent unit, drawn at random: int (units,), ascending."""
        order = random.permutation(len(self.number))
        return np.sort(order[np.unique(self.independent[order], return_index=True)[1]])

    def of(self, rows: np.ndarray) -> "Units":
        """Those of some rows alone, bool (n,)."""
        within = None if self.within is None else _in_order(self.within[rows].tolist())
        return Units(_in_order(self.number[rows].tolist()), self.what, within)

    def draw(self, random: np.random.Generator) -> np.ndarray:
        """How often each row is drawn, float (n,), where units are drawn with replacement.

        What is within a unit is drawn as often as that, on average (the Poisson bootstrap).
        """
        counts = np.bincount(random.integers(self.count, size=self.count), minlength=self.count)
        if self.within is None:
            return counts[self.number].astype(float)
        unit = np.zeros(self.within.max(initial=-1) + 1, int)
        unit[self.within] = self.number
        return random.poisson(counts[unit])[self.within].astype(float)


def every_row(n: int) -> Units:
    """Each of n rows by itself."""
    return Units(np.arange(n), "rows")


def design_effect(unit: np.ndarray, *values: np.ndarray) -> float:
    """How many rows tell as much as one independent row would, at least 1.

    Of a mean over clusters it is 1 + (m - 1) r (Kish 1965): m is the size of the unit that a row
    is in, on average over rows, and r the correlation within units. Of a correlation of two
    variables it is that with the product of both (Moulton 1986).

    Parameters
    ----------
    unit
        Number of each row's unit, int (n,).
    values
        What is averaged, or what are correlated: each float or bool (n,).
    """
    if not len(unit):
        return 1.0
    number, sizes = np.unique(unit, return_inverse=True, return_counts=True)[1:]
    if len(sizes) == len(unit):
        return 1.0
    size = float((sizes**2).sum() / len(unit))
    alike = np.prod([_alike(number, sizes, size, np.asarray(of, float)) for of in values])
    return 1 + (size - 1) * float(alike)


def _alike(unit: np.ndarray, sizes: np.ndarray, size: float, values: np.ndarray) -> float:
    """Correlation within units by analysis of variance (Ridout, Demétrio and Firth 1999).

    With a standard error added, as few units do not tell it well. Between 0 and 1.
    """
    n, units = len(values), len(sizes)
    if units == 1:
        return 1.0
    means = np.bincount(unit, values) / sizes
    between = (sizes * (means - values.mean()) ** 2).sum() / (units - 1)
    within = ((values - means[unit]) ** 2).sum() / (n - units)
    typical = (n - size) / (units - 1)
    total = between + (typical - 1) * within
    if not total > 0:
        return 1.0
    alike = (between - within) / total
    error = np.sqrt(2 / (units - 1)) * (1 - alike) * (1 + (typical - 1) * alike) / typical
    return float(np.clip(alike + error, 0, 1))


def units_of(
    table: pa.Table, split: Mapping, both_strands: bool, clusters: pa.Table | None = None
) -> Units:
    """What to resample of a table of predictions, by how it was split.

    Parameters
    ----------
    table
        Has `sequence`, and the split's column where it has one.
    split
        A section of the config.
    both_strands
        A sequence and its reverse complement are one.
    clusters
        `id` and `cluster` of every sequence, where the split is by similarity; the table then has
        `id` too.
    """
    hashes = sequence_hashes(encode(table["sequence"]), both_strands)
    sequences = Units(_in_order(hashes.tolist()), "sequences")
    groups = _groups(table, split, clusters)
    if groups is None or (groups.count < FEWEST_GROUPS and split["method"] == "column"):
        return sequences
    if groups.count < FEWEST_GROUPS:
        return Units(groups.number, f"{groups.what} and the sequences in them", sequences.number)
    return groups


def units_in_files(
    table: pa.Table, source: Mapping[str, str], split: Mapping, reverse_complement: str
) -> Units:
    """The same as `units_of`, from the files and settings of a dataset.

    Parameters
    ----------
    table
        Has `sequence`, and what the split needs.
    source
        Paths, of which `clusters` is read where it is there.
    split
        A section of the config.
    reverse_complement
        The dataset's; "none" if strands differ.
    """
    clusters = source.get("clusters") and pq.read_table(source["clusters"])
    return units_of(table, split, reverse_complement != "none", clusters or None)


def _groups(table: pa.Table, split: Mapping, clusters: pa.Table | None) -> Units | None:
    """What the split keeps whole, where it does."""
    method, column = split["method"], split.get("column")
    if clusters is not None:
        places = dict(zip(*(clusters[name].to_pylist() for name in ("id", "cluster")), strict=True))
        return Units(_in_order([places[i] for i in table["id"].to_pylist()]), "clusters")
    if method in ("group", "column") and column in table.column_names:
        values = table[column].cast(pa.string()).to_pylist()
        return Units(_in_order(values), f"groups of {column}")
    return None


def _in_order(names: Sequence) -> np.ndarray:
    """Numbers for names, int (n,): 0 for the first, and one more for each new one."""
    numbers: dict = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=int)
