"""Put the metrics of every model, and of the floors, in one table."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from seq2score import tsv
from seq2score.evaluation.summary import replicate_correlation, summarize


def read_all(paths: list[str]) -> dict[tuple[str, str], dict]:
    """JSON files in folders of runs, by model and run."""
    places = [Path(path) for path in paths]
    return {(p.parts[-3], p.parts[-2]): json.loads(p.read_text()) for p in places}


def about_split(parts: list[dict]) -> dict[str, int]:
    """What the split says of the trust in a score: rows left out, and rows shared with the test."""
    rejected = [part["rows"] for part in parts if part["part"] == "rejected"]
    shared = sum(part["shared_with_test"] or 0 for part in parts)
    return {"rejected_rows": sum(rejected), "shared_with_test": shared}


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    ceiling, columns = None, snakemake.params.replicates
    if len(columns) > 1:
        ceiling = replicate_correlation(pq.read_table(snakemake.input.test, columns=columns))
    rows = summarize(
        read_all(snakemake.input.metrics),
        read_all(snakemake.input.models),
        json.loads(Path(snakemake.input.floors).read_text(encoding="utf-8")),
        ceiling,
    )
    split = about_split(tsv.read(snakemake.input.split).to_pylist())
    tsv.write(
        [{"dataset": snakemake.wildcards.dataset, **row, **split} for row in rows],
        snakemake.output[0],
    )
