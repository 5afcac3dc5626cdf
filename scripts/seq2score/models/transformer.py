"""A convolution, and layers of self-attention over what it finds (Vaswani and colleagues 2017)."""

import math

import torch
from torch import Tensor, nn

from seq2score.errors import InputError
from seq2score.models.convolution import ScanningNetwork


class Model(ScanningNetwork):
    """The filters, and attention over positions, which are averaged at the end.

    Positions are known by a learned vector each.

    Parameters
    ----------
    length, outputs
        As for `build`.
    filters, kernel_size, activation
        Of the first layer.
    pooling
        Positions of which attention sees the maximum.
    layers, heads
        Of attention; the heads must divide `filters`.
    dropout
        Of attention.

    Raises
    ------
    InputError
        For heads that do not divide the filters.
    """

    def __init__(
        self,
        length: int,
        outputs: int,
        filters: int = 64,
        kernel_size: int = 7,
        activation: str = "relu",
        pooling: int = 1,
        layers: int = 2,
        heads: int = 4,
        dropout: float = 0.1,
    ):
        super().__init__(length, filters, kernel_size, activation, padded=True)
        if filters % heads:
            raise InputError(f"heads: {heads} does not divide filters, {filters}.")
        self.pool = nn.MaxPool1d(pooling, ceil_mode=True)
        positions = math.ceil(length / pooling)
        self.places = nn.Parameter(0.02 * torch.randn(positions, filters))
        layer = nn.TransformerEncoderLayer(
            filters, heads, 2 * filters, dropout, batch_first=True, norm_first=True
        )
        self.attention = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.output = nn.Sequential(nn.LayerNorm(filters), nn.Linear(filters, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """One-hot float32 (n, 4, length) to float32 (n, outputs)."""
        features = self.pool(self.first_activations(x)).transpose(1, 2)
        return self.output(self.attention(features + self.places).mean(1))
