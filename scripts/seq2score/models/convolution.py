"""The first layer of most architectures: filters that scan one-hot letters."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from seq2score.errors import InputError
from seq2score.models import activations
from seq2score.models.network import Network


def windows(x: Tensor, width: int) -> Tensor:
    """Every window of every sequence as a row: (n x positions, 4 x width)."""
    return x.transpose(1, 2).unfold(1, width, 1).reshape(-1, 4 * width)


class Convolution(nn.Conv1d):
    """nn.Conv1d over one-hot letters, as a product of windows and filters.

    The numbers are nn.Conv1d's; for four channels the product is 1.8 to 2.4 times as fast at
    batches of 128 sequences of 40 letters, and as fast at 1,024 (benchmarks/by_hand.py).
    """

    def forward(self, x: Tensor) -> Tensor:
        """One-hot (n, 4, length) to (n, filters, positions)."""
        if torch.jit.is_tracing():  # other formats know convolutions
            return super().forward(x)
        (width,) = self.kernel_size
        if self.padding == "same":
            x = functional.pad(x, ((width - 1) // 2, width // 2))
        scanned = functional.linear(windows(x, width), self.weight.flatten(1), self.bias)
        return scanned.unflatten(0, (len(x), x.shape[2] - width + 1)).transpose(1, 2)


class ScanningNetwork(Network):
    """A network whose first layer is a convolution over letters and an activation.

    Parameters
    ----------
    length
        Letters of a construct.
    filters, kernel_size, activation
        Of the layer.
    padded
        Whether the sequence is padded with zeros, so that every letter is the middle of a window.

    Raises
    ------
    InputError
        For filters that are wider than the sequences.
    """

    def __init__(
        self, length: int, filters: int, kernel_size: int, activation: str, padded: bool = False
    ):
        super().__init__()
        if kernel_size > length:
            raise InputError(
                f"kernel_size: {kernel_size} is wider than the sequences, which have {length} "
                f"letters. Allowed: 1 to {length}."
            )
        self.convolution = self.scanner(filters, kernel_size, "same" if padded else 0)
        self.positions = length if padded else length - kernel_size + 1
        self.activation = activations.activation(activation)

    def scanner(self, filters: int, kernel_size: int, padding: str | int) -> nn.Conv1d | nn.Conv2d:
        """The first layer; its padding is 0, or "same" for as many positions as letters."""
        return Convolution(4, filters, kernel_size, padding=padding)

    @property
    def scanning(self) -> "ScanningNetwork":
        """Itself."""
        return self

    @property
    def first_filters(self) -> Tensor:
        """Weights of the first layer, (filters, 4, kernel_size)."""
        return self.convolution.weight

    def first_activations(self, x: Tensor) -> Tensor:
        """What the first layer gives after its activation, (n, filters, positions)."""
        return self.activation(self.convolution(x))

    def load_state_dict(  # type: ignore[override]
        self, state: Mapping[str, Tensor], *args: Any, **kwargs: Any
    ) -> Any:
        """Takes 2-D filters (filters, 1, 4, kernel_size) for 1-D ones, and the other way round."""
        filters = state["convolution.weight"].view_as(self.convolution.weight)
        return super().load_state_dict({**state, "convolution.weight": filters}, *args, **kwargs)
