"""How an estimator is fitted: at once, where a network is trained epoch by epoch."""

import math
from dataclasses import replace
from time import perf_counter

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from seq2score.errors import InputError
from seq2score.models.estimator import Estimator, Examples, covariates_of
from seq2score.models.network import LETTERS_AT_ONCE, one_hot
from seq2score.training.batches import Block, Resident, Sets, Streamed, in_order, turn_inserts
from seq2score.training.loop import Watch
from seq2score.training.losses import LOSSES, in_units

MOST_LETTERS = 2**28  # of a set: rows beyond are left out, chosen by the seed


class Fitting:
    """One fit of one estimator; `run` does it, as that of a `Training` does.

    Parameters are those of `Training`. Of `settings` only the loss matters, of `watch` only the
    progress; for both strands, every row is given twice, as its reverse complement too.
    """

    best_epoch, outcome = 1, "finished"

    def __init__(
        self,
        estimator: Estimator,
        sets: Sets,
        settings: dict,
        seed: int,
        watch: Watch | None = None,
    ):
        self.estimator, self.sets, self.loss, self.seed = estimator, sets, settings["loss"], seed
        self.watch = watch or Watch()

    def run(self) -> list[dict]:
        """Fit, and return a history of one row.

        Raises
        ------
        InputError
            For a loss that is not finite.
        """
        started = perf_counter()
        train, validation = (
            gathered(part, self.seed) for part in (self.sets.train, self.sets.validation)
        )
        if self.sets.both_strands:
            flanks = self.sets.train.flanks
            train, validation = (with_other_strand(of, flanks) for of in (train, validation))
        with threadpool_limits(1):  # more can change the last bits
            self.estimator.fit(train, validation, self.loss, self.seed)
        row = {
            "epoch": 1,
            "train_loss": self._loss(self.sets.train),
            "validation_loss": self._loss(self.sets.validation),
            "learning_rate": math.nan,
            "seconds": perf_counter() - started,
        }
        if self.watch.progress:
            self.watch.progress.epoch(row)
        return [row]

    @torch.inference_mode()
    def _loss(self, examples: Resident | Streamed) -> float:
        """Mean loss of a set, in the score's own units."""
        total = torch.zeros((), dtype=torch.float64)
        for batch in in_order(examples, LETTERS_AT_ONCE):
            predicted = self.estimator(one_hot(batch.encoded), *batch.given)
            value, _ = LOSSES[self.loss](predicted, batch.targets)
            weighted = value if batch.weights is None else value * batch.weights
            total = total + weighted.sum(0).double()
        mean = total.cpu().numpy() / examples.rows
        if self.sets.unit is not None:
            mean = in_units(self.loss, mean, self.sets.unit)
        loss = float(mean.mean())
        if math.isfinite(loss):
            return loss
        raise InputError("what was fitted predicts no finite numbers. Try another loss.")


def gathered(examples: Resident | Streamed, seed: int) -> Examples:
    """All rows of a set, or as many as `MOST_LETTERS` allows, chosen by the seed."""
    parts = []
    random = np.random.default_rng(seed)
    for block in examples.blocks():
        rows, length = block.encoded.shape
        share = MOST_LETTERS / (examples.rows * length)
        kept = np.flatnonzero(random.random(rows) < share) if share < 1 else slice(None)
        parts.append(_as_examples(block).at(kept))
    return Examples(*(np.concatenate([getattr(p, n) for p in parts]) for n in vars(parts[0])))


def _as_examples(block: Block) -> Examples:
    """A block of a set, a missing score (that with no weight) as NaN."""
    arrays = {name: part.cpu().numpy() for name, part in block.parts.items()}
    encoded, targets = arrays["encoded"], arrays["targets"]
    covariates = covariates_of(encoded, arrays.get("covariates"))
    if targets.ndim == 2:
        targets = targets.astype(float)
    if "weights" not in arrays:
        return Examples(encoded, targets, np.ones(len(encoded)), covariates)
    weights = arrays["weights"].astype(float)
    if targets.ndim == 2:
        targets[np.broadcast_to(weights, targets.shape) == 0] = np.nan
    return Examples(encoded, targets, weights.max(axis=1), covariates)


def with_other_strand(examples: Examples, flanks: tuple[int, int] = (0, 0)) -> Examples:
    """Every row, and then every row with its insert as reverse complement."""
    turned = turn_inserts(torch.from_numpy(examples.encoded), flanks).numpy()
    twice = examples.at(np.tile(np.arange(len(examples.encoded)), 2))
    return replace(twice, encoded=np.concatenate([examples.encoded, turned]))
