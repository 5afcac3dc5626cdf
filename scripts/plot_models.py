"""Draw all models of a dataset: how their losses fell, and whether their intervals hold."""

from seq2score import job
from seq2score.figures import coverage, loss_curves, theme
from seq2score.task import TASKS

if __name__ == "__main__":
    job.start(snakemake)
    source, output, params = snakemake.input, snakemake.output, job.settings(snakemake)
    default, models = TASKS[params.task].loss, params.models
    losses = loss_curves.draw_files(source.histories, params.losses, default, models)
    theme.save(losses, output.losses)
    metrics = dict(zip(params.drawn, source.metrics, strict=True))
    theme.save(coverage.draw_files(metrics, models), output.coverage)
