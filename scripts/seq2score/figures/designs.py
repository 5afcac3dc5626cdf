"""Designs beside what they were made from and what was measured, their logo, and the search."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seq2score.certainty.certain import Certain
from seq2score.design.designs import Designs as Results
from seq2score.design.objective import Goal
from seq2score.figures import theme
from seq2score.figures.logos import draw_letters
from seq2score.inference.predictions import score_matrix

LONGEST_LOGO = 200


@dataclass(frozen=True)
class Designs:
    """What a figure shows of designs.

    Attributes
    ----------
    designs, starts
        Predictions, float (n,) and (starts,).
    measured
        Scores of the dataset, float (rows,), where there are any.
    encoded
        Letters of the designs, uint8 (n, length).
    progress
        Of the search: rows with `round`, `best` and `middle`.
    quantity
        What the axis of scores shows.
    interval
        Lower and upper end of the intervals of the designs, float (n,) each.
    judged
        Predictions for the designs by another model, `judge`, float (n,).
    alphabet
        "dna" or "rna".
    refusal
        Why there are no designs.
    """

    designs: np.ndarray
    starts: np.ndarray
    measured: np.ndarray | None
    encoded: np.ndarray
    progress: Sequence[dict]
    quantity: str
    interval: tuple[np.ndarray, np.ndarray] | None = None
    judged: np.ndarray | None = None
    judge: str = ""
    alphabet: str = "dna"
    refusal: str = ""

    @classmethod
    def of(
        cls, results: Results, table: pa.Table, labels: Mapping[str, str], judge: str | None
    ) -> "Designs":
        """What a figure shows of designs.

        Parameters
        ----------
        results
            The designs and how they were made.
        table
            The dataset's sequences and scores.
        labels
            What axes call each score.
        judge
            The model that judged, if any.
        """
        record, goal, certain = results.record, results.goal, results.certain
        measured = None if record["classes"] else score_matrix(table, record["outputs"])
        return cls(
            designs=_shown(certain.predicted, goal),
            starts=_shown(results.started.predicted, goal),
            measured=None if measured is None else _shown(measured, goal),
            encoded=results.encoded,
            progress=results.search.progress,
            quantity=_quantity(goal, record, labels),
            interval=_interval(results.sure),
            judged=None if results.judged is None else _shown(results.judged.predicted, goal),
            judge=judge or "",
            alphabet=record["alphabet"],
            refusal=results.refusal,
        )


def _shown(predicted: np.ndarray, goal: Goal) -> np.ndarray:
    """What is shown of predictions, float (n, outputs or classes): one number each."""
    if goal.output is not None:
        return predicted[:, goal.output]
    return predicted[:, 0] if predicted.shape[1] == 1 else predicted @ goal.weights


def _interval(certain: Certain) -> tuple[np.ndarray, np.ndarray] | None:
    """The ends of the intervals, where there is one score and so one of each."""
    lower, upper = certain.lower, certain.upper
    if lower is None or upper is None or lower.shape[1] > 1 or not np.isfinite(lower).all():
        return None
    return lower[:, 0], upper[:, 0]


def _quantity(goal: Goal, record: Mapping, labels: Mapping[str, str]) -> str:
    """What the axis of scores says."""
    if goal.output is not None:
        return f"Probability of {record['classes'][goal.output]}"
    if len(record["outputs"]) == 1:
        return labels[record["outputs"][0]]
    terms = zip(goal.weights, record["outputs"], strict=True)
    return " ".join(f"{weight:+g} {name}" for weight, name in terms if weight)


def draw(result: Designs) -> Figure:
    """Three panels: scores on one axis, the logo of the designs, the progress of the search.

    Only the first one where there are no designs, and why.
    """
    if not len(result.encoded):
        figure = Figure(figsize=(theme.WIDTH, 2.4), layout="constrained")
        axes = figure.subplots()
        _scores(axes, result)
        axes.set_title(theme.plain(textwrap.fill(f"No designs: the model {result.refusal}", 90)))
        return figure
    figure = Figure(figsize=(theme.WIDTH, 6.2), layout="constrained")
    above, middle, below = figure.subplots(3, 1, height_ratios=[2.2, 1, 1.6])
    _scores(above, result)
    _logo(middle, result)
    _progress(below, result.progress)
    return figure


def _scores(axes: Axes, result: Designs) -> None:
    colours = theme.MODEL_COLOURS
    rows = [
        ("starts, predicted", result.starts, theme.GREY),
        ("designs, predicted", result.designs, colours[0]),
    ]
    if result.measured is not None:
        rows.insert(0, ("table, measured", result.measured, theme.INK))
    if not len(result.encoded):
        rows.pop()
    elif result.judged is not None:
        rows.append((f"designs, by {result.judge}", result.judged, colours[1]))
    random = np.random.default_rng(0)
    for position, (_, values, colour) in enumerate(rows):
        aside = position + random.uniform(-0.28, 0.28, len(values))
        few = len(values) < 200
        axes.plot(
            values,
            aside,
            "o",
            ms=3.5 if few else 1.2,
            mew=0,
            color=colour,
            alpha=0.9 if few else 0.35,
            rasterized=not few,
        )
        if values is result.designs and result.interval is not None:
            axes.hlines(aside, *result.interval, color=colour, lw=0.7, alpha=0.6)
    axes.set_yticks(range(len(rows)), [theme.plain(name) for name, _, _ in rows])
    axes.invert_yaxis()
    theme.label(axes, result.quantity, grid="x")


def _logo(axes: Axes, result: Designs) -> None:
    """Information content of the designs' letters, in bits."""
    encoded = result.encoded[:, :LONGEST_LOGO]
    share = np.stack([(encoded == base).mean(axis=0) for base in range(4)])
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = 2 + np.nansum(share * np.log2(share), axis=0)
    letters = "ACGU" if result.alphabet == "rna" else "ACGT"
    draw_letters(axes, share * bits, np.arange(1, encoded.shape[1] + 1), letters)
    axes.set(xlim=(0, encoded.shape[1] + 1), ylim=(0, 2))
    theme.label(axes, "Position", "Bits", f"What {len(encoded)} designs have in common")


def _progress(axes: Axes, progress: Sequence[dict]) -> None:
    rounds = [row["round"] for row in progress]
    for key, style in [("best", "-"), ("middle", "--")]:
        values = [row[key] if row[key] > -1e5 else np.nan for row in progress]
        axes.plot(rounds, values, style, color=theme.MODEL_COLOURS[0], label=key)
    theme.count_along_x(axes)
    axes.legend(loc="lower right")
    theme.label(axes, "Round of the search", "What is searched for", grid="y")
