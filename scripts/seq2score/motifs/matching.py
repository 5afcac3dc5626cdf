"""Which motifs of a database a set of motifs resembles: Tomtom, calibrated by permuted motifs.

Tomtom's own p-values take a motif's positions for draws from the database's positions. What random
filters see is blurred instead, and the long blurred motifs of a database resemble all of it: of 32
untrained filters of width 15, some 30 have a match in JASPAR at Tomtom's q <= 0.05. So the search
is made with permuted motifs too, and what these match is what chance gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seq2score.motifs.decoys import false_discoveries

SIGNIFICANT = 0.05  # q-value up to which a motif of a database matches
INFORMATIVE = 0.25  # bits, from which a position tells something of a motif
DECOYS = 50  # permuted copies of each query
LEAST_SPREAD = 0.1  # of their logarithms to base 10; short motifs have few orders

_AT_ONCE = 512  # queries whose p-values Tomtom holds at a time


@dataclass(frozen=True)
class Matches:
    """Q queries against M motifs; every array is (Q, M)."""

    score: np.ndarray  # Tomtom's, higher is better
    offset: np.ndarray  # of the motif's first position from the query's
    strand: np.ndarray  # "+" or "-"
    p_value: np.ndarray  # Tomtom's own, not calibrated
    expected_by_chance: np.ndarray  # queries that have so good a match with any motif by chance
    observed: np.ndarray  # queries that have one, int
    q_value: np.ndarray  # the false discovery rate at which this match passes


def match_motifs(
    ppms: Sequence[np.ndarray],
    bits: Sequence[np.ndarray],
    motifs: Sequence[np.ndarray],
    both_strands: bool,
    threads: int = 1,
) -> Matches:
    """Every query against every motif by Tomtom (Gupta and colleagues 2007), calibrated.

    The null: every query is compared as 50 decoys too, with its positions `permuted`; each query
    and decoy counts with its best motif. How far chance comes depends on the query, as blurred
    motifs resemble much of a database, so p-values count beside those of a query's own decoys (see
    `surprise`). See `false_discoveries` for what is then counted.

    Parameters
    ----------
    ppms
        Of the queries, float (4, width) each, of any widths. Flanks without information are left
        out (`trimmed`); a query that has none anywhere resembles nothing.
    bits
        Information of their positions, float (width,) each, see `matrices.information`.
    motifs
        PPMs of the database, float (4, length) each.
    both_strands
        Whether a motif may match on the other strand.
    threads
        To compute with.
    """
    cores, starts = _cores(ppms, bits)
    queries = [index for index, core in enumerate(cores) if core.shape[1]]
    shape = (len(cores), len(motifs))
    score, offset, p_value = np.zeros(shape), np.zeros(shape, dtype=int), np.ones(shape)
    strand, far, by_chance = np.full(shape, "+"), np.full(shape, -np.inf), np.zeros(0)
    if queries:
        whole = [cores[index] for index in queries]
        p_value[queries], score[queries], offset[queries], strand[queries] = _tomtom(
            whole, motifs, both_strands, threads
        )
        offset[queries] += np.array(starts)[queries, None]
        decoys = _decoys(whole, [bits[q][starts[q] :][: cores[q].shape[1]] for q in queries])
        best_of_decoys = np.concatenate(
            [
                _tomtom(decoys[i : i + _AT_ONCE], motifs, both_strands, threads)[0].min(axis=1)
                for i in range(0, len(decoys), _AT_ONCE)
            ]
        )
        of_query = best_of_decoys.reshape(len(queries), DECOYS)
        far[queries], by_chance = surprise(p_value[queries], of_query)
    calibrated = false_discoveries(-far, -by_chance.ravel())
    return Matches(score, offset, strand, p_value, *calibrated)


def surprise(p_value: np.ndarray, decoys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far matches are from what a query's decoys come to, in standard deviations of these.

    Of logarithms of p-values, whose spread over decoys is much the same whatever the query.

    Parameters
    ----------
    p_value
        Of queries and motifs, float (Q, M).
    decoys
        The lowest p-value of each decoy, float (Q, D).

    Returns
    -------
    tuple of ndarray
        Of the matches, float (Q, M), and of each decoy beside the others of its query, float
        (Q, D): what chance gives.
    """
    low, chance = (-np.log10(np.maximum(values, 1e-300)) for values in (p_value, decoys))
    count = chance.shape[1]
    sums, squares = chance.sum(axis=1, keepdims=True), (chance**2).sum(axis=1, keepdims=True)

    def beyond(values: np.ndarray, total: np.ndarray, square: np.ndarray, n: int) -> np.ndarray:
        variance = np.maximum(square / n - (total / n) ** 2, 0) * n / (n - 1)
        return (values - total / n) / np.maximum(np.sqrt(variance), LEAST_SPREAD)

    of_matches = beyond(low, sums, squares, count)
    return of_matches, beyond(chance, sums - chance, squares - chance**2, count - 1)


def trimmed(ppm: np.ndarray, bits: np.ndarray) -> tuple[np.ndarray, int]:
    """A PPM (4, width) without its uninformative flanks, and how many positions left at its start.

    Positions are as informative as their bits (width,); of a matrix without an informative one
    nothing is left.
    """
    kept = np.flatnonzero(bits >= INFORMATIVE)
    if not len(kept):
        return ppm[:, :0], 0
    return ppm[:, kept[0] : kept[-1] + 1], int(kept[0])


def permuted(ppm: np.ndarray, bits: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A PPM (4, width) with its informative positions in another order, and the others too.

    Where it is informative, by bits (width,), stays as it is: motifs of a database hang together,
    and a null of scattered positions would make every trained filter look like one. In a filter
    with random weights each such order is as likely as its own.
    """
    order = np.arange(len(bits))
    for kind in (bits >= INFORMATIVE, bits < INFORMATIVE):
        order[kind] = random.permutation(order[kind])
    return ppm[:, order]


def _cores(
    ppms: Sequence[np.ndarray], bits: Sequence[np.ndarray]
) -> tuple[list[np.ndarray], list[int]]:
    pairs = [trimmed(ppm, bits_) for ppm, bits_ in zip(ppms, bits, strict=True)]
    return [core for core, _ in pairs], [start for _, start in pairs]


def _decoys(cores: list[np.ndarray], bits: list[np.ndarray]) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [
        permuted(core, bits_, random)
        for core, bits_ in zip(cores, bits, strict=True)
        for _ in range(DECOYS)
    ]


def _tomtom(
    queries: list[np.ndarray], motifs: Sequence[np.ndarray], both_strands: bool, threads: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """p-values, scores, offsets and strands, (queries, motifs) each."""
    from memelite import tomtom  # here, as its compiler takes seconds to load

    p_value, score, offset, _, strand = tomtom(
        queries, list(motifs), reverse_complement=both_strands, n_jobs=threads
    )
    # Tomtom's offset is the query's place in the motif.
    return p_value, score, -offset.astype(int), np.array(["+", "-"])[strand.astype(int)]
