"""Write what a user of a trained model should know of it, beside the model."""

import json
from pathlib import Path

from seq2score import tables
from seq2score.evaluation.card import card

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    source, params = snakemake.input, job.settings(snakemake)
    record, metrics = (
        json.loads(Path(path).read_text(encoding="utf-8"))
        for path in (source.description, source.metrics)
    )
    summary, parts = (
        tables.read_rows(path, text=["seed", "warnings", "note"])
        for path in (source.summary, source.split)
    )
    # The best of a sweep is told under the name that it goes on with, not as the member it was.
    record["model"] = snakemake.wildcards.model
    text = card(record, metrics, summary, parts, **vars(params))
    Path(snakemake.output[0]).write_text(text, encoding="utf-8")
