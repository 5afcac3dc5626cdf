"""Do intervals of effects hold what they promise, and do they say something?

python benchmarks/effects.py [--sets 5] [--families 400]
python benchmarks/effects.py --mpsa data/mpsa.csv.gz

Made-up families of a background and seven variants, whose true scores are known: linear in the
letters, with neighbours that cooperate, or with deletions among the variants. A model is the truth
with errors of its own, which are a rule of letters and neighbours too, at an R2 of 0.3, 0.6 or 0.9;
measured scores have noise (SD a fifth of the scores') and three replicates. Half of the families
calibrates; the effects of the other half are looked at. Told are the shares of true and of measured
differences that intervals hold; the share of true effects of one noise SD or more whose interval at
0.9 leaves out 0, and of intervals that knew the true errors' distribution ("best"); of the effects
with `p_positive` above 0.95 (or, turned around, below 0.05) how many have the other sign; and how
wide intervals are, beside the difference of two single ones at the same level (Bonferroni).
`--mpsa`: the same of measured differences in a public table of all kinds of nine letters, which is
split at random: by ridge regression on letters and pairs of letters, pairs of its test set.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from seq2score.certainty import conformal, differences
from seq2score.certainty.differences import Outputs
from seq2score.certainty.measured import MeasuredPairs
from seq2score.certainty.pairs import KINDS, compare
from seq2score.evaluation.floors import ridge
from seq2score.evaluation.resampling import Units
from seq2score.sequences.encoding import encode, one_hot, strings

LENGTH, MEMBERS, NOISE = 40, 8, 0.2
LEVELS = (0.5, 0.8, 0.9)
RULES = ("linear", "cooperative", "indel")
COLUMNS = ["truth", "measured", "power", "best", "false", "of", "width", "beside"]


@dataclass(frozen=True)
class Planted:
    """Families of variants: codes, family of each row, truth, prediction, replicates, noise SD."""

    codes: np.ndarray
    family: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    replicates: np.ndarray
    noise: float

    def take(self, rows: np.ndarray) -> "Planted":
        arrays = {name: value[rows] for name, value in vars(self).items() if name != "noise"}
        return Planted(**arrays, noise=self.noise)

    @property
    def score(self) -> np.ndarray:
        """What was measured."""
        return self.replicates.mean(axis=1)

    def calibrate(self, replicates: bool = True) -> Outputs:
        """Differences, of these rows as those that were held out."""
        columns = {f"r{i}": values for i, values in enumerate(self.replicates.T)}
        table = pa.table({"sequence": strings(self.codes), "score": self.score, **columns})
        units = Units(self.family - self.family.min(), "groups of family")
        pairs = MeasuredPairs.of(table, ["score"], units, (), [*columns] if replicates else ())
        return differences.fit(pairs.scores, self.predicted[:, None], pairs.pairs, pairs.noise)


def planted(rule: str, r2: float, families: int, seed: int) -> Planted:
    """Made-up families, the first member of each its background."""
    random = np.random.default_rng(seed)
    family = np.repeat(np.arange(families), MEMBERS)
    codes = random.integers(4, size=(families, LENGTH), dtype=np.uint8)[family]
    for row in np.flatnonzero(np.arange(len(codes)) % MEMBERS):
        for _ in range(1 if random.random() < 0.6 else random.integers(2, 5)):
            at = random.integers(LENGTH)
            if rule == "indel" and random.random() < 0.5:
                last = random.integers(4, size=1, dtype=np.uint8)
                codes[row] = np.concatenate([codes[row, :at], codes[row, at + 1 :], last])
            else:
                codes[row, at] = (codes[row, at] + random.integers(1, 4)) % 4
    truth, error = _rule(random, codes, rule != "linear"), _rule(random, codes, True)
    sd = truth.std()
    predicted = truth + error * sd * np.sqrt(1 / r2 - 1) / error.std()
    noise = NOISE * sd
    each = random.normal(size=(len(codes), 3)) * noise * np.sqrt(3)
    return Planted(codes, family, truth, predicted, truth[:, None] + each, noise)


def _rule(random: np.random.Generator, codes: np.ndarray, pairs: bool) -> np.ndarray:
    """A score of letters and, perhaps, neighbours."""
    position = np.arange(LENGTH)
    score = random.normal(size=(LENGTH, 4))[position, codes].sum(axis=1)
    if pairs:
        weights = random.normal(size=(LENGTH // 2, 16))
        both = 4 * codes[:, ::2] + codes[:, 1::2]
        score += weights[position[: LENGTH // 2], both].sum(axis=1)
    return score


def looked_at(rule: str, r2: float, families: int, seed: int, replicates: bool = True) -> dict:
    """What intervals hold and say on the half of the families that did not calibrate them."""
    data = planted(rule, r2, families, seed)
    half = data.family < families // 2
    held_out, test = data.take(half), data.take(~half)
    known = held_out.calibrate(replicates)
    after = np.flatnonzero(np.arange(len(test.codes)) % MEMBERS)
    before = after // MEMBERS * MEMBERS
    letters, kind = compare(test.codes[before], test.codes[after])
    effect, truth, measured = (
        values[after] - values[before] for values in (test.predicted, test.truth, test.score)
    )
    numbers = {}
    for level in LEVELS:
        for name, meant in (("truth", truth), ("measured", measured)):
            as_measured = name == "measured"
            low, high, positive = differences.judge(
                known, effect[:, None], letters, kind, level, as_measured
            )[:, :, 0]
            numbers[f"{name} {level}"] = np.mean((low <= meant) & (meant <= high))
            if not as_measured:
                last = low, high, positive
    low, high, positive = last
    large = abs(truth) >= data.noise
    sure = abs(positive - 0.5) > 0.45
    errors = abs(held_out.score - held_out.predicted)
    single = 4 * conformal.quantile(errors, 1 - (1 - LEVELS[-1]) / 2)
    return numbers | {
        "power": np.mean(((low > 0) | (high < 0))[large]),
        "best": np.mean((_best(effect, truth, kind) > 0)[large]),
        "false": int((np.sign(truth) != np.sign(positive - 0.5))[sure].sum()),
        "of": int(sure.sum()),
        "width": np.mean(high - low) / data.noise,
        "beside": single / data.noise,
    }


def _best(effect: np.ndarray, truth: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """How far inside of intervals 0 lies not, where slope and quantile are the effects' own."""
    beyond = np.zeros(len(effect))
    for number in np.unique(kind):
        rows = kind == number
        slope = effect[rows] @ truth[rows] / (effect[rows] @ effect[rows])
        errors = abs(truth[rows] - slope * effect[rows])
        beyond[rows] = abs(slope * effect[rows]) - np.quantile(errors, LEVELS[-1])
    return beyond


