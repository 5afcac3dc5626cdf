"""Residual blocks of convolutions (He and colleagues 2016), read out position by position."""

import math

from torch import Tensor, nn
from torch.nn import functional

from seq2score.models.strands import StrandedNetwork


class Block(nn.Module):
    """Adds to its input what a convolution finds in it; dilation widens the view at no cost."""

    def __init__(self, filters: int, kernel_size: int, dilation: int, batch_norm: bool):
        super().__init__()
        self.normalize = nn.BatchNorm1d(filters) if batch_norm else nn.Identity()
        self.before, self.between = nn.ReLU(), nn.ReLU()
        around = dilation * (kernel_size // 2)  # keeps the length, for odd widths
        self.convolution = Along(filters, filters, kernel_size, padding=around, dilation=dilation)
        self.mix = Along(filters, filters, 1)
        nn.init.zeros_(self.mix.weight)  # at first the block changes nothing (Zhang 2019)
        assert self.mix.bias is not None
        nn.init.zeros_(self.mix.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(n, filters, positions) to the same shape."""
        return x + self.mix(self.between(self.convolution(self.before(self.normalize(x)))))


class Along(nn.Conv1d):
    """nn.Conv1d, computed as a convolution of images one letter high.

    That is 2.0 times as fast at batches of 128 sequences of 40 letters, and 2.4 times at 1,024
    (benchmarks/by_hand.py): only for images are there kernels for numbers that lie channel by
    channel at each position, as the first layer leaves them.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, positions) to (n, filters, positions)."""
        assert not isinstance(self.padding, str)
        padding, dilation = (0, *self.padding), (1, *self.dilation)
        image, filters = x.unsqueeze(2), self.weight.unsqueeze(2)
        return functional.conv2d(image, filters, self.bias, 1, padding, dilation).squeeze(2)


class Model(StrandedNetwork):
    """The filters, residual blocks, a hidden layer on what they find in each bin.

    An additive path from letters to scores runs beside it all, so that the blocks need only learn
    the rest.

    Parameters
    ----------
    length, outputs
        As for `build`.
    filters, kernel_size, activation
        Of the first layer.
    blocks, block_kernel_size
        Of the residual blocks, each with twice the dilation of the one before.
    bins
        That positions are averaged into after the blocks, at most.
    hidden
        Width of the hidden layer.
    dropout
        Share of what linear layers read that is left out while it is trained.
    batch_norm
        Whether blocks begin with batch normalization.
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
        blocks: int = 2,
        block_kernel_size: int = 3,
        bins: int = 25,
        hidden: int = 64,
        dropout: float = 0.1,
        batch_norm: bool = False,
        strands: str = "one",
    ):
        super().__init__(length, filters, kernel_size, activation, padded=True, strands=strands)
        self.blocks = nn.Sequential(
            *(Block(filters, block_kernel_size, 2**i, batch_norm) for i in range(blocks))
        )
        together = math.ceil(length / bins)
        self.pool = nn.AvgPool1d(together, ceil_mode=True)
        self.dropout = nn.Dropout(dropout)
        self.hidden = nn.Linear(filters * math.ceil(length / together), hidden)
        self.hidden_activation = nn.ReLU()
        self.output = nn.Linear(hidden, outputs)
        self.additive = nn.Linear(4 * length, outputs, bias=False)

    def read(self, x: Tensor) -> Tensor:
        """As `StrandedNetwork.read`."""
        bins = self.pool(self.blocks(self.first_activations(x))).flatten(1)
        hidden = self.hidden_activation(self.hidden(self.dropout(bins)))
        return self.output(self.dropout(hidden)) + self.additive(x.flatten(1))
