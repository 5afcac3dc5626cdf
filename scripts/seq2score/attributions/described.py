"""Discovered motifs as rows of a table, each with what it does where it is put in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seq2score.attributions.motifs import Motif, letter_shares
from seq2score.attributions.syntax import Score
from seq2score.attributions.tables import stands
from seq2score.attributions.words import FEWEST
from seq2score.motifs import decoys, insertion
from seq2score.motifs.tables import Filters
from seq2score.motifs.words import SIMILAR, similarity
from seq2score.sequences.encoding import encode

SIGNIFICANT = 0.05  # rate of false discoveries among confirmed motifs
ORDERS = 40  # other orders of a motif's letters, which it is held against

EFFECT = ["effect", "effect_low", "effect_high", "control", "effect_q", "truth"]
MOTIF = ["motif", "consensus", "word", "sites", "sequences", "units", "contribution", "q_value"]
MOTIF += [*EFFECT, "confirmed", "variant_of", "filters"]
SITE = ["motif", "id", "start", "end"]


@dataclass(frozen=True)
class Described:
    """Motifs as tables: all in order, and of those that stand for themselves sites and matrices."""

    rows: list[dict]  # of the columns MOTIF
    sites: list[dict]  # of the columns SITE
    kept: list[Motif]
    matrices: Filters
    background: np.ndarray

    @property
    def message(self) -> str:
        """How many there are."""
        return f"{len(self.rows)} patterns, of which {len(self.kept)} are confirmed"


def described(
    discovered: Sequence[Motif],
    scores: tuple[Score, Score | None],
    encoded: np.ndarray,
    ids: np.ndarray,
    unit: np.ndarray,
    filters: Mapping[str, Filters],
    number: int,
) -> Described:
    """Everything that is told of motifs found in sequences.

    Parameters
    ----------
    discovered
        The motifs.
    scores
        As predicted, and as the rule has it, None without one.
    encoded
        The sequences, uint8 (n, length).
    ids
        Of the sequences, (n,).
    unit, filters, number
        See `rows_of`.
    """
    background = letter_shares(encoded)
    rows = rows_of(discovered, *scores, encoded, unit, background, filters, number)
    kept = [discovered[row["place"]] for row in rows if stands(row)]
    return Described(
        [{name: row.get(name) for name in MOTIF} for row in rows],
        sites_of(rows, discovered, ids),
        kept,
        side_by_side(kept, background),
        background,
    )


def rows_of(
    discovered: Sequence[Motif],
    predict: Score,
    rule: Score | None,
    encoded: np.ndarray,
    unit: np.ndarray,
    background: np.ndarray,
    filters: Mapping[str, Filters],
    number: int,
) -> list[dict]:
    """Motifs in order, with what they do where they are put into random sequences.

    Parameters
    ----------
    discovered
        The motifs.
    predict, rule
        Scores of encoded sequences, as predicted and as the rule has it, None without one.
    encoded
        Sequences that they are of, uint8 (n, length).
    unit
        Number of each sequence's unit, int (n,): a motif of fewer units than a word takes is not
        confirmed.
    background
        Shares of the letters, float64 (4,).
    filters
        First-layer filters of each seed.
    number
        Random sequences to put each into.

    Returns
    -------
    list of dict
        Of the columns MOTIF, and as `place` which of the discovered ones it is.
    """
    words = [motif.consensus(background).strip("N") or motif.seed["word"] for motif in discovered]
    backgrounds = insertion.draw_backgrounds(encoded, max(number, 2), np.random.default_rng(17))
    scores = remembering(predict, backgrounds), rule and remembering(rule, backgrounds)
    varies = insertion.varying(encoded)
    changes = [effect(*scores, backgrounds, varies, word, words) for word in words]
    rows = []
    for index, (motif, change) in enumerate(zip(discovered, with_q_values(changes), strict=True)):
        contribution = float(motif.contribution.sum())
        units = len(np.unique(unit[motif.sites[:, 0]]))
        rows.append(
            {
                **{"place": index, "consensus": words[index], "word": motif.seed["word"]},
                **{"sites": len(motif.sites), "sequences": len(np.unique(motif.sites[:, 0]))},
                "units": units,
                **{"contribution": contribution, "q_value": motif.seed["q_value"], **change},
                "confirmed": int(units >= FEWEST and is_confirmed(contribution, change)),
                "variant_of": motif.variant_of,
                "filters": seen_by(motif.logo(background), filters),
            }
        )
    return in_order(led(rows))


def led(rows: list[dict]) -> list[dict]:
    """Rows whose variants are those of a confirmed motif, where any of their kind is confirmed.

    ATTAA may be found before GTTAATNATTAAC, which it is a part of, and not be confirmed: the first
    of its variants that is stands for all.

    Parameters
    ----------
    rows
        In the order of `place`.
    """
    leads: dict[int, int] = {}
    for row in rows:
        of = row["variant_of"]
        if of is not None and row["confirmed"] and not rows[of]["confirmed"]:
            leads.setdefault(of, row["place"])
    heads = {row["place"]: leads.get(row["variant_of"], row["variant_of"]) for row in rows}
    heads |= leads | dict.fromkeys(leads.values())
    return [row | {"variant_of": heads[row["place"]]} for row in rows]


def sites_of(rows: list[dict], discovered: Sequence[Motif], ids: np.ndarray) -> list[dict]:
    """A row a site of the motifs that stand: id, first and last position, from 1.

    Parameters
    ----------
    rows
        Of `rows_of`.
    discovered
        The motifs that they are of.
    ids
        Of the sequences, (n,).
    """
    return [
        dict(zip(SITE, (row["motif"], ids[i], start + 1, start + width), strict=True))
        for row in rows
        if stands(row)
        for width in [discovered[row["place"]].counts.shape[1]]
        for i, start in discovered[row["place"]].sites.tolist()
    ]


def remembering(score: Score, encoded: np.ndarray) -> Score:
    """The same score, which computes only once what it says of `encoded`, or the first of them."""
    known = score(encoded)

    def of(some: np.ndarray) -> np.ndarray:
        same = np.array_equal(some, encoded[: len(some)])
        return known[: len(some)] if same else score(some)

    return of


def effect(
    predict: Score,
    rule: Score | None,
    backgrounds: np.ndarray,
    varies: np.ndarray,
    word: str,
    words: list[str],
) -> dict:
    """What a motif changes where it is put into random sequences, and what the rule says.

    Parameters
    ----------
    predict, rule
        Scores of encoded sequences.
    backgrounds
        The random sequences, uint8 (n, length).
    varies
        Where it may stand, bool (length,).
    word
        The motif.
    words
        All motifs, which other orders of its letters must not spell.

    Returns
    -------
    dict
        effect, effect_low, effect_high (its 95% interval), truth (by the rule); orders, the effects
        of its letters in other orders, each in a fortieth of the sequences, and control, their
        mean. Empty where there is no room for it.
    """
    change = _change(predict, backgrounds, varies, word)
    if change is None:
        return {}
    of_rule = _change(rule, backgrounds, varies, word) if rule else None
    few = backgrounds[: max(2, len(backgrounds) // 40)]
    each = [_change(predict, few, varies, of) for of in orders(word, words, int(varies.sum()))]
    others = np.array([of[0] for of in each if of])
    control = float(others.mean()) if len(others) else 0.0
    names = ("effect", "effect_low", "effect_high", "control", "truth", "orders")
    return dict(zip(names, (*change, control, of_rule and of_rule[0], others), strict=True))


def _change(
    score: Score, backgrounds: np.ndarray, varies: np.ndarray, word: str
) -> tuple[float, float, float] | None:
    """Mean change and ends of its interval; None without room."""
    if len(word) > backgrounds.shape[1]:
        return None
    motif = encode([word])[0]
    starts = insertion.places(varies, len(motif))
    pair = insertion.insert(backgrounds, motif, starts, np.random.default_rng(motif))
    if len(pair[0]) < 2:
        return None
    mean, interval = insertion.mean_change(score, *pair)
    return float(mean[0]), float(interval[0, 0]), float(interval[1, 0])


def orders(word: str, words: list[str], room: int) -> list[str]:
    """Other orders of a word's letters, spread as far as it takes to have ORDERS of them.

    TAT and AAAAAAAA have hardly another order without free places among the letters.

    Parameters
    ----------
    word
        The motif.
    words
        That no order spells; nor does one spell the motif itself.
    room
        The most letters to spread them over, by which there may be fewer orders.
    """
    random = np.random.default_rng(17)
    permutations: dict[str, None] = {}
    for spread in range(len(word), max(len(word), room) + 1):
        letters = np.array(list(word.ljust(spread, "N")))
        for _ in range(10 * ORDERS):
            other = "".join(random.permutation(letters)).strip("N")
            if not any(known in other for known in (word, *words)):
                permutations[other] = None
            if len(permutations) == ORDERS:
                return list(permutations)
    return list(permutations)


def with_q_values(changes: list[dict]) -> list[dict]:
    """Effects with the false discovery rate at which each stands out from its other orders.

    An effect counts in standard deviations from the mean of its other orders. Each of these, held
    against the others in the same way, tells how far an order that is no motif comes by chance.
    What letters contribute does not enter, so it is the same for contributions of every method.

    Parameters
    ----------
    changes
        Of each motif, from `effect`.

    Returns
    -------
    list of dict
        The same with `effect_q`; None or left out where a motif has no more than two other orders.
    """
    able = [index for index, change in enumerate(changes) if len(change.get("orders", ())) > 2]
    if not able:
        return changes
    far = np.array(
        [[-_beyond(changes[i], changes[i]["effect"], changes[i]["orders"])] for i in able]
    )
    by_chance = [
        -_beyond(changes[i], other, np.delete(changes[i]["orders"], which))
        for i in able
        for which, other in enumerate(changes[i]["orders"])
    ]
    q_values = decoys.false_discoveries(far, np.array(by_chance))[2][:, 0]
    q_value_of = dict(zip(able, q_values.tolist(), strict=True))
    return [change | {"effect_q": q_value_of.get(index)} for index, change in enumerate(changes)]


def _beyond(change: dict, value: float, others: np.ndarray) -> float:
    """How far a value is from others, in their standard deviations and its own error."""
    error = (change["effect_high"] - change["effect_low"]) / (2 * 1.96)
    return float(abs(value - others.mean()) / max(np.hypot(others.std(ddof=1), error), 1e-12))


def is_confirmed(contribution: float, change: dict) -> bool:
    """Whether putting a motif in does what its letters in another order do not.

    A word that is one letter short of a motif contributes, because a mutation makes or breaks the
    motif; alone it does nothing, or what its letters do in any order.

    Parameters
    ----------
    contribution
        Sum over its letters.
    change
        From `with_q_values`.
    """
    if change.get("effect_q") is None:
        return False
    certain = change["effect_low"] > 0 or change["effect_high"] < 0
    beyond = change["effect"] - change["control"]
    same = np.sign(beyond) == np.sign(change["effect"]) == np.sign(contribution)
    return bool(certain and same and change["effect_q"] <= SIGNIFICANT)


def in_order(rows: list[dict]) -> list[dict]:
    """Motifs numbered from 0: those that stand for themselves, by effect; then all others."""

    def rank(row: dict) -> tuple:
        stands = row["confirmed"] and row["variant_of"] is None
        return not stands, not row["confirmed"], -abs(row.get("effect") or 0)

    rows = sorted(rows, key=rank)
    numbers = {row["place"]: number for number, row in enumerate(rows)}
    return [
        row | {"motif": number, "variant_of": numbers.get(row["variant_of"])}
        for number, row in enumerate(rows)
    ]


def seen_by(logo: np.ndarray, filters: Mapping[str, Filters]) -> str:
    """The first-layer filters whose logo is as similar as a match is, by seed.

    Parameters
    ----------
    logo
        Heights of letters in bits, float64 (4, width).
    filters
        Of each seed.

    Returns
    -------
    str
        Such as "seed17: 3, 12; seed18: 4".
    """
    alike = [
        f"{name}: {', '.join(map(str, numbers))}"
        for name, of in filters.items()
        if len(numbers := np.flatnonzero(similarity(of.logos, logo)[0] >= SIMILAR))
    ]
    return "; ".join(alike)


def side_by_side(motif_list: list[Motif], background: np.ndarray) -> Filters:
    """The motifs as filters of one width: what is missing at the right is background.

    Parameters
    ----------
    motif_list
        M motifs.
    background
        Shares of the letters, float64 (4,).

    Returns
    -------
    Filters
        Of M filters, their logos as weights.
    """
    width = max((motif.counts.shape[1] for motif in motif_list), default=1)

    def wide(matrix: np.ndarray, filler: np.ndarray) -> np.ndarray:
        return np.hstack([matrix, np.tile(filler, (1, width - matrix.shape[1]))])

    if not motif_list:
        none = np.zeros((0, 4, width))
        return Filters(none, none, none, np.zeros((0, width)))
    nothing = np.zeros((4, 1))
    return Filters(
        np.stack([wide(motif.logo(background), nothing) for motif in motif_list]),
        np.stack([wide(motif.counts, nothing) for motif in motif_list]),
        np.stack([wide(motif.ppm(background), background[:, None]) for motif in motif_list]),
        np.stack([wide(motif.bits(background)[None], np.zeros((1, 1)))[0] for motif in motif_list]),
    )
