"""The state of a training on disk, so that a killed one goes on where it was.

A file of a SHA-256 sum and the tensors that it is the sum of, in safetensors' format: a truncated
one is noticed. It names what it belongs to: a foreign one is noticed too. It has one writer: who
opens it last owns it, and an earlier owner (the orphan of a killed run) stops at its next save.
"""

import fcntl
import hashlib
import json
import logging
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import torch
from safetensors.torch import load
from safetensors.torch import save as to_bytes
from torch import Tensor

from seq2score.models.files import write_whole


def digest_of(files: Iterable[str | Path], settings: Mapping) -> str:
    """Of all that a training depends on: what its checkpoint belongs to."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for file in files:
        with Path(file).open("rb") as opened:
            while part := opened.read(1 << 20):
                digest.update(part)
    return digest.hexdigest()


class Superseded(RuntimeError):
    """Another process has taken over this training."""


class Follower:
    """A checkpoint that another process keeps: it is read, and never written.

    Parameters
    ----------
    path
        Of the file.
    belongs_to
        What the training depends on (config, seed, data, code), as one string.
    """

    def __init__(self, path: str | Path, belongs_to: str):
        self.path, self.belongs_to = Path(path), belongs_to

    def load(self) -> tuple[dict[str, Tensor], dict] | None:
        """Tensors and facts last saved, or None where there is nothing that could be used."""
        if not self.path.exists():
            return None
        content = self.path.read_bytes()
        digest, body = content[:64], content[64:]
        if hashlib.sha256(body).hexdigest().encode() != digest:
            logging.warning("%s is damaged: training starts over", self.path)
            return None
        tensors = load(body)
        facts = json.loads(tensors.pop("facts").numpy().tobytes())
        if facts.pop("belongs_to") != self.belongs_to:
            logging.warning("%s is of another training: training starts over", self.path)
            return None
        return tensors, facts

    def save(self, tensors: dict[str, Tensor], facts: dict) -> None:
        """Nothing: its owner saves."""


class Checkpoint(Follower):
    """A checkpoint that this process keeps from now on."""

    def __init__(self, path: str | Path, belongs_to: str):
        super().__init__(path, belongs_to)
        self.owner = uuid.uuid4().hex
        self.lock = self.path.with_name(self.path.name + ".lock")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked() as lock:
            lock.truncate(0)
            lock.write(self.owner)

    def save(self, tensors: dict[str, Tensor], facts: dict) -> None:
        """Write the state of a training, all at once.

        Raises
        ------
        Superseded
            Where another process has opened this checkpoint since.
        """
        text = json.dumps({**facts, "belongs_to": self.belongs_to}).encode()
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        body = to_bytes({**tensors, "facts": torch.frombuffer(bytearray(text), dtype=torch.uint8)})
        with self.owned():
            write_whole(self.path, hashlib.sha256(body).hexdigest().encode() + body)

    def remove(self) -> None:
        """Take it away, when the training is done."""
        with self.owned():
            self.path.unlink(missing_ok=True)
            self.lock.unlink()

    @contextmanager
    def owned(self) -> Iterator[None]:
        """While nobody else can take over. Raises Superseded if somebody has."""
        superseded = Superseded(f"another process has gone on with {self.path.parent}")
        if not self.lock.exists():  # and has finished
            raise superseded
        with self._locked() as lock:
            if lock.read() != self.owner:
                raise superseded
            yield

    @contextmanager
    def _locked(self) -> Iterator[TextIO]:
        with os.fdopen(os.open(self.lock, os.O_RDWR | os.O_CREAT, 0o644), "r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock
