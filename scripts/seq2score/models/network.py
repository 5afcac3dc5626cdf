"""What every architecture is: a torch module that can tell its gradients."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional


class Network(nn.Module):
    """Maps one-hot float32 (n, 4, length) to float32 (n, outputs)."""

    def gradients(self, x: Tensor, slope: Callable[[Tensor], Tensor]) -> list[Tensor]:
        """Gradients of the loss, in the order of `parameters()`.

        slope: from predictions (n, outputs) to the slope of the loss at each of them.
        Small networks override this, where autograd's bookkeeping costs more than the numbers.
        """
        prediction = self(x).float()
        return torch.autograd.grad(prediction, list(self.parameters()), slope(prediction.detach()))


def one_hot(codes: Tensor) -> Tensor:
    """One-hot numbers, float32 (n, 4, length), of codes uint8 (n, length); N is four zeros.

    The four numbers of a letter lie side by side in memory, as `Convolution` reads them.
    """
    letters = torch.eye(5, 4, device=codes.device)
    return functional.embedding(codes.int(), letters).transpose(1, 2)
