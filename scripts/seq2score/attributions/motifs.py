"""Motifs from words: the strongest word, grown to a matrix of its sites; then what they leave.

Each round takes the word whose contribution stands out most, gathers its sites and those like them
that contribute as much, and takes these letters out of account before the next. So a word that only
overlaps a motif is no motif of its own.
"""

from dataclasses import dataclass, replace

import numpy as np

from seq2score.attributions import words
from seq2score.motifs import matrices
from seq2score.motifs.words import SIMILAR, similarity
from seq2score.sequences.encoding import BASES, N
from seq2score.sequences.hashing import sequence_hashes

SIGNIFICANT = 0.05  # q-value of a word that a motif begins with
MOST = 40  # near misses among them
FLANK = 8  # letters at both sides of a word that may belong to its motif
# Letters that may say nothing before one that all sites have: GTTAATNATTAAC is one motif, and two
# that now and then stand side by side are not.
_BETWEEN, _SURE = 2, 1.0
_ROUNDS = 4  # of gathering sites, after which they hardly change
_BITS, _SHARE = 0.25, 0.2  # a position belongs if it tells so much, or contributes this share
_HIGH = 0.8  # of the highest score that a matrix gives, for a site of a short motif
_ENOUGH = 0.4  # of the median contribution of a motif's sites, for another site
_WEAK = 0.1  # of the strongest motif's contribution; what is weaker is not worth a motif


@dataclass(frozen=True)
class Motif:
    """A motif, its sites, and the word that it began with (a row of the table of words)."""

    counts: np.ndarray  # PFM, float64 (4, width)
    contribution: np.ndarray  # mean excess at each position (see `words`), (width,)
    sites: np.ndarray  # rows and starts, int64 (sites, 2)
    seed: dict
    variant_of: int | None = None  # place of an earlier motif that it resembles

    def ppm(self, background: np.ndarray) -> np.ndarray:
        """Probabilities, float64 (4, width). background: shares of letters, float64 (4,)."""
        return matrices.probabilities(self.counts, background)

    def bits(self, background: np.ndarray) -> np.ndarray:
        """Information of each position, float64 (width,), corrected for the number of sites."""
        sites = self.counts[:, 0].sum()
        return matrices.information(self.ppm(background), background, np.array(sites))

    def logo(self, background: np.ndarray) -> np.ndarray:
        """Heights of letters in bits, float64 (4, width)."""
        return matrices.letter_heights(self.ppm(background), self.bits(background))

    def consensus(self, background: np.ndarray) -> str:
        """The likeliest letters, as text."""
        return matrices.consensus(self.ppm(background), self.bits(background), 0.5)


def letter_shares(encoded: np.ndarray) -> np.ndarray:
    """Background of matrices: share of each letter in all sequences, float64 (4,)."""
    counts = np.bincount(encoded[encoded < N], minlength=4).astype(float)
    return counts / counts.sum() if counts.any() else np.full(4, 0.25)


def discover(
    encoded: np.ndarray, values: np.ndarray, unit: np.ndarray | None = None
) -> tuple[dict, list[Motif]]:
    """The table of all words, and the motifs behind them, the strongest evidence first.

    A motif has sites in as many units as a word has to.

    Parameters
    ----------
    encoded, values, unit
        See `words.table`.

    Returns
    -------
    columns : dict
        Of all words, from `words.table`.
    motifs : list of Motif
        At most MOST; of alike ones, later ones are variants of the first.
    """
    background, left = letter_shares(encoded), values.astype(float)
    if unit is None:
        unit = np.unique(sequence_hashes(encoded), return_inverse=True)[1]
    every = columns = words.table(encoded, left, unit)
    motifs: list[Motif] = []
    while columns and len(motifs) < MOST:
        standing = (columns["q_value"] <= SIGNIFICANT) & _worth(columns, motifs)
        if not standing.any():
            break
        # By what a word explains, so that neither a few sequences of a motif come before it, nor a
        # part of it that stands in many places without it.
        explains = np.abs(columns["excess"]) * np.sqrt(columns["occurrences"])
        best = int(np.where(standing, explains, -1).argmax())
        (seed,) = words.described(columns, [best])
        motif, used = grown(encoded, left, seed, background)
        if len(np.unique(unit[motif.sites[:, 0]])) >= words.FEWEST:
            motifs.append(replace(motif, variant_of=_resembled(motif, motifs, background)))
        left = np.where(used, np.nan, left)
        columns = words.table(encoded, left, unit)
    return every, motifs


