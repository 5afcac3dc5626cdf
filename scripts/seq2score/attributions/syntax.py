"""How motifs work: where, how far apart, in which order and on which strand; and pairs of letters.

All is measured by what a score says of random sequences with and without them. Effects are means
over these backgrounds, with 95% intervals by Student's t.
"""

from collections.abc import Callable, Iterator
from itertools import combinations, product

import numpy as np
from scipy.stats import t

from seq2score.sequences.encoding import BASES, N, encode, reverse_complement

Score = Callable[[np.ndarray], np.ndarray]  # codes uint8 (n, length) to float64 (n,)

LONGEST_GAP = 20
MOST_EPISTASIS = 24  # positions, of which all pairs are mutated
FEWEST = 10  # sequences that a mean is over; of fewer, its interval is not known well


def put(encoded: np.ndarray, motif: np.ndarray, starts: int | np.ndarray) -> np.ndarray:
    """Copies with the motif at a start, or each row at its own.

    Parameters
    ----------
    encoded
        uint8 (n, length).
    motif
        uint8 (width,); its N keep what is there.
    starts
        From 0 on, int or int (n,).
    """
    placed, letters = encoded.copy(), np.flatnonzero(motif < N)
    where = np.broadcast_to(starts, len(encoded))[:, None] + letters
    np.put_along_axis(placed, where, motif[letters][None], axis=1)
    return placed


def mean_and_interval(values: np.ndarray) -> tuple[float, float, float]:
    """Mean and ends of its 95% interval, of values of independent sequences, float (n,)."""
    mean, half = values.mean(), reach(len(values)) * values.std(ddof=1) / np.sqrt(len(values))
    return float(mean), float(mean - half), float(mean + half)


def reach(count: int) -> float:
    """Standard errors from a mean over so many sequences to the end of its 95% interval."""
    return float(t.ppf(0.975, max(count - 1, 1)))


def by_position(
    score: Score, motif: np.ndarray, backgrounds: np.ndarray, starts: np.ndarray
) -> Iterator[tuple[int, np.ndarray]]:
    """The change by a motif at each start.

    Parameters
    ----------
    score
        Of encoded sequences.
    motif
        uint8 (width,).
    backgrounds
        uint8 (n, length).
    starts
        Where it may begin, bool, see `motifs.insertion.places`.

    Yields
    ------
    int, ndarray
        The start, from 0 on, and the change, float64 (n,).
    """
    without = score(backgrounds)
    for start in np.flatnonzero(starts):
        yield int(start), score(put(backgrounds, motif, int(start))) - without


def arrangements(
    first: str, second: str, strands: bool
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Orders and orientations of two words.

    A palindrome turned round is itself, and no arrangement more.

    Parameters
    ----------
    strands
        Whether the second one is also turned round.

    Yields
    ------
    str, ndarray, ndarray
        Its name, what stands left and what stands right, uint8 (width,).
    """
    left, other = encode([first])[0], encode([second])[0]
    yield f"{first}, {second}", left, other
    yield f"{second}, {first}", other, left
    turned = reverse_complement(other[None])[0]
    if strands and (turned != other).any():
        yield f"{first}, {second} reversed", left, turned
        yield f"{second} reversed, {first}", turned, left


def by_distance(
    score: Score,
    left: np.ndarray,
    right: np.ndarray,
    backgrounds: np.ndarray,
    varies: np.ndarray,
    random: np.random.Generator,
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """What two motifs change together, by the number of letters between them.

    The left one stands at one place of each background, drawn so that all gaps fit.

    Parameters
    ----------
    score
        Of encoded sequences.
    left, right
        The motifs, uint8 (width,).
    backgrounds
        uint8 (n, length).
    varies
        Positions to insert at, bool (length,).
    random
        Draws the places.

    Yields
    ------
    int, ndarray, ndarray
        The number, what both change, and what that is beyond the sum of what each does, float64
        (n,).
    """
    inside = np.flatnonzero(varies)
    if not len(inside):
        return
    room = inside[-1] + 1 - inside[0] - len(left) - len(right)
    longest = min(LONGEST_GAP, room)
    if longest < 0:
        return
    starts = inside[0] + random.integers(0, room - longest + 1, len(backgrounds))
    with_left = put(backgrounds, left, starts)
    without, of_left = score(backgrounds), score(with_left)
    for gap in range(longest + 1):
        behind = starts + len(left) + gap
        of_right = score(put(backgrounds, right, behind))
        both = score(put(with_left, right, behind)) - without
        yield gap, both, both - (of_left - without) - (of_right - without)


def pairs_of_mutations(score: Score, encoded: np.ndarray, varies: np.ndarray) -> list[dict]:
    """All pairs of substitutions in some sequences: how far each is from both alone, on average.

    Parameters
    ----------
    score
        Of encoded sequences.
    encoded
        uint8 (n, length).
    varies
        Positions to mutate, bool (length,).

    Returns
    -------
    list of dict
        position_1, letter_1, position_2, letter_2 (positions from 1), sequences (in which both are
        mutations, FEWEST or more), together (what they change), additive (that, less what each
        changes alone), its interval low and high, and multiplicative (logarithm to base 2 of the
        fold beyond the product of both; NaN where a score is not positive).
    """
    places, wild = np.flatnonzero(varies), score(encoded)
    single = _single_mutations(score, encoded, places)
    rows = []
    for first, second in combinations(places, 2):
        for letters in product(range(4), repeat=2):
            both = (encoded[:, [first, second]] != letters).all(axis=1)
            both &= (encoded[:, [first, second]] < N).all(axis=1)
            if both.sum() < FEWEST:
                continue
            mutants = encoded[both].copy()
            mutants[:, [first, second]] = letters
            alone = single[both, letters[0], first], single[both, letters[1], second]
            rows.append(
                {
                    **{"position_1": int(first) + 1, "letter_1": BASES[letters[0]]},
                    **{"position_2": int(second) + 1, "letter_2": BASES[letters[1]]},
                    **_epistasis(score(mutants), wild[both], *alone),
                }
            )
    return rows


def _single_mutations(score: Score, encoded: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Scores of every substitution, (n, 4, length), NaN at a sequence's own letters."""
    single = np.full((len(encoded), 4, encoded.shape[1]), np.nan)
    for position in places:
        for letter in range(4):
            mutant = encoded.copy()
            mutant[:, position] = letter
            changed = encoded[:, position] != letter
            single[changed, letter, position] = score(mutant)[changed]
    return single


def _epistasis(
    both: np.ndarray, wild: np.ndarray, first: np.ndarray, second: np.ndarray
) -> dict[str, float]:
    """How far two mutations are from both alone. Scores, (n,): of both, of neither, of either."""
    four, fold = np.stack([both, wild, first, second]), np.nan
    if (four > 0).all():
        fold = float(np.mean(np.log2(four[0]) + np.log2(four[1]) - np.log2(four[2:]).sum(0)))
    mean, low, high = mean_and_interval(both - first - second + wild)
    numbers = {"sequences": len(both), "together": float((both - wild).mean())}
    return {**numbers, "additive": mean, "low": low, "high": high, "multiplicative": fold}
