"""Chosen sequences with every letter mutated: heatmaps above attribution logos."""

from seq2score import job
from seq2score.figures import theme
from seq2score.figures.mutagenesis import draw_mutated
from seq2score.sequences.encoding import LETTERS

if __name__ == "__main__":
    job.start(snakemake)
    params, wildcards = job.settings(snakemake), snakemake.wildcards
    of = f"{wildcards.model}, seed {wildcards.seed}"
    drawing = draw_mutated(snakemake.input[0], LETTERS[params.alphabet], params.labels, of)
    theme.save(drawing, snakemake.output.png)
