"""What a model has learned: its first filters, if any, and what motifs and mutations do."""

from pathlib import Path

import pyarrow.parquet as pq

from seq2score import job
from seq2score.inference.prediction import load
from seq2score.motifs.perturbation import Experiment, write_tables
from seq2score.motifs.scanning import scan

if __name__ == "__main__":
    job.start(snakemake)
    source, output = dict(snakemake.input.items()), dict(snakemake.output.items())
    params, test = job.settings(snakemake), pq.read_table(source["predictions"])
    predictor = load(Path(source["model"]).parent)
    if "filters" in output:
        sequences = pq.read_table(source["scanned"], columns=["sequence"])
        scanned = scan(predictor, sequences, test, **params.scan)
        scanned.write(output)
        dead = (scanned.filters.sites == 0).sum()
        job.tell("%d filters, %d of them dead", len(scanned.rows), dead)
    experiment = Experiment.of(predictor, test, params.synthetic)
    write_tables(experiment, vars(params), source, output)
