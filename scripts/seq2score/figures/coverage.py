"""Do intervals hold as many true scores as they promise, at every level and everywhere?"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seq2score.figures import theme

MOST_ROWS = 6  # outputs

Intervals = Mapping[str, Mapping]  # by model, "intervals" of metrics.json of one output


def draw(metrics: Mapping[str, Mapping], models: Sequence[str]) -> Figure:
    """A row an output: coverage by level, by tenth of the prediction (or by class), by novelty.

    An output that no test row has is left out.

    Parameters
    ----------
    metrics
        Of each model, as in metrics.json.
    models
        Every model of the config, which fixes colours and markers.
    """
    first = next(iter(metrics.values()))
    outputs = [name for name, of in first.get("outputs", {"": first}).items() if of["n"]]
    outputs = outputs[:MOST_ROWS]
    figure, axes = theme.panels(len(outputs), 3, height=2.7 * len(outputs) + 0.3)
    for row, output in zip(axes, outputs, strict=True):
        selected = {
            model: (every["outputs"][output] if output else every)["intervals"]
            for model, every in metrics.items()
        }
        _by_level(row[0], selected, models, output)
        _by_part(row[1], selected, models)
        _by_novelty(row[2], selected, models)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=5)
    return figure


def draw_files(paths: Mapping[str, str], models: Sequence[str]) -> Figure:
    """The coverage in metrics.json of each model, by its path. models: every one of the config."""
    texts = {model: Path(path).read_text(encoding="utf-8") for model, path in paths.items()}
    return draw({model: json.loads(text) for model, text in texts.items()}, models)


def _by_level(axes: Axes, intervals: Intervals, models: Sequence[str], output: str) -> None:
    for model, of_model in intervals.items():
        rows = of_model["by_level"]
        levels, shares = ([row[key] for row in rows] for key in ("level", "coverage"))
        style = theme.style_of(model, models)
        axes.plot(levels, shares, **style, ms=3, lw=1.1, label=theme.plain(model))
    _band(axes, levels, [row["coverage_band"] for row in rows])
    axes.plot([0, 1], [0, 1], color=theme.INK, lw=0.8, ls=(0, (4, 3)))
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    theme.label(axes, "Level of the intervals", "Share of values inside", output, grid="both")


def _by_part(axes: Axes, intervals: Intervals, models: Sequence[str]) -> None:
    first = next(iter(intervals.values()))
    kind = "by_class" if "by_class" in first else "by_tenth"
    _points(axes, {model: of_model[kind] for model, of_model in intervals.items()}, models)
    inside = f"Inside, at level {first['level']:g}"
    if kind == "by_class":
        axes.set_xticks(range(len(first[kind])), [theme.plain(row["class"]) for row in first[kind]])
        theme.label(axes, "True class", inside, grid="y")
        return
    axes.set_xticks(range(len(first[kind])), [str(i + 1) for i in range(len(first[kind]))])
    theme.label(axes, "Tenth of the predictions", inside, grid="y")


def _by_novelty(axes: Axes, intervals: Intervals, models: Sequence[str]) -> None:
    rows = {model: of_model["by_novelty"] for model, of_model in intervals.items()}
    _points(axes, rows, models)
    ends = [row["highest"] for row in next(iter(rows.values()))]
    axes.set_xticks([i + 0.5 for i in range(1, len(ends), 2)], [f"{x:g}" for x in ends[1::2]])
    theme.label(axes, "Novelty up to", grid="y")


def _points(axes: Axes, by_model: Mapping[str, Sequence[dict]], models: Sequence[str]) -> None:
    """Shares inside, a column a row of the metrics, of each model, where there are test rows."""
    for position, (model, rows) in enumerate(by_model.items()):
        aside = 0.12 * (position - (len(by_model) - 1) / 2)  # so that points hide no others
        some = [(i + aside, row["coverage"]) for i, row in enumerate(rows) if row["n"]]
        axes.plot(*zip(*some, strict=True), **theme.style_of(model, models), ms=4, lw=0)
    _band(axes, range(len(rows)), [row["coverage_band"] for row in rows])
    axes.axhline(rows[0]["level"], color=theme.INK, lw=0.8, ls=(0, (4, 3)))


def _band(axes: Axes, x: Sequence[float], bands: Sequence[Sequence[float]]) -> None:
    """Where 95% of test sets lie if the intervals are exact."""
    low, high = zip(*bands, strict=True)
    axes.fill_between(x, low, high, color=theme.PALE, zorder=0)
