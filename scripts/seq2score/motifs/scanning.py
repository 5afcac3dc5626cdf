"""What each first-layer filter of a network responds to, and what it is worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from seq2score.inference.prediction import Predictor
from seq2score.inference.predictions import truth_and_prediction
from seq2score.motifs import matrices, tables
from seq2score.motifs.importance import importance, scanning_of
from seq2score.motifs.meme import to_meme
from seq2score.motifs.sites import Sites, Threshold, find_sites
from seq2score.tables import write


@dataclass(frozen=True)
class Scan:
    """Filters of a network: rows of their table, the most important first, and their matrices."""

    rows: list[dict]
    filters: tables.Filters
    background: np.ndarray  # shares of the letters, float64 (4,)

    @property
    def meme(self) -> str:
        """The filters as motifs of a MEME file, in the order of the rows."""
        order = [row["filter"] for row in self.rows]
        names = [f"filter_{f}" for f in order]
        return to_meme(names, self.filters.ppms[order], self.filters.sites[order], self.background)

    def write(self, files: Mapping[str, str]) -> None:
        """Write the paths `filters`, `matrices` and `meme`."""
        write(self.rows, files["filters"])
        tables.write_positions(self.filters, files["matrices"])
        Path(files["meme"]).write_text(self.meme, encoding="utf-8")


def scan(
    predictor: Predictor,
    sequences: pa.Table,
    test: pa.Table,
    threshold: Threshold,
    sites: str,
    pseudocount: float,
) -> Scan:
    """Look for what activates the first filters of a network.

    Parameters
    ----------
    predictor
        With first filters; of a blend, its network with filters counts, by what it predicts alone.
    sequences
        That are scanned, in a column `sequence`.
    test
        Sequences with scores, on which the importance of each filter is measured.
    threshold
        Which windows are sites.
    sites
        "all", or "best" for the best of each sequence alone.
    pseudocount
        Of the probabilities of letters.

    Raises
    ------
    InputError
        Where no window lies inside real sequence.
    """
    predictor = Predictor(predictor.network.with_filters, predictor.record)
    network = scanning_of(predictor)
    encoded, _ = predictor.read(sequences["sequence"].combine_chunks())
    constructs = predictor.construct.around(encoded)
    of_filters = find_sites(network, constructs, threshold, sites == "best")
    filters = filters_of(network.first_filters.detach().numpy(), of_filters, pseudocount)
    encoded, _ = predictor.read(test["sequence"].combine_chunks())
    falls = importance(
        predictor, encoded, truth_and_prediction(test)[0], predictor.covariates(test)
    )
    rows = tables.describe(filters, of_filters.thresholds, of_filters.maxima, falls)
    return Scan(rows, filters, of_filters.background)


def filters_of(weights: np.ndarray, sites: Sites, pseudocount: float) -> tables.Filters:
    """The matrices of filters with these weights, float (F, 4, W), and sites."""
    ppms = matrices.probabilities(sites.counts, sites.background, pseudocount)
    bits = matrices.information(ppms, sites.background, sites.number)
    return tables.Filters(weights, sites.counts, ppms, bits)
