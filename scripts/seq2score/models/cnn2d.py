"""The `cnn` as a 2-D convolution over a 4 x length image, for tools that know no 1-D one."""

from torch import Tensor, nn

from seq2score.models import cnn


class Convolution2d(nn.Conv2d):
    """A filter is a 4 x kernel_size image that only moves along the sequence."""

    def __init__(self, filters: int, kernel_size: int):
        super().__init__(1, filters, (4, kernel_size))

    def forward(self, x: Tensor) -> Tensor:
        """One-hot (n, 4, length) to (n, filters, positions)."""
        return super().forward(x.unsqueeze(1)).squeeze(2)


class Model(cnn.Model):
    """Weights are those of `cnn`, with the filters as (filters, 1, 4, kernel_size)."""

    def scanner(self, filters: int, kernel_size: int, padding: str | int) -> nn.Conv2d:
        """The first layer, two-dimensional."""
        return Convolution2d(filters, kernel_size)

    @property
    def first_filters(self) -> Tensor:
        """Weights of the first layer, (filters, 4, kernel_size)."""
        return self.convolution.weight.squeeze(1)
