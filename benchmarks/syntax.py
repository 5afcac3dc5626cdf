"""Are motifs, their spacing and their cooperation recovered where they are known?

python benchmarks/syntax.py [--seeds 21 22 23 24 25] [--method deep_lift_shap] [--patterns]

Each seed draws two JASPAR motifs and plants them in 20,000 random sequences of 40 nt, in some of
them both. Each motif has an effect, and both do more, or less, where they stand just so far apart.
A network is trained, contributions of 3,000 sequences it was not trained on are computed, and what
is told is what is found from these alone: motifs (from words, with --patterns also those of
TF-MoDISco) that match the planted ones among all of JASPAR, what their likeliest
letters change where they are put in, and by how much more both do at each distance. Intervals are
those of a mean over random sequences: of what this network does.
"""

import argparse
import os
import sys
import time
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import torch
from plant_motifs import drawn_sites
from sklearn.ensemble import HistGradientBoostingRegressor
from torch import nn

from seq2score.attributions import described, modisco, motifs, syntax
from seq2score.attributions.methods import Differentiable, explain
from seq2score.models import build
from seq2score.motifs.database import Database, read_jaspar
from seq2score.motifs.matches import match_database
from seq2score.motifs.matrices import information, probabilities
from seq2score.sequences.encoding import BASES, encode, one_hot
from seq2score.settings.resolve import resolve
from seq2score.training.batches import Block, Resident, Sets
from seq2score.training.loop import Training

SEQUENCES, LENGTH, EXPLAINED = 20_000, 40, 3_000
WIDTHS, BITS = range(8, 13), 11  # of planted motifs
EFFECTS, COOPERATION = (-2.0, -1.5, 1.5, 2.0), (-3.0, 3.0)
GAPS, FARTHEST = range(1, 9), 15  # letters between the two: those that count, and all
STATES = (0.25, 0.2, 0.2, 0.25, 0.1)  # none, first, second, both so far apart, both otherwise
NOISE = 0.5
REFERENCES = 2  # shuffled sequences that contributions are held against
NETWORK = {"filters": 32, "kernel_size": 15, "blocks": 4, "bins": 1, "batch_norm": True}
NETWORK |= {"hidden": 32}
TRAINING = {"optimizer": "adamw", "learning_rate": 0.005, "schedule": "one_cycle", "epochs": 12}


@dataclass(frozen=True)
class Pair:
    """Two motifs, by their places in the database, and what they change, alone and together."""

    motifs: tuple[int, int]
    effects: tuple[float, float]
    gap: int
    cooperation: float


def random_pair(database: Database, random: np.random.Generator) -> Pair:
    """Two motifs that say enough to be told from chance, and a rule for them."""
    even = np.full(4, 0.25)
    able = [
        position
        for position, ppm in enumerate(database.ppms)
        if ppm.shape[1] in WIDTHS and information(ppm, even, np.array(1e9)).sum() >= BITS
    ]
    return Pair(
        tuple(random.choice(able, 2, replace=False).tolist()),
        tuple(random.choice(EFFECTS, 2).tolist()),
        int(random.choice(GAPS)),
        float(random.choice(COOPERATION)),
    )


