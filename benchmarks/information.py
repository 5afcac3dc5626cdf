"""R2 and bits of our models on the splits of MAVE-NN, beside what MAVE-NN states of its own.

python benchmarks/information.py [mpsa | sortseq] [--models NAME ...]

Tables are those of MAVE-NN's wheel (which pip downloads), splits are theirs, one seed. Told of the
test set: R2; predictive information between prediction and score, with its standard error; what
the model's own noise accounts for of it (of a model that tells none, normal noise as large as on
the validation set). Of sort-seq the score is the mean bin of a sequence's reads, which has no
density where reads are few, and what MAVE-NN states is about the bins of single reads: so the
information on those is told in its place.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from time import process_time

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import pyarrow.compute as pc
import torch
from fetch import unpacked
from pyarrow import csv
from scipy.stats import norm

from seq2score.evaluation import information
from seq2score.evaluation.resampling import every_row
from seq2score.inference.prediction import Predictor
from seq2score.models import build, noise
from seq2score.sequences.encoding import encode
from seq2score.settings.resolve import resolve
from seq2score.training.batches import Block, Resident, Sets
from seq2score.training.loop import Training
from seq2score.training.scaling import Scaling

PARTS = ("training", "validation", "test")
TELLS = {"training": {"loss": "gaussian_nll"}}
MODELS = {
    "additive": {"preset": "epistasis", "reach": 0},
    "additive, noise": {"preset": "epistasis", "reach": 0, **TELLS},
    "pairwise": {"preset": "epistasis"},
    "pairwise, same noise": {"preset": "epistasis", "noise_degree": 0, **TELLS},
    "pairwise, noise": {"preset": "epistasis", **TELLS},
    "pairwise, noise of degree 4": {"preset": "epistasis", "noise_degree": 4, **TELLS},
    "network": {"preset": "network"},
    "network, noise": {"preset": "network", **TELLS},
}


def read(name: str) -> dict[str, dict]:
    """codes, score, weights and (of sort-seq) the counts of reads by bin, of each part."""
    with tempfile.TemporaryDirectory() as folder:
        table = csv.read_csv(unpacked(Path(folder)) / f"{name}_data.csv.gz")
    codes, parts = encode(pc.replace_substring(table["x"], "U", "T")), table["set"].to_pylist()
    if name == "mpsa":
        results = {"score": table["y"].to_numpy(), "weights": np.ones(len(table))}
    else:
        counts = np.column_stack([table[f"ct_{position}"].to_numpy() for position in range(10)])
        reads = counts.sum(axis=1)
        results = {
            "score": counts @ np.arange(10) / reads,
            "weights": reads * 1.0,
            "counts": counts,
        }
    return {
        part: {key: of[np.array(parts) == part] for key, of in {"codes": codes, **results}.items()}
        for part in PARTS
    }


def learned(settings: dict, parts: dict[str, dict], seed: int) -> Predictor:
    """A trained model."""
    loss = settings["training"]["loss"] or "mse"
    scaling = Scaling.fit(parts["training"]["score"][:, None], ["score"])
    sets = []
    for part in PARTS[:2]:
        of = parts[part]
        targets = torch.from_numpy(scaling.scale(of["score"][:, None])).float()
        weights = torch.from_numpy(of["weights"] / of["weights"].mean()).float()[:, None]
        sets.append(Resident(Block(torch.from_numpy(of["codes"]), targets, weights)))
    torch.manual_seed(seed)
    length = parts["test"]["codes"].shape[1]
    result = noise.predicts_noise(loss)
    network = build(settings["architecture"], settings["options"], length, 1, result)
    training = {**settings["training"], "loss": loss}
    Training(network, Sets(*sets, unit=scaling.sd), training, seed).run()
    record = {
        **{"outputs": ["score"], "classes": None, "input_length": length, "loss": loss},
        **{"target_scaling": scaling.as_record(), "score_transform": "none"},
        **{"reverse_complement": "none", "length": "equal", "alphabet": "dna"},
    }
    return Predictor(network, record)


def of_reads(prediction: np.ndarray, counts: np.ndarray, groups: int = 200) -> float:
    """Mutual information in bits between predictions and the bins of single reads.

    prediction: float (n,). counts: int (n, bins). Predictions in groups of as many reads each, less
    the bias of so many numbers (Miller 1955).
    """
    order = np.argsort(prediction, kind="stable")
    position = np.cumsum(counts[order].sum(axis=1)) * groups // (counts.sum() + 1)
    joint = np.stack([counts[order][position == group].sum(axis=0) for group in range(groups)])
    reads, share = joint.sum(), joint / joint.sum()
    alone = share.sum(axis=1, keepdims=True) * share.sum(axis=0)
    known = share > 0
    results = (share[known] * np.log(share[known] / alone[known])).sum()
    bias = (known.sum() - groups - counts.shape[1] + 1) / (2 * reads)
    return float((results - bias) / np.log(2))


def row(name: str, settings: dict, parts: dict[str, dict], seed: int) -> str:
    """What there is to tell of a model, in a line."""
    started = process_time()
    model = learned(settings, parts, seed)
    seconds, test = process_time() - started, parts["test"]
    score, predicted = test["score"], model.predict(test["codes"])
    columns = information.predictive(score, predicted, every_row(len(score)))
    error = (columns["information_bits_ci"][1] - columns["information_bits"]) / norm.ppf(0.975)
    r2 = 1 - np.mean((score - predicted) ** 2) / score.var()
    cells = [name, f"{r2:.3f}", f"{columns['information_bits']:.3f} +- {error:.3f}"]
    if "counts" in test:
        single = of_reads(predicted, test["counts"])
    else:
        single = information.variational(score, density(model, predicted, parts))
    return " | ".join([*cells, f"{single:.3f}", f"{seconds:.0f} s"])


def density(model: Predictor, predicted: np.ndarray, parts: dict[str, dict]) -> np.ndarray:
    """Logarithm of the density that a model has at each score of the test set."""
    sd = model.noise(parts["test"]["codes"])
    if sd is None:
        held_out = parts["validation"]
        sd = np.sqrt(np.mean((held_out["score"] - model.predict(held_out["codes"])) ** 2))
    return norm.logpdf(parts["test"]["score"], predicted, np.ravel(sd))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("tables", nargs="*", default=["mpsa", "sortseq"])
    arguments.add_argument("--models", nargs="*", default=list(MODELS), choices=MODELS)
    arguments.add_argument("--seed", type=int, default=1)
    arguments = arguments.parse_args()
    torch.set_num_threads(1)
    tried = {"datasets": {"any": {"table": {"path": "data/any.csv"}}}, "models": {}}
    tried["models"] = {f"m{position}": MODELS[name] for position, name in enumerate(MODELS)}
    models = (model.described() for model in resolve(tried).models.values())
    settings = dict(zip(MODELS, models, strict=True))
    for table in arguments.tables:
        parts = read(table)
        print(f"{table}: {', '.join(str(len(parts[part]['score'])) for part in PARTS)} rows")
        what = "of reads" if "counts" in parts["test"] else "of the model's noise"
        print(f"model | R2 | information, bits | {what}, bits | time")
        for name in arguments.models:
            print(row(name, settings[name], parts, arguments.seed), flush=True)


if __name__ == "__main__":
    main()
