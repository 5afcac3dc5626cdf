"""The training loop."""

import logging
import math
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from functools import partial
from time import perf_counter

import numpy as np
import torch
from torch import Generator, Tensor, nn

from seq2score.errors import InputError
from seq2score.models.devices import random_states, set_random_states
from seq2score.models.network import LETTERS_AT_ONCE, Network, one_hot
from seq2score.training.batches import Block, Resident, Streamed, in_order, shuffled, split
from seq2score.training.losses import LOSSES, SQUARED
from seq2score.training.optimizers import OPTIMIZERS, as_one_vector
from seq2score.training.schedules import SCHEDULES


class Stopped(RuntimeError):
    """The training was told to stop; its checkpoint is written."""


@dataclass
class Place:
    """Where a training is."""

    epoch: int = 1
    seen: int = 0  # rows of this epoch
    steps: int = 0
    rate: float = math.nan  # learning rate of the last step
    seconds: float = 0.0  # of this epoch, before the process that is running now
    lowest: float = math.inf  # validation loss so far
    best: int = 0  # the epoch that it is of
    history: list[dict] = field(default_factory=list)


class Training:
    """One training of one network; `run` does it.

    network: on its device. train, validation: sets on the same device.
    settings: the config's `training`. unit: what scores were divided by, float64 (outputs,), or
    None; losses are told in the score's own units. both_strands: train on a random one each time.
    checkpoint, progress: a `Checkpoint` and a `Progress`, or None.
    stop: asked after each step whether to stop there.
    """

    def __init__(
        self,
        network: Network,
        train: Resident | Streamed,
        validation: Resident | Streamed,
        settings: dict,
        seed: int,
        unit: np.ndarray | None = None,
        both_strands: bool = False,
        checkpoint=None,
        progress=None,
        stop=lambda: False,
    ):
        self.network, self.train, self.validation = network, train, validation
        self.settings, self.seed, self.both_strands = settings, seed, both_strands
        self.checkpoint, self.progress, self.stop = checkpoint, progress, stop
        self.weights = as_one_vector(network)
        per_epoch = settings["weight_decay_per"] == "epoch"
        steps = math.ceil(train.rows / settings["batch_size"]) if per_epoch else 1
        decay = settings["weight_decay"] / steps
        self.optimizer = OPTIMIZERS[settings["optimizer"]](self.weights, decay)
        self.loss = LOSSES[settings["loss"]]
        self.schedule = SCHEDULES[settings["schedule"]]
        scaled = unit is not None and settings["loss"] in SQUARED
        self.unit = torch.from_numpy(unit**2).float().to(self.weights) if scaled else 1.0
        self.precision = nullcontext
        if settings["precision"] == "bfloat16":
            network.by_hand = False  # what is written by hand is written for float32
            self.precision = partial(torch.autocast, self.weights.device.type, torch.bfloat16)
        self.parts = 1  # that a batch is computed in, for want of memory
        self.divisible = not any(isinstance(m, nn.BatchNorm1d) for m in network.modules())
        in_cache = self.divisible and self.weights.device.type == "cpu"
        self.at_once = LETTERS_AT_ONCE if in_cache else math.inf
        self.place, self.best = Place(), {}
        self.total = self.gradient = torch.zeros(())

    def run(self) -> list[dict]:
        """Train to the end; the network then holds the result. Returns the history by epoch.

        Raises InputError for a loss that is not finite, Stopped after `stop` said so.
        """
        with torch.inference_mode() if self.network.by_hand else torch.no_grad():
            return self._run()

    def _run(self) -> list[dict]:
        self._resume()
        while self.place.epoch <= self.settings["epochs"] and not self._out_of_patience():
            self.started = perf_counter() - self.place.seconds
            self._train_epoch()
            train_loss = self._in_units(self.total, self.train.rows)
            validation_loss = self._in_units(self._validate(), self.validation.rows)
            self._finish_epoch(train_loss, validation_loss)
        if self.settings["early_stopping"]:
            self._restore(self.best)
        return self.place.history

    def _train_epoch(self) -> None:
        """Every batch of this epoch that was not seen before."""
        place, passed = self.place, 0
        seed = np.random.SeedSequence([self.seed, place.epoch]).generate_state(1, np.uint64).item()
        order = Generator().manual_seed(seed)
        if not place.seen:
            torch.manual_seed(seed)  # for dropout
            self.total = torch.zeros(())
        self.network.train()
        size = self.settings["batch_size"]
        for batch in shuffled(self.train, size, order, self.both_strands):
            passed += len(batch[0])
            if passed <= place.seen:
                continue
            self._step(batch)
            place.seen = passed
            if self.progress:
                self.progress.step(place.epoch, passed)
            if self.stop():
                self._leave()

    def _step(self, batch: Block) -> None:
        """One update of the weights."""
        place, settings = self.place, self.settings
        done = (place.epoch - 1 + place.seen / self.train.rows) / settings["epochs"]
        place.rate = settings["learning_rate"] * self.schedule(done)
        place.steps += 1
        self.gradient, losses = self._gradient(batch)
        self.total = self.total + losses
        if settings["gradient_clip"]:
            norm = self.gradient.norm()
            self.gradient.mul_((settings["gradient_clip"] / norm).clamp(max=1))
        self.optimizer.step(self.gradient, place.rate, place.steps)

    def _gradient(self, batch: Block) -> tuple[Tensor, Tensor]:
        """Gradient of a batch's mean loss, and its losses' sum by output.

        Where the cache or the memory do not suffice for the batch, it is computed in parts.
        """
        rows, length = batch[0].shape
        parts = max(self.parts, math.ceil(rows * length / self.at_once))
        try:
            if parts == 1:
                return self._gradient_of_part(batch, rows)
            size = math.ceil(rows / parts)
            found = [self._gradient_of_part(part, rows) for part in split(batch, size)]
        except torch.OutOfMemoryError:
            self._halve(rows, parts)
            return self._gradient(batch)
        gradients, losses = zip(*found, strict=True)
        return sum(gradients), sum(losses)

    def _gradient_of_part(self, part: Block, rows: int) -> tuple[Tensor, Tensor]:
        codes, targets, weights = part
        losses = []

        def slope(prediction):
            value, slope = self.loss(prediction, targets)
            if weights is not None:
                value, slope = value * weights, slope * weights
            losses.append(value.sum(0))
            return slope.div_(rows * value.shape[1])

        with self.precision():
            gradients = self.network.gradients(one_hot(codes), slope)
        return torch.cat([gradient.flatten() for gradient in gradients]), *losses

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

    def _validate(self) -> Tensor:
        """Sum of the losses over the validation set, by output."""
        self.network.eval()
        total = torch.zeros(())
        with self.precision():
            for codes, targets, weights in in_order(self.validation, LETTERS_AT_ONCE):
                value, _ = self.loss(self.network(one_hot(codes)).float(), targets)
                total = total + (value if weights is None else value * weights).sum(0)
                if self.stop():
                    self._leave()
        return total

    def _in_units(self, total: Tensor, rows: int) -> float:
        """Mean loss in the score's own units. Raises InputError if it is not finite."""
        loss = (total * self.unit).mean().item() / rows
        if math.isfinite(loss):
            return loss
        raise InputError(
            f"the loss is not finite any more in epoch {self.place.epoch} (learning rate "
            f"{self.place.rate:.3g}, norm of the gradient {self.gradient.norm().item():.3g}). "
            "Try a smaller training.learning_rate, training.gradient_clip: 1, or "
            "training.target_scaling: standardize."
        )

    def _finish_epoch(self, train_loss: float, validation_loss: float) -> None:
        place = self.place
        row = {
            "epoch": place.epoch,
            "train_loss": train_loss,
            "validation_loss": validation_loss,
            "learning_rate": place.rate,
            "seconds": perf_counter() - self.started,
        }
        if validation_loss < place.lowest:
            place.lowest, place.best = validation_loss, place.epoch
            self.best = self._snapshot()
        place.history.append(row)
        place.epoch, place.seen, place.seconds = place.epoch + 1, 0, 0.0
        self._save()
        if self.progress:
            self.progress.epoch(row)

    # --------------------------------------------------------------------------------- state
    @property
    def best_epoch(self) -> int:
        """The epoch whose weights the network ends with."""
        return self.place.best if self.settings["early_stopping"] else len(self.place.history)

    def _out_of_patience(self) -> bool:
        patience = self.settings["early_stopping"]
        return bool(patience) and len(self.place.history) - self.place.best >= patience

    def _snapshot(self) -> dict[str, Tensor]:
        """A copy of what the network has learned."""
        buffers = {name: buffer.clone() for name, buffer in self.network.named_buffers()}
        return {"weights": self.weights.clone(), **buffers}

    def _restore(self, snapshot: dict[str, Tensor]) -> None:
        for name, tensor in {"weights": self.weights, **dict(self.network.named_buffers())}.items():
            tensor.copy_(snapshot[name])

    def _leave(self) -> None:
        self.place.seconds = perf_counter() - self.started
        self._save()
        raise Stopped(f"stopped in epoch {self.place.epoch}; the next run goes on from there")

    def _save(self) -> None:
        if self.checkpoint is None:
            return
        groups = {
            "network": self._snapshot(),
            "best": self.best,
            "optimizer": self.optimizer.state,
            "dropout": random_states(self.weights.device),
            "loop": {"total": self.total},
        }
        tensors = {f"{group}/{name}": t for group, ts in groups.items() for name, t in ts.items()}
        self.checkpoint.save(tensors, asdict(self.place))

    def _resume(self) -> None:
        if self.checkpoint is None or (found := self.checkpoint.load()) is None:
            return
        tensors, facts = found
        groups = {"network": {}, "best": {}, "optimizer": {}, "dropout": {}, "loop": {}}
        for name, tensor in tensors.items():
            group, _, name = name.partition("/")
            groups[group][name] = tensor if group == "dropout" else tensor.to(self.weights.device)
        self._restore(groups["network"])
        for name, tensor in self.optimizer.state.items():
            tensor.copy_(groups["optimizer"][name])
        self.best, self.total = groups["best"], groups["loop"]["total"]
        set_random_states(groups["dropout"])
        self.place = Place(**facts)
        logging.info("going on in epoch %d, from the checkpoint", self.place.epoch)
