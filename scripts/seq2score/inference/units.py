"""From what a network gives to scores in their own units, or to probabilities of classes.

What training did to the scores is undone: the scaling, then the logarithm of the rate that the
Poisson loss learns, then the transform of the table's column. A model's record says which of them
there was. Predictions are made with numpy in float64; `InUnits` is the same for torch, with slopes.
"""

import copy
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from seq2score.models import noise
from seq2score.models.activations import Elementwise
from seq2score.sequences import encoding
from seq2score.sequences.construct import Construct
from seq2score.sequences.inputs import Inputs

# Name of a transform: its inverse in numpy and in torch.
_BACK = {"log2": (np.exp2, torch.exp2), "log1p": (np.expm1, torch.expm1)}


def in_units(output: np.ndarray, record: Mapping) -> np.ndarray:
    """Scores, float64 (n, outputs), of what a network gave, on the scale that it learned.

    Of one that tells the noise too, what it tells of it is left out (see `noise_sd`).
    """
    output = output[:, : len(record["outputs"])]
    if scaling := record["target_scaling"]:
        output = output * scaling["sd"] + scaling["mean"]
    if record["loss"] == "poisson":
        output = np.exp(output)
    transform = record["score_transform"]
    return output if transform == "none" else _BACK[transform][0](output)


def noise_sd(output: np.ndarray, record: Mapping) -> np.ndarray:
    """Standard deviation of the noise, float64 (n, outputs), on the scale of `score_transform`.

    Of what a network gave that tells the noise, float64 (n, 2 x outputs).
    """
    sd = noise.halves(torch.from_numpy(output))[1].sqrt().numpy()
    return sd * record["target_scaling"]["sd"] if record["target_scaling"] else sd


class InUnits(nn.Module):
    """A network whose outputs are scores in their own units, or probabilities of classes.

    Maps one-hot (n, 4, length), letters in the order A, C, G, T, to (n, outputs) or (n, classes),
    in the type of its input: float32, and float64 after `.double()`. Slopes reach the letters.
    Where the model averages both strands, so does this; where it sees more than sequences, that has
    the values at which sequences are asked alone (`Inputs.alone`).

    Parameters
    ----------
    network
        Copied, so that nothing that is done to this module reaches it.
    record
        Of the model.
    logits
        Of classes the network's own outputs instead, less their mean over the classes, averaged
        over strands: linear in the network's last layer, which is what attributions want of classes
        (Shrikumar and colleagues 2017, section 3.6).
    """

    left: Tensor
    right: Tensor
    at: Tensor | None

    def __init__(self, network: nn.Module, record: Mapping, logits: bool = False):
        super().__init__()
        self.network = copy.deepcopy(network)
        self.scaling = record["target_scaling"]
        self.both_strands = record["reverse_complement"] == "average"
        construct = Construct.of(record.get("flanks"))
        for side in ("left", "right"):
            letters = encoding.one_hot(getattr(construct, side)[None])
            self.register_buffer(side, torch.from_numpy(letters), persistent=False)
        self.centred = logits
        self.tells_noise = noise.predicts_noise(record["loss"])
        inputs = Inputs.of(record.get("inputs"))
        at = torch.from_numpy(inputs.encode(inputs.alone, 1))
        self.register_buffer("at", at if inputs else None, persistent=False)
        steps: list[nn.Module] = [Elementwise(torch.exp)] if record["loss"] == "poisson" else []
        if record["score_transform"] != "none":
            steps.append(Elementwise(_BACK[record["score_transform"]][1]))
        if record["classes"]:
            steps = [] if logits else [nn.Softmax(dim=1)]
        self.link = nn.Sequential(*steps)
        self.eval()  # as a whole: tools put a module back into the mode in which it came

    def forward(self, x: Tensor) -> Tensor:
        """One-hot (n, 4, length) to (n, outputs) or (n, classes)."""
        if not self.both_strands:
            return self._strand(x)
        # Side by side in one batch: a pass uses each module once, and what pairs the first half of
        # a batch with the second (DeepLIFT) still does.
        strands = torch.stack([x, x.flip((1, 2))], dim=1).flatten(0, 1)
        return self._strand(strands).unflatten(0, (-1, 2)).mean(dim=1)

    def _strand(self, x: Tensor) -> Tensor:
        if self.left.numel() or self.right.numel():
            flanks = [side.to(x).expand(x.shape[0], -1, -1) for side in (self.left, self.right)]
            x = torch.cat([flanks[0], x, flanks[1]], dim=2)
        covariates = [] if self.at is None else [self.at.to(x).expand(x.shape[0], -1)]
        output = self.network(x, *covariates)
        if self.tells_noise:
            output = output.chunk(2, dim=1)[0]
        if self.scaling:
            sd, mean = (output.new_tensor(self.scaling[key]) for key in ("sd", "mean"))
            output = output * sd + mean
        if self.centred:
            output = output - output.mean(dim=1, keepdim=True)
        return self.link(output)


class Mean(nn.Module):
    """The mean of what several modules give for the same input."""

    def __init__(self, modules: list[nn.Module]):
        super().__init__()
        self.members = nn.ModuleList(modules)
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """One-hot (n, 4, length) to (n, outputs) or (n, classes)."""
        return torch.stack([member(x) for member in self.members]).mean(dim=0)
