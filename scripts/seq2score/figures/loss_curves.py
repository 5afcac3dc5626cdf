"""How the loss fell, epoch by epoch: would more epochs help, and does a model overfit?"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

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


def draw(
    histories: Mapping[str, Sequence[History]],
    losses: Mapping[str, str],
    models: Sequence[str],
    seeds: Sequence[str] = (),
) -> Figure:
    """Train (dashed) and validation (solid) loss of every model, in one figure.

    histories: one table a seed for each model drawn. losses: which loss each was trained with.
    models: every model of the config, which fixes the colours. seeds: of the runs. The scale is
    logarithmic where every loss is above zero.
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
    axes.xaxis.get_major_locator().set_params(integer=True)
    figure.legend(handles=_legend(histories, models), loc="outside right upper")
    return figure


def _runs(seeds: Sequence[str]) -> str:
    """Which runs the lines are."""
    if len(seeds) < 2:
        return "".join(f"seed {seed}" for seed in seeds)
    return f"a line a seed: {', '.join(seeds)}"


_PARTS = {"train": {"ls": "--", "lw": 1.0}, "validation": {"ls": "-", "lw": 1.6}}


def _curves(axes: Axes, history: History, style: dict[str, str], alpha: float) -> None:
    epoch = history["epoch"]
    for part, line in _PARTS.items():
        sample = axes.plot(
            epoch, history[f"{part}_loss"], color=style["color"], alpha=alpha, **line
        )[0]
    sample.set(marker=style["marker"], markersize=4, markevery=max(1, len(epoch) // 6))


def _legend(sample: Sequence[str], models: Sequence[str]) -> list[Line2D]:
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
        history = {name: values.to_numpy() for name, values in tables.read(path).items()}
        histories.setdefault(model, []).append(history)
        seeds[run.removeprefix("seed")] = None
    losses = {model: loss or default for model, loss in losses.items()}
    return draw(histories, losses, models, [*seeds])
