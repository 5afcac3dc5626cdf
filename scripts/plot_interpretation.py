"""What a model has learned: mutated sequences, and its first-layer filters where it has some."""

from seq2score import job
from seq2score.figures import filters, theme
from seq2score.figures.mutagenesis import draw_mutated
from seq2score.sequences.encoding import LETTERS
from seq2score.task import TASKS

if __name__ == "__main__":
    job.start(snakemake)
    params, wildcards = job.settings(snakemake), snakemake.wildcards
    letters, task = LETTERS[params.alphabet], TASKS[params.task]
    source, drawings = dict(snakemake.input.items()), {}
    if path := source.pop("mutagenesis", None):
        of = f"{wildcards.model}, seed {wildcards.seed}"
        drawings["mutagenesis"] = draw_mutated(path, letters, params.labels, of)
    if source:
        drawings |= filters.draw_files(source, letters, task, wildcards.model, wildcards.seed)
    for name, drawing in drawings.items():
        theme.save(drawing, snakemake.output[name])
