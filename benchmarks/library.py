"""The preset `library` beside what else one would try, by cross-validation.

python benchmarks/library.py [TABLE SEQUENCE SCORE] [--rows N] [--folds 5] [--seeds 1]

Every row is held out once: R2 of its prediction, over all rows. `library` is the blend, beside its
members and other presets; `cnn` has the architecture's defaults and is trained as `network` is; the
ridge regressions are the run's own floors. One fifth of what is not held out chooses epochs,
penalties and the blend's weights. Without a table: those of examples/ (`make data` first), and one
that is made.
"""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path
from time import process_time

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from pyarrow import csv
from sklearn.metrics import r2_score

import configuration
from seq2score.evaluation import floors
from seq2score.models import build
from seq2score.models.estimator import Estimator
from seq2score.models.network import LETTERS_AT_ONCE, one_hot
from seq2score.sequences.encoding import encode
from seq2score.training.batches import Resident, Sets, in_order
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
        "kernel": {"architecture": "kernel"},
        "trees": {"architecture": "trees"},
        "network": {"preset": "network"},
        "motifs": {"preset": "motifs"},
        "epistasis": {"preset": "epistasis"},
        "cnn": {
            "architecture": "cnn",
            "training": configuration.families.PRESETS["network"]["training"],
        },
    },
}

Part = tuple[np.ndarray, np.ndarray]  # codes uint8 (n, length), scores float64 (n,)


def model(name: str, parts: list[Part], seed: int) -> np.ndarray:
    """Predictions for the third part by a model trained on the first two."""
    settings = configuration.resolve(TRIED)["models"][name]
    scaling = Scaling.fit(parts[0][1][:, None], ["score"])
    sets = [
        Resident((torch.from_numpy(codes), torch.from_numpy(scaling.scale(of)).float(), None))
        for codes, of in ((codes, scores[:, None]) for codes, scores in parts)
    ]
    tried = settings["members"].values() or [settings]
    outputs = [learned(one, sets, parts[0][0].shape[1], seed) for one in tried]
    found = outputs[0][1]
    if settings["members"]:
        truth = sets[1].block[1].double().numpy()
        judged = np.stack([validation for validation, _ in outputs])
        weights, shift = stack(judged, truth, np.ones_like(truth), "mse")
        found = sum(w * test for w, (_, test) in zip(weights, outputs, strict=True)) + shift
    return (found * scaling.sd + scaling.mean)[:, 0]


def learned(settings: dict, sets: list[Resident], length: int, seed: int) -> list[np.ndarray]:
    """What a model trained on the first set gives for the others, float64 (n, 1) each."""
    torch.manual_seed(seed)
    fitted = build(settings["architecture"], settings["options"], length, 1)
    learns_from = Sets(*sets[:2])
    settle(fitted, learns_from, length, 1, seed)
    way = Fitting if isinstance(fitted, Estimator) else Training
    way(fitted, learns_from, {**settings["training"], "loss": "mse"}, seed).run()
    fitted.eval()
    with torch.inference_mode():
        return [
            torch.cat([fitted(one_hot(codes)) for codes, *_ in in_order(of, LETTERS_AT_ONCE)])
            .double()
            .numpy()
            for of in sets[1:]
        ]


def ridge(features: str, parts: list[Part], seed: int) -> np.ndarray:
    x = [floors.FEATURES[features](codes) for codes, _ in parts]
    fits = floors.ridge(x[0], parts[0][1][:, None])
    errors = [np.square(fit(x[1])[:, 0] - parts[1][1]).mean() for fit in fits]
    return fits[int(np.argmin(errors))](x[2])[:, 0]


WAYS = {name: partial(model, name) for name in TRIED["models"]} | {
    "k-mers": partial(ridge, "k-mers"),
    "letters": partial(ridge, "letters"),
}


