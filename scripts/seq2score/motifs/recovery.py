"""Which of the motifs that should be found the filters did find, over models and seeds."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from seq2score import tables

BEST = ["best_filter", "best_score", "best_p_value"]
COLUMNS = ["model", "seed", "motif", "found", "filters", *BEST]


def recovery(filters: list[dict], matches: list[dict], known: list[str]) -> list[dict]:
    """A row a motif, and one for all: was it found, by which share of the living filters.

    The best filter is, of those that match, the one with the lowest p-value, and of these the one
    with the highest score; of none, there is no best.

    Parameters
    ----------
    filters, matches
        Rows of filters.tsv and matches.tsv of one trained model.
    known
        Ids of the motifs that should be found.
    """
    alive = sum(row["state"] != "dead" for row in filters)
    rows = [match for match in matches if match["motif"] in known]

    def row(motif: str, rows: list[dict]) -> dict:
        matching = [match for match in rows if match["match"]]
        matched = {match["filter"] for match in matching}
        best = min(matching, key=lambda match: (match["p_value"], -match["score"]), default={})
        return {
            "motif": motif,
            "found": int(bool(matched)),
            "filters": len(matched) / alive if alive else 0.0,
            **{name: best.get(name.removeprefix("best_")) for name in BEST},
        }

    each = [row(motif, [match for match in rows if match["motif"] == motif]) for motif in known]
    share = sum(motif["found"] for motif in each) / len(known)
    return [*each, {**row("all", rows), "found": share, **dict.fromkeys(BEST)}]


def over_seeds(rows: list[dict]) -> list[dict]:
    """A row a model and motif: the mean over its seeds, and the best of them."""
    groups: dict[tuple[str, str], list[dict]] = {}
    for row in rows:
        groups.setdefault((row["model"], row["motif"]), []).append(row)
    return [
        {
            "model": model,
            "seed": "all",
            "motif": motif,
            "found": sum(row["found"] for row in group) / len(group),
            "filters": sum(row["filters"] for row in group) / len(group),
            "best_score": max(_known(group, "best_score"), default=None),
            "best_p_value": min(_known(group, "best_p_value"), default=None),
        }
        for (model, motif), group in groups.items()
    ]


def _known(rows: list[dict], column: str) -> list[float]:
    return [row[column] for row in rows if row[column] is not None]


def recovery_table(
    runs: Iterable[tuple[str, int]],
    filters: Sequence[str | Path],
    matches: Sequence[str | Path],
    known: list[str],
) -> list[dict]:
    """Rows of every model and seed after those over all seeds of a model.

    Parameters
    ----------
    runs
        Model and seed of each.
    filters, matches
        The files filters.tsv and matches.tsv of each run.
    known
        Ids of the motifs that should be found.
    """
    rows = [
        {"model": model, "seed": seed, **row}
        for (model, seed), states, matched in zip(runs, filters, matches, strict=True)
        for row in recovery(tables.read_rows(states), tables.read_rows(matched), known)
    ]
    return [*over_seeds(rows), *rows]
