"""Are motifs, their spacing and their cooperation recovered where they are known?

python benchmarks/syntax.py [--seeds 1 2 3 4 5]

Each seed draws four JASPAR motifs and plants them as two pairs in 8,000 random sequences of 80 nt.
Every motif has an effect; a pair does more, or less, where its two motifs stand just so far apart.
A network is trained on them, contributions of 2,000 of the sequences it was not trained on are
computed, and what is told is what is found from these alone: motifs (from words, and by TF-MoDISco
where it is installed) that match the planted ones among all of JASPAR, what they change where they
are put in, and by how much more both do at each distance.
"""

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import torch
from plant_motifs import drawn_sites

import configuration
from match_motifs import match_database
from seq2score.attributions import described, modisco, motifs, syntax
from seq2score.attributions.methods import Differentiable, explain
from seq2score.errors import InputError
from seq2score.models import build
from seq2score.motifs import insertion
from seq2score.motifs.database import Database, read_jaspar
from seq2score.motifs.matrices import information
from seq2score.sequences.encoding import encode
from seq2score.training.batches import Resident, Sets
from seq2score.training.loop import Training

SEQUENCES, LENGTH, EXPLAINED, REFERENCES = 8_000, 80, 2_000, 10
WIDTHS, BITS = range(8, 13), 11  # of planted motifs
EFFECTS, COOPERATION = (-2.0, -1.5, 1.5, 2.0), (-3.0, 3.0)
GAPS, FARTHEST = range(1, 9), 15  # letters between the two of a pair: those that count, and all
STATES = (0.35, 0.15, 0.15, 0.25, 0.1)  # none, first, second, both so far apart, both otherwise
NOISE = 0.5
NETWORK = {"filters": 32, "kernel_size": 15, "blocks": 4, "bins": 1, "batch_norm": True}
NETWORK |= {"hidden": 32}
TRAINING = {"optimizer": "adamw", "learning_rate": 0.005, "schedule": "one_cycle", "epochs": 10}


@dataclass(frozen=True)
class Pair:
    """Two motifs, by their places in the database, and what they change, alone and together."""

    motifs: tuple[int, int]
    effects: tuple[float, float]
    gap: int
    cooperation: float


def drawn_pairs(database: Database, random: np.random.Generator) -> list[Pair]:
    """Two pairs of motifs that say enough to be told from chance, of four names."""
    even = np.full(4, 0.25)
    able = [
        place
        for place, ppm in enumerate(database.ppms)
        if ppm.shape[1] in WIDTHS and information(ppm, even, np.array(1e9)).sum() >= BITS
    ]
    four = random.choice(able, 4, replace=False).tolist()
    return [
        Pair(
            tuple(two),
            tuple(random.choice(EFFECTS, 2).tolist()),
            int(random.choice(GAPS)),
            float(random.choice(COOPERATION)),
        )
        for two in (four[:2], four[2:])
    ]


