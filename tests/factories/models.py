"""Small models of every family, with their records and folders."""

from importlib import import_module

import numpy as np
import torch

from seq2score.inference.prediction import Predictor
from seq2score.models import build, files, noise
from seq2score.models.estimator import Estimator, Examples
from seq2score.settings import families

LENGTH = 11  # letters
# Options that make small models; a family that is not here has the schema's defaults.
SMALL = {
    "cnn": {"filters": 6, "kernel_size": 4, "hidden": 5},
    "cnn2d": {"filters": 6, "kernel_size": 4},
    "resnet": {"filters": 6, "kernel_size": 4, "bins": 4, "batch_norm": True},
    "bilstm": {"filters": 6, "kernel_size": 5, "pooling": 2},
    "transformer": {"filters": 6, "kernel_size": 4, "heads": 2},
    "legnet": {"filters": 8, "kernel_size": 4, "group": 4},
    "epistasis": {"steps": 4},
    "trees": {"trees": 20},
    "kernel": {"kmers": 3, "landmarks": 40},
}


def class_of(name):
    return import_module(f"seq2score.models.{name}").Model


FAMILIES = {
    name: family(architecture=name).options | SMALL.get(name, {})
    for name, family in families.FAMILIES.items()
    if family.kind != "blend"  # made of others: tests/test_blends.py
}
ESTIMATORS = [name for name in FAMILIES if issubclass(class_of(name), Estimator)]
NETWORKS = [name for name in FAMILIES if name not in ESTIMATORS]
# Of a linear model of four letters.
RECORD = {
    "architecture": "linear",
    "options": {},
    "input_length": 4,
    "length": "equal",
    "alphabet": "dna",
    "outputs": ["score"],
    "classes": None,
    "target_scaling": None,
    "score_transform": "none",
    "reverse_complement": "none",
    "loss": "mse",
}
CLASSES = {"classes": ["no", "yes", "maybe"], "loss": "cross_entropy"}
SCALED = {"target_scaling": {"mean": [7.0], "sd": [3.0]}}
# Changes to a record, by what they make of it.
RECORDS = {
    "plain": {},
    "scaled": SCALED,
    "log2": {**SCALED, "score_transform": "log2"},
    "log1p": {"score_transform": "log1p"},
    "poisson": {"loss": "poisson"},
    "noise": {**SCALED, "score_transform": "log2", "loss": "gaussian_nll"},
    "noise of both strands": {"loss": "gaussian_nll", "reverse_complement": "average"},
    "both strands": {**SCALED, "reverse_complement": "average"},
    "two outputs": {
        "outputs": ["a", "b"],
        "target_scaling": {"mean": [7.0, 1.0], "sd": [3.0, 0.1]},
    },
    "classes": CLASSES,
    "classes of both strands": {**CLASSES, "reverse_complement": "average"},
}


def record(name):
    return {
        **{"architecture": name, "options": FAMILIES[name], "input_length": LENGTH},
        **{"outputs": ["score"], "classes": None, "length": "equal", "alphabet": "dna"},
        **{"target_scaling": None, "score_transform": "none", "reverse_complement": "none"},
        "loss": "mse",
    }


def new(name, outputs=1, **options):
    torch.manual_seed(3)
    return build(name, {**FAMILIES[name], **options}, LENGTH, outputs)


def learned(name, outputs=1, loss="mse"):
    """A model of small data: an estimator is fitted to it, a network is as it was born."""
    model = new(name, outputs)
    if isinstance(model, Estimator):
        model.fit(examples(outputs, loss), examples(outputs, loss, seed=1), loss, seed=2)
    return model.eval()


def examples(outputs, loss="mse", seed=0, rows=60, missing=False):
    """Random letters; a score is the number of Cs, less that of As for every further output."""
    random = np.random.default_rng(seed)
    codes = random.integers(0, 5, (rows, LENGTH), dtype=np.uint8)
    counts = (codes == 1).sum(1)[:, None] - np.arange(outputs) * (codes == 0).sum(1)[:, None]
    targets = counts.astype(float)
    if loss == "cross_entropy":
        targets = counts[:, 0] % outputs
    elif missing:
        targets[::3, 0] = np.nan
    return Examples(codes, targets, random.uniform(0.5, 1.5, rows))


def saved(folder, name="cnn", seed=1, **changes):
    """A folder with an untrained network and this record."""
    folder.mkdir(parents=True, exist_ok=True)
    metadata = record(name) | changes | {"seed": seed}
    torch.manual_seed(seed)
    outputs = len(metadata["classes"] or metadata["outputs"])
    tells = noise.predicts_noise(metadata["loss"])
    network = build(name, metadata["options"], LENGTH, outputs, tells)
    files.save(network, metadata, folder / "model.safetensors", folder / "model.json")
    return folder


def member(seed, length=8, **changes):
    """A network that has learned nothing, whose own predictions are the truth of the tests."""
    torch.manual_seed(seed)
    outputs = len(changes.get("classes") or changes.get("outputs", ["score"]))
    record = RECORD | {"input_length": length, "seed": seed} | changes
    return Predictor(build("cnn", {"filters": 4, "hidden": 4}, length, outputs), record)
