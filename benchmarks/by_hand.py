"""What is written by hand where torch has the same: how many times faster it is than torch's own.

Median ratios of pairs measured side by side, so that a busy machine slows both. Docstrings of what
is written by hand name the figures of one such run.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import numpy as np
import torch
from torch import nn

from seq2score.models import build
from seq2score.models.convolution import Convolution
from seq2score.models.network import Network, one_hot
from seq2score.models.resnet import Along
from seq2score.training.losses import mse
from seq2score.training.optimizers import OPTIMIZERS, as_one_vector

ROUNDS, ROWS = 15, {"a batch of 128": 128, "a batch of 1,024": 1024}


def ratio(ours: Callable, theirs: Callable, repeats: int) -> float:
    """How many times longer `theirs` takes."""
    seconds = []
    for _ in range(ROUNDS + 1):
        pair = []
        for compute in (ours, theirs):
            started = perf_counter()
            for _ in range(repeats):
                compute()
            pair.append(perf_counter() - started)
        seconds.append(pair[1] / pair[0])
    return median(seconds[1:])


def letters(rows: int, length: int) -> torch.Tensor:
    sample = np.random.default_rng(1).integers(0, 4, (rows, length), dtype=np.uint8)
    return one_hot(torch.from_numpy(sample))


def gradients(architecture: str, rows: int) -> float:
    """Gradients by hand against autograd."""
    network = build(architecture, {}, 8, 1)
    x, scores = letters(rows, 8), torch.randn(rows, 1)

    def slope(prediction):
        return mse(prediction, scores)[1] / rows

    def by_hand():
        with torch.inference_mode():
            network.gradients(x, slope)

    return ratio(by_hand, lambda: Network.gradients(network, x, slope), 50)


def optimizer(name: str, architecture: str) -> float:
    """A step over one vector against torch.optim's fused one over the same."""
    weights = as_one_vector(build(architecture, {}, 40, 1))
    theirs, gradient = weights.clone().requires_grad_(), torch.randn_like(weights)
    ours = OPTIMIZERS[name](weights, 0.01)
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[name]
    reference = kind([theirs], lr=1e-3, weight_decay=0.01, fused=True)
    theirs.grad, numbers = torch.randn_like(weights), iter(range(1, 10**9))

    @torch.inference_mode()
    def step():
        ours.step(gradient, 1e-3, next(numbers))

    return ratio(step, reference.step, 100)


def layer(ours: nn.Module, theirs: nn.Module, x: torch.Tensor) -> float:
    """Forward and backward of a layer against nn.Conv1d."""

    def passes(module):
        def once():
            torch.autograd.grad(module(x).sum(), list(module.parameters()))

        return once

    return ratio(passes(ours), passes(theirs), 20)


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    rows = []
    for title, size in ROWS.items():
        for name in ("linear", "cnn"):
            rows.append((f"gradients by hand, {name}, {title}", gradients(name, size)))
        first = Convolution(4, 64, 7, padding="same"), nn.Conv1d(4, 64, 7, padding="same")
        rows.append((f"first convolution, {title}", layer(*first, letters(size, 40))))
        x = torch.randn(size, 40, 64).transpose(1, 2)
        further = Along(64, 64, 3, padding=1), nn.Conv1d(64, 64, 3, padding=1)
        rows.append((f"further convolutions, {title}", layer(*further, x)))
    for name in OPTIMIZERS:
        for architecture in ("cnn", "resnet"):
            rows.append((f"{name}, weights of {architecture}", optimizer(name, architecture)))
    width = max(len(title) for title, _ in rows)
    for title, times in rows:
        print(f"{title:{width}}  {times:.2f} times as fast as torch's own")


if __name__ == "__main__":
    main()