def planted(
    pairs: list[Pair], database: Database, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sequences, uint8 (n, LENGTH), and their scores, (n,). Each pair has one half for itself."""
    codes = random.integers(4, size=(SEQUENCES, LENGTH), dtype=np.uint8)
    scores = random.normal(0, NOISE, SEQUENCES)
    swapped, half = random.integers(2, size=SEQUENCES), LENGTH // 2
    for number, pair in enumerate(pairs):
        state = random.choice(len(STATES), SEQUENCES, p=STATES)
        other = random.choice([gap for gap in range(FARTHEST + 1) if gap != pair.gap], SEQUENCES)
        gap = np.where(state == 3, pair.gap, other)
        left, right = (database.ppms[place] for place in pair.motifs)
        widths = left.shape[1], right.shape[1]
        room = half - sum(widths) - gap + 1
        start = (number ^ swapped) * half + (random.random(SEQUENCES) * room).astype(int)
        starts = (start, start + widths[0] + gap)
        for which, ppm in enumerate((left, right)):
            rows = np.flatnonzero(np.isin(state, (1 + which, 3, 4)))
            places = starts[which][rows, None] + np.arange(widths[which])
            codes[rows[:, None], places] = drawn_sites(ppm, len(rows), random)
            scores[rows] += pair.effects[which]
        scores += pair.cooperation * (state == 3)
    return codes, scores


def trained(codes: np.ndarray, scores: np.ndarray, seed: int) -> tuple[Differentiable, float]:
    """A network fitted to all but the last EXPLAINED sequences, and its R2 on these."""
    config = {
        "datasets": {"any": {"table": {"path": "any.csv"}}},
        "models": {"m": {"architecture": "resnet", "training": TRAINING}},
    }
    settings = configuration.resolve(config)["models"]["m"]["training"]
    kept = len(codes) - EXPLAINED
    targets = torch.from_numpy(scores[:, None]).float()
    parts = (slice(kept // 8, kept), slice(kept // 8))
    sets = [Resident((torch.from_numpy(codes[part]), targets[part], None)) for part in parts]
    torch.manual_seed(seed)
    network = build("resnet", NETWORK, LENGTH, 1)
    Training(network, Sets(*sets), {**settings, "loss": "mse"}, seed).run()
    score, truth = Differentiable(network), scores[kept:]
    missed = ((score(codes[kept:]) - truth) ** 2).sum()
    return score, float(1 - missed / ((truth - truth.mean()) ** 2).sum())


@dataclass(frozen=True)
class Found:
    """What matches a planted motif best: its letters, and where the planted one begins in it."""

    consensus: str
    offset: int
    q_value: float


def recovered(
    discovered: list[motifs.Motif], codes: np.ndarray, database: Database, planted: list[int]
) -> dict[int, Found]:
    """Of each planted motif that one matches, the best of those that do."""
    background = motifs.letter_shares(codes)
    if not discovered:
        return {}
    together = described.side_by_side(discovered, background)
    expected = [database.ids[place] for place in planted]
    best = {}
    for row in sorted(
        match_database(together, database, expected, False, 1), key=lambda row: row["p_value"]
    ):
        if row["match"] and row["motif"] in expected:
            whole = discovered[row["filter"]].consensus(background)
            cut = len(whole) - len(whole.lstrip("N"))
            found = Found(whole.strip("N"), row["offset"] - cut, row["q_value"])
            best.setdefault(database.ids.index(row["motif"]), found)
    return best


def cooperation(
    score: Differentiable,
    pair: Pair,
    found: dict[int, Found],
    database: Database,
    drawn: np.ndarray,
) -> list[tuple[int, float, float, float]]:
    """Letters between the planted motifs, and what both do beyond their sum, with its interval."""
    left, right = (found[place] for place in pair.motifs)
    # Found ones may be shorter or longer than what was planted.
    more = right.offset - left.offset + len(left.consensus)
    more -= database.ppms[pair.motifs[0]].shape[1]
    words = [encode([of.consensus])[0] for of in (left, right)]
    varies, random = np.ones(LENGTH, bool), np.random.default_rng(17)
    return [
        (gap + more, *syntax.mean_and_interval(beyond))
        for gap, _, beyond in syntax.by_distance(score, *words, drawn, varies, random)
    ]


def told(seed: int, database: Database) -> None:
    """Print what of a seed's set is recovered."""
    random, started = np.random.default_rng(seed), time.process_time()
    pairs = drawn_pairs(database, random)
    codes, scores = planted(pairs, database, random)
    score, r2 = trained(codes, scores, seed)
    some = codes[-EXPLAINED:]
    explained = [
        explain("deep_lift_shap", score, some[i : i + 200], REFERENCES, 17).hypothetical
        for i in range(0, EXPLAINED, 200)
    ]
    hypothetical = np.concatenate(explained).astype(np.float32)
    letters = some[:, None] == np.arange(4)[:, None]
    places = [place for pair in pairs for place in pair.motifs]
    ways = {"words": motifs.discover(some, (letters * hypothetical).sum(axis=1))[1]}
    try:
        ways["TF-MoDISco"] = modisco.patterns(letters, hypothetical)
    except InputError:
        print("TF-MoDISco is not installed: words alone")
    of_ways = {way: recovered(of, some, database, places) for way, of in ways.items()}
    counts = ", ".join(f"{len(of)} of 4 motifs from {way}" for way, of in of_ways.items())
    print(f"set {seed}: R2 {r2:.3f}, {counts}", flush=True)
    drawn = random.integers(4, size=(200, LENGTH), dtype=np.uint8)
    found = of_ways["words"] | of_ways.get("TF-MoDISco", {})
    for pair in pairs:
        names = [f"{database.names[place]}" for place in pair.motifs]
        for name, place, true in zip(names, pair.motifs, pair.effects, strict=True):
            if place not in found:
                print(f"  {name}: not found")
                continue
            motif = encode([found[place].consensus])[0]
            starts = insertion.places(np.ones(LENGTH, bool), len(motif))
            put = insertion.insert(drawn, motif, starts, np.random.default_rng(17))
            mean, ends = insertion.mean_change(score, *put)
            print(
                f"  {name}: {found[place].consensus}, q {found[place].q_value:.2g}, effect "
                f"{mean[0]:.2f} ({ends[0, 0]:.2f} to {ends[1, 0]:.2f}), planted {true:g}"
            )
        if not all(place in found for place in pair.motifs):
            continue
        measured = cooperation(score, pair, found, database, drawn)
        best = max(measured, key=lambda row: abs(row[1]))
        near = [gap for gap, _, low, high in measured if low <= best[3] and high >= best[2]]
        at = next((row for row in measured if row[0] == pair.gap), best)
        print(
            f"  {names[0]} and {names[1]}: {best[0]} letters apart ({min(near)} to {max(near)}), "
            f"planted {pair.gap}; there {at[1]:.2f} ({at[2]:.2f} to {at[3]:.2f}) beyond the sum, "
            f"planted {pair.cooperation:g}"
        )
    print(f"  {time.process_time() - started:.0f} s of one processor", flush=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3, 4, 5])
    asked = asked.parse_args()
    torch.set_num_threads(1)
    database = read_jaspar("JASPAR2026", [])
    for seed in asked.seeds:
        told(seed, database)


if __name__ == "__main__":
    main()
