"""Predicted against measured score, of test sequences that no model was trained on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seq2score.figures import theme
from seq2score.figures.text import number, run_of
from seq2score.inference.contrasts import Contrasts, Section
from seq2score.inference.predictions import outputs_in, truth_and_prediction

MOST_ACROSS = 3
LONGEST_TITLE = 30  # letters in a line


@dataclass(frozen=True)
class Panel:
    """One model's predictions of one score."""

    model: str
    run: str  # such as seed17 or ensemble
    output: str
    label: str  # what axes call the output
    score: np.ndarray  # float (n,)
    prediction: np.ndarray  # float (n,)
    metrics: Mapping  # r2 and r2_ci, from metrics.json, and ceiling_r2 where there are replicates


def draw(panels: Sequence[Panel], models: Sequence[str]) -> Figure:
    """Panels side by side on the same axes, with the line where prediction and score agree.

    Parameters
    ----------
    panels
        Those of one output share their axes.
    models
        Every model of the config, which fixes the colours.
    """
    across = min(len({panel.model for panel in panels}), MOST_ACROSS)
    rows = -(-len(panels) // across)
    width = max(theme.WIDTH * across / max(across, 2), 3.4)
    height = 0.15 + rows * (width / across + 0.6)
    figure, axes = theme.panels(rows, across, width=width, height=height)
    for subplot, panel in zip(axes.flat, panels, strict=False):
        limits = _limits([p for p in panels if p.output == panel.output])
        _draw(subplot, panel, theme.style_of(panel.model, models)["color"], limits)
        heading = title(name(panel, panels), panel.metrics)
        x, y = f"Measured {panel.label}", f"Predicted {panel.label}"
        theme.label(subplot, x, y, heading, grid="both")
        if panel.metrics.get("ceiling_r2") is not None:
            ceiling, (low, high) = panel.metrics["ceiling_r2"], panel.metrics["ceiling_r2_ci"]
            note = f"noise ceiling: R² = {ceiling:.2f} ({low:.2f} to {high:.2f})"
            subplot.text(0.97, 0.03, note, transform=subplot.transAxes, ha="right", fontsize=6.5)
    for unused in axes.flat[len(panels) :]:
        unused.remove()
    theme.explain(figure, "In brackets: 95% interval. Darker: more sequences")
    return figure


def name(panel: Panel, panels: Sequence[Panel]) -> str:
    """Its model and run, and its score where there are several."""
    several = len({other.output for other in panels}) > 1
    message = f"{panel.model}, {run_of(panel.run)}"
    return f"{message}, {panel.output}" if several else message


def title(model: str, metrics: Mapping) -> str:
    """The model's name, and below it R² with its 95% interval."""
    if metrics["r2"] is None:
        return f"{model}\nno R²: the score is constant"
    message = f"R² = {number(metrics['r2'], *metrics['r2_ci'])}"
    if len(message) > LONGEST_TITLE:  # the next panel begins where this one ends
        message = message.replace(" (", "\n(")
    return f"{model}\n{message}"


def _limits(panels: Sequence[Panel]) -> tuple[float, float]:
    values = np.concatenate([v for p in panels for v in (p.score, p.prediction)])
    low, high = np.nanmin(values), np.nanmax(values)
    margin = 0.04 * (high - low) or 1
    return low - margin, high + margin


def _draw(axes: Axes, panel: Panel, colour: str, limits: tuple[float, float]) -> None:
    theme.density_points(axes, panel.score, panel.prediction, colour)
    axes.plot(limits, limits, color=theme.INK, lw=0.8, ls=(0, (4, 3)), zorder=3)
    axes.set(xlim=limits, ylim=limits, aspect="equal")


def panels_of(
    model: str,
    run: str,
    table: pa.Table,
    metrics: Mapping,
    labels: Mapping[str, str],
    contrasts: Section = MappingProxyType({}),
    transform: str = "none",
) -> list[Panel]:
    """A panel for each score that a model predicts, and for each contrast of them.

    Parameters
    ----------
    model, run
        Such as cnn and seed17.
    table
        Of predictions.parquet.
    metrics
        Of metrics.json.
    labels
        What axes call each score.
    contrasts, transform
        Contrasts of the scores, and how these are transformed; a panel for each follows.
    """
    truth, predicted = truth_and_prediction(table)
    derived = Contrasts.of(contrasts, outputs_in(table), transform)
    further = (derived.extended(values)[:, truth.shape[1] :].T for values in (truth, predicted))
    of_contrasts = [
        Panel(model, run, name, name, measured, prediction, metrics["contrasts"][name])
        for name, measured, prediction in zip(derived.names, *further, strict=True)
    ]
    return [
        Panel(
            *(model, run, output, labels[output], measured, prediction),
            metrics.get("outputs", {}).get(output, metrics),
        )
        for output, measured, prediction in zip(
            outputs_in(table), truth.T, predicted.T, strict=True
        )
    ] + of_contrasts


def read_panels(
    models: Sequence[str],
    predictions: Sequence[str],
    metrics: Sequence[str],
    labels: Mapping[str, str],
    contrasts: Section = MappingProxyType({}),
    transform: str = "none",
) -> list[Panel]:
    """Panels of the runs of several models, output by output.

    Parameters
    ----------
    models, predictions, metrics
        Of each run: its model, and the paths of predictions.parquet, in the folder of the run, and
        of metrics.json.
    labels
        What axes call each score.
    contrasts, transform
        Contrasts of the scores, and how these are transformed.
    """
    by_model = [
        panels_of(
            model,
            Path(path).parts[-2],
            pq.read_table(path),
            json.loads(Path(measured).read_text(encoding="utf-8")),
            labels,
            contrasts,
            transform,
        )
        for model, path, measured in zip(models, predictions, metrics, strict=True)
    ]
    return [panel for of_output in zip(*by_model, strict=True) for panel in of_output]
