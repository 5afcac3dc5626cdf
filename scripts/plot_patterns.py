"""Draw the patterns that TF-MoDISco found."""

from seq2score import job
from seq2score.figures import attributions, theme
from seq2score.sequences.encoding import LETTERS

if __name__ == "__main__":
    job.start(snakemake)
    letters = LETTERS[job.settings(snakemake).alphabet]
    drawing = attributions.draw_motifs(dict(snakemake.input.items()), letters)
    theme.save(drawing, snakemake.output.png)
