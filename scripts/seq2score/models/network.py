"""What every architecture is: a torch module that can tell its gradients."""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

# On a processor: the activations then stay in its cache. Fixed, as it can change the last bits.
LETTERS_AT_ONCE = 2**15


class Network(nn.Module):
    """Maps one-hot float32 (n, 4, length) to float32 (n, outputs).

    by_hand: whether `gradients` does without autograd, whose bookkeeping takes longer than the
    numbers of a small network. differentiable: whether there are gradients at all.
    """

    by_hand = False
    differentiable: bool = True
    why_no_gradients: str = ""
    output: nn.Module  # the last layer, of most families

    @classmethod
    def with_noise(cls, length: int, outputs: int, **options: Any) -> "Network":
        """A network that tells the noise too, by outputs of its own; see `models.noise`."""
        return cls(length, 2 * outputs, **options)

    @property
    def scanning(self) -> "Network | None":
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

        slope: from predictions (n, outputs) to the slope of the loss at each of them. inputs: what
        stands beside the sequences, where there is something.
        """
        prediction = self(x, *inputs).float()
        return [*torch.autograd.grad(prediction, [*self.parameters()], slope(prediction.detach()))]


def one_hot(encoded: Tensor) -> Tensor:
    """One-hot numbers, float32 (n, 4, length), of codes uint8 (n, length); N is four zeros.

    The four numbers of a letter lie side by side in memory, as `Convolution` reads them.
    """
    return functional.embedding(encoded.int(), _letters(encoded.device)).transpose(1, 2)


@cache
def _letters(device: torch.device) -> Tensor:
    return torch.eye(5, 4, device=device)
