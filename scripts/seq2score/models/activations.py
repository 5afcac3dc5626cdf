"""What stands between layers: functions of each number alone, as modules.

A module, not a bare call, so that what hooks modules (DeepLIFT, as in tangermeme and captum) finds
every one of them. A module stands at one place of a network only, for the same reason.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Elementwise(nn.Module):
    """A function from a tensor to one of the same shape, each number by itself."""

    def __init__(self, function: Callable[[Tensor], Tensor]):
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        """From any shape to the same shape."""
        return self.function(x)


def activation(name: str) -> nn.Module:
    """A new module for `relu` or `exponential` (Koo and Ploenzke 2021)."""
    modules: dict[str, Callable[[], nn.Module]] = {
        "relu": nn.ReLU,
        "exponential": lambda: Elementwise(torch.exp),
    }
    return modules[name]()
