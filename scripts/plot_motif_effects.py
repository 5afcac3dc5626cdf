"""What inserting motifs changes, for all models and seeds: one table and one figure."""

import itertools

from seq2score import job, tables
from seq2score.figures import theme
from seq2score.figures.motif_effects import COLUMNS, joined, plot_motif_effects

if __name__ == "__main__":
    job.start(snakemake)
    params, source, output = job.settings(snakemake), snakemake.input, snakemake.output
    trained = list(itertools.product(params.models, params.seeds))
    effects = joined(source.insertions, trained)
    tables.write(effects, output.effects, COLUMNS)
    tables.write(joined(source.attribution, trained), output.attribution, ["model", "seed"])
    theme.save(plot_motif_effects(effects, params.all_models, params.labels), output.figure)