def planted(
    pair: Pair, database: Database, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sequences, uint8 (n, LENGTH), and their scores, (n,)."""
    codes = random.integers(4, size=(SEQUENCES, LENGTH), dtype=np.uint8)
    state = random.choice(len(STATES), SEQUENCES, p=STATES)
    other = random.choice([gap for gap in range(FARTHEST + 1) if gap != pair.gap], SEQUENCES)
    gap = np.where(state == 3, pair.gap, other)
    ppms = [database.ppms[position] for position in pair.motifs]
    widths = [ppm.shape[1] for ppm in ppms]
    start = (random.random(SEQUENCES) * (LENGTH - sum(widths) - gap + 1)).astype(int)
    scores = random.normal(0, NOISE, SEQUENCES) + pair.cooperation * (state == 3)
    for which, at in enumerate((start, start + widths[0] + gap)):
        rows = np.flatnonzero(np.isin(state, (1 + which, 3, 4)))
        places = at[rows, None] + np.arange(widths[which])
        codes[rows[:, None], places] = drawn_sites(ppms[which], len(rows), random)
        scores[rows] += pair.effects[which]
    return codes, scores


def trained(codes: np.ndarray, scores: np.ndarray, seed: int) -> nn.Module:
    """A network fitted to all but the last EXPLAINED sequences."""
    config = {
        "datasets": {"any": {"table": {"path": "any.csv"}}},
        "models": {"m": {"architecture": "resnet", "training": TRAINING}},
    }
    settings = resolve(config).models["m"].training.plain()
    kept = len(codes) - EXPLAINED
    targets = torch.from_numpy(scores[:, None]).float()
    parts = (slice(kept // 8, kept), slice(kept // 8))
    sets = [Resident(Block(torch.from_numpy(codes[part]), targets[part], None)) for part in parts]
    torch.manual_seed(seed)
    network = build("resnet", NETWORK, LENGTH, 1)
    Training(network, Sets(*sets), {**settings, "loss": "mse"}, seed).run()
    return network.eval()


def predictions(network: nn.Module) -> syntax.Score:
    """Its score of codes, uint8 (n, LENGTH), in float32, as models predict."""

    def score(codes: np.ndarray) -> np.ndarray:
        parts = np.array_split(codes, -(-len(codes) // 500))
        with torch.inference_mode():
            result = [network(torch.from_numpy(one_hot(part)))[:, 0] for part in parts]
        return torch.cat(result).double().numpy()

    return score


def determination(score: syntax.Score, codes: np.ndarray, scores: np.ndarray) -> float:
    """R2 on the last EXPLAINED sequences."""
    truth = scores[-EXPLAINED:]
    missed = ((score(codes[-EXPLAINED:]) - truth) ** 2).sum()
    return float(1 - missed / ((truth - truth.mean()) ** 2).sum())


def ceiling(codes: np.ndarray, scores: np.ndarray, pair: Pair, database: Database) -> float:
    """The R2 of trees that are given the best site of each matrix, and of both so far apart."""
    odds = []
    for position in pair.motifs:
        columns = np.log2(probabilities(100 * database.ppms[position], np.full(4, 0.25)) * 4)
        windows = np.lib.stride_tricks.sliding_window_view(codes, columns.shape[1], axis=1)
        odds.append(sum(columns[windows[:, :, at], at] for at in range(columns.shape[1])))
    behind = odds[1][:, database.ppms[pair.motifs[0]].shape[1] + pair.gap :]
    both = odds[0][:, : behind.shape[1]] + behind
    best = np.stack([of.max(axis=1) for of in (*odds, both)], axis=1)
    trees = HistGradientBoostingRegressor(learning_rate=0.05, max_iter=300, random_state=0)
    trees.fit(best[:-EXPLAINED], scores[:-EXPLAINED])
    return trees.score(best[-EXPLAINED:], scores[-EXPLAINED:])


@dataclass(frozen=True)
class Recovered:
    """A motif that matches a planted one: its likeliest letters, and where that begins in it."""

    letters: str
    offset: int
    q_value: float
    effect: tuple[float, float, float]  # of putting it in, and the ends of its interval


def recovered(
    discovered: list[motifs.Motif], score: syntax.Score, codes: np.ndarray, database: Database,
    pair: Pair,
) -> dict[int, Recovered]:  # fmt: skip
    """Of each planted motif that a confirmed one matches, the best of those that do."""
    result = described.described(discovered, (score, None), codes, np.arange(len(codes)), {}, 2000)
    expected = [database.ids[position] for position in pair.motifs]
    matches = match_database(result.matrices, database, expected, False, 1) if result.kept else []
    sample = np.random.default_rng(17).integers(4, size=(2000, LENGTH), dtype=np.uint8)
    best = {}
    for match in sorted(matches, key=lambda match: match["p_value"]):
        position = database.ids.index(match["motif"])
        if match["match"] and position in pair.motifs and position not in best:
            likeliest = result.kept[match["filter"]].counts.argmax(axis=0)
            letters = "".join(BASES[letter] for letter in likeliest)
            change = described.effect(
                score, None, sample, np.ones(LENGTH, bool), letters, [letters]
            )
            effect = tuple(change[name] for name in ("effect", "effect_low", "effect_high"))
            best[position] = Recovered(letters, match["offset"], match["q_value"], effect)
    return best


def cooperation(
    score: syntax.Score,
    pair: Pair,
    results: dict[int, Recovered],
    database: Database,
    sample: np.ndarray,
) -> list[tuple[int, float, float, float]]:
    """Letters between the planted motifs, and what both do beyond their sum, with its interval."""
    left, right = (results[position] for position in pair.motifs)
    # Found ones may be shorter or longer than what was planted.
    more = right.offset - left.offset + len(left.letters)
    more -= database.ppms[pair.motifs[0]].shape[1]
    words = [encode([of.letters])[0] for of in (left, right)]
    varies, random = np.ones(LENGTH, bool), np.random.default_rng(17)
    return [
        (gap + more, *syntax.mean_and_interval(beyond))
        for gap, _, beyond in syntax.by_distance(score, *words, sample, varies, random)
    ]


def results_of(seed: int, database: Database, method: str, patterns: bool) -> None:
    """Print what of a seed's set is recovered."""
    random, started = np.random.default_rng(seed), time.process_time()
    pair = random_pair(database, random)
    codes, scores = planted(pair, database, random)
    network = trained(codes, scores, seed)
    score, some = predictions(network), codes[-EXPLAINED:]
    r2, best = determination(score, codes, scores), ceiling(codes, scores, pair, database)
    print(f"set {seed}: R2 {r2:.3f}, knowing the motifs {best:.3f}")
    differentiable = Differentiable(deepcopy(network))
    hypothetical = explain(method, differentiable, some, REFERENCES, 17).hypothetical
    letters = some[:, None] == np.arange(4)[:, None]
    discovered = {"words": motifs.discover(some, (letters * hypothetical).sum(axis=1))[1]}
    if patterns:
        of_letters = hypothetical.astype(np.float32)
        discovered["patterns"] = modisco.patterns(letters, of_letters, both_strands=False)
    sample = random.integers(4, size=(200, LENGTH), dtype=np.uint8)
    for way, of_way in discovered.items():
        print(f" {way}:")
        tell(recovered(of_way, score, some, database, pair), pair, score, database, sample)
    print(f"  {time.process_time() - started:.0f} s of one processor", flush=True)


def tell(
    results: dict[int, Recovered],
    pair: Pair,
    score: syntax.Score,
    database: Database,
    sample: np.ndarray,
) -> None:
    """Print what is found of each motif, and of both together where both are."""
    for position, true in zip(pair.motifs, pair.effects, strict=True):
        line = f"not found, planted {true:g}"
        if position in results:
            of = results[position]
            effect = "{:.2f} ({:.2f} to {:.2f})".format(*of.effect)
            line = f"{of.letters}, q {of.q_value:.2g}, effect {effect}, planted {true:g}"
        print(f"  {database.names[position]}: {line}")
    if len(results) == 2:
        measured = cooperation(score, pair, results, database, sample)
        best = max(measured, key=lambda row: abs(row[1]))
        near = [gap for gap, _, low, high in measured if low <= best[3] and high >= best[2]]
        rest = max((abs(row[1]) for row in measured if row[0] != best[0]), default=0)
        print(
            f"  together at a distance of {best[0]} ({min(near)} to {max(near)}), planted "
            f"{pair.gap}: {best[1]:.2f} ({best[2]:.2f} to {best[3]:.2f}) beyond the sum, planted "
            f"{pair.cooperation:g}; at other distances at most {rest:.2f}"
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, nargs="*", default=[21, 22, 23, 24, 25])
    arguments.add_argument("--method", default="deep_lift_shap", help="of contributions")
    arguments.add_argument("--patterns", action="store_true", help="also by TF-MoDISco")
    arguments = arguments.parse_args()
    torch.set_num_threads(1)
    database = read_jaspar("JASPAR2026", [])
    for seed in arguments.seeds:
        results_of(seed, database, arguments.method, arguments.patterns)


if __name__ == "__main__":
    main()
