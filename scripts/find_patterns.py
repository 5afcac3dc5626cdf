"""Patterns that TF-MoDISco finds in the contributions, and what they do where they are put in."""

import logging
from pathlib import Path

import numpy as np
import torch

from seq2score import tsv
from seq2score.attributions import described, modisco, motifs, no_patterns, store
from seq2score.attributions.methods import output_of
from seq2score.attributions.tables import stands
from seq2score.evaluation.prediction import load
from seq2score.motifs.tables import read_positions, write_positions
from seq2score.sequences import synthetic

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    params, source, output = snakemake.params, snakemake.input, snakemake.output
    model = load(Path(source.weights[0]).parents[1])
    number = output_of(model, params.asked["output"])
    truth = synthetic.rule_of(params.synthetic, model.record["classes"])

    def predict(codes):
        return model.predict(codes).reshape(len(codes), -1)[:, number]

    def rule(codes):
        return truth(codes)[:, number]

    one_hot, hypothetical, ids = store.evenly(Path(source.one_hot).parent)
    reason = no_patterns(one_hot.shape[2], len(one_hot))
    found = [] if reason else modisco.patterns(one_hot, hypothetical)
    codes, _ = store.own_letters(one_hot, hypothetical)
    background = motifs.letter_shares(codes) if codes.size else np.full(4, 0.25)
    filters = {Path(path).parts[-3]: read_positions(path) for path in source.filters}
    known = (predict, rule if truth else None, codes, background, filters, params.backgrounds)
    rows = described.rows_of(found, *known)
    told = [{name: row.get(name) for name in described.MOTIF} for row in rows]
    tsv.write(told, output.table, described.MOTIF)
    tsv.write(described.sites_of(rows, found, ids), output.sites, described.SITE)
    able = [found[row["place"]] for row in rows if stands(row)]
    write_positions(described.side_by_side(able, background), output.matrices)
    logging.info("%s", reason or f"{len(rows)} patterns, of which {len(able)} are confirmed")
