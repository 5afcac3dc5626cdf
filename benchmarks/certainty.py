"""Do intervals hold what they promise: where the model was chosen by the rows that they rest on?

python benchmarks/certainty.py bias [--trainings 40]
python benchmarks/certainty.py examples data [--cores 1]

`bias`: networks that stop early, on made-up sequences of 12 nt with interactions and noise. The
epoch was chosen by the validation rows; as many others were kept from it. How many of 5,000 test
scores do intervals hold that rest on the ones and on the others?
`examples`: the workflow on the tables of `make example` (data: their folder), with one small cnn
of one seed each: coverage with its band and mean width.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import pyarrow as pa
import torch
import yaml

from seq2score import tables
from seq2score.certainty.assess import calibrate_model, with_certainty
from seq2score.inference.prediction import Ensemble, Predictor
from seq2score.models import build
from seq2score.sequences.encoding import strings
from seq2score.training.batches import Block, Resident, Sets
from seq2score.training.loop import Training, Watch

ROOT = Path(__file__).parents[1]
LENGTH, LEVEL, NOISE = 12, 0.9, 1.5
TEST = 5_000
SIZES = [(300, 100), (300, 400), (2_000, 100), (2_000, 400)]  # rows of train, and held out
RECORD = {
    **{"architecture": "cnn", "length": "equal", "alphabet": "dna", "outputs": ["score"]},
    **{"classes": None, "target_scaling": None, "score_transform": "none", "loss": "mse"},
    **{"reverse_complement": "none", "flanks": None, "seed": 1, "input_length": LENGTH},
}
SETTINGS = {
    **{"loss": "mse", "optimizer": "adamw", "learning_rate": 0.02, "schedule": "constant"},
    **{"weight_decay": 0.01, "weight_decay_per": "step", "gradient_clip": None},
    **{"batch_size": 64, "epochs": 100, "early_stopping": 6, "target_scaling": "none"},
    "precision": "float32",
}
SMALL = {
    **{"architecture": "cnn", "filters": 32, "kernel_size": 5, "hidden": 32, "dropout": 0.2},
    "training": {
        **{"optimizer": "adamw", "learning_rate": 0.003, "schedule": "one_cycle", "epochs": 4}
    },
}


def bias(trainings: int) -> None:
    torch.set_num_threads(1)
    print("train\theld out\texact\tvalidation\tcalibration\tdifference\tbest epoch")
    for rows, held_out in SIZES:
        columns = np.array([covered(rows, held_out, seed) for seed in range(trainings)])
        difference = columns[:, 0] - columns[:, 1]
        exact = np.ceil(LEVEL * (ratios(held_out) + 1)) / (ratios(held_out) + 1)
        line = [f"{exact:.3f}"]
        for values in (*columns[:, :2].T, difference):
            line.append(f"{values.mean():.4f} +- {values.std(ddof=1) / np.sqrt(trainings):.4f}")
        print(rows, held_out, *line, f"{columns[:, 2].mean():.1f}", sep="\t", flush=True)


def ratios(held_out: int) -> float:
    """Of so many held-out rows, about how many set the width: without scouts, where there are."""
    return held_out if held_out < 150 else held_out * 2 / 3


def covered(rows: int, held_out: int, seed: int) -> tuple[float, float, int]:
    """Shares of test scores inside: by the validation rows, by others; and the epoch chosen."""
    random = np.random.default_rng(seed)
    counts = [rows, held_out, held_out, TEST]
    codes = random.integers(4, size=(sum(counts), LENGTH), dtype=np.uint8)
    letters, pairs = random.normal(size=(LENGTH, 4)), random.normal(size=(LENGTH - 1, 16))
    position = np.arange(LENGTH)
    score = letters[position, codes].sum(axis=1)
    score += pairs[position[:-1], 4 * codes[:, :-1] + codes[:, 1:]].sum(axis=1)
    score += random.normal(size=len(codes)) * NOISE
    table = pa.table({"sequence": strings(codes), "score": score})
    ends = np.cumsum([0, *counts])
    train, validation, others, test = (
        table.slice(begin, count) for begin, count in zip(ends, counts, strict=False)
    )
    sets = [
        Resident(
            Block(torch.from_numpy(codes[a:b]), torch.from_numpy(score[a:b, None]).float(), None)
        )
        for a, b in pairwise(ends[:3])
    ]
    torch.manual_seed(seed)
    options = {"filters": 32, "kernel_size": 4, "hidden": 64}
    network = build("cnn", options, LENGTH, 1)
    run = Training(network, Sets(*sets), SETTINGS, seed, Watch())
    losses = [epoch["validation_loss"] for epoch in run.run()]
    model = Ensemble([Predictor(network.eval(), RECORD)])
    measured = np.array([[score[:rows].min()], [score[:rows].max()]])
    inside = []
    for basis in (validation, others):
        calibrations = calibrate_model(model, train, basis, measured, "validation set")
        certain = with_certainty(model, [calibrations], codes[ends[3] :], LEVEL)
        truth = test["score"].to_numpy()
        held = (certain.lower[:, 0] <= truth) & (truth <= certain.upper[:, 0])
        inside.append(held.mean())
    return *inside, int(np.argmin(losses)) + 1


def examples(data: Path, folder: Path, cores: int) -> None:
    print("example\ttest rows\tr2\tcoverage\tband\tmean width")
    for name in ("mpsa", "jaspar", "sortseq"):
        config = yaml.safe_load((ROOT / "examples" / f"{name}.yaml").read_text())
        table = config["datasets"][name]["table"]
        table["path"] = str(data.resolve() / Path(table["path"]).name)
        config = {"datasets": config["datasets"], "models": {"small": SMALL}, "seeds": [1]}
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        summary = f"results/{name}/summary.tsv"
        command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
        command += ["--cores", str(cores), "--configfile", "config.yaml", "--quiet", "all"]
        subprocess.run([*command, "--", summary], cwd=folder, check=True)
        row = next(r for r in tables.read_rows(folder / summary) if r["model"] == "small")
        numbers = [float(row[key]) for key in ("r2", "coverage", "coverage_low", "coverage_high")]
        r2, inside, low, high = numbers
        line = [row["n"], f"{r2:.3f}", f"{inside:.4f}", f"{low:.4f} to {high:.4f}"]
        print(name, *line, f"{float(row['mean_width']):.3f}", sep="\t", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ways = arguments.add_subparsers(dest="way", required=True)
    ways.add_parser("bias").add_argument("--trainings", type=int, default=40)
    of = ways.add_parser("examples")
    of.add_argument("data", type=Path)
    of.add_argument("--cores", type=int, default=1)
    of.add_argument("--folder", type=Path, help="keep the results here")
    given = arguments.parse_args()
    if given.way == "bias":
        bias(given.trainings)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = given.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        examples(given.data, folder.resolve(), given.cores)


if __name__ == "__main__":
    main()
