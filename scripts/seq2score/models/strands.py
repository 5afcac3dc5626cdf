"""Networks that can read a sequence on either strand."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from seq2score.models.convolution import ScanningNetwork


class StrandedNetwork(ScanningNetwork):
    """A family defines `read`, which `forward` calls on one strand or on both.

    Parameters
    ----------
    scanning, options
        As for `ScanningNetwork`.
    strands
        `one` reads the sequence as it stands. `both` reads it on a random strand each time while it
        is trained, and gives the mean of the two thereafter. `auto` is settled before a training
        (`training.strands`), and is as `one` until then.
    """

    both: Tensor

    def __init__(self, *scanning: Any, strands: str = "one", **options: Any):
        super().__init__(*scanning, **options)
        self.strands = strands
        self.register_buffer("both", torch.tensor(strands == "both", dtype=torch.uint8))

    def forward(self, x: Tensor) -> Tensor:
        """One-hot float32 (n, 4, length) to float32 (n, outputs)."""
        if not self.both:
            return self.read(x)
        if self.training:
            turned = torch.rand(len(x), 1, 1, device=x.device) < 0.5
            return self.read(torch.where(turned, x.flip((1, 2)), x))
        # Side by side in one batch, so that a pass uses each module once (see `InUnits`).
        strands = torch.stack([x, x.flip((1, 2))], dim=1).flatten(0, 1)
        return self.read(strands).unflatten(0, (-1, 2)).mean(dim=1)

    def read(self, x: Tensor) -> Tensor:
        """What it gives for a sequence on one strand, shapes as in `forward`."""
        raise NotImplementedError

    def load_state_dict(  # type: ignore[override]
        self, state: Mapping[str, Tensor], *args: Any, **kwargs: Any
    ) -> Any:
        """Takes what was saved before there was a choice of strands: then it was one."""
        return super().load_state_dict({"both": self.both, **state}, *args, **kwargs)
