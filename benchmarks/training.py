"""How long a training step takes, beside what people would use instead.

One network (`cnn` on 8-mers), batches of 128, the same number of updates, one thread each. The ways
take turns and the fastest round of each counts, so that other work on the machine disturbs little.
"""

import logging
import os
import sys
import warnings
from pathlib import Path
from time import perf_counter

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from seq2score.models import build
from seq2score.models.network import one_hot
from seq2score.training.batches import Block, Resident, Sets
from seq2score.training.loop import Training

BATCH, STEPS, ROUNDS, RATE = 128, 300, 12, 0.01
ROWS, LENGTH, FILTERS, WIDTH = BATCH * STEPS, 8, 32, 3
POSITIONS = LENGTH - WIDTH + 1
GOALS = {
    "ours": "",
    "plain PyTorch": "at least 4",
    "Lightning": "at least 8",
    "NumPy": f"at least {1 / 1.3:.2f}: ours takes at most 1.3 times as long",
}

random_rows = np.random.default_rng(0)
CODES = random_rows.integers(0, 4, (ROWS, LENGTH), dtype=np.uint8)
SCORES = random_rows.normal(size=(ROWS, 1)).astype(np.float32)


class Cnn(nn.Module):
    """The network as one would write it."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv1d(4, FILTERS, WIDTH)
        self.output = nn.Linear(FILTERS * POSITIONS, 1)

    def forward(self, x):
        return self.output(torch.relu(self.convolution(x)).flatten(1))


class OneHots(Dataset):
    """One-hot numbers of every sequence, float64, as tutorials have them."""

    def __init__(self, codes: np.ndarray, scores: np.ndarray):
        self.letters = torch.from_numpy(np.eye(4)[codes].transpose(0, 2, 1).copy())
        self.scores = torch.from_numpy(scores.astype(np.float64))

    def __len__(self):
        return len(self.letters)

    def __getitem__(self, index):
        return self.letters[index], self.scores[index]


def ours() -> float:
    """Seconds a step of the workflow's own loop."""
    train = Resident(Block(torch.from_numpy(CODES), torch.from_numpy(SCORES), None))
    validation = Resident(train.block.at(slice(2)))
    options = {"filters": FILTERS, "kernel_size": WIDTH}
    network = build("cnn", options, LENGTH, 1)
    return _seconds(Training(network, Sets(train, validation), settings(BATCH, "sgd"), 1).run)


def settings(batch: int, optimizer: str) -> dict:
    """Of one epoch of the workflow's own loop."""
    plain = {"loss": "mse", "learning_rate": RATE, "schedule": "constant"}
    plain |= {"weight_decay": 0, "weight_decay_per": "step"}
    plain |= dict.fromkeys(["gradient_clip", "early_stopping"])
    return plain | {
        "batch_size": batch,
        "optimizer": optimizer,
        "epochs": 1,
        "precision": "float32",
    }


def plain() -> float:
    """Seconds a step of the loop that tutorials show."""
    network, batches = Cnn(), DataLoader(OneHots(CODES, SCORES), BATCH, shuffle=True)
    optimizer = torch.optim.SGD(network.parameters(), RATE)
    losses = []

    def epoch():
        for letters, scores in batches:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(network(letters.float()), scores.float())
            loss.backward()
            optimizer.step()
            losses.append(loss.item())

    return _seconds(epoch)


def lightning() -> float:
    """Seconds a step of Lightning's Trainer; NaN where it is not installed."""
    try:
        import lightning
    except ImportError:
        return float("nan")
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.network = Cnn()

        def training_step(self, batch, _):
            letters, scores = batch
            loss = nn.functional.mse_loss(self.network(letters.float()), scores.float())
            self.log("loss", loss)
            return loss

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), RATE)

    quiet = dict.fromkeys(["enable_checkpointing", "enable_progress_bar"], False)
    quiet |= {"enable_model_summary": False, "logger": False}
    trainer = lightning.Trainer(max_epochs=1, accelerator="cpu", **quiet)
    module, batches = Module(), DataLoader(OneHots(CODES, SCORES), BATCH, shuffle=True)
    return _seconds(lambda: trainer.fit(module, batches))


def numpy() -> float:
    """Seconds a step of forward and backward written by hand: the floor."""
    letters = np.eye(4, dtype=np.float32)
    weights = [random_rows.normal(size=shape) for shape in [(4 * WIDTH, FILTERS), (FILTERS,)]]
    weights += [random_rows.normal(size=shape) for shape in [(FILTERS * POSITIONS, 1), (1,)]]
    filters, shift, values, offset = (0.1 * w.astype(np.float32) for w in weights)
    rate, scale = np.float32(RATE), np.float32(2 / BATCH)

    def epoch():
        nonlocal filters, shift, values, offset
        order, total = random_rows.permutation(ROWS), 0.0
        codes, scores = CODES[order], SCORES[order]
        for start in range(0, ROWS, BATCH):
            x = letters[codes[start : start + BATCH]]
            shape, steps = (BATCH, POSITIONS, 4 * WIDTH), (*x.strides[:2], x.strides[2])
            windows = np.lib.stride_tricks.as_strided(x, shape, steps).reshape(-1, 4 * WIDTH)
            scanned = np.maximum(windows @ filters + shift, 0)
            flat = scanned.reshape(BATCH, -1)
            error = flat @ values + offset - scores[start : start + BATCH]
            total += float((error * error).sum())
            slopes = error * scale
            back = (slopes @ values.T).reshape(scanned.shape) * (scanned > 0)
            values -= rate * (flat.T @ slopes)
            offset -= rate * slopes.sum(0)
            filters -= rate * (windows.T @ back)
            shift -= rate * back.sum(0)

    return _seconds(epoch)


def one_by_one() -> tuple[float, float]:
    """How many times faster a set is predicted and scanned at once than sequence by sequence."""
    network = build("cnn", {"filters": FILTERS, "kernel_size": WIDTH}, LENGTH, 1).eval()
    codes = torch.from_numpy(CODES[:4096])
    with torch.inference_mode():
        return _gain(network, codes), _gain(network.first_activations, codes)


def _gain(compute, codes) -> float:
    at_once = min(_time(lambda: compute(one_hot(codes))) for _ in range(ROUNDS))
    return _time(lambda: [compute(one_hot(row[None])) for row in codes]) / at_once


def _seconds(epoch) -> float:
    return _time(epoch) / STEPS


def _time(function) -> float:
    started = perf_counter()
    function()
    return perf_counter() - started


def main() -> None:
    torch.set_num_threads(1)
    ways = {"ours": ours, "plain PyTorch": plain, "Lightning": lightning, "NumPy": numpy}
    rounds = [{name: way() for name, way in ways.items()} for _ in range(ROUNDS)]
    best = {name: min(times[name] for times in rounds) for name in ways}
    print(f"{'a training step':<16}{'ms':>8}{'/ ours':>8}   goal")
    for name, seconds in best.items():
        message = f"{seconds / best['ours']:8.2f}   {GOALS[name]}"
        print(f"{name:<16}{seconds * 1e3:8.3f}{message}")
    for name, gain in zip(("prediction", "activations"), one_by_one(), strict=True):
        print(f"{name} of 4,096 sequences at once: {gain:.0f} times faster than one by one (100)")


if __name__ == "__main__":
    main()
