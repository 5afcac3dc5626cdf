"""The preset `library` beside each of its members, other models and ridge regressions.

python benchmarks/library.py [TABLE SEQUENCE SCORE] [--group COLUMN] [--rows N] [--folds 5]
    [--held-out N] [--seeds 1] [--cores N] [--ways NAME ...]

A table is dealt into folds at random, groups kept whole; each fold, or the first so many of them,
is held out once. One fifth of what is not held out chooses epochs, penalties and the blend's
weights. Told of all rows held out: R2 and Pearson's r with 95% intervals (bootstrap over groups),
of several seeds those of their mean prediction; the weight in the blend and the CPU seconds of a
training, on average. Each member is trained once: `library` is the blend of the very same
trainings. `cnn` is the architecture alone, by its recipe; `k-mers` and `letters` are the floors of
a run. Without a table: those of examples/ (`make data` first), and one that is made.
"""

import argparse
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from time import process_time
from typing import NamedTuple

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from pyarrow import csv

from seq2score.evaluation import floors, intervals, metrics
from seq2score.evaluation.resampling import Units
from seq2score.models import build
from seq2score.models.estimator import Estimator
from seq2score.models.network import LETTERS_AT_ONCE, one_hot
from seq2score.sequences.encoding import encode
from seq2score.settings.resolve import resolve
from seq2score.training.batches import Block, Resident, Sets, in_order
from seq2score.training.fitting import Fitting
from seq2score.training.loop import Training
from seq2score.training.scaling import Scaling
from seq2score.training.stacking import stack
from seq2score.training.strands import settle

EXAMPLES = [
    ("data/mpsa.csv.gz", "x", "y"),
    ("data/sortseq.csv.gz", "sequence", "mean_bin"),
    ("data/jaspar.parquet", "sequence", "score"),
]
TRIED = {
    "datasets": {"any": {"table": {"path": "data/any.csv"}}},
    "models": {
        "library": {"preset": "library"},
        "epistasis": {"preset": "epistasis"},
        "cnn": {"architecture": "cnn"},
    },
}
MODELS = resolve(TRIED).models
MEMBERS = {name: of.described() for name, of in MODELS["library"].members.items()}
LEARNED = MEMBERS | {n: MODELS[n].described() for n in TRIED["models"] if n != "library"}
RIDGES = ("k-mers", "letters")
WAYS = (*LEARNED, *RIDGES)
SHOWN = ("library", *WAYS)


class Table(NamedTuple):
    """Rows in random order: codes uint8 (n, length), scores float64 (n,), groups int (n,)."""

    codes: np.ndarray
    scores: np.ndarray
    groups: np.ndarray


class Comparison(NamedTuple):
    """What a way gives for the validation and the held-out rows, float64 (n,), and CPU seconds."""

    validation: np.ndarray
    held_out: np.ndarray
    seconds: float


