"""Say and draw where the models are wrong."""

from pathlib import Path

import pyarrow.parquet as pq

from seq2score import tables
from seq2score.evaluation.resampling import units_of
from seq2score.evaluation.residuals import by_group
from seq2score.figures import residuals, theme
from seq2score.inference.predictions import outputs_in

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    source, params, rows = snakemake.input, job.settings(snakemake), []
    letters = {"dna": "ACGT", "rna": "ACGU"}[params.alphabet]
    clusters = source.get("clusters") and pq.read_table(source.clusters)
    for model, path in zip(params.drawn, source.predictions, strict=True):
        table = pq.read_table(path)
        units = units_of(table, params.split, params.reverse_complement != "none", clusters)
        known = {"id", "sequence", *outputs_in(table), "motifs", params.weight, *params.replicates}
        known |= {"extrapolation", "novelty"}  # ours, and another number for each model
        further = [
            name
            for name in table.column_names
            if name not in known and not name.startswith("prediction")
        ]
        told = by_group(table, params.words, further, units, letters)
        rows += [{"model": model, **row} for row in told]
    tables.write(rows, snakemake.output.table)
    run = Path(source.predictions[0]).parts[-2]
    drawing = residuals.draw(rows, params.models, params.labels, run)
    theme.save(drawing, snakemake.output[0])
