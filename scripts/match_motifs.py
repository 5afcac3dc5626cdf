"""Which known motif each first-layer filter has learned."""

import numpy as np

from seq2score import tsv
from seq2score.errors import InputError
from seq2score.motifs import matching
from seq2score.motifs.database import Database, read_jaspar, read_meme
from seq2score.motifs.tables import Filters, read_positions

COLUMNS = ["filter", "motif", "name", "strand", "offset", "score", "p_value", "q_value", "match"]
SHOWN = 5  # matches a filter in a database, whether significant or not


def match_planted(filters: Filters, words: list[str], both_strands: bool) -> list[dict]:
    """A row a filter and planted word. `match`: their logos are similar enough."""
    found = matching.match_words(filters.logos, words, both_strands)
    is_match = found["score"] >= matching.SIMILAR
    return [
        row_of(f, word, word, {key: values[f, w] for key, values in found.items()}, is_match[f, w])
        for f in range(len(filters.bits))
        for w, word in enumerate(words)
    ]


def match_database(
    filters: Filters, database: Database, expected: list[str], both_strands: bool, threads: int
) -> list[dict]:
    """The best rows of each filter against a database, and those of motifs that are expected.

    `match`: a q-value of at most 0.05. Raises InputError for an expected motif that is not there.
    """
    for motif in expected:
        if motif not in database.ids:
            raise InputError(f"interpretation.expected: the database has no motif {motif}")
    alive = np.flatnonzero(filters.sites)
    if not len(alive):
        return []
    trimmed = [matching.trimmed(filters.ppms[f], filters.bits[f]) for f in alive]
    ppms = [ppm for ppm, _ in trimmed]
    found = matching.match_matrices(ppms, database.ppms, both_strands, threads)
    found["offset"] += np.array([start for _, start in trimmed])[:, None]
    best = found["p_value"].argsort(axis=1, kind="stable")[:, :SHOWN]
    wanted = [database.ids.index(motif) for motif in expected]
    return [
        row_of(
            f,
            database.ids[m],
            database.names[m],
            {key: values[i, m] for key, values in found.items()},
            found["q_value"][i, m] <= matching.SIGNIFICANT,
        )
        for i, f in enumerate(alive)
        for m in dict.fromkeys([*best[i].tolist(), *wanted])
    ]


def row_of(f: int, motif: str, name: str, found: dict, is_match: bool) -> dict:
    values = {"filter": f, "motif": motif, "name": name, **found, "match": int(is_match)}
    return {column: values[column] for column in COLUMNS}


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params = snakemake.params
    filters = read_positions(snakemake.input.matrices)
    known, both = params.motifs, params.strands == "both"
    if known == "planted":
        rows = match_planted(filters, params.words, both) if params.words else []
    else:
        database = read_jaspar(**params.jaspar) if known == "jaspar" else read_meme(known)
        rows = match_database(filters, database, params.expected, both, snakemake.threads)
    tsv.write(rows, snakemake.output[0], COLUMNS)
    matched = {row["filter"] for row in rows if row["match"]}
    job.tell("%d of %d filters match a known motif", len(matched), len(filters.bits))
