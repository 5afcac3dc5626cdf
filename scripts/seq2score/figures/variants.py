"""Effects of variants: how large they are, whether measured ones agree, and in what context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seq2score import tables
from seq2score.figures import theme
from seq2score.figures.logos import draw_letters
from seq2score.sequences.encoding import BASES
from seq2score.variants.measured import as_numbers

if TYPE_CHECKING:
    import pandas as pd

MOST_BINS = 60
MINUS = "\N{MINUS SIGN}"
NAMES = {
    "pearson": "Pearson",
    "spearman": "Spearman",
    "sign_agreement": "same sign",
    "auroc": "area under the ROC curve",
}
EFFECT = "effect (alternative \N{MINUS SIGN} reference{})"


@dataclass(frozen=True)
class Effects:
    """Effects on one output, of variants and of random changes, and what was measured.

    Attributes
    ----------
    output
        Its name.
    variants, random
        Effects, float (n,) and (changes,).
    measured
        Float (n,), NaN where nothing was.
    classes
        Names of two measured classes; `measured` is then 0 and 1.
    title
        Above the comparison.
    """

    output: str
    variants: np.ndarray
    random: np.ndarray
    measured: np.ndarray | None = None
    classes: tuple[str, str] | None = None
    title: str = ""


def draw(outputs: list[Effects], unit: str = "") -> Figure:
    """A row an output: the distribution of effects and, where any were measured, the comparison."""
    columns = 2 if any(of.measured is not None for of in outputs) else 1
    height = 2.9 * len(outputs)
    figure, axes = theme.panels(len(outputs), columns, height=height)
    for row, of in zip(axes, outputs, strict=True):
        _distribution(row[0], of, unit)
        if of.measured is not None:
            if of.classes:
                groups = [of.variants[of.measured == k] for k in (0, 1)]
                _by_class(row[1], groups, of.classes, unit)
            else:
                _against_measured(row[1], of.measured, of.variants, unit)
            row[1].set_title(theme.plain(of.title))
        elif columns == 2:
            row[1].set_visible(False)
    return figure


def _distribution(axes: Axes, of: Effects, unit: str) -> None:
    reach = np.quantile(np.abs(np.concatenate([of.variants, of.random])), 0.999) or 1.0
    bins = min(MOST_BINS, 4 + int(np.sqrt(len(of.variants))))
    edges = np.linspace(-reach, reach, bins + 1)
    for name, effects, colour, style in [
        ("random changes", of.random, theme.GREY, "--"),
        ("variants", of.variants, theme.MODEL_COLOURS[0], "-"),
    ]:
        values = np.clip(effects, -reach, reach)
        share = np.histogram(values, edges)[0] / max(1, len(values))
        text = f"{len(values):,} {name}"
        axes.stairs(share, edges, lw=1.6, label=text, color=colour, ls=style)
    axes.axvline(0, color=theme.PALE, lw=1, zorder=0)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.3)
    axes.legend(loc="upper left")
    theme.label(axes, EFFECT.format(unit), "share", of.output)


def _against_measured(axes: Axes, measured: np.ndarray, predicted: np.ndarray, unit: str) -> None:
    axes.axhline(0, color=theme.PALE, lw=1, zorder=0)
    axes.axvline(0, color=theme.PALE, lw=1, zorder=0)
    theme.density_points(axes, measured, predicted, theme.MODEL_COLOURS[0])
    theme.label(axes, "measured effect", f"predicted effect{unit}")


def _by_class(axes: Axes, groups: Sequence[np.ndarray], classes: Sequence[str], unit: str) -> None:
    axes.boxplot(
        groups,
        orientation="horizontal",
        widths=0.5,
        showfliers=False,
        medianprops={"color": theme.INK},
    )
    axes.set_yticks([1, 2], [theme.plain(name) for name in classes])
    theme.label(axes, f"predicted effect{unit}", "measured class", grid="x")


@dataclass(frozen=True)
class Context:
    """A strong variant's surroundings with one allele, and what each letter contributes."""

    title: str
    letters: str  # (n,)
    contributions: np.ndarray  # float (n,)
    places: np.ndarray  # positions in the window, from 1, int (n,)
    variant: int  # the first position at which the alleles differ


