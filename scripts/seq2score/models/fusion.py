"""What stands beside a sequence, joined with what a network makes of it at a late layer.

Late fusion: the layers that read letters know nothing of the inputs, and what they give is joined
with them in one dense layer before the output. Further sequences go through the same layers. So an
effect of a motif may depend on a dose, and whatever reads the first layers (filters, say) reads
them as they are without inputs.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from seq2score.models.network import Network, Scanning
from seq2score.sequences.inputs import Inputs

WIDTH = 64  # numbers that a network gives of a sequence, and of the dense layer


class Fusion(Network):
    """Maps one-hot float32 (n, 4, length) and covariates float32 (n, width) to (n, outputs).

    Parameters
    ----------
    reading
        Makes the network that reads letters, from the number of its outputs.
    outputs
        How many scores or classes there are.
    inputs
        What models see beside sequences.
    length
        Letters of a construct.
    """

    def __init__(
        self, reading: Callable[[int], Network], outputs: int, inputs: Inputs, length: int
    ):
        super().__init__()
        self.reading = reading(WIDTH)
        self.activation = nn.ReLU()
        self.arms, self.length = inputs.arms, length
        others = inputs.width - self.arms * 4 * length
        self.joined = nn.Linear(WIDTH * (1 + self.arms) + others, WIDTH)
        self.joined_activation = nn.ReLU()
        self.output = nn.Linear(WIDTH, outputs)

    @property
    def scanning(self) -> Scanning | None:
        """What reads the letters first, where it has filters."""
        return self.reading.scanning

    def forward(self, x: Tensor, inputs: Tensor) -> Tensor:
        """One-hot (n, 4, length) and covariates (n, width) to (n, outputs)."""
        letters = self.arms * 4 * self.length
        if self.arms:  # side by side in one batch: a pass uses each module once
            further = inputs[:, :letters].unflatten(1, (self.arms, 4, self.length))
            x = torch.cat([x[:, None], further], dim=1).flatten(0, 1)
        read = self.activation(self.reading(x)).unflatten(0, (-1, 1 + self.arms)).flatten(1)
        seen = torch.cat([read, inputs[:, letters:]], dim=1)
        return self.output(self.joined_activation(self.joined(seen)))


class Sum(Network):
    """An additive family stays one: what it gives, and a weight for each covariate. As `Fusion`."""

    def __init__(
        self, reading: Callable[[int], Network], outputs: int, inputs: Inputs, length: int
    ):
        super().__init__()
        self.reading = reading(outputs)
        self.of_inputs = nn.Linear(inputs.width, outputs, bias=False)

    @property
    def output(self) -> nn.Module:  # type: ignore[override]
        """Its last layer that reads letters."""
        return self.reading.output

    def forward(self, x: Tensor, inputs: Tensor) -> Tensor:
        """As `Fusion.forward`."""
        return self.reading(x) + self.of_inputs(inputs)
