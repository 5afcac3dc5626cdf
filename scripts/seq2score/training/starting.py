"""A network that starts from a trained one, in place of random weights."""

import logging
import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from seq2score.errors import InputError
from seq2score.models import build
from seq2score.models.estimator import Estimator
from seq2score.models.files import load
from seq2score.models.network import Network
from seq2score.training.examples import Target
from seq2score.training.losses import SQUARED
from seq2score.training.scaling import Scaling


@dataclass(frozen=True)
class Start:
    """A trained network, the record of it, and its folder."""

    network: Network
    record: dict
    folder: Path

    @classmethod
    def read(cls, folder: Path) -> "Start":
        """Of the folder of a model.

        Raises
        ------
        InputError
            For one that holds no network of sequences alone.
        """
        network, record = load(folder)
        architecture = record["architecture"]
        if isinstance(network, Estimator) or architecture == "blend":
            raise InputError(
                f"start_from: {folder} is of {architecture}. Only networks can be started from."
            )
        if record.get("inputs"):
            raise InputError(
                f"start_from: {folder} sees more than sequences. Only models of sequences alone "
                "can be started from."
            )
        return cls(network, record, folder)

    def predicts(self, target: Target, loss: str) -> bool:
        """Whether what it gives means the same as what is to be learned now."""
        then = self.record["loss"]
        return (
            self.record["outputs"] == target.scores
            and self.record["classes"] == target.classes
            and self.record["score_transform"] == target.transform
            and (then == loss or (then in SQUARED and loss in SQUARED))
        )

    def scaled(self, target: Target) -> Target:
        """The target on the scale that its predictions are on."""
        scaling = self.record["target_scaling"]
        return replace(
            target,
            scaling=scaling and Scaling(np.array(scaling["mean"]), np.array(scaling["sd"])),
        )

    def give(
        self,
        network: Network,
        length: int,
        outputs: int,
        same_outputs: bool,
        tells_noise: bool = False,
    ) -> list[str]:
        """Put what it has learned into a new network, where that fits.

        A tensor fits by its name and shape. Without `same_outputs`, the last layer stays new: all
        whose shape depends on the number of outputs.

        Parameters
        ----------
        network
            The new one, of the same family and options.
        length
            Letters of a construct.
        outputs
            Of the new network.
        same_outputs
            Whether they mean the same as its own.
        tells_noise
            Whether the new network tells the noise too.

        Returns
        -------
        list of str
            What stays new, by name.
        """
        state, learned = network.state_dict(), self.network.state_dict()
        head: set[str] = set()
        if not same_outputs:
            family = self.record["architecture"], self.record["options"]
            more = build(*family, length, outputs + 1, tells_noise)
            shapes = {name: tensor.shape for name, tensor in more.state_dict().items()}
            head = {name for name in state if shapes.get(name) != state[name].shape}
        fitting = {
            name: tensor
            for name, tensor in learned.items()
            if name in state and name not in head and tensor.shape == state[name].shape
        }
        network.load_state_dict({**state, **fitting})
        new = [name for name in state if name not in fitting]
        logging.info(
            "starting from %s: %s", self.folder, f"new are {', '.join(new)}" if new else "all of it"
        )
        return new


def layers_of(network: Network) -> list[list[str]]:
    """Names of the weights by layer (a module with weights of its own), the first one first."""
    layers: dict[str, list[str]] = {}
    for name, _ in network.named_parameters():
        layers.setdefault(name.rpartition(".")[0], []).append(name)
    if (scanning := network.scanning) is not None:
        first = next(n for n, m in network.named_modules() if m is scanning.convolution)
        return [layers.pop(first), *layers.values()]
    return list(layers.values())


def rate_multipliers(
    network: Network, new: Collection[str], freeze: str, lower_layers: float
) -> Tensor | None:
    """Multipliers of the learning rate for all weights.

    Parameters
    ----------
    network
        That is trained.
    new
        Names of weights that were not taken over, which have all of the rate.
    freeze
        `first` gives the first layer nothing, `none` freezes nothing.
    lower_layers
        The share of the first layer; from layer to layer it grows by the same factor, up to 1 for
        the last (discriminative fine-tuning: Howard and Ruder 2018, who advise a factor of 2.6).

    Returns
    -------
    Tensor or None
        float32 (weights,), for all weights laid end to end; None where each has all of the rate.
    """
    if freeze == "none" and lower_layers == 1:
        return None
    layers = layers_of(network)
    shares = torch.logspace(math.log10(lower_layers), 0, len(layers), dtype=torch.float64).tolist()
    shares[-1] = 1.0 if len(layers) > 1 else lower_layers
    multipliers = {n: share for names, share in zip(layers, shares, strict=True) for n in names}
    multipliers |= dict.fromkeys(set(new) & multipliers.keys(), 1.0)
    if freeze == "first":
        multipliers |= dict.fromkeys(layers[0], 0.0)
    return torch.cat(
        [
            torch.full((weights.numel(),), multipliers[name], device=weights.device)
            for name, weights in network.named_parameters()
        ]
    )
