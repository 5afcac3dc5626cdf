"""Discovered motifs as rows of a table, each with what it does where it is put in."""

from dataclasses import dataclass

import numpy as np

from seq2score.attributions.motifs import Motif, letter_shares
from seq2score.attributions.syntax import Score
from seq2score.attributions.tables import stands
from seq2score.motifs import insertion
from seq2score.motifs.tables import Filters
from seq2score.motifs.words import SIMILAR, similarity
from seq2score.sequences.encoding import encode

CONTROLS = 4  # other orders of a motif's letters, which it is held against
CONFIRMED = 0.25  # of what a motif contributes, for the effect of putting it in

EFFECT = ["effect", "effect_low", "effect_high", "control", "truth"]
MOTIF = ["motif", "consensus", "word", "sites", "sequences", "contribution", "q_value"]
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


def described(
    found: list[Motif],
    scores: tuple[Score, Score | None],
    codes: np.ndarray,
    ids: np.ndarray,
    filters: dict[str, Filters],
    number: int,
) -> Described:
    """Everything that is told of motifs found in sequences, uint8 (n, length), of these ids.

    scores: as predicted, and as the rule has it. filters, number: see `rows_of`.
    """
    background = letter_shares(codes)
    rows = rows_of(found, *scores, codes, background, filters, number)
    kept = [found[row["place"]] for row in rows if stands(row)]
    return Described(
        [{name: row.get(name) for name in MOTIF} for row in rows],
        sites_of(rows, found, ids),
        kept,
        side_by_side(kept, background),
        background,
    )


def rows_of(
    discovered: list[Motif],
    predict: Score,
    rule: Score | None,
    codes: np.ndarray,
    background: np.ndarray,
    filters: dict[str, Filters],
    number: int,
) -> list[dict]:
    """Motifs in order, `place` being theirs among the discovered ones.

    predict, rule: scores of codes, uint8 (n, length). number: random sequences to put each into.
    filters: of each seed.
    """
    rows = []
    for place, motif in enumerate(discovered):
        contribution = float(motif.contribution.sum())
        consensus = motif.consensus(background).strip("N") or motif.seed["word"]
        change = effect(predict, rule, codes, consensus, number)
        rows.append(
            {
                **{"place": place, "consensus": consensus, "word": motif.seed["word"]},
                **{"sites": len(motif.sites), "sequences": len(np.unique(motif.sites[:, 0]))},
                **{"contribution": contribution, "q_value": motif.seed["q_value"], **change},
                "confirmed": int(is_confirmed(contribution, change)),
                "variant_of": motif.variant_of,
                "filters": seen_by(motif.logo(background), filters),
            }
        )
    return in_order(rows)


def sites_of(rows: list[dict], discovered: list[Motif], ids: np.ndarray) -> list[dict]:
    """A row a site of the motifs that stand: id, first and last position, from 1."""
    return [
        dict(zip(SITE, (row["motif"], ids[i], start + 1, start + width), strict=True))
        for row in rows
        if stands(row)
        for width in [discovered[row["place"]].counts.shape[1]]
        for i, start in discovered[row["place"]].sites.tolist()
    ]


def effect(predict: Score, rule: Score | None, codes: np.ndarray, word: str, number: int) -> dict:
    """What a motif changes where it is put into random sequences, and what the rule says.

    `control`: what its letters do in other orders, a mean over some.
    """
    change = _change(predict, codes, word, number)
    if change is None:
        return {}
    true = _change(rule, codes, word, number)[0] if rule else None
    controls = [_change(predict, codes, other, number // 4) for other in orders(word)]
    control = float(np.mean([of[0] for of in controls if of])) if any(controls) else 0.0
    return dict(zip(EFFECT, (*change, control, true), strict=True))


def _change(score: Score, codes: np.ndarray, word: str, number: int) -> tuple | None:
    """Mean change and ends of its interval; None without room."""
    if len(word) > codes.shape[1]:
        return None
    motif = encode([word])[0]
    drawn = insertion.draw_backgrounds(codes, max(number, 2), np.random.default_rng(17))
    starts = insertion.places(insertion.varying(codes), len(motif))
    pair = insertion.insert(drawn, motif, starts, np.random.default_rng(motif))
    if len(pair[0]) < 2:
        return None
    mean, interval = insertion.mean_change(score, *pair)
    return float(mean[0]), float(interval[0, 0]), float(interval[1, 0])


def orders(word: str) -> list[str]:
    """At most CONTROLS other orders of a word's letters; none of a word of one letter."""
    random, drawn = np.random.default_rng(17), {}
    for _ in range(10 * CONTROLS):
        other = "".join(random.permutation(list(word)))
        if other != word:
            drawn[other] = None
    return list(drawn)[:CONTROLS]


def is_confirmed(contribution: float, change: dict) -> bool:
    """Whether putting it in does what its letters contribute: not so of near misses of a motif.

    Such a word contributes because a single mutation makes or breaks a motif; alone it does
    nothing, or what its letters do in any order.
    """
    if not change:
        return False
    certain = change["effect_low"] > 0 or change["effect_high"] < 0
    beyond = change["effect"] - change["control"]
    same = np.sign(beyond) == np.sign(change["effect"]) == np.sign(contribution)
    least = min(abs(beyond), abs(change["effect"]))
    return bool(certain and same and least >= CONFIRMED * abs(contribution))


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


def seen_by(logo: np.ndarray, filters: dict[str, Filters]) -> str:
    """The first-layer filters whose logo is as similar as a match is, by seed."""
    alike = [
        f"{name}: {', '.join(map(str, numbers))}"
        for name, of in filters.items()
        if len(numbers := np.flatnonzero(similarity(of.logos, logo)[0] >= SIMILAR))
    ]
    return "; ".join(alike)


def side_by_side(motif_list: list[Motif], background: np.ndarray) -> Filters:
    """The motifs as filters of one width: what is missing at the right is background."""
    width = max((motif.counts.shape[1] for motif in motif_list), default=1)

    def wide(matrix: np.ndarray, filler: np.ndarray) -> np.ndarray:
        return np.hstack([matrix, np.tile(filler, (1, width - matrix.shape[1]))])

    if not motif_list:
        return Filters(*np.zeros((3, 0, 4, width)), bits=np.zeros((0, width)))
    nothing = np.zeros((4, 1))
    return Filters(
        np.stack([wide(motif.logo(background), nothing) for motif in motif_list]),
        np.stack([wide(motif.counts, nothing) for motif in motif_list]),
        np.stack([wide(motif.ppm(background), background[:, None]) for motif in motif_list]),
        np.stack([wide(motif.bits(background)[None], np.zeros((1, 1)))[0] for motif in motif_list]),
    )
