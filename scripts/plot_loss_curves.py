"""Draw how the loss of every model fell."""

from seq2score import job
from seq2score.figures import loss_curves, theme
from seq2score.task import TASKS

if __name__ == "__main__":
    job.start(snakemake)
    params, paths = job.settings(snakemake), list(snakemake.input)
    default = TASKS[params.task].loss
    drawing = loss_curves.draw_files(paths, params.losses, default, params.models)
    theme.save(drawing, snakemake.output[0])
