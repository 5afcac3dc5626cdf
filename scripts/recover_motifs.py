"""Which of the motifs that should be found the filters did find, over models and seeds."""

import itertools

from seq2score import tables

BEST = ["best_filter", "best_score", "best_p_value"]
COLUMNS = ["model", "seed", "motif", "found", "filters", *BEST]


def recovery(filters: list[dict], matches: list[dict], known: list[str]) -> list[dict]:
    """A row a motif, and one for all: was it found, by which share of the living filters.

    filters, matches: rows of one trained model. The best filter is, of those that match, the one
    with the lowest p-value, and of these the one with the highest score; of none, there is none.
    """
    alive = sum(row["state"] != "dead" for row in filters)
    rows = [match for match in matches if match["motif"] in known]

    def row(motif: str, about: list[dict]) -> dict:
        matching = [match for match in about if match["match"]]
        matched = {match["filter"] for match in matching}
        best = min(matching, key=lambda match: (match["p_value"], -match["score"]), default={})
        return {
            "motif": motif,
            "found": int(bool(matched)),
            "filters": len(matched) / alive if alive else 0.0,
            **{name: best.get(name.removeprefix("best_")) for name in BEST},
        }

    each = [row(motif, [match for match in rows if match["motif"] == motif]) for motif in known]
    found = sum(motif["found"] for motif in each) / len(known)
    return [*each, {**row("all", rows), "found": found, **dict.fromkeys(BEST)}]


def over_seeds(rows: list[dict]) -> list[dict]:
    """A row a model and motif: the mean over its seeds, and the best of them."""
    groups = {}
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


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params, source = snakemake.params, snakemake.input
    trained = itertools.product(params.models, params.seeds)
    rows = [
        {"model": model, "seed": seed, **row}
        for (model, seed), filters, matches in zip(
            trained, source.filters, source.matches, strict=True
        )
        for row in recovery(tables.read_rows(filters), tables.read_rows(matches), params.known)
    ]
    tables.write([*over_seeds(rows), *rows], snakemake.output[0], COLUMNS)
