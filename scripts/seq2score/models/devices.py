"""What networks compute on."""

import fcntl
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch

from seq2score.errors import InputError


def choose_device(name: str) -> torch.device:
    """The device to compute on: auto, cpu, cuda or mps.

    Raises
    ------
    InputError
        Where the machine has none of that name.
    """
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.mps.is_available()}
    if name == "auto":
        logging.info("device: auto found %s", "a GPU" if there["cuda"] else "no GPU")
        name = "cuda" if there["cuda"] else "cpu"
    if not there[name]:
        raise InputError(f"device: no {name} here. Allowed: auto, cpu, or what the machine has.")
    if name == "cuda":
        _make_exact()
        if torch.cuda.device_count() > 1:
            torch.cuda.set_device(claim(_gpus(torch.cuda.device_count())))
    logging.info("computing on %s", torch.cuda.get_device_name() if name == "cuda" else name)
    return torch.device(name)


def _make_exact() -> None:
    """The same bytes again on the same GPU: only algorithms whose sums have a fixed order.

    Where torch has none (it may be so for a network of a user's own), it warns and goes on.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # which torch asks for
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cuda.enable_mem_efficient_sdp(False)  # exact only where torch may not go on


def random_states(device: torch.device) -> dict[str, torch.Tensor]:
    """The states of the generators that dropout draws from, by the device that each is of."""
    states = {"cpu": torch.get_rng_state()}
    if device.type != "cpu":
        states[device.type] = torch.get_device_module(device).get_rng_state()
    return states


def set_random_states(states: dict[str, torch.Tensor]) -> None:
    """Go on drawing where `random_states` was asked."""
    torch.set_rng_state(states["cpu"])
    for name in states.keys() - {"cpu"}:
        torch.get_device_module(name).set_rng_state(states[name])


def _gpus(count: int) -> list[str]:
    """Names of the GPUs that this process may use; a cluster gives it only some of a machine's."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return visible.split(",")[:count] if visible else [str(index) for index in range(count)]


def claim(names: Sequence[str], folder: str | None = None) -> int:
    """Index of the first of these devices that no other process of ours has claimed.

    It stays claimed until this process ends. Where all are, they are shared. Claims are kept in
    `folder`, by default the one for temporary files.
    """
    for index, name in enumerate(names):
        file = Path(folder or tempfile.gettempdir(), f"seq2score-{os.getuid()}-gpu-{name}.lock")
        lock = os.open(file, os.O_CREAT | os.O_WRONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return index
        except BlockingIOError:
            os.close(lock)
    return os.getpid() % len(names)


def use_one_thread() -> None:
    """Compute with one thread from now on: more can change the last bits."""
    torch.set_num_threads(1)
