"""What motifs and single mutations do to a model's predictions, in silico."""

from pathlib import Path

import pyarrow.parquet as pq

from seq2score import job, tables
from seq2score.inference.prediction import load
from seq2score.motifs import perturbation
from seq2score.motifs.perturbation import Experiment

if __name__ == "__main__":
    job.start(snakemake)
    source, params, output = snakemake.input, job.settings(snakemake), snakemake.output
    predictor = load(Path(source.model).parent)
    experiment = Experiment.of(predictor, pq.read_table(source.predictions), params.synthetic)
    mutated = perturbation.mutagenesis_table(
        experiment, params.mutate, params.ids, source.parts, source.files
    )
    tables.write(mutated, output.mutagenesis, perturbation.MUTATED)
    effects = perturbation.insertion_table(experiment, params.words, params.backgrounds)
    tables.write(effects, output.insertions, perturbation.EFFECT)
    planted = (params.synthetic or {}).get("motif_effects", ())
    areas = perturbation.attribution_table(experiment, planted)
    tables.write(areas, output.attribution, perturbation.AUROC)