def dealt(table: Table, fold: int, folds: int) -> list[np.ndarray]:
    """Which rows train, which choose, which the fold holds out: bool (n,) each."""
    held_out = table.groups % folds == fold
    chooses = ~held_out & (table.groups // folds % 5 == 0)
    return [~held_out & ~chooses, chooses, held_out]


def rows_of(way: str, table: Table, fold: int, folds: int, seed: int) -> Comparison:
    """One way, learned without a fold."""
    torch.set_num_threads(1)
    started, rows = process_time(), dealt(table, fold, folds)
    parts = [(table.codes[of], table.scores[of]) for of in rows]
    results = ridge(way, parts) if way in RIDGES else learned(LEARNED[way], parts, seed)
    return Comparison(*results, process_time() - started)


def learned(settings: dict, parts: list, seed: int) -> list[np.ndarray]:
    """What a model trained on the first part gives for the second and third."""
    scaling = Scaling.fit(parts[0][1][:, None], ["score"])
    sets = [
        Resident(Block(torch.from_numpy(codes), torch.from_numpy(scaling.scale(of)).float(), None))
        for codes, of in ((codes, scores[:, None]) for codes, scores in parts)
    ]
    torch.manual_seed(seed)
    length = parts[0][0].shape[1]
    model, learns_from = build(settings["architecture"], settings["options"], length, 1), sets[:2]
    settle(model, Sets(*learns_from), length, 1, seed)
    way = Fitting if isinstance(model, Estimator) else Training
    way(model, Sets(*learns_from), {**settings["training"], "loss": "mse"}, seed).run()
    model.eval()
    with torch.inference_mode():
        outputs = [
            torch.cat([model(one_hot(codes)) for codes, *_ in in_order(of, LETTERS_AT_ONCE)])
            for of in sets[1:]
        ]
    return [(of.double().numpy() * scaling.sd + scaling.mean)[:, 0] for of in outputs]


def ridge(features: str, parts: list) -> list[np.ndarray]:
    """The same of the run's own floor, with the penalty that is best on the second part."""
    x = [floors.FEATURES[features](codes) for codes, _ in parts]
    fits = floors.ridge(x[0], parts[0][1][:, None])
    errors = [np.square(fit(x[1])[:, 0] - parts[1][1]).mean() for fit in fits]
    best = fits[int(np.argmin(errors))]
    return [best(x[part])[:, 0] for part in (1, 2)]


def blended(
    table: Table, fold: int, folds: int, members: list[Comparison]
) -> tuple[Comparison, np.ndarray]:
    """The blend of members that were learned without a fold, and their weights."""
    trains, chooses, _ = dealt(table, fold, folds)
    mean, sd = table.scores[trains].mean(), table.scores[trains].std()
    truth = (table.scores[chooses, None] - mean) / sd
    judged = np.stack([of.validation for of in members])[:, :, None]
    weights, shift = stack((judged - mean) / sd, truth, np.ones_like(truth), "mse")
    results = [
        sum(w * (of - mean) for w, of in zip(weights[:, 0], each, strict=True)) + mean + shift * sd
        for each in zip(*((of.validation, of.held_out) for of in members), strict=True)
    ]
    return Comparison(*results, sum(of.seconds for of in members)), weights[:, 0]


def compare(
    name: str,
    table: Table,
    folds: int,
    held_out: int,
    seeds: int,
    cores: int | None,
    ways: Iterable[str],
) -> None:
    """Print a line for each way."""
    trained = [way for way in WAYS if way in ways or ("library" in ways and way in MEMBERS)]
    jobs = list(product(trained, range(held_out), range(1, seeds + 1)))
    columns = zip(*((way, table, fold, folds, seed) for way, fold, seed in jobs), strict=True)
    with ProcessPoolExecutor(cores) as pool:
        results = dict(zip(jobs, pool.map(rows_of, *columns), strict=True))
    counted: dict[str, list[float]] = {way: [] for way in MEMBERS}
    if "library" in ways:
        for fold, seed in product(range(held_out), range(1, seeds + 1)):
            members = [results[way, fold, seed] for way in MEMBERS]
            results["library", fold, seed], weights = blended(table, fold, folds, members)
            for way, weight in zip(MEMBERS, weights, strict=True):
                counted[way].append(weight)
    rows, length = table.codes.shape
    print(f"\n{name}: {rows:,} rows of {length} letters, {held_out} of {folds} folds held out")
    print(f"{'':12}{'R2':24}{'r':24}weight  CPU s")
    for way in [way for way in SHOWN if way in ways]:
        of = {key: value for key, value in results.items() if key[0] == way}
        weight = f"{np.mean(counted[way]):6.2f}" if counted.get(way) else " " * 6
        seconds = np.mean([item.seconds for item in of.values()])
        print(f"{way:12}{scored(table, of, folds, seeds)}{weight}{seconds:7.0f}", flush=True)


def scored(table: Table, results: dict, folds: int, seeds: int) -> str:
    """R2 and r of the held-out rows, with intervals."""
    predicted = np.full((seeds, len(table.scores)), np.nan)
    for (_, fold, seed), item in results.items():
        predicted[seed - 1, table.groups % folds == fold] = item.held_out
    predicted = predicted.mean(axis=0)
    known = np.isfinite(predicted)
    groups = Units(np.unique(table.groups[known], return_inverse=True)[1], "groups")
    measured = metrics.regression(table.scores[known], predicted[known])
    result = intervals.with_intervals(measured, np.ones(known.sum()), groups)
    return "".join(
        f"{result[m]:6.3f} ({result[f'{m}_ci'][0]:6.3f}, {result[f'{m}_ci'][1]:6.3f})  "
        for m in ("r2", "pearson")
    )


def read(path: str, sequence: str, score: str, rows: int, group: str | None = None) -> Table:
    """Distinct sequences of a table in random order, all of the commonest length."""
    table = pq.read_table(path) if path.endswith(".parquet") else csv.read_csv(path)
    first = np.unique(table[sequence].to_numpy(zero_copy_only=False), return_index=True)[1]
    table = table.take(pa.array(np.random.default_rng(0).permutation(first)))
    lengths = np.array([len(s) for s in table[sequence].to_pylist()])
    table = table.filter(pa.array(lengths == np.bincount(lengths).argmax()))[:rows]
    letters = pc.replace_substring(table[sequence].cast(pa.string()), "U", "T")
    scores, groups = table[score].to_numpy().astype(float), np.arange(len(table))
    if group:
        numbers: dict = {}
        groups = np.array([numbers.setdefault(of, len(numbers)) for of in table[group].to_pylist()])
    return Table(encode(letters), scores, groups)


def made(rows: int) -> Table:
    """5,000 sequences of 17 nt: letters, pairs of them and a motif through a sigmoid, and noise."""
    random = np.random.default_rng(5)
    codes = random.integers(0, 4, (min(rows, 5000), 17), dtype=np.uint8)
    x = floors.letters(codes)
    value = x @ random.normal(size=68) * 0.4
    for _ in range(12):
        i, j = random.choice(68, 2, replace=False)
        value += random.normal() * 1.5 * x[:, i] * x[:, j]
    motif = np.array([2, 2, 0, 2])  # GGAG
    places = np.lib.stride_tricks.sliding_window_view(codes, 4, axis=1) == motif
    value += 2.5 * places.all(2).any(1)
    score = 1 / (1 + np.exp(-(value - value.mean())))
    noisy = score + random.normal(size=len(score)) * score.std() * 0.4
    return Table(codes, noisy, np.arange(len(codes)))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument(
        "table", nargs="*", help="a table and its columns of sequences and scores"
    )
    arguments.add_argument("--group", help="a column: rows that share it stay together")
    arguments.add_argument("--rows", type=int, default=10_000, help="at most so many of a table")
    arguments.add_argument("--folds", type=int, default=5)
    arguments.add_argument("--held-out", type=int, help="so many of the folds; all")
    arguments.add_argument("--seeds", type=int, default=1, help="trainings, whose mean is judged")
    arguments.add_argument("--cores", type=int, help="trainings at a time; as many as there are")
    arguments.add_argument("--ways", nargs="*", default=list(SHOWN), choices=SHOWN)
    arguments = arguments.parse_args()
    tables = [tuple(arguments.table)] if arguments.table else EXAMPLES
    held_out = arguments.held_out or arguments.folds
    shape = (arguments.folds, held_out, arguments.seeds, arguments.cores, arguments.ways)
    for path, sequence, score in tables:
        table = read(path, sequence, score, arguments.rows, arguments.group)
        compare(Path(path).name, table, *shape)
    if not arguments.table:
        compare("made", made(arguments.rows), *shape)


if __name__ == "__main__":
    main()
