"""A convolution, and a bidirectional LSTM over what it finds (Quang and Xie 2016)."""

import math

import torch
from torch import Tensor, nn

from seq2score.models.convolution import ScanningNetwork


class Model(ScanningNetwork):
    """The filters, an LSTM in both directions over what they find, and a linear layer.

    Parameters
    ----------
    length, outputs
        As for `build`.
    filters, kernel_size, activation
        Of the first layer.
    pooling
        Positions of which the LSTM reads the maximum.
    units
        Of the LSTM, in each direction.
    dropout
        Share of what it reads and gives that is left out while it is trained.
    """

    def __init__(
        self,
        length: int,
        outputs: int,
        filters: int = 64,
        kernel_size: int = 7,
        activation: str = "relu",
        pooling: int = 1,
        units: int = 32,
        dropout: float = 0.1,
    ):
        super().__init__(length, filters, kernel_size, activation, padded=True)
        self.pool = nn.MaxPool1d(pooling, ceil_mode=True)
        self.lstm = nn.LSTM(filters, units, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(2 * units * math.ceil(length / pooling), outputs)

    def forward(self, x: Tensor) -> Tensor:
        """One-hot float32 (n, 4, length) to float32 (n, outputs)."""
        features = self.pool(self.first_activations(x)).transpose(1, 2)
        read, _ = self.lstm(self.dropout(features))
        return self.output(self.dropout(torch.flatten(read, 1)))
