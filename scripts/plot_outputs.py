"""Draw how scores go together, as measured and as every model predicts them."""

from seq2score import job
from seq2score.figures import outputs, theme

if __name__ == "__main__":
    job.start(snakemake)
    params = job.settings(snakemake)
    drawing = outputs.draw_files(params.drawn, snakemake.input.predictions, params.labels)
    theme.save(drawing, snakemake.output[0])