def fitted(way: str, table: Part, fold: int, folds: int, seed: int) -> tuple[np.ndarray, float]:
    """Predictions for the rows that the fold holds out, and the CPU seconds that they took."""
    torch.set_num_threads(1)
    place = np.arange(len(table[0]))
    held_out = place % folds == fold
    chooses = ~held_out & (place // folds % 5 == 0)
    parts = [tuple(of[rows] for of in table) for rows in (~held_out & ~chooses, chooses, held_out)]
    started = process_time()
    return WAYS[way](parts, seed), process_time() - started


def read(path: str, sequence: str, score: str, rows: int) -> Part:
    """Distinct sequences of a table in random order, all of the commonest length."""
    table = pq.read_table(path) if path.endswith(".parquet") else csv.read_csv(path)
    first = np.unique(table[sequence].to_numpy(zero_copy_only=False), return_index=True)[1]
    table = table.take(pa.array(np.random.default_rng(0).permutation(first)))
    lengths = np.array([len(s) for s in table[sequence].to_pylist()])
    table = table.filter(pa.array(lengths == np.bincount(lengths).argmax()))[:rows]
    letters = pc.replace_substring(table[sequence].cast(pa.string()), "U", "T")
    return encode(letters), table[score].to_numpy().astype(float)


def made(rows: int) -> Part:
    """5,000 sequences of 17 nt: letters, pairs of them and a motif through a sigmoid, and noise."""
    drawn = np.random.default_rng(5)
    codes = drawn.integers(0, 4, (min(rows, 5000), 17), dtype=np.uint8)
    x = floors.letters(codes)
    value = x @ drawn.normal(size=68) * 0.4
    for _ in range(12):
        i, j = drawn.choice(68, 2, replace=False)
        value += drawn.normal() * 1.5 * x[:, i] * x[:, j]
    motif = np.array([2, 2, 0, 2])  # GGAG
    places = np.lib.stride_tricks.sliding_window_view(codes, 4, axis=1) == motif
    value += 2.5 * places.all(2).any(1)
    score = 1 / (1 + np.exp(-(value - value.mean())))
    return codes, score + drawn.normal(size=len(score)) * score.std() * 0.4


def compare(name: str, table: Part, folds: int, seeds: int, ways: list[str]) -> None:
    """One line: each way's R2, and the CPU seconds of a network's training."""
    jobs = list(product(ways, range(folds), range(1, seeds + 1)))
    columns = zip(*((way, table, fold, folds, seed) for way, fold, seed in jobs), strict=True)
    with ProcessPoolExecutor() as pool:
        found = dict(zip(jobs, pool.map(fitted, *columns), strict=True))
    told = []
    for way in ways:
        predicted = np.zeros((seeds, len(table[0])))
        for (of, fold, seed), (values, _) in found.items():
            if of == way:
                predicted[seed - 1, fold::folds] = values
        scores = [r2_score(table[1], one) for one in predicted]
        joined = f" ({r2_score(table[1], predicted.mean(0)):.3f})" if seeds > 1 else ""
        seconds = np.mean([spent for (of, *_), (_, spent) in found.items() if of == way])
        told.append(f"{way} {np.mean(scores):.3f}{joined} [{seconds:.0f} s]")
    print(f"{name}, {len(table[0]):,} x {table[0].shape[1]}: " + ", ".join(told), flush=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("table", nargs="*", help="a table and its columns of sequences and scores")
    asked.add_argument("--rows", type=int, default=10_000, help="at most so many of a table")
    asked.add_argument("--folds", type=int, default=5)
    asked.add_argument("--seeds", type=int, default=1, help="trainings; ensembles in parentheses")
    asked.add_argument("--ways", nargs="*", default=list(WAYS), choices=WAYS)
    asked = asked.parse_args()
    tables = [tuple(asked.table)] if asked.table else EXAMPLES
    for path, sequence, score in tables:
        table = read(path, sequence, score, asked.rows)
        compare(Path(path).name, table, asked.folds, asked.seeds, asked.ways)
    if not asked.table:
        compare("made", made(asked.rows), asked.folds, asked.seeds, asked.ways)


if __name__ == "__main__":
    main()
