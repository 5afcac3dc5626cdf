"""How models are trained, what is tried for them, and the intervals of their predictions."""

from typing import Annotated, Any, Literal

from pydantic import Field

from seq2score.settings.fields import (
    Allowed,
    Count,
    Distinct,
    Number,
    Section,
    Seed,
    Share,
)

Positive = Annotated[Number, Field(gt=0)]


class Training(Section):
    """How a model is trained."""

    loss: Literal["mse", "huber", "poisson", "gaussian_nll", "cross_entropy"] | None = None
    """What training minimizes. When left out, `mse` for regression and `cross_entropy` for
    classification. `gaussian_nll` learns, beside the score, how noisy it is for each sequence; for
    networks alone."""
    optimizer: Literal["sgd", "adam", "adamw"] = "adamw"
    """The rule that updates the weights."""
    learning_rate: Annotated[Number, Field(gt=0, le=100)] = 0.001
    """Step size, or the highest one where a schedule varies it."""
    schedule: Literal["constant", "one_cycle", "cosine"] = "constant"
    """How the learning rate changes over the run."""
    weight_decay: Annotated[Number, Field(ge=0)] = 0
    """Pull of the weights towards zero."""
    weight_decay_per: Literal["step", "epoch"] = "step"
    """What `weight_decay` is the pull of. `epoch` spreads it over the epoch's updates, so that it
    suits small and large tables alike (Wang and Aitchison 2024)."""
    gradient_clip: Positive | None = None
    """Longest gradient allowed. Longer ones are scaled down to it."""
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] = 128
    """Sequences an update."""
    epochs: Annotated[int, Field(ge=0, le=1_000_000)] = 50
    """Passes over the train set. 0 is for a model with `start_from` alone."""
    early_stopping: Count | None = None
    """Stop after this many epochs without a better validation loss, and keep the best epoch's
    weights. Without it all epochs are run and the last is kept."""
    target_scaling: Literal["standardize", "none"] = "standardize"
    """`standardize` trains on scores of mean 0 and standard deviation 1, fitted on the train set.
    Losses and predictions are reported in the score's own units."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """`bfloat16` is faster on recent GPUs, and a little less exact."""
    gpus: Annotated[int, Field(ge=1, le=64)] = 1
    """GPUs of one machine that share each batch, with `device: cuda`. Another number changes the
    last bits of a result."""
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    """Threads that a training computes with. More can change the last bits of a result."""


class Range(Section):
    """The ends of what a search may try of a number."""

    low: Number
    high: Number
    log: bool = False


Values = Annotated[list[Any], Field(min_length=1), Distinct]
Sweep = Annotated[dict[str, Values], Field(min_length=1)]
Space = Annotated[dict[str, Values | Range], Field(min_length=1)]


class Search(Section):
    """Where to look for a model's best options and training keys."""

    space: Annotated[
        Space,
        Allowed(
            "a mapping of keys to lists of values or "
            "{low: a number, high: a number, log: true | false}"
        ),
    ]
    """By option or training key, a list of values, or the ends of a range and whether it is to be
    searched by its logarithm, `{low: 1e-4, high: 1e-2, log: true}`."""
    trials: Annotated[int, Field(ge=1, le=10_000)] = 40
    """How many to train. More of them later add to those that are there."""
    round: Annotated[int, Field(ge=1, le=1_000)] = 5
    """Trials proposed at once, from the results of all rounds before. As many can be trained side
    by side."""
    prune: Literal["median", "none"] = "median"
    """`median` ends a trial after an epoch by which its lowest validation loss is above the median
    of what the finished trials of earlier rounds had reached by then."""
    seed: Seed = 17
    """Seed of the proposals. Trials are trained with the first of `seeds`."""


class Intervals(Section):
    """The intervals that stand beside every prediction."""

    level: Share = 0.9
    """Share of the intervals that are to hold the measured score."""
