"""Trainings as their step does them, on the files of a small split."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from seq2score.models import files as model_files
from seq2score.sequences.encoding import decode
from seq2score.training.train import provenance, train

SETTINGS = {
    "loss": "mse",
    "optimizer": "sgd",
    "learning_rate": 0.01,
    "schedule": "constant",
    "weight_decay": 0,
    "weight_decay_per": "step",
    "gradient_clip": None,
    "batch_size": 32,
    "epochs": 3,
    "early_stopping": None,
    "target_scaling": "none",
    "precision": "float32",
}
CPU = torch.device("cpu")
CNN = {"architecture": "cnn", "options": {"filters": 4, "kernel_size": 3, "hidden": 5}}


def settings(**changes):
    return {
        **{"architecture": "linear", "options": {}, "task": "regression", "outputs": ["score"]},
        **{"score_transform": "none", "reverse_complement": "none", "weight": None},
        **{"flanks": {"left": "", "right": ""}, "length": "equal", "alphabet": "dna"},
        "training": {**SETTINGS, "loss": None, "target_scaling": "standardize", "epochs": 4},
        **changes,
    }


def parts(folder, length=8, seed=1):
    random, made = np.random.default_rng(seed), {}
    for part, rows in {"train": 90, "validation": 30}.items():
        codes = random.integers(0, 4, (rows, length), dtype=np.uint8)
        score = seed * 10.0 + (codes == 2).sum(axis=1)
        kind = np.where(score > np.median(score), "high", "low")
        table = pa.table({"sequence": decode(codes), "score": score, "kind": kind})
        pq.write_table(table, made.setdefault(part, folder / f"{part}{length}.{seed}.parquet"))
    return made


def saved(trained, folder):
    folder.mkdir(exist_ok=True)
    record = trained.record | provenance(CPU, 1)
    files = folder / "model.safetensors", folder / "model.json"
    model_files.save(trained.model, record, *files)
    return folder


def started(parent, files, *, freeze="none", lower_layers=1, epochs=3, record=CNN, **changes):
    training = {**settings()["training"], "epochs": epochs, **changes.pop("training", {})}
    request = {"folder": str(parent), "freeze": freeze}
    request |= {"lower_layers": lower_layers} if lower_layers < 1 else {}
    chosen = settings(**record, training=training, start_from=request, **changes)
    return train({**files, "start_weights": parent / "model.safetensors"}, chosen, 4, CPU)
