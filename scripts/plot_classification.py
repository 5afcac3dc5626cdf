"""Draw how well the models tell classes apart."""

from seq2score import job
from seq2score.figures import theme
from seq2score.figures.classification import Predicted, draw_model, draw_models

if __name__ == "__main__":
    job.start(snakemake)
    params, source = job.settings(snakemake), snakemake.input
    files = zip(params.drawn, source.predictions, source.metrics, strict=True)
    predicted = [Predicted.read(*run) for run in files]
    alone = hasattr(snakemake.wildcards, "model")
    drawing = draw_model(predicted[0]) if alone else draw_models(predicted, params.models)
    theme.save(drawing, snakemake.output[0])
