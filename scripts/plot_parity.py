"""Draw predicted against measured scores: as a figure, and as a page that answers."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.figures import parity, parity_interactive, theme
from seq2score.inference.predictions import outputs_in, truth_and_prediction
from seq2score.sequences.encoding import encode
from seq2score.sequences.synthetic import occurrences


def panels_of(
    model: str, run: str, table: pa.Table, metrics: dict, labels: dict[str, str]
) -> list[parity.Panel]:
    """A panel for each score that the model predicts. labels: of the scores, by name."""
    truth, predicted = truth_and_prediction(table)
    return [
        parity.Panel(
            *(model, run, output, labels[output], measured, prediction),
            metrics.get("outputs", {}).get(output, metrics),
        )
        for output, measured, prediction in zip(
            outputs_in(table), truth.T, predicted.T, strict=True
        )
    ]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params = job.settings(snakemake)
    tables = [pq.read_table(path) for path in snakemake.input.predictions]
    metrics = [
        json.loads(Path(path).read_text(encoding="utf-8")) for path in snakemake.input.metrics
    ]
    runs = [Path(path).parts[-2] for path in snakemake.input.predictions]
    by_model = [
        panels_of(*one, params.labels)
        for one in zip(params.drawn, runs, tables, metrics, strict=True)
    ]
    panels = [panel for of_output in zip(*by_model, strict=True) for panel in of_output]
    test = tables[0]
    theme.save(parity.draw(panels, params.models), snakemake.output[0])
    codes = encode(test["sequence"])
    counts = {
        f"{word}, times": occurrences(codes, word.replace("U", "T")).tolist()
        for word in params.words
    }
    sequences = test["sequence"].to_pylist()
    if params.alphabet == "rna":
        sequences = [sequence.replace("T", "U") for sequence in sequences]
    ids = test["id"].to_pylist()
    page = parity_interactive.page(panels, params.models, ids, sequences, counts)
    Path(snakemake.output.page).write_text(page, encoding="utf-8")
