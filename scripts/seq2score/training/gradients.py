"""The gradient of a batch's loss, computed in parts where cache or memory do not hold it whole."""

import logging
import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import torch
from torch import Tensor, distributed, nn

from seq2score.errors import InputError
from seq2score.models.network import LETTERS_AT_ONCE, Network, one_hot
from seq2score.training.batches import Block, split
from seq2score.training.losses import LOSSES


def rank() -> int:
    """Which of the processes that train together this is; 0 where it is alone."""
    return distributed.get_rank() if distributed.is_initialized() else 0


class Gradients:
    """Losses of a network, and their gradients.

    Parameters
    ----------
    network
        On its device.
    loss
        A name of `LOSSES`.
    precision
        float32, or bfloat16 for what is computed between the weights and the loss, which stay
        float32.
    """

    def __init__(self, network: Network, loss: str, precision: str):
        self.network, self.loss = network, LOSSES[loss]
        device = next(network.parameters()).device.type
        self.precision: Callable[[], AbstractContextManager] = nullcontext
        if precision == "bfloat16":
            network.by_hand = False  # what is written by hand is written for float32
            self.precision = partial(torch.autocast, device, torch.bfloat16)
        self.divisible = not any(isinstance(m, nn.BatchNorm1d) for m in network.modules())
        self.at_once = LETTERS_AT_ONCE if self.divisible and device == "cpu" else math.inf
        self.parts = 1  # that every batch is computed in, for want of memory

    def of_batch(self, batch: Block) -> tuple[Tensor, Tensor]:
        """Gradient of the mean loss, float32 (weights,), and the losses' sum by output, (outputs,).

        Where several processes train together, each computes its share of the batch, and all get
        the whole.

        Raises
        ------
        InputError
            Where there is not enough memory, and parts cannot help.
        """
        gradient, losses = self._together(batch, lambda share: self._of_share(share, batch.rows))
        return gradient, losses

    def losses(self, batch: Block) -> Tensor:
        """The losses' sum by output, (outputs,), of a batch that is not learned from."""
        return self._together(batch, lambda share: (self._losses(share),))[0]

    def _together(
        self, batch: Block, compute: Callable[[Block], tuple[Tensor, ...]]
    ) -> tuple[Tensor, ...]:
        """What `compute` gives for the whole batch, as the sum over the processes' shares."""
        if not distributed.is_initialized():
            return compute(batch)
        if not self.divisible:
            raise InputError(
                "training.gpus: batch normalization needs the whole batch on one GPU. "
                "Allowed: 1, or batch_norm: false."
            )
        shares = list(split(batch, math.ceil(batch.rows / distributed.get_world_size())))
        sums = compute(shares[rank() if rank() < len(shares) else 0])
        if rank() >= len(shares):  # a batch of fewer rows than processes
            sums = tuple(torch.zeros_like(value) for value in sums)
        for value in sums:
            distributed.all_reduce(value)
        return sums

    def _of_share(self, batch: Block, of_rows: int) -> tuple[Tensor, Tensor]:
        """Its part in the gradient of the mean over `of_rows` rows, and its losses' sum."""
        rows, length = batch.encoded.shape
        parts = max(self.parts, math.ceil(rows * length / self.at_once))
        try:
            if parts == 1:
                return self._of_part(batch, of_rows)
            size = math.ceil(rows / parts)
            computed = [self._of_part(part, of_rows) for part in split(batch, size)]
        except torch.OutOfMemoryError:
            self._halve(rows, parts)
            return self._of_share(batch, of_rows)
        gradients, losses = zip(*computed, strict=True)
        return sum(gradients), sum(losses)

    def _losses(self, batch: Block) -> Tensor:
        with self.precision():
            predicted = self.network(one_hot(batch.encoded), *batch.given).float()
            value, _ = self.loss(predicted, batch.targets)
        return (value if batch.weights is None else value * batch.weights).sum(0)

    def _of_part(self, part: Block, rows: int) -> tuple[Tensor, Tensor]:
        weights, losses = part.weights, []

        def slope(prediction: Tensor) -> Tensor:
            value, slope = self.loss(prediction, part.targets)
            if weights is not None:
                value = value * weights
                each = slope.unflatten(1, (-1, weights.shape[1]))  # a score has several slopes
                slope = (each * weights[:, None]).flatten(1)
            losses.append(value.sum(0))
            return slope.div_(rows * value.shape[1])

        with self.precision():
            gradients = self.network.gradients(one_hot(part.encoded), slope, *part.given)
        return torch.cat([gradient.flatten() for gradient in gradients]), losses[0]

    def _halve(self, rows: int, parts: int) -> None:
        """Compute batches in twice as many parts. Raises InputError where that cannot help."""
        if not self.divisible or parts >= rows:
            of_one = "it is of one sequence"
            why = of_one if self.divisible else "batch normalization needs the whole batch"
            raise InputError(
                f"out of memory with a batch of {rows // parts} sequences, which cannot be "
                f"computed in parts: {why}. Try a smaller training.batch_size or network."
            )
        self.parts = 2 * parts
        logging.warning("out of memory: batches are computed in %d parts from now on", self.parts)
