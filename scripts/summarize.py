"""Put the metrics of every model, and of the floors, in one table."""

import json
from collections.abc import Callable
from pathlib import Path

from seq2score import tables
from seq2score.evaluation.summary import summarize


def by_run(paths: list[str], read: Callable[[Path], object]) -> dict[tuple[str, str], object]:
    """Files in folders of runs, by model and run."""
    places = [Path(path) for path in paths]
    return {(p.parts[-3], p.parts[-2]): read(p) for p in places}


def as_object(path: Path) -> dict:
    """What a JSON file holds."""
    return json.loads(path.read_text(encoding="utf-8"))


def as_columns(path: Path) -> dict:
    """The columns of a table of numbers, by name."""
    table = tables.read(path)
    return {name: values.to_numpy() for name, values in table.items()}


def about_split(parts: list[dict]) -> dict[str, int]:
    """What the split says of the trust in a score: rows left out, and rows shared with the test."""
    rejected = [part["rows"] for part in parts if part["part"] == "rejected"]
    shared = sum(part["shared_with_test"] or 0 for part in parts)
    return {"rejected_rows": sum(rejected), "shared_with_test": shared}


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    source = snakemake.input
    rows = summarize(
        by_run(source.metrics, as_object),
        by_run(source.models, as_object),
        as_object(Path(source.floors)),
        by_run(source.histories, as_columns),
    )
    split = about_split(tables.read_rows(source.split))
    tables.write(
        [{"dataset": snakemake.wildcards.dataset, **row, **split} for row in rows],
        snakemake.output[0],
    )
