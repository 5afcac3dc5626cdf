"""What a family is that is not trained by gradients: fitted at once, to arrays that say it all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seq2score.errors import InputError
from seq2score.models.network import Network
from seq2score.sequences.encoding import N


@dataclass(frozen=True)
class Examples:
    """What an estimator is fitted to.

    Attributes
    ----------
    encoded
        Sequences, uint8 (n, length).
    targets
        float64 (n, outputs) on the scale that models learn, NaN where missing; or classes, int64
        (n,).
    weights
        Of the rows, float64 (n,), mean about 1.
    inputs
        Covariates, float32 (n, width); without them (n, 0).
    """

    encoded: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    inputs: np.ndarray = None  # type: ignore[assignment]  # never None once it is made

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", covariates_of(self.encoded, self.inputs))

    def at(self, rows: np.ndarray | slice) -> "Examples":
        """These rows alone."""
        return Examples(*(getattr(self, name)[rows] for name in vars(self)))


def covariates_of(encoded: np.ndarray, inputs: np.ndarray | None) -> np.ndarray:
    """Covariates of sequences as they are, or float32 (n, 0) where there are none."""
    return np.zeros((len(encoded), 0), "f4") if inputs is None else inputs


class Estimator(Network):
    """Maps one-hot float32 (n, 4, length) to (n, outputs), as networks do, but has no gradients.

    A family defines `fit`, which leaves what it has learned in `arrays`, and `outputs_of`, which
    predicts from them alone: they are what is saved. Classes are predicted as logarithms of odds.
    """

    differentiable = False
    why_no_gradients = "this family has no gradients"

    def __init__(self, length: int, outputs: int):
        super().__init__()
        self.length, self.outputs, self.arms = length, outputs, 0
        self.arrays: dict[str, np.ndarray] = {}

    @classmethod
    def with_noise(cls, length: int, outputs: int, **options: Any) -> Network:
        """Refuse: only networks tell the noise."""
        raise InputError("loss: gaussian_nll is for networks, and this family is none.")

    def fit(self, train: Examples, validation: Examples, loss: str, seed: int) -> None:
        """Learn from `train`; what must be chosen is chosen by the loss on `validation`.

        Parameters
        ----------
        train, validation
            The sets.
        loss
            A name of `training.losses`.
        seed
            Of all chance.

        Raises
        ------
        InputError
            For a loss that the family cannot have.
        """
        raise NotImplementedError

    def additions(self, rows: int) -> float:
        """About how many additions a fit to so many rows takes, in units of a matrix product's.

        Of families that blends are made of; nobody asks a class of the user's own.
        """
        raise NotImplementedError

    def apart(self, encoded: np.ndarray, inputs: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """All sequences of each row, encoded, the first of them `encoded`, and other covariates."""
        letters = 4 * self.length
        one_hot = inputs[:, : self.arms * letters].reshape(len(inputs), self.arms, 4, self.length)
        further = np.where(one_hot.any(2), one_hot.argmax(2), N).astype(np.uint8)
        return [encoded, *further.swapaxes(0, 1)], inputs[:, self.arms * letters :]

    def outputs_of(self, encoded: np.ndarray, inputs: np.ndarray | None = None) -> np.ndarray:
        """Predictions, float64 (n, outputs), for sequences uint8 (n, length) and their covariates.

        Covariates are float32 (n, width), where there are some.
        """
        raise NotImplementedError

    def forward(self, x: Tensor, inputs: Tensor | None = None) -> Tensor:
        """One-hot (n, 4, length), and inputs, to float32 (n, outputs), without a slope."""
        letters = x.detach().cpu()
        encoded = torch.where(letters.amax(1) > 0, letters.argmax(1), 4).to(torch.uint8).numpy()
        given = [] if inputs is None else [inputs.cpu().numpy()]
        return torch.from_numpy(self.outputs_of(encoded, *given)).float().to(x.device)

    def parameters(self, recurse: bool = True) -> Iterator[Any]:
        """The numbers that were learned, for counting them."""
        return iter([torch.from_numpy(array) for array in self.arrays.values()])

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Tensor]:  # type: ignore[override]
        """What was learned, for saving it."""
        return {name: torch.from_numpy(array) for name, array in self.arrays.items()}

    def load_state_dict(  # type: ignore[override]
        self, state: Mapping[str, Tensor], *args: Any, **kwargs: Any
    ) -> None:
        """Take what was saved."""
        self.arrays = {name: tensor.numpy() for name, tensor in state.items()}
