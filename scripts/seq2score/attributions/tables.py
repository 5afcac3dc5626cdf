"""What the rows of a table of motifs mean, for those who read it."""

from collections.abc import Iterable, Mapping

import numpy as np

from seq2score.motifs.tables import Filters

# Columns that spell letters
WORDS = {"word", "consensus", "motif", "first", "second", "arrangement", "letter_1", "letter_2"}


def stands(row: Mapping) -> bool:
    """Whether a row is a motif in its own right: confirmed, and no variant of another."""
    return bool(row["confirmed"]) and row["variant_of"] is None


def spelt(rows: Iterable[dict], alphabet: str) -> list[dict]:
    """Rows whose words are in the letters of an alphabet: with U in place of T, if it is "rna"."""
    if alphabet != "rna":
        return list(rows)
    return [
        {
            name: value.replace("T", "U") if name in WORDS and isinstance(value, str) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def with_matches(motifs: list[dict], matches: list[dict]) -> list[dict]:
    """Motifs that stand for themselves, each with the known motif that it matches best.

    Parameters
    ----------
    motifs
        Rows of motifs.tsv.
    matches
        Rows of their matches, with `filter` their number among those that stand.

    Returns
    -------
    list of dict
        The rows with `known`, "" without a match.
    """
    able = [row for row in motifs if stands(row)]
    best: dict[int, str] = {}
    for match in sorted(matches, key=lambda match: match["q_value"]):
        if match["match"]:
            best.setdefault(match["filter"], match["name"])
    return [row | {"known": best.get(number, "")} for number, row in enumerate(able)]


def logos(filters: Filters) -> list[np.ndarray]:
    """The logo of each motif that `side_by_side` made as wide as the others, (4, width)."""
    return [of[:, : np.flatnonzero(of.any(axis=0))[-1] + 1] for of in filters.logos]
