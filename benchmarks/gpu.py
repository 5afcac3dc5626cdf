"""What the workflow makes of a GPU, beside plain PyTorch and Lightning on the same card.

python benchmarks/gpu.py [--cpu]

The same networks, numbers and optimizer (float32, AdamW), the same number of updates. Each way is
warmed up, the ways take turns, and the fastest round of each counts. Ours uses deterministic
algorithms only, as in a run; the others are free. Prediction is from codes in the computer's memory
to scores there. Without a GPU there is nothing to measure; `--cpu` runs a tiny version, to see that
it runs.
"""

import argparse
import sys
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import torch
from throughput import ours, plain
from torch import nn
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile
from torch.utils.data import DataLoader
from training import OneHots

from seq2score.errors import InputError
from seq2score.inference.prediction import Predictor
from seq2score.models import build
from seq2score.models.devices import choose_device

RECORD = {"length": "equal", "alphabet": "dna", "outputs": ["score"], "classes": None, "seed": 1}
RECORD |= {"target_scaling": None, "score_transform": "none", "loss": "mse"}
RECORD |= {"reverse_complement": "none", "flanks": None}
FAMILIES = ("cnn", "resnet", "bilstm", "transformer")
MIB = 1 << 20
LACKING = (torch.OutOfMemoryError, ImportError, InputError)  # memory, or a package


@dataclass(frozen=True)
class Size:
    """How much to measure."""

    length: int = 200
    batches: tuple[int, ...] = (128, 512, 2048, 8192)
    steps: int = 30
    rounds: int = 3
    predicted: int = 1 << 19


TINY = Size(length=16, batches=(8,), steps=2, rounds=1, predicted=16)


def lightning(network, codes, scores, batch, device) -> None:
    """One epoch by Lightning's Trainer."""
    from lightning import LightningModule, Trainer

    class Module(LightningModule):
        def __init__(self):
            super().__init__()
            self.network = network

        def training_step(self, rows, _):
            letters, truth = rows
            loss = nn.functional.mse_loss(self.network(letters.float()), truth.float())
            self.log("loss", loss)
            return loss

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters())

    quiet = dict.fromkeys(["enable_checkpointing", "enable_progress_bar"], False)
    quiet |= {"enable_model_summary": False, "logger": False}
    accelerator = "gpu" if device.type == "cuda" else "cpu"
    trainer = Trainer(max_epochs=1, accelerator=accelerator, devices=1, **quiet)
    trainer.fit(Module(), DataLoader(OneHots(codes, scores), batch, shuffle=True))


WAYS = {"ours": ours, "plain PyTorch": plain, "Lightning": lightning}


def rows_of(count: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Random codes uint8 (count, length) and scores float32 (count, 1)."""
    random = np.random.default_rng(0)
    codes = random.integers(0, 4, (count, length), dtype=np.uint8)
    return codes, random.normal(size=(count, 1)).astype(np.float32)


def seconds(work: Callable[[], object], device: torch.device) -> float:
    """How long it takes until the device has finished it."""
    _finish(device)
    started = perf_counter()
    work()
    _finish(device)
    return perf_counter() - started


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def step(way: str, family: str, batch: int, size: Size, device: torch.device) -> float:
    """Seconds a training step takes; NaN where it cannot be had, for want of memory or package."""
    torch.use_deterministic_algorithms(way == "ours", warn_only=True)
    codes, scores = rows_of(batch * size.steps, size.length)
    network = build(family, {}, size.length, 1).to(device)
    train = WAYS[way]
    try:
        train(network, codes[: 2 * batch], scores[: 2 * batch], batch, device)
        return seconds(lambda: train(network, codes, scores, batch, device), device) / size.steps
    except LACKING:
        return float("nan")


def inside(family: str, batch: int, size: Size, device: torch.device) -> tuple[float, float]:
    """Of our training: the most memory in MiB (NaN off a GPU), and the share of time in kernels."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    codes, scores = rows_of(batch * size.steps, size.length)
    network = build(family, {}, size.length, 1).to(device)
    on_card = device.type == "cuda"
    try:
        ours(network, codes[: 2 * batch], scores[: 2 * batch], batch, device)
    except LACKING:
        return float("nan"), float("nan")
    if on_card:
        torch.cuda.reset_peak_memory_stats()
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_card else [])]
    with profile(activities=activities) as watched:
        wall = seconds(lambda: ours(network, codes, scores, batch, device), device)
    kind = DeviceType.CUDA if on_card else DeviceType.CPU
    spans = [
        (event.time_range.start, event.time_range.end)
        for event in watched.events()
        if event.device_type == kind and not event.is_user_annotation
    ]
    memory = torch.cuda.max_memory_allocated() / MIB if on_card else float("nan")
    return memory, covered(spans) / (wall * 1e6)


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """The length of what intervals cover together."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def prediction(family: str, size: Size, device: torch.device) -> tuple[float, float]:
    """Sequences a second that are predicted, by ours and by a plain loop over batches of 1,024."""
    codes, _ = rows_of(size.predicted, size.length)
    network = build(family, {}, size.length, 1).to(device).eval()
    record = {**RECORD, "input_length": size.length}
    predictor = Predictor(network, record, str(device))
    letters = torch.eye(4)

    def by_hand():
        with torch.inference_mode():
            for part in torch.from_numpy(codes).split(1024):
                network(letters[part.long()].transpose(1, 2).to(device)).cpu()

    speeds = []
    for work in (lambda: predictor.predict(codes), by_hand):
        torch.use_deterministic_algorithms(work is not by_hand, warn_only=True)
        work()
        best = min(seconds(work, device) for _ in range(size.rounds))
        speeds.append(len(codes) / best)
    return speeds[0], speeds[1]


def main() -> None:
    """Print both tables."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--cpu", action="store_true", help="a tiny version, for the test")
    on_cpu = arguments.parse_args().cpu
    if not on_cpu and not torch.cuda.is_available():
        print("No GPU here: nothing was measured.")
        return
    warnings.filterwarnings("ignore")
    device, size = choose_device("cpu" if on_cpu else "cuda"), TINY if on_cpu else Size()
    name = "the processor" if on_cpu else torch.cuda.get_device_name()
    print(f"{name}, PyTorch {torch.__version__}, sequences of {size.length} nt")
    heads = "".join(f"{way:>14}{'/ ours':>8}" for way in list(WAYS)[1:])
    print(f"{'ms a step':<14}{'batch':>6}{'ours':>10}{heads}{'MiB':>9}{'in kernels':>12}")
    for family in FAMILIES:
        for batch in size.batches:
            rounds = [
                {way: step(way, family, batch, size, device) for way in WAYS}
                for _ in range(size.rounds)
            ]
            best = {way: 1e3 * np.min([times[way] for times in rounds]) for way in WAYS}
            others = "".join(
                f"{best[way]:14.3f}{best[way] / best['ours']:8.2f}" for way in list(WAYS)[1:]
            )
            memory, share = inside(family, batch, size, device)
            message = f"{best['ours']:10.3f}{others}{memory:9.0f}{share:12.0%}"
            print(f"{family:<14}{batch:6}{message}", flush=True)
    print(f"{'prediction':<14}{'ours, a second':>16}{'plain PyTorch':>16}{'ours /':>8}")
    for family in FAMILIES:
        fast, slow = prediction(family, size, device)
        print(f"{family:<14}{fast:16,.0f}{slow:16,.0f}{fast / slow:8.2f}", flush=True)


if __name__ == "__main__":
    main()
