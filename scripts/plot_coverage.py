"""Draw how many true values the intervals hold, by level and by tenth of the prediction."""

import json
from pathlib import Path

from seq2score import job
from seq2score.figures import coverage, theme

if __name__ == "__main__":
    job.start(snakemake)
    params = job.settings(snakemake)
    metrics = {
        model: json.loads(Path(path).read_text(encoding="utf-8"))
        for model, path in zip(params.drawn, snakemake.input, strict=True)
    }
    theme.save(coverage.draw(metrics, params.models), snakemake.output[0])