def of_mpsa(path: Path) -> None:
    """Pairs of the test set of the table of `make example`, by kind."""
    rows = pd.read_csv(path)
    texts = pc.replace_substring(pa.array(rows["x"]), "U", "T")
    table = pa.table({"sequence": texts, "score": rows["y"].to_numpy()})
    part = rows["set"].to_numpy()
    train, held_out, test = (
        table.filter(pa.array(part == p)) for p in ("training", "validation", "test")
    )
    fit = ridge(_pairs_of_letters(train), train["score"].to_numpy()[:, None])[1]
    of_held_out, of_test = (fit(_pairs_of_letters(rows)) for rows in (held_out, test))
    score = test["score"].to_numpy()
    r2 = 1 - ((score - of_test[:, 0]) ** 2).sum() / ((score - score.mean()) ** 2).sum()
    measured = MeasuredPairs.of(held_out, ["score"])
    known = differences.fit(measured.scores, of_held_out, measured.pairs, [np.nan])
    errors = abs(held_out["score"].to_numpy() - of_held_out[:, 0])
    print(
        f"R2 {r2:.3f}\nkind", "pairs", *LEVELS, "without 0", "false", "of", *COLUMNS[6:], sep="\t"
    )
    every = MeasuredPairs.of(test, ["score"]).pairs
    for number, name in enumerate(KINDS):
        pairs = every.take(every.kind == number)
        effect, truth = (v[pairs.second] - v[pairs.first] for v in (of_test, score))
        judged = [
            differences.judge(known, effect, pairs.letters, pairs.kind, level)[:, :, 0]
            for level in LEVELS
        ]
        held = [np.mean((low <= truth) & (truth <= high)) for low, high, _ in judged]
        low, high, positive = judged[-1]
        sure = abs(positive - 0.5) > 0.45
        wrong = (np.sign(truth) != np.sign(positive - 0.5))[sure].sum()
        single = 4 * conformal.quantile(errors, 1 - (1 - LEVELS[-1]) / 2)
        line = [*(f"{share:.3f}" for share in held), f"{((low > 0) | (high < 0)).mean():.3f}"]
        line += [str(wrong), str(sure.sum()), f"{(high - low).mean():.2f}", f"{single:.2f}"]
        print(name, len(pairs), *line, sep="\t")


def _pairs_of_letters(table: pa.Table) -> np.ndarray:
    """One-hot letters and pairs of letters at all positions, float32 (n, features)."""
    letters = one_hot(encode(table["sequence"])).transpose(0, 2, 1)
    first, second = np.triu_indices(letters.shape[1], 1)
    both = letters[:, first, :, None] * letters[:, second, None, :]
    return np.hstack([letters.reshape(len(letters), -1), both.reshape(len(letters), -1)])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--sets", type=int, default=5)
    arguments.add_argument("--families", type=int, default=400)
    arguments.add_argument("--mpsa", type=Path, help="the public table, in place of made-up ones")
    given = arguments.parse_args()
    if given.mpsa:
        of_mpsa(given.mpsa)
        return
    shares = [f"{name} {level}" for name in ("truth", "measured") for level in LEVELS]
    print("rule", "R2", *shares, *COLUMNS[2:], sep="\t")
    for rule in RULES:
        for r2 in (0.3, 0.6, 0.9):
            sets = [looked_at(rule, r2, given.families, seed) for seed in range(given.sets)]
            mean = {name: np.mean([numbers[name] for numbers in sets]) for name in sets[0]}
            counts = [str(sum(numbers[name] for numbers in sets)) for name in ("false", "of")]
            line = [f"{mean[name]:.3f}" for name in (*shares, "power", "best")] + counts
            line += [f"{mean[name]:.1f}" for name in ("width", "beside")]
            print(rule, r2, *line, sep="\t", flush=True)


if __name__ == "__main__":
    main()
