"""Where motifs count, how far apart and in which order they work together, and which letters do."""

import logging
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from scipy.special import erfc
from scipy.stats import false_discovery_control

from seq2score import tables
from seq2score.attributions import methods, store, syntax
from seq2score.attributions.findings import strongest
from seq2score.attributions.tables import spelt, stands
from seq2score.inference.prediction import load
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


def chosen(words: list[str], motifs: list[dict], longest: int) -> list[str]:
    """Motifs to measure: named or planted words first, then discovered ones, the largest effects.

    words, motifs: named words, and rows of motifs.tsv; both may hold U. longest: letters that there
    is room for.
    """
    able = [row for row in motifs if stands(row)]
    able.sort(key=lambda row: -abs(row["effect"]))
    every = [word.replace("U", "T") for word in [*words, *(row["consensus"] for row in able)]]
    return [word for word in dict.fromkeys(every) if len(word) <= longest][:MOTIFS]


def profile(
    score: Score, rule: Score | None, word: str, drawn: np.ndarray, varies: np.ndarray
) -> list[dict]:
    """A row a start: the change by the motif there, with its interval and the rule's own."""
    motif = encode([word])[0]
    starts = insertion.places(varies, len(motif))
    true = dict(syntax.by_position(rule, motif, drawn, starts)) if rule else {}
    return [
        dict(zip(POSITION[:5], (word, start + 1, *syntax.mean_and_interval(change)), strict=True))
        | {"truth": true[start].mean() if true else None}
        for start, change in syntax.by_position(score, motif, drawn, starts)
    ]


def cooperation(
    score: Score,
    rule: Score | None,
    pair: tuple[str, str],
    drawn: np.ndarray,
    varies: np.ndarray,
    strands: bool,
) -> list[dict]:
    """A row an arrangement and gap: what two motifs change together, and beyond their sum."""
    rows = []
    for name, left, right in syntax.arrangements(*pair, strands):
        options = (left, right, drawn, varies)
        true = {}
        if rule:
            measured = syntax.by_distance(rule, *options, np.random.default_rng(17))
            true = {gap: beyond.mean() for gap, _, beyond in measured}
        measured = syntax.by_distance(score, *options, np.random.default_rng(17))
        for gap, both, beyond in measured:
            numbers = (float(both.mean()), *syntax.mean_and_interval(beyond))
            row = dict(zip(PAIR[:8], (*pair, name, gap, *numbers), strict=True))
            rows.append(row | {"truth": true.get(gap)})
    return rows


def with_q_values(rows: list[dict], value: str) -> list[dict]:
    """Rows with the false discovery rate at which `value` differs from 0, by its 95% interval.

    Of a model that adds up, `value` is what its sums are rounded by, next to `together`: nothing.
    """
    if not rows:
        return rows
    errors = np.array([(row["high"] - row["low"]) / (2 * 1.96) for row in rows])
    values = np.array([row[value] for row in rows])
    nothing = np.abs(values) <= ROUNDING * max(abs(row["together"]) for row in rows)
    z = np.where(nothing, 0.0, np.abs(values) / np.maximum(errors, 1e-12))
    q_values = false_discovery_control(erfc(z / np.sqrt(2)))
    return [row | {"q_value": float(q)} for row, q in zip(rows, q_values, strict=True)]


def epistasis(score: Score, rule: Score | None, codes: np.ndarray) -> list[dict]:
    """All pairs of mutations, where positions are few; nothing where they are many."""
    varies = insertion.varying(codes)
    if not 2 <= varies.sum() <= syntax.MOST_EPISTASIS:
        return []
    rows = np.linspace(0, len(codes) - 1, min(MUTATED, len(codes))).astype(int)
    measured = syntax.pairs_of_mutations(score, codes[rows], varies)
    true = syntax.pairs_of_mutations(rule, codes[rows], varies) if rule else []
    truths = [row["additive"] for row in true] or [None] * len(measured)
    return [row | {"truth": truth} for row, truth in zip(measured, truths, strict=True)]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    params, source, output = snakemake.params, snakemake.input, snakemake.output
    model = load(Path(source.weights[0]).parents[1])
    predict, rule = methods.predicted(model, params.asked["output"], params.synthetic)
    one_hot, hypothetical, _ = store.evenly(Path(source.one_hot).parent)
    codes, _ = store.own_letters(one_hot, hypothetical)
    varies = insertion.varying(codes)
    drawn = insertion.draw_backgrounds(codes, BACKGROUNDS, np.random.default_rng(17))
    drawn = drawn[(drawn[:, varies] < 4).all(axis=1)]
    motifs = tables.read_rows(source.motifs, text=["consensus", "word", "filters"])
    measured = chosen(params.words, motifs, int(varies.sum())) if len(drawn) > 1 else []
    positions, pairs = [], []
    for word in measured:
        positions += profile(predict, rule, word, drawn, varies)
    strands = model.record["alphabet"] == "dna"
    for pair in combinations(measured, 2):
        pairs += cooperation(predict, rule, pair, drawn, varies, strands)
    pairs = with_q_values(pairs, "cooperation")
    pairs_of_letters = with_q_values(epistasis(predict, rule, codes), "additive")
    measurements = (positions, pairs, pairs_of_letters)
    measurements = [spelt(rows, model.record["alphabet"]) for rows in measurements]
    tables.write(measurements[0], output.positions, POSITION)
    tables.write(measurements[1], output.pairs, PAIR)
    tables.write(measurements[2], output.epistasis, EPISTASIS)
    names = model.record["classes"] or model.record["outputs"]
    explained = names[methods.output_of(model, params.asked["output"])]
    kind = "probability of " if model.record["classes"] else ""
    told = strongest(motifs, *measurements, f"predicted {kind}{explained}")
    tables.write(told, output.findings, ["finding", "value", "low", "high"])
    logging.info("measured %s", ", ".join(measured) or "nothing: no motif")
