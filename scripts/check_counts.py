"""Check an experiment's counts in every respect that its measuring depends on."""

import json
from pathlib import Path

from seq2score import job
from seq2score.counts import quality
from seq2score.counts.experiment import located, read_experiment

if __name__ == "__main__":
    job.start(snakemake)
    params = job.settings(snakemake)
    counts = located(params.counts, snakemake.input)
    experiment = read_experiment(counts, params.task == "classification")
    summary = quality.summarize(experiment)
    for sentence in summary["sentences"]:
        job.tell("%s", sentence.rstrip("."))
    Path(snakemake.output[0]).write_text(json.dumps(summary, indent=1), encoding="utf-8")
