"""By whole groups: genes, chromosomes, backgrounds. Groups that share a sequence are one group."""

import numpy as np
import pyarrow as pa

from seq2score.errors import InputError
from seq2score.splits.parts import PARTS, Assignment, Rows, deal, dealt_parts

MOST_SHOWN = 5
TOGETHER = "are one group (groups that share a sequence count as one)"  # rows that no split parts
ADVICE = "split by another column, or at random"


def columns(split: dict) -> list[str]:
    """The user's columns that the split needs."""
    return [split["column"]]


def assign(split: dict, rows: Rows) -> Assignment:
    """Deal whole groups out by chance, see `assign_groups`."""
    return assign_groups(split, rows.hashes, rows.columns[split["column"]])


def assign_groups(
    split: dict,
    hashes: np.ndarray,
    groups: pa.DictionaryArray,
    kind: str = "groups",
    advice: str = ADVICE,
) -> Assignment:
    """Deal groups out by chance, those that share a sequence as one.

    Parameters
    ----------
    split
        A section of the config.
    hashes
        Of sequences, uint64 (rows,).
    groups
        Of the rows.
    kind
        What to call them.
    advice
        What to do where there are too few.

    Raises
    ------
    InputError
        For fewer groups than there are parts or folds.
    """
    units = joined(groups.indices.to_numpy(), hashes)
    fewest = max(len(dealt_parts(split)), split.get("folds") or 0)
    if (count := len(np.unique(units))) < fewest:
        names = ", ".join(PARTS[part] for part in dealt_parts(split))
        raise InputError(
            f"split: {count} {kind} (those that share a sequence count as one) are too few to deal "
            f"whole ones out to {names}: at least {fewest} are needed; {advice}"
        )
    keys = unit_keys(hashes, units)
    return Assignment(deal(keys, split), _notes(groups, units), keys)


def joined(groups: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """Numbers of units: rows that a group or a sequence joins, directly or through others.

    Parameters
    ----------
    groups
        Number of each row's group, int (rows,).
    hashes
        uint64 (rows,), equal for equal sequences.

    Returns
    -------
    ndarray
        Int (rows,).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    sequences, sequence = np.unique(hashes, return_inverse=True)
    count = int(groups.max()) + 1
    nodes = count + len(sequences)
    edges = coo_array((np.ones(len(groups), bool), (groups, count + sequence)), (nodes, nodes))
    return connected_components(edges, directed=False)[1][groups]


def unit_keys(hashes: np.ndarray, units: np.ndarray) -> np.ndarray:
    """A hash for every row that only the sequences of its unit decide.

    Parameters
    ----------
    hashes
        Of sequences, uint64 (rows,).
    units
        Int (rows,), from `joined`.

    Returns
    -------
    ndarray
        uint64 (rows,), the smallest hash of the unit.
    """
    smallest = np.full(units.max() + 1, np.iinfo(np.uint64).max)
    np.minimum.at(smallest, units, hashes)
    return smallest[units]


def _notes(groups: pa.DictionaryArray, units: np.ndarray) -> tuple[str, ...]:
    """Which groups were merged."""
    unit_of_group = np.empty(len(groups.dictionary), int)
    unit_of_group[groups.indices.to_numpy()] = units
    _, unit_of_group, sizes = np.unique(unit_of_group, return_inverse=True, return_counts=True)
    merged = np.flatnonzero(sizes > 1)
    if not len(merged):
        return ()
    names = np.array(groups.dictionary.to_pylist(), dtype=object)
    shown = [" + ".join(names[unit_of_group == unit]) for unit in merged[:MOST_SHOWN]]
    more = f" and {len(merged) - MOST_SHOWN} more" if len(merged) > MOST_SHOWN else ""
    return (f"Groups that share a sequence were kept together: {', '.join(shown)}{more}.",)
