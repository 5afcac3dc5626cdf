"""Several models as one: a weighted sum of what they give (stacked regression: Breiman 1996)."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

import seq2score.models as families
from seq2score.models.network import Network, Scanning
from seq2score.sequences.inputs import Inputs

ALONE = Inputs()


class Model(Network):
    """The sum of members, each times a weight for each output.

    Members with weights of 0 stay, for their filters may be looked at.

    Parameters
    ----------
    length, outputs, inputs
        As for `build`.
    members
        Of each its `name`, `architecture` and `options`.
    """

    weights: Tensor
    shift: Tensor

    def __init__(self, length: int, outputs: int, members: list[dict], inputs: Inputs = ALONE):
        super().__init__()
        self.metadata = members
        self.members = nn.ModuleDict(
            {
                member["name"]: families.build(
                    member["architecture"], member["options"], length, outputs, inputs=inputs
                )
                for member in members
            }
        )
        self.register_buffer("weights", torch.zeros(len(members), outputs))
        self.register_buffer("shift", torch.zeros(outputs))

    @property
    def networks(self) -> dict[str, Network]:
        """The members by name."""
        return cast(dict[str, Network], dict(self.members.items()))

    @property
    def _counting(self) -> dict[str, bool]:
        """Whether they have gradients, of all members whose weight is not 0."""
        counts = {name: bool(w.any()) for name, w in zip(self.members, self.weights, strict=True)}
        return {name: net.differentiable for name, net in self.networks.items() if counts[name]}

    @property
    def differentiable(self) -> bool:  # type: ignore[override]
        """Where all members that count are."""
        return all(self._counting.values())

    @property
    def why_no_gradients(self) -> str:  # type: ignore[override]
        """Which members have none, and which could stand in."""
        without = ", ".join(name for name, has in self._counting.items() if not has)
        having = ", ".join(f"~{name}" for name, m in self.networks.items() if m.differentiable)
        return f"of its members, {without} have no gradients ({having or 'none'} alone would do)"

    @property
    def with_filters(self) -> Network:
        """The first member with filters over letters, or itself."""
        return next((m for m in self.networks.values() if m.scanning is not None), self)

    @property
    def scanning(self) -> Scanning | None:
        """The first member with filters over letters."""
        return next((m.scanning for m in self.networks.values() if m.scanning is not None), None)

    def forward(self, x: Tensor, *inputs: Tensor) -> Tensor:
        """One-hot float32 (n, 4, length) and covariates to (n, outputs)."""
        total = self.shift
        for member, weights in zip(self.metadata, self.weights, strict=True):
            if not weights.any():
                continue
            total = total + weights * self.members[member["name"]](x, *inputs)
        return total if total.ndim == 2 else total.expand(len(x), -1)

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        """Those of all members."""
        for member in self.members.values():
            yield from member.parameters()

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Tensor]:  # type: ignore[override]
        """What each member has learned, as NAME/KEY, and the weights."""
        state = {
            f"{name}/{key}": tensor
            for name, member in self.members.items()
            for key, tensor in member.state_dict().items()
        }
        return state | {"weights": self.weights, "shift": self.shift}

    def load_state_dict(  # type: ignore[override]
        self, state: Mapping[str, Tensor], *args: Any, **kwargs: Any
    ) -> None:
        """Take what was saved.

        Raises
        ------
        KeyError
            For a state that is of no blend.
        """
        self.weights.copy_(state["weights"])
        self.shift.copy_(state["shift"])
        for name, member in self.members.items():
            keys = [key for key in state if key.startswith(f"{name}/")]
            member.load_state_dict({key.removeprefix(f"{name}/"): state[key] for key in keys})
