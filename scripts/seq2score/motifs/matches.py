"""The known motifs that each first-layer filter matches, as rows of a table."""

from collections.abc import Mapping, Sequence

import numpy as np

from seq2score.errors import InputError
from seq2score.motifs import matching, words
from seq2score.motifs.database import Database, Jaspar, read_jaspar, read_meme
from seq2score.motifs.tables import Filters

COLUMNS = ["filter", "motif", "name", "strand", "offset", "score", "p_value", "q_value", "match"]
COLUMNS += ["expected_by_chance", "observed"]
SHOWN = 5  # matches a filter in a database, whether significant or not


def match_planted(filters: Filters, planted: Sequence[str], both_strands: bool) -> list[dict]:
    """A row a filter and planted word. `match`: their logos are similar, and significantly so."""
    matches = words.match_words(filters.logos, planted, both_strands)
    return [
        _row(f, word, word, {key: values[f, w] for key, values in matches.items()})
        for f in range(len(filters.bits))
        for w, word in enumerate(planted)
    ]


def match_database(
    filters: Filters, database: Database, expected: Sequence[str], both_strands: bool, threads: int
) -> list[dict]:
    """The best rows of each filter against a database, and those of motifs that are expected.

    A filter without an informative position resembles nothing, and has no row. `match`: a
    calibrated q-value of at most 0.05.

    Parameters
    ----------
    filters
        Of one model.
    database
        Known motifs.
    expected
        Ids of motifs whose rows are there in any case.
    both_strands
        Whether a motif may match on the other strand.
    threads
        To compute with.

    Raises
    ------
    InputError
        For an expected motif that is not there.
    """
    for motif in expected:
        if motif not in database.ids:
            raise InputError(f"interpretation.expected: the database has no motif {motif}")
    alive = np.flatnonzero(filters.logos.sum(axis=1).max(axis=1) >= matching.INFORMATIVE)
    if not len(alive):
        return []
    matches = matching.match_motifs(
        [*filters.ppms[alive]], [*filters.bits[alive]], database.ppms, both_strands, threads
    )
    best = matches.p_value.argsort(axis=1, kind="stable")[:, :SHOWN]
    columns = [database.ids.index(motif) for motif in expected]
    return [
        _row(
            f,
            database.ids[m],
            database.names[m],
            {key: values[i, m] for key, values in vars(matches).items()}
            | {"match": matches.q_value[i, m] <= matching.SIGNIFICANT},
        )
        for i, f in enumerate(alive.tolist())
        for m in dict.fromkeys([*best[i].tolist(), *columns])
    ]


def _row(f: int, motif: str, name: str, match: dict) -> dict:
    """A row of the table: a filter, a motif, and what stands of both in `match`."""
    values = {**match, "filter": f, "motif": motif, "name": name, "match": int(match["match"])}
    return {column: values[column] for column in COLUMNS}


def summary(rows: Sequence[Mapping], filters: int) -> str:
    """How many filters match a known motif, and how many would by chance, in words."""
    matches = [row for row in rows if row["match"]]
    matched = len({row["filter"] for row in matches})
    by_chance = max((row["expected_by_chance"] for row in matches), default=0)
    return (
        f"{matched} of {filters} filters match a known motif at a q-value of at most "
        f"{matching.SIGNIFICANT:g}" + (f"; by chance {by_chance:.2g} would" if matches else "")
    )


def match_filters(
    filters: Filters,
    motifs: str,
    *,
    words: Sequence[str],
    jaspar: Jaspar,
    expected: Sequence[str],
    both_strands: bool,
    threads: int = 1,
) -> list[dict]:
    """Rows of filters and the motifs that they match.

    Parameters
    ----------
    filters
        Of one model.
    motifs
        planted, jaspar, or the path of a MEME file.
    words
        Those that were planted.
    jaspar
        Which of its motifs.
    expected
        Ids of motifs whose rows are there in any case.
    both_strands
        Whether a motif may match on the other strand.
    threads
        To compute with.

    Raises
    ------
    InputError
        For a file that holds no motifs, and an expected motif that is not there.
    """
    if not len(filters.bits):
        return []
    if motifs == "planted":
        return match_planted(filters, words, both_strands) if words else []
    database = read_jaspar(**jaspar) if motifs == "jaspar" else read_meme(motifs)
    return match_database(filters, database, expected, both_strands, threads)
