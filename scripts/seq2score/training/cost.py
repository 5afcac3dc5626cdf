"""How long a training will take on this machine: told before it starts, as an estimate.

A network is asked: one step on random letters, timed, times the steps to come. An estimator counts
its additions (`Estimator.additions`), which a product of matrices tells the seconds of. All is for
one core at work; of a GPU nothing is known here.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import process_time

import numpy as np
import pyarrow.parquet as pq
import torch
from threadpoolctl import threadpool_limits

from seq2score.models import build, noise
from seq2score.models.estimator import Estimator
from seq2score.models.network import Network
from seq2score.sequences.construct import Construct
from seq2score.splits.parts import sequence_length
from seq2score.training.batches import Block
from seq2score.training.gradients import Gradients

JUDGED = 1 / 3  # of a step, what a row costs that is only predicted
SIDE = 512  # of the matrices that are multiplied to see how fast the machine is


def estimates(
    members: Mapping[str, dict], files: Mapping[str, str | Path], flanks: Mapping[str, str]
) -> list[dict]:
    """A row a member of a blend: core seconds that one training of it will take.

    Parameters
    ----------
    members
        Settings of each, by name.
    files
        Of `train` and `validation`.
    flanks
        `left` and `right` of the construct.
    """
    rows = tuple(pq.read_metadata(files[part]).num_rows for part in ("train", "validation"))
    length = sequence_length(files["train"]) + Construct.of(flanks).letters
    return [
        {"member": name, "rows": rows[0], "length": length, "seconds": seconds(m, rows, length)}
        for name, m in members.items()
    ]


def message(rows: Sequence[Mapping], seeds: int) -> str:
    """What estimates come to, in a line."""
    each = ", ".join(f"{row['member']} {row['seconds'] / 60:.1f}" for row in rows)
    every = minutes(seeds * sum(row["seconds"] for row in rows))
    of_all = f" for {seeds} seeds" if seeds > 1 else ""
    return f"training will take {every}{of_all} on one core (an estimate; minutes a seed: {each})"


def seconds(model: dict, rows: tuple[int, int], length: int) -> float:
    """Core seconds that one training will take at most: early stopping may end it sooner.

    Parameters
    ----------
    model
        Its settings.
    rows
        Of the train and of the validation set.
    length
        Letters of a whole construct.
    """
    torch.manual_seed(0)
    loss = model["training"]["loss"]
    built = build(model["architecture"], model["options"], length, 1, noise.predicts_noise(loss))
    if isinstance(built, Estimator):
        return built.additions(rows[0]) / additions_a_second()
    training = model["training"]
    seen = (rows[0] + JUDGED * rows[1]) * training["epochs"]
    return seen * seconds_a_row(built, training, min(training["batch_size"], rows[0]), length)


def seconds_a_row(network: Network, training: dict, batch_size: int, length: int) -> float:
    """Core seconds that a row of a batch takes to learn from."""
    noisy = noise.predicts_noise(training["loss"])
    loss = training["loss"] if noisy else "mse"  # others take no time
    computes = Gradients(network.train(), loss, "float32")
    encoded = np.random.default_rng(0).integers(0, 4, (batch_size, length), dtype=np.uint8)
    batch = Block(torch.from_numpy(encoded), torch.zeros(batch_size, 1))
    with torch.no_grad():
        return _quickest(lambda: computes.of_batch(batch)) / batch_size


def additions_a_second() -> float:
    """How many multiplications, each with its addition, one core does in a product of matrices."""
    square = np.ones((SIDE, SIDE), dtype=np.float32)
    with threadpool_limits(1):
        return SIDE**3 / _quickest(lambda: square @ square)


def minutes(spent: float) -> str:
    """Seconds as one tells them: `under 1 minute`, `about 4 minutes`, `about 3 hours`."""
    if spent < 60:
        return "under 1 minute"
    if spent < 7200:
        return f"about {math.ceil(spent / 60)} minutes"
    return f"about {round(spent / 3600)} hours"


def _quickest(compute: Callable[[], object], times: int = 3) -> float:
    """CPU seconds: the least of several times, for the first finds nothing in the cache."""
    spent = []
    for _ in range(times):
        started = process_time()
        compute()
        spent.append(process_time() - started)
    return max(min(spent), 1e-6)
