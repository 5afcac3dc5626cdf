"""Where motifs count, how far apart and in which order they work together, and which letters do."""

import logging
from pathlib import Path

from seq2score import job, tsv
from seq2score.attributions.attributed import Attributed
from seq2score.attributions.cooperation import EPISTASIS, PAIR, POSITION, measure
from seq2score.attributions.findings import FINDING, strongest
from seq2score.models.devices import use_one_thread

if __name__ == "__main__":
    job.start(snakemake)
    use_one_thread()
    params, source, output = snakemake.params, snakemake.input, snakemake.output
    model = Path(source.weights[0]).parents[1]
    attributed = Attributed.open(model, source.one_hot, params.asked["output"], params.synthetic)
    motifs = tsv.read(source.motifs, text=["consensus", "word", "filters"]).to_pylist()
    found = measure(attributed, params.words, motifs)
    tsv.write(found.positions, output.positions, POSITION)
    tsv.write(found.pairs, output.pairs, PAIR)
    tsv.write(found.epistasis, output.epistasis, EPISTASIS)
    tables = (found.positions, found.pairs, found.epistasis)
    tsv.write(strongest(motifs, *tables, attributed.quantity), output.findings, FINDING)
    logging.info("measured %s", ", ".join(found.motifs) or "nothing: no motif")
