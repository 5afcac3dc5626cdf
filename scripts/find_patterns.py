"""Patterns that TF-MoDISco finds in the contributions, and what they do where they are put in."""

from pathlib import Path

import torch

from seq2score import tables
from seq2score.attributions import methods, modisco, no_patterns, store
from seq2score.attributions.described import MOTIF, SITE, described
from seq2score.attributions.tables import spelt
from seq2score.inference.prediction import load
from seq2score.motifs.tables import read_positions, write_positions

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    params, source, output = snakemake.params, snakemake.input, snakemake.output
    model = load(Path(source.weights[0]).parents[1])
    scores = methods.predicted(model, params.asked["output"], params.synthetic)
    one_hot, hypothetical, ids = store.evenly(Path(source.one_hot).parent)
    reason = no_patterns(one_hot.shape[2], len(one_hot))
    both = params.strands == "both"
    found = [] if reason else modisco.patterns(one_hot, hypothetical, both)
    codes, _ = store.own_letters(one_hot, hypothetical)
    filters = {Path(path).parts[-3]: read_positions(path) for path in source.filters}
    told = described(found, scores, codes, ids, filters, params.backgrounds)
    tables.write(spelt(told.rows, model.record["alphabet"]), output.table, MOTIF)
    tables.write(told.sites, output.sites, SITE)
    write_positions(told.matrices, output.matrices)
    counted = f"{len(told.rows)} patterns, of which {len(told.kept)} are confirmed"
    job.tell("%s", reason or counted)
