"""How the loss fell, epoch by epoch: would more epochs help, and does a model overfit?"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from seq2score import tables
from seq2score.figures import theme

LOSS_NAMES = {
    "mse": "Loss: mean squared error",
    "huber": "Loss: Huber",
    "poisson": "Loss: Poisson",
    "gaussian_nll": "Loss: minus log-likelihood (nats)",
    "cross_entropy": "Loss: cross-entropy (nats)",
}

History = Mapping[str, np.ndarray]  # columns epoch, train_loss, validation_loss


class Line(TypedDict):
    """How a line looks."""

    ls: str
    lw: float


def draw(
    histories: Mapping[str, Sequence[History]],
    losses: Mapping[str, str],
    models: Sequence[str],
    seeds: Sequence[str] = (),
) -> Figure:
    """Train (dashed) and validation (solid) loss of every model, in one figure.

    The scale is logarithmic where every loss is above zero.

    Parameters
    ----------
    histories
        One table a seed for each model drawn.
    losses
        Which loss each was trained with.
    models
        Every model of the config, which fixes the colours.
    seeds
        Of the runs.
    """
    figure, axes = theme.figure(height=3.4)
    for model, runs in histories.items():
        for history in runs:
            _curves(axes, history, theme.style_of(model, models), alpha=len(runs) ** -0.5)
    if all((h[f"{part}_loss"] > 0).all() for part in _PARTS for s in histories.values() for h in s):
        axes.set_yscale("log")
    kinds = {losses[model] for model in histories}
    name = LOSS_NAMES[kinds.pop()] if len(kinds) == 1 else "Loss (each model its own)"
    theme.label(axes, "Epoch", name, _runs(seeds), grid="both")
    theme.count_along_x(axes)
    figure.legend(handles=_legend(histories, models), loc="outside right upper")
    return figure


def _runs(seeds: Sequence[str]) -> str:
    """Which runs the lines are."""
    if len(seeds) < 2:
        return "".join(f"seed {seed}" for seed in seeds)
    return f"a line a seed: {', '.join(seeds)}"


_PARTS: dict[str, Line] = {"train": {"ls": "--", "lw": 1.0}, "validation": {"ls": "-", "lw": 1.6}}


def _curves(axes: Axes, history: History, style: theme.Style, alpha: float) -> None:
    epoch = history["epoch"]
    for part, line in _PARTS.items():
        loss = history[f"{part}_loss"]
        (curve,) = axes.plot(epoch, loss, color=style["color"], alpha=alpha, **line)
    curve.set(marker=style["marker"], markersize=4, markevery=max(1, len(epoch) // 6))


def _legend(sample: Iterable[str], models: Sequence[str]) -> list[Line2D]:
    parts = [Line2D([], [], color=theme.GREY, label=part, **line) for part, line in _PARTS.items()]
    return [
        *(Line2D([], [], label=theme.plain(m), ms=4, **theme.style_of(m, models)) for m in sample),
        *reversed(parts),
    ]


def draw_files(
    paths: Iterable[str], losses: Mapping[str, str | None], default: str, models: Sequence[str]
) -> Figure:
    """The curves of histories in folders of models and seeds.

    Parameters
    ----------
    paths
        Of history.tsv.
    losses
        What each model's training minimizes; None is the default.
    default
        What a training minimizes where its config does not say.
    models
        Every model of the config.
    """
    histories: dict[str, list[History]] = {}
    seeds: dict[str, None] = {}
    for path in paths:
        model, run = Path(path).parts[-3:-1]
        history = {str(name): values.to_numpy() for name, values in tables.read(path).items()}
        histories.setdefault(model, []).append(history)
        seeds[run.removeprefix("seed")] = None
    known = {model: loss or default for model, loss in losses.items()}
    return draw(histories, known, models, [*seeds])
