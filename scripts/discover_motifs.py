"""Which words of 3 to 8 letters contribute, and the motifs behind them, without TF-MoDISco."""

import logging
from pathlib import Path

import numpy as np
import torch

from seq2score import tables
from seq2score.attributions import methods, motifs, store, words
from seq2score.attributions.described import MOTIF, SITE, described
from seq2score.attributions.tables import spelt, stands
from seq2score.inference.prediction import load
from seq2score.motifs.meme import to_meme
from seq2score.motifs.tables import read_positions, write_positions
from seq2score.sequences.encoding import BASES

MOST_WORDS = 20_000  # rows of the table, the lowest p-values

WORD = ["word", "width", "sequences", "occurrences", "contribution", "excess", "z"]
WORD += ["p_value", "q_value"]
LETTER = ["position", *BASES]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    params, source, output = snakemake.params, snakemake.input, snakemake.output
    model = load(Path(source.weights[0]).parents[1])
    scores = methods.predicted(model, params.asked["output"], params.synthetic)
    alphabet = model.record["alphabet"]
    one_hot, hypothetical, ids = store.evenly(Path(source.one_hot).parent)
    codes, values = store.own_letters(one_hot, hypothetical)
    means = words.means_by_place(codes, values)
    places = range(means.shape[1])
    letters = [{"position": p + 1, **dict(zip(BASES, means[:, p], strict=True))} for p in places]
    tables.write(letters, output.letters, LETTER)
    columns, discovered = motifs.discover(codes, values)
    order = np.argsort(columns["p_value"], kind="stable")[:MOST_WORDS] if columns else []
    tables.write(spelt(words.described(columns, order), alphabet), output.words, WORD)

    filters = {Path(path).parts[-3]: read_positions(path) for path in source.filters}
    told = described(discovered, scores, codes, ids, filters, params.backgrounds)
    rows = spelt(told.rows, alphabet)
    tables.write(rows, output.motifs, MOTIF)
    tables.write(told.sites, output.sites, SITE)
    write_positions(told.matrices, output.matrices)
    names = [f"motif_{row['motif']} {row['consensus']}" for row in rows if stands(row)]
    ppms = [motif.ppm(told.background) for motif in told.kept]
    text = to_meme(names, ppms, told.matrices.sites, told.background)
    Path(output.meme).write_text(text, encoding="utf-8")
    logging.info(
        "%d words of %d stand out (q <= %g); %d motifs, of which %d stand for themselves",
        int((columns["q_value"] <= motifs.SIGNIFICANT).sum()) if columns else 0,
        len(columns["z"]) if columns else 0,
        motifs.SIGNIFICANT,
        len(rows),
        len(told.kept),
    )
