"""Several models as one: a weighted sum of what they give (stacked regression: Breiman 1996)."""

import torch
from torch import nn

import seq2score.models as families
from seq2score.models.network import Network
from seq2score.sequences.inputs import Inputs

ALONE = Inputs()


class Model(Network):
    """members: of each its `name`, `architecture` and `options`. What it gives is multiplied by a
    weight for each output.

    Members with weights of 0 stay, for their filters may be looked at.
    """

    def __init__(self, length: int, outputs: int, members: list[dict], inputs: Inputs = ALONE):
        super().__init__()
        self.about = members
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
    def _counting(self) -> dict[str, bool]:
        """Whether they have gradients, of all members whose weight is not 0."""
        members = zip(self.members.items(), self.weights, strict=True)
        return {name: member.differentiable for (name, member), own in members if own.any()}

    @property
    def differentiable(self) -> bool:
        """Where all members that count are."""
        return all(self._counting.values())

    @property
    def why_no_gradients(self) -> str:
        """Which members have none, and which could stand in."""
        without = ", ".join(name for name, has in self._counting.items() if not has)
        having = ", ".join(f"~{name}" for name, m in self.members.items() if m.differentiable)
        return f"of its members, {without} have no gradients ({having or 'none'} alone would do)"

    @property
    def with_filters(self) -> Network:
        """The first member with filters over letters, or itself."""
        return next((m for m in self.members.values() if m.scanning is not None), self)

    @property
    def scanning(self) -> Network | None:
        """The first member with filters over letters."""
        return next((m.scanning for m in self.members.values() if m.scanning is not None), None)

    def forward(self, x, *inputs):
        """One-hot float32 (n, 4, length), and what stands beside it, to (n, outputs)."""
        total = self.shift
        for about, weights in zip(self.about, self.weights, strict=True):
            if not weights.any():
                continue
            total = total + weights * self.members[about["name"]](x, *inputs)
        return total if total.ndim == 2 else total.expand(len(x), -1)

    def parameters(self, recurse: bool = True):
        """Those of all members."""
        for member in self.members.values():
            yield from member.parameters()

    def state_dict(self, *args, **kwargs) -> dict[str, torch.Tensor]:
        """What each member has learned, as NAME/KEY, and the weights."""
        state = {
            f"{name}/{key}": tensor
            for name, member in self.members.items()
            for key, tensor in member.state_dict().items()
        }
        return state | {"weights": self.weights, "shift": self.shift}

    def load_state_dict(self, state: dict[str, torch.Tensor], *args, **kwargs) -> None:
        """Raises KeyError for a state that is of no blend."""
        self.weights.copy_(state["weights"])
        self.shift.copy_(state["shift"])
        for name, member in self.members.items():
            keys = [key for key in state if key.startswith(f"{name}/")]
            member.load_state_dict({key.removeprefix(f"{name}/"): state[key] for key in keys})
