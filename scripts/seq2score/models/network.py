"""What every architecture is: a torch module that can tell its gradients."""

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

# On a processor: the activations then stay in its cache. Fixed, as it can change the last bits.
LETTERS_AT_ONCE = 2**15


class Scanning(Protocol):
    """What has first filters over letters: a layer that scans them, and an activation."""

    @property
    def convolution(self) -> nn.Module:
        """The layer that scans."""

    @property
    def first_filters(self) -> Tensor:
        """Its weights, float32 (filters, 4, width)."""

    def first_activations(self, x: Tensor) -> Tensor:
        """From one-hot (n, 4, length) to what follows its activation, (n, filters, positions)."""


class Network(nn.Module):
    """Maps one-hot float32 (n, 4, length) to float32 (n, outputs)."""

    by_hand = False  # whether `gradients` does without autograd, which takes long in small networks
    differentiable: bool = True
    why_no_gradients: str = ""
    output: nn.Module  # the last layer, of most families

    @classmethod
    def with_noise(cls, length: int, outputs: int, **options: Any) -> "Network":
        """A network that tells the noise too, by outputs of its own; see `models.noise`."""
        return cls(length, 2 * outputs, **options)

    @property
    def scanning(self) -> Scanning | None:
        """What has first filters over letters: itself, a part of it, or None."""
        return None

    @property
    def with_filters(self) -> "Network":
        """What predicts, and is `scanning` or has it as its first part: itself."""
        return self

    @torch.enable_grad()
    def gradients(
        self, x: Tensor, slope: Callable[[Tensor], Tensor], *inputs: Tensor
    ) -> list[Tensor]:
        """Gradients of the loss, in the order of `parameters()`.

        Parameters
        ----------
        x
            One-hot float32 (n, 4, length).
        slope
            From predictions (n, outputs) to the slope of the loss at each of them.
        inputs
            Covariates, float32 (n, width), where there are some.
        """
        prediction = self(x, *inputs).float()
        return [*torch.autograd.grad(prediction, [*self.parameters()], slope(prediction.detach()))]


def one_hot(encoded: Tensor) -> Tensor:
    """One-hot numbers, float32 (n, 4, length), of encoded sequences uint8 (n, length).

    Those of `sequences.encoding.one_hot`, N being four zeros, but made on the device, whereto a
    byte a letter goes; the four of a letter lie side by side in memory, as `Convolution` reads.
    """
    return functional.embedding(encoded.int(), _letters(encoded.device)).transpose(1, 2)


@cache
def _letters(device: torch.device) -> Tensor:
    return torch.eye(5, 4, device=device)
