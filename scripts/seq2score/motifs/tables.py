"""The two tables that describe filters: one row a filter, and one a filter and position."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seq2score import tables
from seq2score.motifs import matrices
from seq2score.sequences.encoding import BASES

KINDS = ("weight", "count", "probability")


@dataclass(frozen=True)
class Filters:
    """F filters of width W, in the order of their numbers."""

    weights: np.ndarray  # float (F, 4, W)
    counts: np.ndarray  # PFMs, float64 (F, 4, W)
    ppms: np.ndarray  # float64 (F, 4, W)
    bits: np.ndarray  # information content, float64 (F, W)

    @property
    def sites(self) -> np.ndarray:
        """Windows that activate each filter, int64 (F,)."""
        return self.counts[:, :, 0].sum(axis=1).astype(np.int64)

    @property
    def logos(self) -> np.ndarray:
        """Heights of the letters in bits, (F, 4, W); a filter without sites has none."""
        return matrices.letter_heights(self.ppms, self.bits) * (self.sites > 0)[:, None, None]


def describe(
    filters: Filters, thresholds: np.ndarray, maxima: np.ndarray, importance: np.ndarray
) -> list[dict]:
    """A row a filter, the most important first: how often it responds, and to what.

    Parameters
    ----------
    filters
        All of a model.
    thresholds, maxima, importance
        Of each filter, float64 (F,): what its activation must exceed at a site, its greatest
        activation, and how far the model falls without it.
    """
    rows = [
        {
            "filter": f,
            "state": matrices.state(filters.sites[f]),
            "sites": int(filters.sites[f]),
            "threshold": thresholds[f],
            "maximum": maxima[f],
            "information_content": filters.bits[f].sum() if filters.sites[f] else 0.0,
            "consensus": matrices.consensus(filters.ppms[f], filters.bits[f]),
            "importance": importance[f],
        }
        for f in range(len(importance))
    ]
    return sorted(rows, key=lambda row: -row["importance"])


def write_positions(filters: Filters, path: str | Path) -> None:
    """A row a filter and position: weight, count and share of each letter, and bits in all."""
    kinds = dict(zip(KINDS, (filters.weights, filters.counts, filters.ppms), strict=True))
    tables.write(
        (
            {"filter": f, "position": position + 1}
            | {
                f"{kind}_{base}": numbers[f, letter, position]
                for kind, numbers in kinds.items()
                for letter, base in enumerate(BASES)
            }
            | {"bits": filters.bits[f, position]}
            for f in range(len(filters.bits))
            for position in range(filters.bits.shape[1])
        ),
        path,
        ["filter", "position"],
    )


def read_positions(path: str | Path) -> Filters:
    """What `write_positions` wrote, to the six digits that it keeps."""
    table = tables.read(path)
    if not len(table):
        none = np.zeros((0, 4, 1))
        return Filters(none, none, none, np.zeros((0, 1)))
    count = table["filter"].iloc[-1] + 1

    def numbers(*columns: str) -> np.ndarray:
        values = np.stack([table[column].to_numpy(float) for column in columns])
        return values.reshape(len(columns), count, -1).transpose(1, 0, 2)

    weights, counts, ppms = (numbers(*(f"{kind}_{base}" for base in BASES)) for kind in KINDS)
    return Filters(weights, counts, ppms, numbers("bits")[:, 0])
