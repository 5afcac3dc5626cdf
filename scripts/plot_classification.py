"""Draw how well the models tell classes apart."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from seq2score.figures import theme
from seq2score.figures.classification import Predicted, draw_model, draw_models
from seq2score.inference.predictions import classes_in, truth_and_prediction


def read(model: str, predictions: str, metrics: str) -> Predicted:
    table = pq.read_table(predictions)
    told = json.loads(Path(metrics).read_text(encoding="utf-8"))
    run = Path(predictions).parts[-2]
    return Predicted(model, run, classes_in(table), *truth_and_prediction(table), told)


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params, files = job.settings(snakemake), snakemake.input
    predicted = [
        read(*one) for one in zip(params.drawn, files.predictions, files.metrics, strict=True)
    ]
    alone = hasattr(snakemake.wildcards, "model")
    figure = draw_model(predicted[0]) if alone else draw_models(predicted, params.models)
    theme.save(figure, snakemake.output[0])
