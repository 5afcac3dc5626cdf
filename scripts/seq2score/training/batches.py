"""The examples of a train or validation set, held as codes, and the batches of an epoch.

What fits stays on the device that computes. A larger set streams from disk in shuffled blocks.
A block is (codes uint8 (n, length), targets, weights): targets float32 (n, outputs), 0 where
missing, or classes int64 (n,); weights float32 (n, 1) or (n, outputs), or None where all are 1.
Codes are of whole constructs; `flanks` tells how many letters at either side are not the insert's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor

Block = tuple[Tensor, Tensor, Tensor | None]


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
    """A set that is read from disk in blocks of a few of its groups of rows, chosen at random."""

    rows: int
    groups: int
    read: Callable[[list[int]], Block]
    together: int = 8
    flanks: tuple[int, int] = (0, 0)

    def blocks(self, generator: Generator | None = None) -> Iterator[Block]:
        """Every group of rows once; in random order with a generator, which is advanced."""
        order = torch.arange(self.groups)
        if generator is not None:
            order = torch.randperm(self.groups, generator=generator)
        for groups in order.split(self.together):
            yield self.read(groups.tolist())


@dataclass(frozen=True)
class Sets:
    """What a model learns from, and what its learning is judged by; both on the same device.

    both_strands: show each sequence on a random strand. unit: what scores were divided by, float64
    (outputs,), or None; losses are reported in the score's own units.
    """

    train: Resident | Streamed
    validation: Resident | Streamed
    both_strands: bool = False
    unit: np.ndarray | None = None


def shuffled(examples, size: int, generator: Generator, both_strands: bool) -> Iterator[Block]:
    """Batches of `size` rows in random order, on a random strand each with `both_strands`."""
    for codes, targets, weights in examples.blocks(generator):
        order = torch.randperm(len(codes), generator=generator).to(codes.device)
        codes = codes[order]
        if both_strands:
            turned = torch.rand(len(codes), 1, generator=generator).to(codes.device) < 0.5
            codes = torch.where(turned, reverse_complement(codes, examples.flanks), codes)
        weights = None if weights is None else weights[order]
        yield from split((codes, targets[order], weights), size)


def in_order(examples, letters: int) -> Iterator[Block]:
    """Batches of about so many letters, in the order of the rows."""
    for block in examples.blocks():
        yield from split(block, max(1, letters // block[0].shape[1]))


def reverse_complement(codes: Tensor, flanks: tuple[int, int] = (0, 0)) -> Tensor:
    """Codes of the other strand; N (4) stays N. flanks: letters at either side that stay."""
    left, right = flanks
    insert = codes[:, left : codes.shape[1] - right]
    turned = insert.flip(1)
    turned = torch.where(turned < 4, 3 - turned, turned)
    return torch.cat([codes[:, :left], turned, codes[:, codes.shape[1] - right :]], dim=1)


def split(block: Block, size: int) -> Iterator[Block]:
    """Batches of `size` rows in the order of the rows; the last has the rest."""
    rows = len(block[0])
    sizes = [size] * (rows // size) + ([rows % size] if rows % size else [])
    if sizes[-1] == 1 and len(sizes) > 1:  # batch normalization has no use for a single row
        sizes[-2:] = [sizes[-2] + 1]
    parts = [[None] * len(sizes) if part is None else part.split(sizes) for part in block]
    yield from zip(*parts, strict=True)
