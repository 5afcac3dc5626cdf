"""Where motifs count, how far apart and in which order they work together, and which letters do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import t

from seq2score.attributions import syntax
from seq2score.attributions.attributed import Attributed
from seq2score.attributions.tables import spelt, stands
from seq2score.evaluation.discoveries import q_values
from seq2score.motifs import insertion
from seq2score.sequences.encoding import encode

MOTIFS = 4  # measured by position, and in pairs
BACKGROUNDS = 200
ROUNDING = 1e-6  # of a prediction
MUTATED = 40  # sequences in which all pairs of letters are mutated

POSITION = ["motif", "position", "effect", "low", "high", "truth"]
PAIR = ["first", "second", "arrangement", "gap", "together", "cooperation", "low", "high"]
PAIR += ["q_value", "truth"]
EPISTASIS = ["position_1", "letter_1", "position_2", "letter_2", "sequences", "together"]
EPISTASIS += ["additive", "low", "high", "multiplicative", "q_value", "truth"]

Score = Callable[[np.ndarray], np.ndarray]


def choose_motifs(words: list[str], motifs: Sequence[Mapping], longest: int) -> list[str]:
    """Motifs to measure: named or planted words first, then discovered ones, the largest effects.

    Parameters
    ----------
    words
        That are named; they may hold U.
    motifs
        Rows of motifs.tsv, which may hold U too.
    longest
        Letters that there is room for.

    Returns
    -------
    list of str
        At most MOTIFS words, with T in place of U.
    """
    standing = [row for row in motifs if stands(row)]
    standing.sort(key=lambda row: -abs(row["effect"]))
    every = [word.replace("U", "T") for word in [*words, *(row["consensus"] for row in standing)]]
    return [word for word in dict.fromkeys(every) if len(word) <= longest][:MOTIFS]


def position_rows(
    score: Score, rule: Score | None, word: str, backgrounds: np.ndarray, varies: np.ndarray
) -> list[dict]:
    """A row a start: the change by the motif there, with its interval and the rule's own.

    Parameters
    ----------
    score, rule
        Of the model, and of what made synthetic sequences, None without that.
    word
        The motif.
    backgrounds
        Random sequences, uint8 (n, length).
    varies
        Positions where it may stand, bool (length,).

    Returns
    -------
    list of dict
        Of the columns POSITION; positions count from 1.
    """
    motif = encode([word])[0]
    starts = insertion.places(varies, len(motif))
    true = dict(syntax.by_position(rule, motif, backgrounds, starts)) if rule else {}
    rows = []
    for start, change in syntax.by_position(score, motif, backgrounds, starts):
        mean, low, high = syntax.mean_and_interval(change)
        row = {"motif": word, "position": start + 1, "effect": mean, "low": low, "high": high}
        rows.append(row | {"truth": true[start].mean() if true else None})
    return rows


def pair_rows(
    score: Score,
    rule: Score | None,
    pair: tuple[str, str],
    backgrounds: np.ndarray,
    varies: np.ndarray,
    strands: bool,
) -> list[dict]:
    """A row an arrangement and gap: what two motifs change together, and beyond their sum.

    Parameters
    ----------
    score, rule, backgrounds, varies
        As for `position_rows`.
    pair
        The motifs.
    strands
        Whether the second one is also turned round.

    Returns
    -------
    list of dict
        Of the columns PAIR, but for `q_value`; a gap is the number of letters between both.
    """
    rows = []
    for name, left, right in syntax.arrangements(*pair, strands):

        def by_distance(
            score: Score, left: np.ndarray = left, right: np.ndarray = right
        ) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
            random = np.random.default_rng(17)
            return syntax.by_distance(score, left, right, backgrounds, varies, random)

        true = {gap: beyond.mean() for gap, _, beyond in by_distance(rule)} if rule else {}
        for gap, both, beyond in by_distance(score):
            mean, low, high = syntax.mean_and_interval(beyond)
            row = {"first": pair[0], "second": pair[1], "arrangement": name, "gap": gap}
            row |= {"together": float(both.mean()), "cooperation": mean, "low": low, "high": high}
            rows.append(row | {"truth": true.get(gap)})
    return rows


def with_q_values(rows: list[dict], value: str, sequences: Sequence[int]) -> list[dict]:
    """Rows with the false discovery rate at which a value differs from 0, by its 95% interval.

    Of a model that adds up, the value is what its sums are rounded by, next to `together`: nothing.

    Parameters
    ----------
    rows
        With `low` and `high` of the value, and `together`.
    value
        The column of it.
    sequences
        How many each row is a mean over.
    """
    if not rows:
        return rows
    halves = np.array([(row["high"] - row["low"]) / 2 for row in rows])
    errors = halves / [syntax.reach(count) for count in sequences]
    values = np.array([row[value] for row in rows])
    nothing = np.abs(values) <= ROUNDING * max(abs(row["together"]) for row in rows)
    statistic = np.where(nothing, 0.0, np.abs(values) / np.maximum(errors, 1e-12))
    results = q_values(2 * t.sf(statistic, np.array(sequences) - 1))
    return [row | {"q_value": float(q)} for row, q in zip(rows, results, strict=True)]


def epistasis_rows(score: Score, rule: Score | None, encoded: np.ndarray) -> list[dict]:
    """All pairs of mutations, where positions are few; nothing where they are many.

    Parameters
    ----------
    score, rule
        Of the model, and of what made synthetic sequences, None without that.
    encoded
        Sequences, one of each independent unit, uint8 (n, length).

    Returns
    -------
    list of dict
        Of the columns EPISTASIS, but for `q_value`.
    """
    varies = insertion.varying(encoded)
    if not 2 <= varies.sum() <= syntax.MOST_EPISTASIS:
        return []
    rows = np.linspace(0, len(encoded) - 1, min(MUTATED, len(encoded))).astype(int)
    measured = syntax.pairs_of_mutations(score, encoded[rows], varies)
    true = syntax.pairs_of_mutations(rule, encoded[rows], varies) if rule else []
    truths = [row["additive"] for row in true] or [None] * len(measured)
    return [row | {"truth": truth} for row, truth in zip(measured, truths, strict=True)]


@dataclass(frozen=True)
class Syntax:
    """What motifs and pairs of letters do, as rows of tables.

    Attributes
    ----------
    motifs
        The motifs that were measured, none where there is none.
    positions, pairs, epistasis
        Rows of the columns POSITION, PAIR and EPISTASIS.
    """

    motifs: list[str]
    positions: list[dict]
    pairs: list[dict]
    epistasis: list[dict]

    @property
    def tables(self) -> dict[str, tuple[list[dict], list[str]]]:
        """Rows and columns of each table, by its name."""
        return {
            "positions": (self.positions, POSITION),
            "pairs": (self.pairs, PAIR),
            "epistasis": (self.epistasis, EPISTASIS),
        }


def measure(attributed: Attributed, words: list[str], motifs: Sequence[Mapping]) -> Syntax:
    """Put motifs into random sequences, alone and in pairs, and see what a model predicts.

    Parameters
    ----------
    attributed
        Sequences, whose letters random ones are drawn from, and the model.
    words
        Named motifs.
    motifs
        Rows of motifs.tsv.
    """
    predict, rule, encoded = attributed.predict, attributed.rule, attributed.encoded
    varies = insertion.varying(encoded)
    backgrounds = insertion.draw_backgrounds(encoded, BACKGROUNDS, np.random.default_rng(17))
    backgrounds = backgrounds[(backgrounds[:, varies] < 4).all(axis=1)]
    measured = choose_motifs(words, motifs, int(varies.sum())) if len(backgrounds) > 1 else []
    positions, pairs = [], []
    for word in measured:
        positions += position_rows(predict, rule, word, backgrounds, varies)
    strands = attributed.alphabet == "dna"
    for pair in combinations(measured, 2):
        pairs += pair_rows(predict, rule, pair, backgrounds, varies, strands)
    pairs = with_q_values(pairs, "cooperation", [len(backgrounds)] * len(pairs))
    independent = encoded[attributed.units.representatives(np.random.default_rng(17))]
    of_letters = epistasis_rows(predict, rule, independent)
    of_letters = with_q_values(of_letters, "additive", [row["sequences"] for row in of_letters])
    tables = [spelt(rows, attributed.alphabet) for rows in (positions, pairs, of_letters)]
    return Syntax(measured, *tables)
