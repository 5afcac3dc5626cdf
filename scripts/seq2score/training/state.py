"""All that changes while a network is trained: what a checkpoint must hold."""

import math
from dataclasses import asdict, dataclass, field

import torch
from torch import Tensor

from seq2score.models.devices import random_states, set_random_states
from seq2score.models.network import Network
from seq2score.training.optimizers import Optimizer


@dataclass
class Position:
    """Where a training is."""

    epoch: int = 1
    seen: int = 0  # rows of this epoch
    steps: int = 0
    rate: float = math.nan  # learning rate of the last step
    seconds: float = 0.0  # of this epoch, before the process that is running now
    lowest: float = math.inf  # validation loss so far
    best: int = 0  # the epoch that it is of
    history: list[dict] = field(default_factory=list)


class State:
    """The state of a training, of a network whose weights an optimizer changes as one vector."""

    def __init__(self, network: Network, weights: Tensor, optimizer: Optimizer):
        self.network, self.weights, self.optimizer = network, weights, optimizer
        self.position = Position()
        self.best: dict[str, Tensor] = {}  # a snapshot at the lowest validation loss
        self.total = torch.zeros(())  # sum of losses, by output, over rows of this epoch

    def snapshot(self) -> dict[str, Tensor]:
        """A copy of what the network has learned."""
        return {name: tensor.clone() for name, tensor in self._learned().items()}

    def restore(self, snapshot: dict[str, Tensor]) -> None:
        """Put the network back to where the snapshot was taken."""
        for name, tensor in self._learned().items():
            tensor.copy_(snapshot[name])

    def as_saved(self) -> tuple[dict[str, Tensor], dict]:
        """Tensors and facts, for a `Checkpoint`."""
        groups = {
            "network": self.snapshot(),
            "best": self.best,
            "optimizer": self.optimizer.state,
            "dropout": random_states(self.weights.device),
            "loop": {"total": self.total},
        }
        tensors = {f"{group}/{name}": t for group, ts in groups.items() for name, t in ts.items()}
        return tensors, asdict(self.position)

    def take(self, tensors: dict[str, Tensor], facts: dict) -> None:
        """Go on from what `as_saved` gave."""
        kinds = ("network", "best", "optimizer", "dropout", "loop")
        groups: dict[str, dict[str, Tensor]] = {kind: {} for kind in kinds}
        for name, tensor in tensors.items():
            group, _, name = name.partition("/")
            groups[group][name] = tensor if group == "dropout" else tensor.to(self.weights.device)
        self.restore(groups["network"])
        for name, tensor in self.optimizer.state.items():
            tensor.copy_(groups["optimizer"][name])
        self.best, self.total = groups["best"], groups["loop"]["total"]
        set_random_states(groups["dropout"])
        self.position = Position(**facts)

    def _learned(self) -> dict[str, Tensor]:
        return {"weights": self.weights, **dict(self.network.named_buffers())}