def _worth(columns: dict, motifs: list[Motif]) -> np.ndarray:
    strongest = max((abs(motif.seed["excess"]) for motif in motifs), default=0)
    return np.abs(columns["excess"]) >= _WEAK * strongest


@dataclass(frozen=True)
class _Windows:
    """Windows of a word and the flanks at its sides: (n, starts) each, and their letters.

    seen: codes, uint8 (n, starts, width + flanks). worth: contributions beyond those of a letter at
    its place, float64 in the same shape, NaN at letters that belong to a motif already. total: of
    the word's own letters. whole: where all of these are free. spelt: where they are the word.
    """

    seen: np.ndarray
    worth: np.ndarray
    total: np.ndarray
    whole: np.ndarray
    spelt: np.ndarray

    @classmethod
    def of(cls, encoded: np.ndarray, values: np.ndarray, word: str) -> "_Windows":
        """encoded: uint8 (n, length). values: contributions, float64 (n, length)."""
        around, width = ((0, 0), (FLANK, FLANK)), len(word)
        letters = np.array([BASES.index(letter) for letter in word])
        padded = np.pad(encoded, around, constant_values=N)
        free = np.pad(words.beyond_place(encoded, values), around, constant_values=np.nan)
        seen, worth = (
            np.lib.stride_tricks.sliding_window_view(array, width + 2 * FLANK, axis=1)
            for array in (padded, free)
        )
        core = slice(FLANK, FLANK + width)
        total = worth[:, :, core].sum(axis=2)
        whole = np.isfinite(total)
        spelt = whole & (seen[:, :, core] == letters).all(axis=2)
        return cls(seen, worth, total, whole, spelt)

    @property
    def width(self) -> int:
        """Letters of the word."""
        return self.seen.shape[2] - 2 * FLANK

    def covered(self, hits: np.ndarray, first: int, last: int) -> np.ndarray:
        """Letters that lie in the positions `first` to before `last` of hits, bool (n, length)."""
        rows, starts = hits.shape
        covered = np.zeros((rows, starts + self.seen.shape[2] - 1), bool)
        for position in range(first, last):
            covered[:, position : position + starts] |= hits
        return covered[:, FLANK:-FLANK]


def grown(
    encoded: np.ndarray, values: np.ndarray, seed: dict, background: np.ndarray
) -> tuple[Motif, np.ndarray]:
    """The motif of a word: sites that its matrix finds and that contribute, again and again.

    Sites hang over the ends of sequences where only a motif's flank does.

    Parameters
    ----------
    encoded
        uint8 (n, length).
    values
        Contributions, float64 (n, length), NaN where a letter belongs to a motif already.
    seed
        The word's row of the table of words.
    background
        Shares of the letters, float64 (4,).

    Returns
    -------
    motif : Motif
        With its matrix and sites.
    used : ndarray
        Letters that are then the motif's, bool (n, length): those of the sites, and of the word
        wherever it stands.
    """
    windows = _Windows.of(encoded, values, seed["word"])
    hits = _sites(windows, background)
    counts, first, last = _matrix(windows.seen[hits], windows.worth[hits], background)
    mean = np.nan_to_num(_mean(windows.worth[hits]))[first:last]
    row, start = np.nonzero(hits)
    motif = Motif(counts[:, first:last], mean, np.stack([row, start - FLANK + first], 1), seed)
    of_word = windows.covered(windows.spelt, FLANK, FLANK + windows.width)
    return motif, windows.covered(hits, first, last) | of_word


