"""Do intervals hold as many true scores as they promise, at every level and everywhere?"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seq2score.figures import theme

MOST_ROWS = 6  # outputs


def draw(told: dict[str, dict], models: Sequence[str]) -> Figure:
    """A row an output: coverage by level, and by tenth of the prediction (or by class).

    told: metrics (metrics.json) by model. models: every model of the config, which fixes colours
    and markers.
    """
    first = next(iter(told.values()))
    outputs = list(first.get("outputs", {"": None}))[:MOST_ROWS]
    figure, axes = theme.figure(
        len(outputs), 2, height=3.0 * len(outputs) + 0.3, squeeze=False, width_ratios=[1, 1.3]
    )
    for (left, right), output in zip(axes, outputs, strict=True):
        own = {
            model: (metrics["outputs"][output] if output else metrics)["intervals"]
            for model, metrics in told.items()
        }
        _by_level(left, own, models, output)
        _by_part(right, own, models)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=5)
    return figure


def _by_level(axes: Axes, told: dict[str, dict], models: Sequence[str], output: str) -> None:
    for model, intervals in told.items():
        rows = intervals["by_level"]
        levels, style = [row["level"] for row in rows], theme.style_of(model, models)
        axes.plot(
            levels,
            [row["coverage"] for row in rows],
            **style,
            ms=3,
            lw=1.1,
            label=theme.plain(model),
        )
    _band(axes, levels, [row["coverage_band"] for row in rows])
    axes.plot([0, 1], [0, 1], color=theme.INK, lw=0.8, ls=(0, (4, 3)))
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    theme.label(axes, "Level of the intervals", "Share of true values inside", output, grid="both")


def _by_part(axes: Axes, told: dict[str, dict], models: Sequence[str]) -> None:
    for place, (model, intervals) in enumerate(told.items()):
        rows = intervals.get("by_tenth") or intervals["by_class"]
        aside = 0.12 * (place - (len(told) - 1) / 2)  # so that points do not hide each other
        values = [row["coverage"] for row in rows]
        at = [i + aside for i, value in enumerate(values) if value is not None]
        known = [value for value in values if value is not None]
        axes.plot(at, known, **theme.style_of(model, models), ms=4, lw=0)
    level = intervals["level"]
    _band(axes, range(len(rows)), [row["coverage_band"] for row in rows])
    axes.axhline(level, color=theme.INK, lw=0.8, ls=(0, (4, 3)))
    if "by_class" in intervals:
        axes.set_xticks(range(len(rows)), [theme.plain(row["class"]) for row in rows])
        theme.label(axes, "True class", f"Inside, at level {level:g}", grid="y")
        return
    axes.set_xticks(range(len(rows)), [str(i) for i in range(1, len(rows) + 1)])
    theme.label(
        axes, "Tenth of the predictions, lowest first", f"Inside, at level {level:g}", grid="y"
    )


def _band(axes: Axes, x: Sequence[float], bands: Sequence[Sequence[float]]) -> None:
    """Where 95% of test sets lie if the intervals are exact."""
    low, high = zip(*bands, strict=True)
    axes.fill_between(x, low, high, color=theme.PALE, zorder=0)
