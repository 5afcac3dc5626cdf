"""Where motifs count, how far apart and in which order they work together, and which letters do."""

import logging
from pathlib import Path

from seq2score import job, tables
from seq2score.attributions import cooperation, findings
from seq2score.attributions.attributed import Attributed
from seq2score.evaluation.quality import read_quality
from seq2score.models.devices import use_one_thread

if __name__ == "__main__":
    job.start(snakemake)
    use_one_thread()
    params, source, output = job.settings(snakemake), snakemake.input, snakemake.output
    attributed = Attributed.open(Path(source.weights[0]).parents[1], source, vars(params))
    motifs = tables.read_rows(source.motifs, text=["consensus", "word", "filters"])
    syntax = cooperation.measure(attributed, params.words, motifs)
    for name, (rows, columns) in syntax.tables.items():
        tables.write(rows, output[name], columns)
    quality = read_quality(source.metrics[0], source.floors, attributed.explained)
    rows = findings.of_syntax(motifs, syntax, attributed.quantity, quality)
    tables.write(rows, output.findings, findings.FINDING)
    logging.info("measured %s", ", ".join(syntax.motifs) or "nothing: no motif")
    job.tell(findings.message(rows, quality))
