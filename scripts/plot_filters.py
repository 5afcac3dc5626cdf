"""First-layer filters as heatmaps and logos: all of them, and the most important ones."""

from seq2score import job
from seq2score.figures import filters, theme
from seq2score.sequences.encoding import LETTERS
from seq2score.task import TASKS

if __name__ == "__main__":
    job.start(snakemake)
    params, wildcards = job.settings(snakemake), snakemake.wildcards
    letters, task = LETTERS[params.alphabet], TASKS[params.task]
    source = dict(snakemake.input.items())
    drawings = filters.draw_files(source, letters, task, wildcards.model, wildcards.seed)
    for name, drawing in drawings.items():
        theme.save(drawing, snakemake.output[name])
