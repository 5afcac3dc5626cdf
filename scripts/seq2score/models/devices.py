"""What networks compute on."""

import logging

import torch

from seq2score.errors import InputError


def choose_device(wanted: str) -> torch.device:
    """The device to compute on. Raises InputError if the wanted one is not there."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.mps.is_available()}
    if wanted == "auto":
        wanted = "cuda" if there["cuda"] else "cpu"
    if not there[wanted]:
        raise InputError(f"device: no {wanted} here. Allowed: auto, cpu, or what the machine has.")
    logging.info("computing on %s", torch.cuda.get_device_name() if wanted == "cuda" else wanted)
    return torch.device(wanted)
