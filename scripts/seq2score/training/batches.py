"""The examples of a train or validation set, held as codes, and the batches of an epoch.

What fits stays on the device that computes. A larger set is mapped from a file and read ahead, in
shuffled blocks. Sequences are whole constructs; `flanks` tells how many letters at either side are
not the insert's.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import TemporaryFile, gettempdir
from typing import IO, NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

from seq2score.errors import InputError


class Block(NamedTuple):
    """Some examples.

    Attributes
    ----------
    encoded
        Sequences, uint8 (n, length).
    targets
        float32 (n, outputs), 0 where missing; or classes, int64 (n,).
    weights
        float32 (n, 1) or (n, outputs); None where all are 1.
    covariates
        float32 (n, width); None where models see sequences alone.
    """

    encoded: Tensor
    targets: Tensor
    weights: Tensor | None = None
    covariates: Tensor | None = None

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.encoded)

    @property
    def given(self) -> list[Tensor]:
        """What networks are given beside the letters."""
        return [] if self.covariates is None else [self.covariates]

    @property
    def parts(self) -> dict[str, Tensor]:
        """What there is, by name."""
        return {name: part for name, part in self._asdict().items() if part is not None}

    def each(self, change: Callable[[Tensor], Tensor]) -> "Block":
        """The same change of all that there is."""
        return Block(**{name: change(part) for name, part in self.parts.items()})

    def at(self, rows: Tensor | slice) -> "Block":
        """These rows alone, in this order."""
        return self.each(lambda part: part[rows])


@dataclass(frozen=True)
class Resident:
    """A set that stays on the device."""

    block: Block
    flanks: tuple[int, int] = (0, 0)

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.block.rows

    def blocks(self, generator: Generator | None = None) -> Iterator[Block]:
        """The whole set at once, in the order of the rows."""
        yield self.block


@dataclass(frozen=True)
class Streamed:
    """A set that stays in files, read ahead onto the device in blocks of runs, chosen at random.

    A run is of neighbouring rows, for disks like to read so.
    """

    block: Block  # mapped from files, see `mapped`
    device: torch.device
    flanks: tuple[int, int] = (0, 0)
    run_letters: int = 2**18  # fixed, as the next, for the order depends on them
    together: int = 256

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.block.rows

    def blocks(self, generator: Generator | None = None) -> Iterator[Block]:
        """Every run once; in random order with a generator, which several blocks advance."""
        rows = max(1, self.run_letters // self.block.encoded.shape[1])
        starts = torch.arange(0, self.rows, rows)
        if generator is not None and len(starts) > self.together:
            starts = starts[torch.randperm(len(starts), generator=generator)]
        first, *others = starts.split(self.together)
        with ThreadPoolExecutor(1) as ahead:
            reading = ahead.submit(self._read, first.tolist(), rows)
            for chosen in others:
                ready, reading = reading, ahead.submit(self._read, chosen.tolist(), rows)
                yield ready.result()
            yield reading.result()

    def _read(self, starts: list[int], rows: int) -> Block:
        runs = [slice(start, start + rows) for start in starts]
        return self.block.each(lambda part: torch.cat([part[run] for run in runs]).to(self.device))


def mapped(parts: Iterable[Block]) -> Block:
    """The parts of a set, laid end to end in files without names, mapped into memory.

    The files lie in `TMPDIR` and end with the process, however it ends; what memory holds of them,
    others may take at any time.

    Raises
    ------
    InputError
        Where there is no room for them.
    """
    files: dict[str, IO[bytes]] = {}
    with ExitStack() as stack:
        for block in parts:
            for name, tensor in block.parts.items():
                if name not in files:
                    files[name] = stack.enter_context(TemporaryFile())
                _append(files[name], tensor)
        return Block(**{name: _mapped(files[name], part) for name, part in block.parts.items()})


def _append(file: IO[bytes], tensor: Tensor) -> None:
    try:
        file.write(tensor.numpy().data)
        file.flush()
    except OSError as error:
        raise InputError(
            f"{gettempdir()}: {error.strerror}. A set of more letters than stay in memory is laid "
            "there, a byte a letter. Set TMPDIR to a folder with more room."
        ) from error


def _mapped(file: IO[bytes], like: Tensor) -> Tensor:
    """A file's numbers as rows like these."""
    numbers = np.memmap(file, like.numpy().dtype, "c")  # which torch takes for writable
    return torch.from_numpy(numbers).view(-1, *like.shape[1:])


@dataclass(frozen=True)
class Sets:
    """What a model learns from, and what its learning is judged by; both on the same device.

    Attributes
    ----------
    both_strands
        Show each sequence on a random strand.
    unit
        What scores were divided by, float64 (outputs,), if anything; losses are reported in units
        of the score.
    apart
        Whether each output has rows of its own, over which its loss is the mean.
    """

    train: Resident | Streamed
    validation: Resident | Streamed
    both_strands: bool = False
    unit: np.ndarray | None = None
    apart: bool = False

    def counts(self, part: Resident | Streamed) -> int | np.ndarray:
        """How many rows a set has; where outputs are apart, what those of each output weigh."""
        weights = part.block.weights if self.apart else None
        return part.rows if weights is None else weights.cpu().sum(0, dtype=torch.float64).numpy()


def shuffled(
    examples: Resident | Streamed, size: int, generator: Generator, both_strands: bool
) -> Iterator[Block]:
    """Batches of `size` rows in random order, on a random strand each with `both_strands`."""
    for block in examples.blocks(generator):
        order = torch.randperm(block.rows, generator=generator).to(block.encoded.device)
        block = block.at(order)
        if both_strands:
            encoded = block.encoded
            turned = torch.rand(block.rows, 1, generator=generator).to(encoded.device) < 0.5
            encoded = torch.where(turned, turn_inserts(encoded, examples.flanks), encoded)
            block = block._replace(encoded=encoded)
        yield from split(block, size)


def in_order(examples: Resident | Streamed, letters: int) -> Iterator[Block]:
    """Batches of about so many letters, in the order of the rows."""
    for block in examples.blocks():
        yield from split(block, max(1, letters // block.encoded.shape[1]))


def turn_inserts(encoded: Tensor, flanks: tuple[int, int] = (0, 0)) -> Tensor:
    """Constructs uint8 (n, length) with their insert read from the other strand; N stays N.

    `flanks` are how many letters at either side stay.
    """
    left, right = flanks
    insert = encoded[:, left : encoded.shape[1] - right]
    turned = insert.flip(1)
    turned = torch.where(turned < 4, 3 - turned, turned)
    return torch.cat([encoded[:, :left], turned, encoded[:, encoded.shape[1] - right :]], dim=1)


def split(block: Block, size: int) -> Iterator[Block]:
    """Batches of `size` rows in the order of the rows; the last has the rest."""
    sizes = [size] * (block.rows // size)
    sizes += [block.rows % size] if block.rows % size else []
    if sizes[-1] == 1 and len(sizes) > 1:  # batch normalization has no use for a single row
        sizes[-2:] = [sizes[-2] + 1]
    parts = ([None] * len(sizes) if part is None else part.split(sizes) for part in block)
    yield from map(Block._make, zip(*parts, strict=True))