def draw_contexts(pairs: list[tuple[Context, Context]], letters: str) -> Figure:
    """A row a variant: contributions with the reference allele, and with the alternative."""
    figure, axes = theme.panels(len(pairs), 2, height=0.3 + 1.25 * len(pairs))
    for row, pair in zip(axes, pairs, strict=True):
        heights = [_heights(of) for of in pair]
        low = min(0.0, *(h.min() for h in heights))
        high = max(0.0, *(h.max() for h in heights))
        margin = 0.1 * (high - low) or 1.0
        for panel, of, height in zip(row, pair, heights, strict=True):
            panel.axvspan(of.variant - 0.5, of.variant + 0.5, color=theme.PALE, lw=0)
            draw_letters(panel, height, of.places, letters)
            panel.axhline(0, color=theme.INK, lw=0.7)
            panel.set_xlim(of.places[0] - 0.5, of.places[-1] + 0.5)
            panel.set_ylim(low - margin, high + margin)
            theme.label(panel, title=of.title)
        row[1].tick_params(labelleft=False)
        row[0].set_ylabel("contribution")
    for panel in axes[-1]:
        panel.set_xlabel("position in the window")
    return figure


def _heights(of: Context) -> np.ndarray:
    selected = np.array([*BASES])[:, None] == np.array([*of.letters])
    return np.where(selected, of.contributions, 0.0)


def effects_of(points: pa.Table, compared: list[dict]) -> list[Effects]:
    """What to draw, an output each.

    Parameters
    ----------
    points
        With `kind` (variant or random), `measured` and the columns of effects.
    compared
        Rows of the comparison with measured effects, if any: `output`, `metric` and `value`.
    """
    results = []
    kinds = np.array(points["kind"].to_pylist())
    given = points["measured"].filter(pa.array(kinds == "variant")).to_pylist()
    values, classes = as_numbers(given) if any(v is not None for v in given) else (None, [])
    if classes:
        numbers = {classes[0]: 0.0, classes[1]: 1.0}
        values = np.array([numbers.get(text, np.nan) for text in given])
    for name in (n for n in points.column_names if n.startswith("effect")):
        output = name.removeprefix("effect").removeprefix("_")
        effect = points[name].to_numpy()
        mine = [row for row in compared if not output or row["output"] == output]
        title = ", ".join(f"{NAMES[row['metric']]} {float(row['value']):.2f}" for row in mine)
        title = title.replace("-", MINUS)
        variants, random = (effect[kinds == kind] for kind in ("variant", "random"))
        names = (classes[0], classes[1]) if classes else None
        results.append(Effects(output, variants, random, values, names, title))
    return results


def contexts_of(rows: pd.DataFrame) -> list[tuple[Context, Context]]:
    """The strongest variants, each with either allele."""
    return [
        (
            _context(variant[variant["allele"] == "reference"]),
            _context(variant[variant["allele"] == "alternative"]),
        )
        for _, variant in rows.groupby("rank", sort=False)
    ]


def _context(rows: pd.DataFrame) -> Context:
    first = rows.iloc[0]
    places = rows["position"].to_numpy()
    title = f"{first['id']}, effect {first['effect']:+.3g}".replace("-", MINUS)
    return Context(
        title if first["allele"] == "reference" else "with the alternative",
        "".join(rows["letter"]),
        rows["contribution"].to_numpy(),
        places,
        int(places[np.argmax(rows["variant"].to_numpy())]),
    )


def draw_files(files: Mapping[str, str], letters: str, unit: str = "") -> dict[str, Figure]:
    """The figures of a model's variants, by name: `effects` and `contexts`.

    Parameters
    ----------
    files
        Paths: `points` (effects of variants and of random changes), `measured` (the comparison
        with measured effects) and `contexts` (the strongest variants).
    letters
        "ACGT" or "ACGU".
    unit
        Of effects, after a comma.
    """
    compared = tables.read_rows(files["measured"], text=["metric", "about"])
    contexts = tables.read(files["contexts"], text=["allele"])
    return {
        "effects": draw(effects_of(pq.read_table(files["points"]), compared), unit),
        "contexts": draw_contexts(contexts_of(contexts), letters),
    }
