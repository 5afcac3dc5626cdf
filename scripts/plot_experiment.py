"""Draw whether an experiment is good enough to learn from."""

import json
from pathlib import Path

from seq2score import job, tables
from seq2score.figures import experiment, theme

if __name__ == "__main__":
    job.start(snakemake)
    source, output = snakemake.input, snakemake.output
    quality = json.loads(Path(source.quality).read_text(encoding="utf-8"))
    table = tables.read(source.activity, text=["oligo_name", "control"])
    panels = experiment.read_panels(table, quality)
    theme.save(experiment.draw_replicates(panels), output.replicates)
    theme.save(experiment.draw_overview(panels, quality["sentences"]), output.overview)
