"""The training loop."""

import logging
import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from torch import Generator, Tensor

from seq2score.errors import InputError
from seq2score.models.network import LETTERS_AT_ONCE, Network
from seq2score.training.batches import Block, Resident, Sets, Streamed, in_order, shuffled
from seq2score.training.checkpoints import Follower
from seq2score.training.gradients import Gradients, rank
from seq2score.training.losses import in_units
from seq2score.training.optimizers import OPTIMIZERS, as_one_vector
from seq2score.training.progress import Progress
from seq2score.training.schedules import SCHEDULES
from seq2score.training.state import State


class Stopped(BaseException):
    """The training was told to stop; its checkpoint is written, if there is something to keep.

    No `Exception`, as KeyboardInterrupt is none: whoever catches those does not mean this.
    """


class NotFinite(InputError):
    """The loss is not finite any more."""


@dataclass(frozen=True)
class Watch:
    """What goes along with a training: keeps its state, shows where it is, and may stop it."""

    checkpoint: Follower | None = None
    progress: Progress | None = None
    stop: Callable[[], object] = lambda: False  # whether to, after each step
    patient: Callable[[], AbstractContextManager] = nullcontext  # while inside, `stop` is asked


class Training:
    """One training of one network; `run` does it.

    Parameters
    ----------
    network
        On its device.
    sets
        On the same device.
    settings
        The section `training` of the config, its loss resolved.
    seed
        Of the order of the rows, of strands and of dropout.
    watch
        What goes along.
    multipliers
        Of the learning rate, for all weights laid end to end, float32 (weights,); weights of 0 stay
        as they are.
    thresholds
        Of a trial among others, losses by epoch. It ends where its lowest validation loss so far is
        above that of the epoch (`outcome` is then `pruned`), or a loss is not finite (`failed`).
    """

    def __init__(
        self,
        network: Network,
        sets: Sets,
        settings: dict,
        seed: int,
        watch: Watch | None = None,
        multipliers: Tensor | None = None,
        thresholds: Sequence[float] | None = None,
    ):
        self.network, self.sets, self.settings, self.seed = network, sets, settings, seed
        self.counts = [sets.counts(part) for part in (sets.train, sets.validation)]
        self.watch = watch or Watch()
        weights = as_one_vector(network)
        optimizer = OPTIMIZERS[settings["optimizer"]](weights, self._weight_decay())
        self.state = State(network, weights, optimizer)
        self.gradients = Gradients(network, settings["loss"], settings["precision"])
        self.gradient = torch.zeros(())  # of the last step
        self.multipliers = multipliers
        self.thresholds, self.outcome = thresholds, "finished"

    def _weight_decay(self) -> float:
        """Of a step."""
        per_epoch = self.settings["weight_decay_per"] == "epoch"
        steps = self.sets.train.rows / self.settings["batch_size"] if per_epoch else 1
        return self.settings["weight_decay"] / math.ceil(steps)

    def run(self) -> list[dict]:
        """Train to the end; the network then holds the result.

        Returns
        -------
        list of dict
            The history, a row an epoch.

        Raises
        ------
        NotFinite
            Where the loss is not finite any more, but for trials.
        Stopped
            After `stop` of the watch said so.
        """
        gradients = torch.inference_mode() if self.network.by_hand else torch.no_grad()
        with self.watch.patient(), gradients:
            return self._run()

    def _run(self) -> list[dict]:
        if not self.settings["epochs"]:
            return [self._untrained()]
        self._resume()
        while self._goes_on():
            self.started = perf_counter() - self.state.position.seconds
            self._train_epoch()
            try:
                totals = self.state.total, self._validate(self.sets.validation)
                train_losses, validation_losses = map(self._in_units, totals, self.counts)
            except NotFinite as error:
                if self.thresholds is None:
                    raise
                logging.info("a trial that failed: %s", error)
                self.outcome = "failed"
                unknown = np.full(1, math.nan)
                self.state.position.history.append(self._row(unknown, unknown))
                break
            self._finish_epoch(train_losses, validation_losses)
        if self.settings["early_stopping"] and self.state.best:
            self.state.restore(self.state.best)
        return self.state.position.history

    def _goes_on(self) -> bool:
        """Whether there is another epoch to train."""
        position = self.state.position
        if position.epoch > self.settings["epochs"] or self._out_of_patience():
            return False
        done = len(position.history)
        if (
            self.thresholds
            and 0 < done <= len(self.thresholds)
            and position.lowest > self.thresholds[done - 1]
        ):
            logging.info("pruned after epoch %d: others were better by then", done)
            self.outcome = "pruned"
        return self.outcome == "finished"

    def _untrained(self) -> dict:
        """The history of a network that stays as it is."""
        self.started, position = perf_counter(), self.state.position
        position.epoch, position.rate = 0, 0.0
        totals = map(self._validate, (self.sets.train, self.sets.validation))
        return self._row(*map(self._in_units, totals, self.counts))

    def _train_epoch(self) -> None:
        """Every batch of this epoch that was not seen before."""
        position, passed = self.state.position, 0
        seed = (
            np.random.SeedSequence([self.seed, position.epoch]).generate_state(1, np.uint64).item()
        )
        order = Generator().manual_seed(seed)
        if not position.seen:
            torch.manual_seed(seed + rank())  # for dropout
            self.state.total = torch.zeros(())
        self.network.train()
        size = self.settings["batch_size"]
        for batch in shuffled(self.sets.train, size, order, self.sets.both_strands):
            passed += batch.rows
            if passed <= position.seen:
                continue
            self._step(batch)
            position.seen = passed
            if self.watch.progress:
                self.watch.progress.step(position.epoch, passed)
            if self.watch.stop():
                self._leave()

    def _step(self, batch: Block) -> None:
        """One update of the weights."""
        position, settings = self.state.position, self.settings
        done = (position.epoch - 1 + position.seen / self.sets.train.rows) / settings["epochs"]
        position.rate = settings["learning_rate"] * SCHEDULES[settings["schedule"]](done)
        position.steps += 1
        self.gradient, losses = self.gradients.of_batch(batch)
        self.state.total = self.state.total + losses
        if self.multipliers is not None:
            self.gradient.masked_fill_(self.multipliers == 0, 0)
        if settings["gradient_clip"]:
            norm = self.gradient.norm()
            self.gradient.mul_((settings["gradient_clip"] / norm).clamp(max=1))
        weights, multipliers = self.state.weights, self.multipliers
        before = weights if multipliers is None else weights.clone()
        self.state.optimizer.step(self.gradient, position.rate, position.steps)
        if multipliers is not None:  # a step, weight decay too, is as long as the rate is high
            weights.copy_(torch.lerp(before, weights, multipliers))

    def _validate(self, part: Resident | Streamed) -> Tensor:
        """Sum of the losses over a set, by output."""
        self.network.eval()
        total = torch.zeros(())
        for batch in in_order(part, LETTERS_AT_ONCE):
            total = total + self.gradients.losses(batch)
            if self.watch.stop():
                self._leave()
        return total

    def _in_units(self, total: Tensor, rows: int | np.ndarray) -> np.ndarray:
        """Mean loss of each output, in its own units. Raises NotFinite if it is not."""
        mean = total.cpu().double().numpy() / rows
        if self.sets.unit is not None:
            mean = in_units(self.settings["loss"], mean, self.sets.unit)
        if math.isfinite(mean.mean()):
            return mean
        position = self.state.position
        raise NotFinite(
            f"the loss is not finite any more in epoch {position.epoch} (learning rate "
            f"{position.rate:.3g}, norm of the gradient {self.gradient.norm().item():.3g}). "
            "Try a smaller training.learning_rate, training.gradient_clip: 1, or "
            "training.target_scaling: standardize."
        )

    def _finish_epoch(self, train_losses: np.ndarray, validation_losses: np.ndarray) -> None:
        position, row = self.state.position, self._row(train_losses, validation_losses)
        if row["validation_loss"] < position.lowest:
            position.lowest, position.best = row["validation_loss"], position.epoch
            self.state.best = self.state.snapshot()
        position.history.append(row)
        position.epoch, position.seen, position.seconds = position.epoch + 1, 0, 0.0
        self._save()
        if self.watch.progress:
            self.watch.progress.epoch(row)

    def _row(self, train_losses: np.ndarray, validation_losses: np.ndarray) -> dict:
        """What the history says of this epoch; losses are means over the outputs, and by output."""
        return {
            "epoch": self.state.position.epoch,
            "train_loss": float(train_losses.mean()),
            "validation_loss": float(validation_losses.mean()),
            "learning_rate": self.state.position.rate,
            "seconds": perf_counter() - self.started,
            "train_losses": train_losses.tolist(),
            "validation_losses": validation_losses.tolist(),
        }

    # ---------------------------------------------------------------------------- stop and resume
    @property
    def best_epoch(self) -> int:
        """The epoch whose weights the network ends with."""
        position = self.state.position
        return position.best if self.settings["early_stopping"] else len(position.history)

    def _out_of_patience(self) -> bool:
        patience, position = self.settings["early_stopping"], self.state.position
        return bool(patience) and len(position.history) - position.best >= patience

    def _leave(self) -> None:
        position = self.state.position
        position.seconds = perf_counter() - self.started
        self._save()
        raise Stopped(f"stopped in epoch {position.epoch}; the next run goes on from there")

    def _save(self) -> None:
        if self.watch.checkpoint is not None:
            self.watch.checkpoint.save(*self.state.as_saved())

    def _resume(self) -> None:
        if self.watch.checkpoint is None or (saved := self.watch.checkpoint.load()) is None:
            return
        self.state.take(*saved)
        logging.info("going on in epoch %d, from the checkpoint", self.state.position.epoch)