def _sites(windows: _Windows, background: np.ndarray) -> np.ndarray:
    """Where the motif of a word stands, bool (n, starts): the word, and what its matrix finds."""
    hits, typical = windows.spelt, np.median(windows.total[windows.spelt])
    for _ in range(_ROUNDS):
        counts, first, last = _matrix(windows.seen[hits], windows.worth[hits], background)
        odds = np.log2(matrices.probabilities(counts, background) / background[:, None])
        score = np.zeros(windows.total.shape)
        for position in range(first, last):
            score += np.append(odds[:, position], 0.0)[windows.seen[:, :, position]]
        highest = odds[:, first:last].max(axis=0).sum()
        rare = np.log2(windows.whole.sum() / hits.sum())
        alike = windows.whole & (score >= min(rare, _HIGH * highest)) | windows.spelt
        alike &= np.sign(typical) * windows.total >= _ENOUGH * abs(typical)
        alike = _apart(alike, score, windows.width)
        if not alike.any() or (alike == hits).all():
            break
        hits, typical = alike, np.median(windows.total[alike])
    return hits


def _matrix(
    seen: np.ndarray, worth: np.ndarray, background: np.ndarray
) -> tuple[np.ndarray, int, int]:
    """PFM of windows, uint8 (sites, width), and the part of it that belongs to the motif.

    A position that is no part of the word does where it is informative, or contributes.
    """
    counts = np.stack([(seen == letter).sum(axis=0) for letter in range(4)]).astype(float)
    sites, mean = counts.sum(axis=0), np.abs(np.nan_to_num(_mean(worth)))
    ppm = matrices.probabilities(counts, background)
    # Of each position, as fewer sites have letters at a flank that hangs over an end.
    bits = matrices.information(ppm.T[:, :, None], background, sites)[:, 0]
    core = slice(FLANK, counts.shape[1] - FLANK)
    belongs = (bits >= _BITS) | (mean >= _SHARE * mean[core].max())
    belongs &= sites >= 0.5 * sites.max()
    first, last = core.start, core.stop
    most = np.where(bits >= _SURE, _BETWEEN, 0)  # between a position and the motif
    for position in np.flatnonzero(belongs[:first])[::-1].tolist():
        first = position if first - 1 - position <= most[position] else first
    for position in (np.flatnonzero(belongs[last:]) + last).tolist():
        last = position + 1 if position - last <= most[position] else last
    return counts, first, last


def _mean(worth: np.ndarray) -> np.ndarray:
    """Mean of each column, NaN where nothing is known."""
    known = np.isfinite(worth)
    count = known.sum(axis=0)
    total = np.where(known, worth, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _apart(hits: np.ndarray, score: np.ndarray, width: int) -> np.ndarray:
    """Of hits less than `width` apart, the one with the highest score."""
    kept = hits.copy()
    scores = np.where(hits, score, -np.inf)
    for shift in range(1, width):
        nearer = np.full_like(scores, -np.inf)
        nearer[:, :-shift] = scores[:, shift:]
        kept &= scores >= nearer
        nearer = np.full_like(scores, -np.inf)
        nearer[:, shift:] = scores[:, :-shift]
        kept &= scores > nearer
    return kept


def _resembled(motif: Motif, motifs: list[Motif], background: np.ndarray) -> int | None:
    """The first earlier motif of the same sign whose logo is as similar as a match is."""
    logo = motif.logo(background)
    for index, earlier in enumerate(motifs):
        same_sign = np.sign(earlier.seed["excess"]) == np.sign(motif.seed["excess"])
        if same_sign and earlier.variant_of is None:
            other = earlier.logo(background)
            alike = similarity(logo[None], other)[0], similarity(other[None], logo)[0]
            if max(alike[0][0], alike[1][0]) >= SIMILAR:
                return index
    return None
