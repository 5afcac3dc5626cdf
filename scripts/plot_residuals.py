"""Say and draw where the models are wrong."""

from pathlib import Path

from seq2score import job, tables
from seq2score.evaluation.residuals import of_models
from seq2score.figures import residuals, theme
from seq2score.sequences.encoding import LETTERS

if __name__ == "__main__":
    job.start(snakemake)
    source, params = snakemake.input, job.settings(snakemake)
    rows = of_models(
        dict(zip(params.drawn, source.predictions, strict=True)),
        params.words,
        [params.weight, *params.replicates],
        params.split,
        params.reverse_complement != "none",
        source.get("clusters"),
        LETTERS[params.alphabet],
    )
    tables.write(rows, snakemake.output.table)
    run = Path(source.predictions[0]).parts[-2]
    theme.save(residuals.draw(rows, params.models, params.labels, run), snakemake.output[0])
