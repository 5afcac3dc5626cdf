"""One weight a letter and position: the additive model that everything else should beat."""

from torch import nn

from seq2score.models.network import Network


class Model(Network):
    by_hand = True

    def __init__(self, length: int, outputs: int):
        super().__init__()
        self.output = nn.Linear(4 * length, outputs)

    def forward(self, x):
        return self.output(x.flatten(1))

    def gradients(self, x, slope):
        letters = x.flatten(1)
        slopes = slope(self.output(letters))
        return [slopes.t() @ letters, slopes.sum(0)]
