"""What inserting motifs changes, for all models and seeds: one table and one figure."""

import itertools

from seq2score import tables
from seq2score.figures import theme
from seq2score.figures.motif_effects import plot_motif_effects

COLUMNS = ["model", "seed", "motif", "output", "backgrounds", "effect", "effect_low", "effect_high"]
COLUMNS += ["truth", "first", "last"]


def joined(paths: list[str], trained: list[tuple[str, int]]) -> list[dict]:
    """The rows of several models' tables, each with its model and seed."""
    return [
        {"model": model, "seed": seed, **row}
        for path, (model, seed) in zip(paths, trained, strict=True)
        for row in tables.read_rows(path)
    ]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params, source, output = job.settings(snakemake), snakemake.input, snakemake.output
    trained = list(itertools.product(params.models, params.seeds))
    effects = joined(source.insertions, trained)
    tables.write(effects, output.effects, COLUMNS)
    tables.write(joined(source.attribution, trained), output.attribution, ["model", "seed"])
    theme.save(plot_motif_effects(effects, params.all_models, params.labels), output.figure)
