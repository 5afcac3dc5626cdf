"""Every single change of regions or sequences: heatmaps above logos of contributions."""

from seq2score import job
from seq2score.figures import theme
from seq2score.figures.mutagenesis import draw_saturated
from seq2score.sequences.encoding import LETTERS

if __name__ == "__main__":
    job.start(snakemake)
    letters = LETTERS[job.settings(snakemake).alphabet]
    drawing = draw_saturated(snakemake.input[0], letters, snakemake.wildcards.model)
    theme.save(drawing, snakemake.output.png)
