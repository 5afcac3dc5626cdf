"""Which words of 3 to 8 letters contribute, and the motifs behind them, without TF-MoDISco."""

import logging
from pathlib import Path

import numpy as np
import torch

from seq2score import tsv
from seq2score.attributions import motifs, store, words
from seq2score.attributions.methods import output_of
from seq2score.evaluation.prediction import load
from seq2score.motifs import insertion
from seq2score.motifs.meme import to_meme
from seq2score.motifs.tables import Filters, read_positions, write_positions
from seq2score.motifs.words import SIMILAR, similarity
from seq2score.sequences import synthetic
from seq2score.sequences.encoding import BASES, encode

MOST_LETTERS = 4_000_000  # of large sets, evenly spaced sequences
MOST_WORDS = 20_000  # rows of the table, the lowest p-values
CONTROLS = 4  # other orders of a motif's letters, which it is held against
CONFIRMED = 0.25  # of what a motif contributes, for the effect of putting it in

WORD = ["word", "width", "sequences", "occurrences", "contribution", "excess", "z"]
WORD += ["p_value", "q_value"]
MOTIF = ["motif", "consensus", "word", "sites", "sequences", "contribution", "q_value"]
EFFECT = ["effect", "effect_low", "effect_high", "control", "truth"]
MOTIF += [*EFFECT, "confirmed", "variant_of", "filters"]
SITE = ["motif", "id", "start", "end"]
LETTER = ["position", *BASES]


def read(folder: Path, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes, contributions and ids of at most so many sequences, evenly spaced."""
    ids = store.read_ids(folder / store.FILES[0])
    kept = np.zeros(len(ids), bool)
    kept[np.linspace(0, len(ids) - 1, min(most, len(ids))).astype(int)] = True
    codes, values, start = [], [], 0
    for part, contributions in store.contributions(folder):
        of_part = kept[start : start + len(part)]
        codes.append(part[of_part])
        values.append(contributions[of_part])
        start += len(part)
    return np.concatenate(codes), np.concatenate(values).astype(float), ids[kept]


def effect(predict, rule, codes: np.ndarray, word: str, number: int) -> dict:
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


def _change(score, codes: np.ndarray, word: str, number: int) -> tuple | None:
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


def side_by_side(motif_list: list[motifs.Motif], background: np.ndarray) -> Filters:
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


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    params, source, output = snakemake.params, snakemake.input, snakemake.output
    folder = Path(source.one_hot).parent
    model = load(Path(source.weights[0]).parents[1])
    number = output_of(model, params.asked["output"])
    truth = synthetic.rule_of(params.synthetic, model.record["classes"])

    def predict(codes):
        return model.predict(codes).reshape(len(codes), -1)[:, number]

    def rule(codes):
        return truth(codes)[:, number]

    codes, values, ids = read(folder, max(1, MOST_LETTERS // model.record["input_length"]))
    means = words.means_by_place(codes, values)
    places = range(means.shape[1])
    tsv.write(
        [{"position": p + 1, **dict(zip(BASES, means[:, p], strict=True))} for p in places],
        output.letters,
        LETTER,
    )
    columns, discovered = motifs.discover(codes, values)
    order = np.argsort(columns["p_value"], kind="stable")[:MOST_WORDS] if columns else []
    tsv.write(words.described(columns, order), output.words, WORD)

    background = motifs.letter_shares(codes)
    filters = {Path(path).parts[-3]: read_positions(path) for path in source.filters}
    rows, sites = [], []
    for place, motif in enumerate(discovered):
        contribution = float(motif.contribution.sum())
        consensus = motif.consensus(background).strip("N") or motif.seed["word"]
        change = effect(predict, rule if truth else None, codes, consensus, params.backgrounds)
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
    rows = in_order(rows)
    able = [row for row in rows if row["confirmed"] and row["variant_of"] is None]
    for row in rows:
        motif = discovered[row["place"]]
        width = motif.counts.shape[1]
        sites += [
            dict(zip(SITE, (row["motif"], ids[i], start + 1, start + width), strict=True))
            for i, start in motif.sites.tolist()
            if row in able
        ]
    tsv.write([{name: row.get(name) for name in MOTIF} for row in rows], output.motifs, MOTIF)
    tsv.write(sites, output.sites, SITE)
    kept = [discovered[row["place"]] for row in able]
    together = side_by_side(kept, background)
    write_positions(together, output.matrices)
    names = [f"motif_{row['motif']} {row['consensus']}" for row in able]
    text = to_meme(names, [motif.ppm(background) for motif in kept], together.sites, background)
    Path(output.meme).write_text(text, encoding="utf-8")
    logging.info(
        "%d words of %d stand out (q <= %g); %d motifs, %d of them confirmed by insertion",
        int((columns["q_value"] <= motifs.SIGNIFICANT).sum()) if columns else 0,
        len(columns["z"]) if columns else 0,
        motifs.SIGNIFICANT,
        len(rows),
        sum(row["confirmed"] for row in rows),
    )
