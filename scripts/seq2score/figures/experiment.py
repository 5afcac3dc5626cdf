"""An experiment of barcode counts: do its replicates agree, and what has it lost?"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from seq2score.figures import theme

ACTIVITY = "activity, log2(RNA/DNA)"
PANELS = (2, 3)  # of a condition: rows and columns
MOST = 6  # replicates that a matrix has room for
LONGEST = 34  # letters of a reason
LETTERS_OF_HEAD = 105  # in a line
TICKS = [n * 10**power for power in range(9) for n in (1, 2, 5)]  # of logarithmic axes
FEWEST_BARS = 3  # that a panel has room for


@dataclass(frozen=True)
class Panel:
    """A condition: its numbers, and the activities of its oligos.

    quality: as `counts.quality` has it. values: by replicate, float (n, replicates). mean, error:
    of each oligo, float (n,). barcodes: the most in a replicate, int (n,). controls: bool (n,).
    """

    quality: Mapping[str, Any]
    values: np.ndarray
    mean: np.ndarray
    error: np.ndarray
    barcodes: np.ndarray
    controls: np.ndarray

    @property
    def title(self) -> str:
        """What stands before the titles of its panels."""
        return f"{self.quality['name']}: " if self.quality["name"] else ""


def read_panels(table: pd.DataFrame, quality: Mapping[str, Any]) -> list[Panel]:
    """The conditions of an experiment.

    Parameters
    ----------
    table
        Of activities, as `counts.experiment.activity_table` has them.
    quality
        From `counts.quality.summarize`.
    """
    panels = []
    for condition in quality["conditions"]:
        name, before = condition["name"], f"{condition['name']}_" if condition["name"] else ""
        replicates = condition["replicates"]
        of = {key: [f"{before}{key}_{r}" for r in replicates] for key in ("activity", "n_bc")}
        panels.append(
            Panel(
                condition,
                table[of["activity"]].to_numpy(float),
                table[name or "activity"].to_numpy(float),
                table[f"{before}activity_se"].to_numpy(float),
                table[of["n_bc"]].max(axis=1).to_numpy(),
                (table["control"] == "negative").to_numpy(),
            )
        )
    return panels


# -------------------------------------------------------------------------------------- replicates
def draw_replicates(panels: Sequence[Panel]) -> Figure:
    """A matrix of replicates for each condition: points below the diagonal, correlations above."""
    shown = [min(panel.values.shape[1], MOST) for panel in panels]
    rows, columns = sum(shown), max(shown)
    width = min(theme.WIDTH, 1.2 + 2.0 * columns)
    figure, axes = theme.panels(rows, columns, width, 0.4 + 1.7 * rows)
    top = 0
    for panel, count in zip(panels, shown, strict=True):
        for a in range(count):
            for b in range(columns):
                _cell(axes[top + a, b], panel, a, b, count)
        top += count
    theme.common_label(figure, ACTIVITY)
    return figure


def _cell(axes: Axes, panel: Panel, a: int, b: int, count: int) -> None:
    """Row a and column b of a matrix."""
    if b >= count:
        axes.set_axis_off()
    elif a == b:
        values = panel.values[:, a]
        axes.hist(values[np.isfinite(values)], bins=40, color=theme.MODEL_COLOURS[0])
        axes.set_yticks([])
        theme.label(axes, title=f"{panel.title}replicate {panel.quality['replicates'][a]}")
    elif a > b:
        x, y = panel.values[:, b], panel.values[:, a]
        if (np.isfinite(x) & np.isfinite(y)).any():
            theme.density_points(axes, x, y, theme.MODEL_COLOURS[0])
            axes.axline((0, 0), slope=1, color=theme.GREY, linewidth=0.8)
    else:
        axes.set_axis_off()
        pearson, spearman = panel.quality["pearson"][a][b], panel.quality["spearman"][a][b]
        if pearson is not None:
            text = f"Pearson {pearson:.3f}\nSpearman {spearman:.3f}"
            axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes)


# ---------------------------------------------------------------------------------------- overview
def draw_overview(panels: Sequence[Panel], sentences: Sequence[str]) -> Figure:
    """What each condition has: barcodes, DNA, noise, controls and losses. sentences: what stands
    above it."""
    rows, columns = PANELS
    figure, axes = theme.panels(rows * len(panels), columns, height=0.7 + 4.8 * len(panels))
    theme.head(figure, "\n".join(textwrap.wrap(" ".join(sentences), LETTERS_OF_HEAD)))
    for position, panel in enumerate(panels):
        first, second = axes[rows * position], axes[rows * position + 1]
        histograms = panel.quality["histograms"]
        _histogram(first[0], histograms["barcodes"], panel, "barcodes of an oligo")
        _histogram(first[1], histograms["dna"], panel, "DNA counts of an oligo")
        _losses(first[2], panel)
        _against_barcodes(second[0], panel, panel.mean, ACTIVITY)
        _against_barcodes(second[1], panel, panel.error, "standard error of the activity")
        _controls(second[2], panel)
    return figure


def _histogram(axes: Axes, histogram: Mapping[str, Any], panel: Panel, what: str) -> None:
    """How many oligos have how much, a line a replicate, on a logarithmic axis."""
    replicates = panel.quality["replicates"]
    for position, counts in enumerate(histogram["counts"]):
        colour = theme.MODEL_COLOURS[position % len(theme.MODEL_COLOURS)]
        axes.stairs(counts, histogram["edges"], color=colour, label=replicates[position])
    axes.set_xscale("log")
    filled = np.flatnonzero(np.sum(histogram["counts"], axis=0))
    if len(filled):
        ends = histogram["edges"][filled[0]] * 0.8, histogram["edges"][filled[-1] + 1] * 1.1
        axes.set_xlim(*ends)
        axes.set_xticks([n for n in TICKS if ends[0] <= n <= ends[1]])
        axes.xaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n:,.0f}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    none = sum(histogram["zero"]) / len(histogram["zero"])
    theme.label(axes, what, "oligos", f"{panel.title}{none:,.0f} oligos have none", grid="y")
    if len(replicates) > 1:
        axes.legend(title="replicate", title_fontsize=8)


def _losses(axes: Axes, panel: Panel) -> None:
    """The share of barcodes that each reason takes out."""
    losses = panel.quality["losses"]
    if not losses:
        axes.set_axis_off()
        text = "The counts are by oligo:\nno barcodes to lose"
        axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes)
        return
    shares = [100 * loss["share"] for loss in losses]
    axes.barh(range(len(losses)), shares, color=theme.MODEL_COLOURS[0], height=0.6)
    for position, (loss, share) in enumerate(zip(losses, shares, strict=True)):
        axes.text(0, position - 0.42, loss["reason"][:LONGEST], fontsize=7, va="bottom")
        axes.text(share, position, f" {share:.2g}%", fontsize=7, va="center")
    axes.set_yticks([])
    axes.set_ylim(max(len(losses), FEWEST_BARS) - 0.4, -0.7)
    axes.set_xlim(0, 1.25 * max(*shares, 1))
    theme.label(axes, "barcodes left out (%)", title=f"{panel.quality['read']:,} barcodes")


def _against_barcodes(axes: Axes, panel: Panel, values: np.ndarray, what: str) -> None:
    known = np.isfinite(values) & (panel.barcodes > 0)
    if known.any():
        theme.density_points(
            axes, np.log10(panel.barcodes[known]), values[known], theme.MODEL_COLOURS[0]
        )
        ends = panel.barcodes[known].min() * 0.9, panel.barcodes[known].max() * 1.1
        ticks = [n for n in TICKS if ends[0] <= n <= ends[1]]
        axes.set_xticks(np.log10(ticks), [f"{n:,}" for n in ticks])
    theme.label(axes, "barcodes of an oligo", what, grid="y")


def _controls(axes: Axes, panel: Panel) -> None:
    """Activities of negative controls and of all others, each as a share of its own."""
    known = np.isfinite(panel.mean)
    edges = np.histogram_bin_edges(panel.mean[known], 40)
    groups = [
        ("other oligos", known & ~panel.controls, theme.GREY),
        ("negative controls", known & panel.controls, theme.MODEL_COLOURS[1]),
    ]
    for name, rows, colour in groups:
        if rows.any():
            counts = np.histogram(panel.mean[rows], edges)[0] / rows.sum()
            axes.stairs(counts, edges, color=colour, label=f"{name} ({rows.sum():,})")
    theme.label(axes, ACTIVITY, "share of them")
    axes.set_ylim(0, axes.get_ylim()[1] * 1.3)
    axes.legend(loc="upper right")
