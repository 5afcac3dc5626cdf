"""What a model of epistasis has learned: tables of its effects, and its nonlinearity."""

from pathlib import Path

import pyarrow.parquet as pq

from seq2score import job, tables
from seq2score.figures import theme
from seq2score.figures.latent import Latent, draw
from seq2score.inference.latent import ADDITIVE, PAIRWISE, Learned
from seq2score.inference.prediction import load
from seq2score.sequences.encoding import LETTERS

if __name__ == "__main__":
    job.start(snakemake)
    source, params, output = snakemake.input, job.settings(snakemake), snakemake.output
    letters = LETTERS[params.alphabet]
    learned = Learned.of(load(Path(source.model).parent), pq.read_table(source.predictions))
    tables.write(learned.additive_rows(letters), output.additive, ADDITIVE)
    tables.write(learned.pairwise_rows(letters), output.pairwise, PAIRWISE)
    tables.write(learned.curve_rows(), output.curve)
    colour = theme.style_of(params.model, params.models)["color"]
    theme.save(draw(Latent.each(learned), letters, colour), output.png)
