"""Grouped convolutions with squeeze and excitation (LegNet: Penzar and colleagues 2023).

The winner of the 2022 DREAM challenge of random promoters, in a size for libraries of thousands:
convolutions of every block are normalized over the batch, each block halves the positions, and the
last channels are averaged over all of them, so that a motif counts wherever it stands.
"""

import torch
from torch import Tensor, nn

from seq2score.models.strands import StrandedNetwork


class Excitation(nn.Module):
    """Scales every channel by what all of them average to (Hu and colleagues 2018)."""

    def __init__(self, channels: int, inner: int):
        super().__init__()
        self.squeeze, self.excite = nn.Linear(channels, inner), nn.Linear(inner, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, positions) to the same shape."""
        scale = self.excite(nn.functional.silu(self.squeeze(x.mean(2))))
        return x * torch.sigmoid(scale)[:, :, None]


class Block(nn.Module):
    """Adds what a widened, grouped convolution finds; then a convolution changes the width."""

    def __init__(self, channels: int, out: int, kernel_size: int, group: int):
        super().__init__()
        wide, around = 2 * channels, kernel_size // 2
        self.find = nn.Sequential(
            nn.Conv1d(channels, wide, 1, bias=False),
            nn.BatchNorm1d(wide),
            nn.SiLU(),
            nn.Conv1d(
                wide, wide, kernel_size, padding=around, groups=max(1, wide // group), bias=False
            ),
            nn.BatchNorm1d(wide),
            nn.SiLU(),
            Excitation(wide, max(4, channels // 4)),
            nn.Conv1d(wide, channels, 1, bias=False),
            nn.BatchNorm1d(channels),
            nn.SiLU(),
        )
        self.change = nn.Sequential(
            nn.Conv1d(channels, out, kernel_size, padding=around, bias=False),
            nn.BatchNorm1d(out),
            nn.SiLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, positions) to (n, out, positions)."""
        return self.change(x + self.find(x))


class Model(StrandedNetwork):
    """The filters, blocks of grouped convolutions, and a mean over all positions.

    Parameters
    ----------
    length, outputs
        As for `build`.
    filters, kernel_size, activation
        Of the first layer.
    blocks, block_kernel_size
        Each block has the width `filters` and halves the positions.
    group
        Channels that a convolution of a block reads together.
    dropout
        Share of the last channels that is left out while it is trained.
    strands
        As for `StrandedNetwork`.
    """

    def __init__(
        self,
        length: int,
        outputs: int,
        filters: int = 64,
        kernel_size: int = 7,
        activation: str = "relu",
        blocks: int = 3,
        block_kernel_size: int = 7,
        group: int = 16,
        dropout: float = 0.2,
        strands: str = "one",
    ):
        super().__init__(length, filters, kernel_size, activation, padded=True, strands=strands)
        self.normalize = nn.BatchNorm1d(filters)
        self.blocks = nn.ModuleList(
            Block(filters, filters, block_kernel_size, group) for _ in range(blocks)
        )
        self.pool = nn.MaxPool1d(2, ceil_mode=True)
        self.last = nn.Sequential(nn.Conv1d(filters, 2 * filters, 1), nn.SiLU())
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(2 * filters, outputs)

    def read(self, x: Tensor) -> Tensor:
        """As `StrandedNetwork.read`."""
        features = self.normalize(self.first_activations(x))
        for block in self.blocks:
            features = self.pool(block(features))
        return self.output(self.dropout(self.last(features).mean(2)))
