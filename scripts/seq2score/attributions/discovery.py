"""Motifs behind contributions: by words of 3 to 8 letters, or by TF-MoDISco."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seq2score.attributions import motifs, words
from seq2score.attributions.attributed import Attributed
from seq2score.attributions.described import Described, described
from seq2score.attributions.motifs import Motif
from seq2score.attributions.tables import spelt, stands
from seq2score.motifs.meme import to_meme
from seq2score.motifs.tables import Filters, read_positions
from seq2score.sequences.encoding import BASES

MOST_WORDS = 20_000  # rows of the table, the lowest p-values

WORD = ["word", "width", "sequences", "units", "occurrences", "contribution", "excess", "z"]
WORD += ["p_value", "q_value"]
LETTER = ["position", *BASES]


@dataclass(frozen=True)
class Discovery:
    """Motifs of some sequences, as rows of tables, and all that each is known for.

    Attributes
    ----------
    letters, words, motifs
        Rows of the columns LETTER, WORD and `described.MOTIF`.
    described
        The motifs, with sites and matrices.
    """

    letters: list[dict]
    words: list[dict]
    motifs: list[dict]
    described: Described

    @property
    def meme(self) -> str:
        """The motifs that stand for themselves, as a MEME file."""
        names = [f"motif_{row['motif']} {row['consensus']}" for row in self.motifs if stands(row)]
        background = self.described.background
        ppms = [motif.ppm(background) for motif in self.described.kept]
        return to_meme(names, ppms, self.described.matrices.sites, background)


def discover(attributed: Attributed, filters: Sequence[str | Path], backgrounds: int) -> Discovery:
    """Look for words that contribute, and join them to motifs.

    Parameters
    ----------
    attributed
        Sequences and contributions.
    filters
        Files of first-layer filters, in folders of seeds.
    backgrounds
        Random sequences to put each motif into.
    """
    encoded, contributions = attributed.encoded, attributed.contributions
    means = words.means_by_place(encoded, contributions)
    letters = [
        {"position": position + 1, **dict(zip(BASES, means[:, position], strict=True))}
        for position in range(means.shape[1])
    ]
    unit = attributed.units.independent
    columns, discovered = motifs.discover(encoded, contributions, unit)
    order: list[int] = []
    if columns:
        order = np.argsort(columns["p_value"], kind="stable")[:MOST_WORDS].tolist()
    of_motifs = describe(attributed, discovered, filters, backgrounds)
    logging.info(
        "%d words of %d stand out (q <= %g); %d motifs, of which %d stand for themselves",
        int((columns["q_value"] <= motifs.SIGNIFICANT).sum()) if columns else 0,
        len(columns["z"]) if columns else 0,
        motifs.SIGNIFICANT,
        len(of_motifs.rows),
        len(of_motifs.kept),
    )
    return Discovery(
        letters=letters,
        words=spelt(words.described(columns, order), attributed.alphabet),
        motifs=spelt(of_motifs.rows, attributed.alphabet),
        described=of_motifs,
    )


def describe(
    attributed: Attributed,
    discovered: Sequence[Motif],
    filters: Sequence[str | Path],
    backgrounds: int,
) -> Described:
    """What there is to know of motifs, whatever found them.

    Parameters
    ----------
    attributed
        The sequences that they are of.
    discovered
        The motifs.
    filters, backgrounds
        As for `discover`.
    """
    return described(
        discovered,
        (attributed.predict, attributed.rule),
        attributed.encoded,
        attributed.ids,
        attributed.units.independent,
        by_seed(filters),
        backgrounds,
    )


def by_seed(filters: Sequence[str | Path]) -> Mapping[str, Filters]:
    """Filters of each seed, from files in folders of seeds."""
    return {Path(path).parts[-3]: read_positions(path) for path in filters}
