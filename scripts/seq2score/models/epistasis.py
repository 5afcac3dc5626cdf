"""Additive and pairwise effects on a latent trait, and one nonlinearity to the score.

Global epistasis as in MAVE-NN (Tareen and colleagues 2022): for libraries of variants of one
sequence, whose mutations add up to a trait that the assay shows through a curve. The noise is
Gaussian: with squared error as loss the same everywhere, with `gaussian_nll` its variance follows
the score. What it has learned can be read: `effects`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from seq2score.models.network import Network


@dataclass(frozen=True)
class Effects:
    """Of one output, on a latent trait of mean 0 and standard deviation 1 over random sequences.

    Effects sum to 0 over the letters of a position, so that an effect is one from the average
    letter, and what single letters do is not in the pairs.
    """

    additive: np.ndarray  # float64 (length, 4)
    pairwise: np.ndarray  # float64 (length, 4, length, 4), 0 but for a first one before the second
    constant: float  # of the trait that the network computes, at the mean
    spread: float  # the standard deviation of that trait


class Curve(nn.Module):
    """A sum of sigmoids that only rises, for each output: (n, outputs) to (n, outputs)."""

    def __init__(self, outputs: int, steps: int):
        super().__init__()
        self.height = nn.Parameter(torch.full((outputs, steps), 0.5))
        self.slope = nn.Parameter(torch.zeros(outputs, steps))
        self.place = nn.Parameter(torch.linspace(-2, 2, steps).repeat(outputs, 1))
        self.base = nn.Parameter(torch.zeros(outputs))

    def forward(self, latent: Tensor) -> Tensor:
        """From the latent trait to what is learned."""
        slopes, heights = functional.softplus(self.slope), functional.softplus(self.height)
        steps = torch.tanh(slopes * (latent[:, :, None] - self.place))
        return self.base + (heights * steps).mean(2) * 2


class Model(Network):
    """Additive and pairwise effects, and the curve.

    Parameters
    ----------
    length, outputs
        As for `build`.
    reach
        Pairs of positions at most so far apart have an effect of their own; 0 for none.
    steps
        Sigmoids of the curve, 0 for a straight line.
    noise_degree
        Of the polynomial of the score that the logarithm of the noise's variance is, where the
        noise is told.
    """

    paired: Tensor
    noise: nn.Parameter | None

    def __init__(
        self,
        length: int,
        outputs: int,
        reach: int = 100,
        steps: int = 10,
        noise_degree: int = 2,
    ):
        super().__init__()
        self.length = length
        self.constant = nn.Parameter(torch.zeros(outputs))
        self.additive = nn.Parameter(0.02 * torch.randn(outputs, 4 * length))
        self.pairwise = nn.Parameter(torch.zeros(outputs, 4 * length, 4 * length))
        position = torch.arange(length).repeat_interleave(4)
        apart = position - position[:, None]
        self.register_buffer("paired", ((apart > 0) & (apart <= reach)).float(), persistent=False)
        self.output = Curve(outputs, steps) if steps else nn.Identity()
        self.noise_degree = noise_degree
        self.register_parameter("noise", None)

    @classmethod
    def with_noise(cls, length: int, outputs: int, **options: Any) -> Network:
        """As `Network.with_noise`; the noise follows the score, in place of a trait of its own."""
        network = cls(length, outputs, **options)
        network.noise = nn.Parameter(torch.zeros(outputs, network.noise_degree + 1))
        return network

    def latent(self, x: Tensor) -> Tensor:
        """One-hot float32 (n, 4, length) to the latent trait (n, outputs)."""
        letters = x.transpose(1, 2).flatten(1)
        trait = self.constant + letters @ self.additive.t()
        pairs = torch.einsum("ni,oij,nj->no", letters, self.pairwise * self.paired, letters)
        return trait + pairs

    def forward(self, x: Tensor) -> Tensor:
        """One-hot float32 (n, 4, length) to (n, outputs), or with noise to (n, 2 x outputs)."""
        return self._outputs(self.latent(x))

    def _outputs(self, latent: Tensor) -> Tensor:
        """From latent traits (n, outputs) to what the network gives."""
        score = self.output(latent)
        if self.noise is None:
            return score
        powers = score[:, :, None] ** torch.arange(self.noise.shape[1], device=score.device)
        return torch.cat([score, (powers * self.noise).sum(2)], dim=1)

    @torch.inference_mode()
    def effects(self, output: int = 0) -> Effects:
        """What one output's latent trait is made of."""
        shape = (self.length, 4, self.length, 4)
        pairs = (self.pairwise * self.paired)[output].double().numpy().reshape(shape).copy()
        single = self.additive[output].double().numpy().reshape(self.length, 4).copy()
        first = pairs.mean(axis=3, keepdims=True)
        second = pairs.mean(axis=1, keepdims=True)
        both = pairs.mean(axis=(1, 3), keepdims=True)
        pairs = pairs - first - second + both
        single += (first - both)[..., 0].sum(axis=2) + (second - both)[:, 0].sum(axis=0)
        constant = self.constant[output].item() + both.sum() + single.mean(axis=1).sum()
        single -= single.mean(axis=1, keepdims=True)
        # Of independent, equally frequent letters: zero-sum effects of different sets of positions
        # are uncorrelated, so their variances add.
        spread = np.sqrt(np.square(single).sum() / 4 + np.square(pairs).sum() / 16) or 1.0
        return Effects(single / spread, pairs / spread, float(constant), float(spread))

    @torch.inference_mode()
    def shown(self, trait: np.ndarray, output: int = 0) -> np.ndarray:
        """What the network gives for a trait (n,) as `effects` scales it: float64 (n,).

        With the noise (n, 2): the score, and what tells its noise (see `models.noise`).
        """
        curves = self.effects(output)
        latent = torch.zeros(len(trait), len(self.constant))
        latent[:, output] = torch.from_numpy(curves.constant + curves.spread * trait).float()
        given = self._outputs(latent)[:, output :: len(self.constant)].double().numpy()
        return given if self.noise is not None else given[:, 0]
