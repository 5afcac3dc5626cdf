"""Where motifs count, how far apart and in which order they work together, and which letters do."""

import logging
from pathlib import Path

from seq2score import job, tables
from seq2score.attributions.attributed import Attributed
from seq2score.attributions.cooperation import EPISTASIS, PAIR, POSITION, measure
from seq2score.attributions.findings import FINDING, strongest
from seq2score.evaluation.quality import read_quality
from seq2score.models.devices import use_one_thread

if __name__ == "__main__":
    job.start(snakemake)
    use_one_thread()
    params, source, output = job.settings(snakemake), snakemake.input, snakemake.output
    model = Path(source.weights[0]).parents[1]
    attributed = Attributed.open(model, dict(source.items()), vars(params))
    motifs = tables.read_rows(source.motifs, text=["consensus", "word", "filters"])
    syntax = measure(attributed, params.words, motifs)
    tables.write(syntax.positions, output.positions, POSITION)
    tables.write(syntax.pairs, output.pairs, PAIR)
    tables.write(syntax.epistasis, output.epistasis, EPISTASIS)
    of_model = read_quality(source.metrics[0], source.floors, attributed.explained)
    measured = motifs, syntax.positions, syntax.pairs, syntax.epistasis
    rows = strongest(*measured, attributed.quantity, of_model)
    tables.write(rows, output.findings, FINDING)
    logging.info("measured %s", ", ".join(syntax.motifs) or "nothing: no motif")
    if of_model.fault:
        job.tell("no findings: the model %s", of_model.fault)
