"""Draw predicted against measured scores: as a figure, and as a page that answers."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.evaluation.predictions import outputs_in, truth_and_prediction
from seq2score.evaluation.summary import replicate_correlation
from seq2score.figures import parity, parity_interactive, theme


def panels_of(model: str, table: pa.Table, metrics: dict) -> list[parity.Panel]:
    """A panel for each score that the model predicts."""
    truth, predicted = truth_and_prediction(table)
    return [
        parity.Panel(
            model, output, measured, prediction, metrics.get("outputs", {}).get(output, metrics)
        )
        for output, measured, prediction in zip(
            outputs_in(table), truth.T, predicted.T, strict=True
        )
    ]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params = snakemake.params
    tables = [pq.read_table(path) for path in snakemake.input.predictions]
    metrics = [json.loads(Path(path).read_text()) for path in snakemake.input.metrics]
    by_model = [panels_of(*one) for one in zip(params.drawn, tables, metrics, strict=True)]
    panels = [panel for of_output in zip(*by_model, strict=True) for panel in of_output]
    test, ceiling = tables[0], None
    if len(params.replicates) > 1:
        ceiling = replicate_correlation(test.select(params.replicates))
    theme.save(parity.draw(panels, params.models, ceiling), snakemake.output[0])
    page = parity_interactive.page(
        panels,
        params.models,
        test["id"].to_pylist(),
        test["sequence"].to_pylist(),
        {"motifs": test["motifs"].to_pylist()} if "motifs" in test.column_names else {},
    )
    Path(snakemake.output.page).write_text(page, encoding="utf-8")
