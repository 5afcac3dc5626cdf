"""Draw predicted against measured scores: as a figure, and as a page that answers."""

from pathlib import Path

from seq2score import job
from seq2score.figures import parity, parity_interactive, theme

if __name__ == "__main__":
    job.start(snakemake)
    params, source = job.settings(snakemake), snakemake.input
    of_scores = params.labels, params.contrasts, params.score_transform
    panels = parity.read_panels(params.drawn, source.predictions, source.metrics, *of_scores)
    theme.save(parity.draw(panels, params.models), snakemake.output[0])
    page = parity_interactive.page_of_file(
        panels, params.models, source.predictions[0], params.words, params.alphabet
    )
    Path(snakemake.output.page).write_text(page, encoding="utf-8")
