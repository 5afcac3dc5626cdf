"""How well classes are told apart: ROC and precision-recall curves, and what is taken for what."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seq2score.figures import theme
from seq2score.figures.text import number, run_of
from seq2score.inference.predictions import classes_in, truth_and_prediction

RESOLUTION = 300  # steps of a curve along each axis: more cannot be seen
BRACKETS = "In brackets: 95% interval. Dotted: guessing"
HEADINGS = {"accuracy": "accuracy", "auroc": "AUROC", "auprc": "AUPRC"}
MOST_COUNTED = 12  # classes, for numbers in the cells of a confusion matrix


@dataclass(frozen=True)
class Predicted:
    """What one model made of the test set."""

    model: str
    run: str  # such as seed17 or ensemble
    classes: list[str]
    label: np.ndarray  # int (n,), places in `classes`
    probability: np.ndarray  # float (n, classes)
    metrics: dict  # metrics.json

    @classmethod
    def read(cls, model: str, predictions: str, metrics: str) -> "Predicted":
        """From the files of a run: predictions.parquet in its folder, and metrics.json."""
        table = pq.read_table(predictions)
        measured = json.loads(Path(metrics).read_text(encoding="utf-8"))
        run, classes = Path(predictions).parts[-2], classes_in(table) or []
        return cls(model, run, classes, *truth_and_prediction(table), measured)


def draw_models(predicted: Sequence[Predicted], models: Sequence[str]) -> Figure:
    """All models in the same panels: ROC and precision-recall, a row for each class.

    Of two classes, the second one alone has a row: the first is its mirror image.

    Parameters
    ----------
    predicted
        What each model shown makes of the same test set.
    models
        Every model of the config, which fixes the colours.
    """
    classes = predicted[0].classes
    shown = [1] if len(classes) == 2 else range(len(classes))
    figure, axes = theme.panels(len(shown), 2, width=6.2, height=2.9 * len(shown) + 0.8)
    for row, k in zip(axes, shown, strict=True):
        for item in predicted:
            _curves(row, item, k, theme.style_of(item.model, models)["color"], item.model)
        _frame(row, f"{classes[k]}: ", predicted[0].label == k)
    labels = [f"{_name(item)}: AUROC {_value(item, 'auroc')}" for item in predicted]
    figure.legend(axes[0, 0].lines[: len(predicted)], labels, loc="outside upper left", ncols=2)
    theme.explain(figure, BRACKETS)
    return figure


def draw_model(item: Predicted) -> Figure:
    """One model: the confusion matrix, then ROC and precision-recall with a line for each class."""
    figure, ((*axes,),) = theme.panels(1, 3, width=8.2, height=3.6)
    _confusion(axes[0], np.array(item.metrics["confusion"]), item.classes)
    for k, name in enumerate(item.classes):
        colour = theme.CLASS_COLOURS[k % len(theme.CLASS_COLOURS)]
        _curves(axes[1:], item, k, colour, name)
    _frame(axes[1:], "", None)
    theme.label(axes[0], "Predicted class", "True class")
    for subplot, name in zip(axes, ["accuracy", "auroc", "auprc"], strict=True):
        subplot.set_title(f"{_name(item)}: {HEADINGS[name]}\n{_value(item, name)}")
    axes[2].legend(loc="lower left", fontsize=7)
    theme.explain(figure, BRACKETS)
    return figure


def roc(positive: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rate at every threshold.

    Parameters
    ----------
    positive
        Bool (n,).
    value
        Float (n,), high where positive is expected.

    Returns
    -------
    ndarray, ndarray
        Float (thresholds + 1,), from the threshold above all values down.
    """
    true, false = _counts(positive, value)
    return false / max(false[-1], 1), true / max(true[-1], 1)


def precision_recall(positive: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Recall and precision at every threshold that calls anything positive.

    Parameters
    ----------
    positive
        Bool (n,).
    value
        Float (n,), high where positive is expected.

    Returns
    -------
    ndarray, ndarray
        Float (thresholds,), from the highest threshold down.
    """
    true, false = (counts[1:] for counts in _counts(positive, value))
    return true / max(true[-1], 1), true / (true + false)


def _counts(positive: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many true and false ones lie at or above each distinct value, from none to all."""
    order = np.argsort(-value, kind="stable")
    last = np.append(np.flatnonzero(np.diff(value[order])), len(value) - 1)
    true = np.cumsum(positive[order])[last]
    return np.append(0, true), np.append(0, last + 1 - true)


def _curves(axes: Sequence[Axes], item: Predicted, k: int, colour: str, label: str) -> None:
    for subplot, curve in zip(axes, [roc, precision_recall], strict=True):
        x, y = curve(item.label == k, item.probability[:, k])
        spot = np.round(RESOLUTION * np.stack([x, y]))
        shown = np.append(True, np.any(np.diff(spot) != 0, axis=0))
        step = "default" if curve is roc else "steps-pre"  # average precision is a sum of steps
        subplot.plot(x[shown], y[shown], color=colour, label=theme.plain(label), drawstyle=step)


def _frame(axes: Sequence[Axes], name: str, positive: np.ndarray | None) -> None:
    theme.label(axes[0], "False positive rate", "True positive rate", f"{name}ROC curve", "both")
    theme.label(axes[1], "Recall", "Precision", f"{name}precision and recall", "both")
    axes[0].plot([0, 1], [0, 1], color=theme.GREY, lw=0.8, ls=":")
    if positive is not None:
        axes[1].axhline(positive.mean(), color=theme.GREY, lw=0.8, ls=":")
    for subplot in axes:
        subplot.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")


def _confusion(axes: Axes, counts: np.ndarray, classes: list[str]) -> None:
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="Greys", vmin=0, vmax=1)
    names = [theme.plain(name) for name in classes]
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.spines[:].set_visible(True)
    if len(names) <= MOST_COUNTED:
        for (i, j), count in np.ndenumerate(counts):
            colour = "white" if share[i, j] > 0.5 else theme.INK
            axes.text(j, i, f"{count:,}", ha="center", va="center", color=colour, fontsize=7)


def _name(item: Predicted) -> str:
    return f"{theme.plain(item.model)}, {run_of(item.run)}"


def _value(item: Predicted, name: str) -> str:
    value = item.metrics[name]
    if value is None:
        return "not known"
    return number(value, *item.metrics[f"{name}_ci"])
