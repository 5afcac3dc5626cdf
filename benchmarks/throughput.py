"""Sequences a second in training, beside the loop that tutorials show, on the device at hand.

python benchmarks/throughput.py [--rows N] [--length 200] [--batch 1024]

The same networks and steps; both ways take turns. A GPU wants a million rows, a processor (one
thread) is content with thousands.
"""

import argparse
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader
from training import OneHots, settings

from seq2score.models import build
from seq2score.models.devices import choose_device
from seq2score.training.batches import Block, Resident, Sets
from seq2score.training.loop import Training

ROUNDS = 3


def ours(network, codes, scores, batch, device) -> None:
    block = Block(torch.from_numpy(codes).to(device), torch.from_numpy(scores).to(device))
    validation = Resident(block.at(slice(2)))
    run = Training(network, Sets(Resident(block), validation), settings(batch, "adamw"), 1)
    run.run()


def plain(network, codes, scores, batch, device) -> None:
    batches = DataLoader(OneHots(codes, scores), batch, shuffle=True)
    optimizer = torch.optim.AdamW(network.parameters())
    network.train()
    for letters, truth in batches:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(network(letters.to(device).float()), truth.to(device).float())
        loss.backward()
        optimizer.step()
        loss.item()


def speed(way, architecture: str, codes, scores, batch: int, device) -> float:
    """Sequences a second."""
    network = build(architecture, {}, codes.shape[1], 1).to(device)
    started = perf_counter()
    way(network, codes, scores, batch, device)
    return len(codes) / (perf_counter() - started)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int)
    arguments.add_argument("--length", type=int, default=200)
    arguments.add_argument("--batch", type=int, default=1024)
    arguments = arguments.parse_args()
    torch.set_num_threads(1)
    device = choose_device("auto")
    rows = arguments.rows or (10_000 if device.type == "cpu" else 1_000_000)
    random = np.random.default_rng(0)
    codes = random.integers(0, 4, (rows, arguments.length), dtype=np.uint8)
    scores = random.normal(size=(rows, 1)).astype(np.float32)
    print(
        f"{rows:,} x {arguments.length} nt, batches of {arguments.batch}, on {device}: "
        "sequences a second"
    )
    for architecture in ("cnn", "resnet"):
        pairs = [
            [
                speed(way, architecture, codes, scores, arguments.batch, device)
                for way in (ours, plain)
            ]
            for _ in range(ROUNDS)
        ]
        fast, slow = (median(of) for of in zip(*pairs, strict=True))
        ratio = median(item / other for item, other in pairs)
        print(f"{architecture:<8} ours {fast:9,.0f}   plain PyTorch {slow:9,.0f}   {ratio:.1f}x")


if __name__ == "__main__":
    main()
