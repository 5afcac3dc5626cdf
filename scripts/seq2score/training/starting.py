"""A network that starts from a trained one, in place of random weights."""

import logging
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
        """Raises InputError for a folder that holds no network."""
        network, record = load(folder)
        architecture = record["architecture"]
        if isinstance(network, Estimator) or architecture == "blend":
            raise InputError(
                f"start_from: {folder} is of {architecture}. Only networks can be started from."
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
        """Put what it has learned into a new network, where that fits; what stays new, by name.

        A tensor fits by its name and shape. Without `same_outputs`, the last layer stays new: all
        whose shape depends on the number of outputs.
        """
        state, learned = network.state_dict(), self.network.state_dict()
        head = set()
        if not same_outputs:
            about = self.record["architecture"], self.record["options"]
            more = build(*about, length, outputs + 1, tells_noise)
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


def first_layer(network: Network) -> Tensor:
    """Which of all weights, laid end to end, are of the first layer: bool (weights,)."""
    if network.scanning is not None:
        chosen = set(map(id, network.scanning.convolution.parameters()))
    else:
        layers = (layer for layer in network.modules() if [*layer.parameters(recurse=False)])
        chosen = set(map(id, next(layers).parameters(recurse=False)))
    return torch.cat(
        [
            torch.full((weights.numel(),), id(weights) in chosen, device=weights.device)
            for weights in network.parameters()
        ]
    )
