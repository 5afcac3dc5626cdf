"""What each first-layer filter responds to: its sites, its matrices, and what it is worth."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from seq2score.inference import prediction
from seq2score.inference.predictions import truth_and_prediction
from seq2score.motifs import matrices, tables
from seq2score.motifs.importance import importance
from seq2score.motifs.meme import to_meme
from seq2score.motifs.sites import Sites, find_sites
from seq2score.tables import write


def learned(weights: np.ndarray, found: Sites, pseudocount: float) -> tables.Filters:
    """The matrices of filters with these weights and sites."""
    ppms = matrices.probabilities(found.counts, found.background, pseudocount)
    bits = matrices.information(ppms, found.background, found.number)
    return tables.Filters(weights, found.counts, ppms, bits)


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params, output = snakemake.params, snakemake.output
    predictor = prediction.load(Path(snakemake.input.model).parent)
    # Of a blend, the network with filters, by what it predicts alone.
    predictor = prediction.Predictor(predictor.network.with_filters, predictor.record)
    network = predictor.network.scanning
    scanned = pq.read_table(snakemake.input.scanned, columns=["sequence"])
    codes, _ = predictor.read(scanned["sequence"].combine_chunks())

    best_only = params.sites == "best"
    constructs = predictor.construct.around(codes)
    found = find_sites(network, constructs, params.threshold, best_only)
    weights = network.first_filters.detach().numpy()
    filters = learned(weights, found, params.pseudocount)
    test = pq.read_table(snakemake.input.predictions)
    codes, _ = predictor.read(test["sequence"].combine_chunks())
    falls = importance(predictor, codes, truth_and_prediction(test)[0], predictor.beside(test))

    rows = tables.describe(filters, found.thresholds, found.maxima, falls)
    write(rows, output.filters)
    tables.write_positions(filters, output.matrices)
    order = [row["filter"] for row in rows]
    names = [f"filter_{f}" for f in order]
    meme = to_meme(names, filters.ppms[order], filters.sites[order], found.background)
    Path(output.meme).write_text(meme, encoding="utf-8")
    job.tell("%d filters, %d of them dead", len(rows), (filters.sites == 0).sum())
