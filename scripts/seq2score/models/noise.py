"""Networks that tell how noisy a score is, beside what it is: twice the outputs.

Such a network gives (n, 2 x outputs): the scores, and then for each the logarithm of the
variance of what is measured around it, on the scale that networks learn (Nix and Weigend 1994).
"""

from torch import Tensor

LOSSES = ("gaussian_nll",)  # by which networks learn to tell it
LEAST = 1e-6  # variance, beside the scores' own of about 1: what has no noise stays finite


def predicts_noise(loss: str) -> bool:
    """Whether a network that minimizes this loss tells the noise."""
    return loss in LOSSES


def variance(output: Tensor) -> Tensor:
    """The variance of the noise, from the second half of what such a network gives."""
    return output.exp() + LEAST


def halves(output: Tensor) -> tuple[Tensor, Tensor]:
    """(n, 2 x outputs) as scores and their variance, (n, outputs) each."""
    scores, noise = output.chunk(2, dim=1)
    return scores, variance(noise)
