"""The examples of a train or validation set, held as codes, and the batches of an epoch.

What fits stays on the device that computes. A larger set is mapped from a file and read ahead, in
shuffled blocks.
A block is (codes uint8 (n, length), targets, weights): targets float32 (n, outputs), 0 where
missing, or classes int64 (n,); weights float32 (n, 1) or (n, outputs), or None where all are 1.
Where something stands beside the sequences, a block has it as a fourth part, float32 (n, inputs).
Codes are of whole constructs; `flanks` tells how many letters at either side are not the insert's.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import TemporaryFile, gettempdir
from typing import BinaryIO

import numpy as np
import torch
from torch import Generator, Tensor

from seq2score.errors import InputError

Block = tuple[Tensor | None, ...]


@dataclass(frozen=True)
class Resident:
    """A set that stays on the device."""

    block: Block
    flanks: tuple[int, int] = (0, 0)

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.block[0])

    def blocks(self, generator: Generator | None = None) -> Iterator[Block]:
        """The whole set at once, in the order of the rows."""
        yield self.block


@dataclass(frozen=True)
class Streamed:
    """A set that stays in files, read ahead onto the device in blocks of runs, chosen at random.

    block: mapped from files (`mapped`). A run is of neighbouring rows, for disks like to read so.
    """

    block: Block
    device: torch.device
    flanks: tuple[int, int] = (0, 0)
    run_letters: int = 2**18  # fixed, as the next, for the order depends on them
    together: int = 256

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.block[0])

    def blocks(self, generator: Generator | None = None) -> Iterator[Block]:
        """Every run once; in random order with a generator, which several blocks advance."""
        rows = max(1, self.run_letters // self.block[0].shape[1])
        starts = torch.arange(0, self.rows, rows)
        if generator is not None and len(starts) > self.together:
            starts = starts[torch.randperm(len(starts), generator=generator)]
        with ThreadPoolExecutor(1) as ahead:
            reading = None
            for chosen in starts.split(self.together):
                ready, reading = reading, ahead.submit(self._read, chosen.tolist(), rows)
                if ready is not None:
                    yield ready.result()
            yield reading.result()

    def _read(self, starts: list[int], rows: int) -> Block:
        return tuple(
            None
            if part is None
            else torch.cat([part[start : start + rows] for start in starts]).to(self.device)
            for part in self.block
        )


def mapped(parts: Iterable[Block]) -> Block:
    """The parts of a set, laid end to end in files without names, mapped into memory.

    The files lie in `TMPDIR` and end with the process, however it ends; what memory holds of them,
    others may take at any time. Raises InputError where there is no room for them.
    """
    with ExitStack() as stack:
        files = []
        for part in parts:
            files = files or [stack.enter_context(TemporaryFile()) for _ in part]
            for file, tensor in zip(files, part, strict=True):
                _append(file, tensor)
        return tuple(map(_mapped, files, part))


def _append(file: BinaryIO, tensor: Tensor | None) -> None:
    try:
        file.write(b"" if tensor is None else tensor.numpy())
        file.flush()
    except OSError as error:
        raise InputError(
            f"{gettempdir()}: {error.strerror}. A set of more letters than stay in memory is laid "
            "there, a byte a letter. Set TMPDIR to a folder with more room."
        ) from error


def _mapped(file: BinaryIO, like: Tensor | None) -> Tensor | None:
    """A file's numbers as rows like these."""
    if like is None:
        return None
    numbers = np.memmap(file, like.numpy().dtype, "c")  # which torch takes for writable
    return torch.from_numpy(numbers).view(-1, *like.shape[1:])


@dataclass(frozen=True)
class Sets:
    """What a model learns from, and what its learning is judged by; both on the same device.

    both_strands: show each sequence on a random strand. unit: what scores were divided by, float64
    (outputs,), or None; losses are reported in the score's own units. apart: each output has rows
    of its own, over which its loss is told as a mean.
    """

    train: Resident | Streamed
    validation: Resident | Streamed
    both_strands: bool = False
    unit: np.ndarray | None = None
    apart: bool = False

    def counts(self, part: Resident | Streamed) -> int | np.ndarray:
        """How many rows a set has; where outputs are apart, what those of each output weigh."""
        return part.block[2].cpu().sum(0, dtype=torch.float64).numpy() if self.apart else part.rows


def shuffled(
    examples: Resident | Streamed, size: int, generator: Generator, both_strands: bool
) -> Iterator[Block]:
    """Batches of `size` rows in random order, on a random strand each with `both_strands`."""
    for encoded, *others in examples.blocks(generator):
        order = torch.randperm(len(encoded), generator=generator).to(encoded.device)
        encoded = encoded[order]
        if both_strands:
            turned = torch.rand(len(encoded), 1, generator=generator).to(encoded.device) < 0.5
            encoded = torch.where(turned, turn_inserts(encoded, examples.flanks), encoded)
        others = [None if part is None else part[order] for part in others]
        yield from split((encoded, *others), size)


def in_order(examples: Resident | Streamed, letters: int) -> Iterator[Block]:
    """Batches of about so many letters, in the order of the rows."""
    for block in examples.blocks():
        yield from split(block, max(1, letters // block[0].shape[1]))


def turn_inserts(encoded: Tensor, flanks: tuple[int, int] = (0, 0)) -> Tensor:
    """Codes with their insert read from the other strand; N (4) stays N.

    flanks: how many letters at either side stay.
    """
    left, right = flanks
    insert = encoded[:, left : encoded.shape[1] - right]
    turned = insert.flip(1)
    turned = torch.where(turned < 4, 3 - turned, turned)
    return torch.cat([encoded[:, :left], turned, encoded[:, encoded.shape[1] - right :]], dim=1)


def split(block: Block, size: int) -> Iterator[Block]:
    """Batches of `size` rows in the order of the rows; the last has the rest."""
    rows = len(block[0])
    sizes = [size] * (rows // size) + ([rows % size] if rows % size else [])
    if sizes[-1] == 1 and len(sizes) > 1:  # batch normalization has no use for a single row
        sizes[-2:] = [sizes[-2] + 1]
    parts = [[None] * len(sizes) if part is None else part.split(sizes) for part in block]
    yield from zip(*parts, strict=True)
