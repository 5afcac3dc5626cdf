"""Mean residual of every model by what the sequences hold: off zero lies a rule not learnt."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seq2score.figures import theme
from seq2score.figures.text import run_of

ACROSS = 3
MOST_PANELS = 18


def draw(
    rows: Sequence[dict], models: Sequence[str], labels: Mapping[str, str], run: str
) -> Figure:
    """A panel for each output and way to group the sequences, a line for each model.

    Parameters
    ----------
    rows
        As from `evaluation.residuals.by_group`, with the model.
    models
        Every model of the config, which fixes colours and markers.
    labels
        What axes call each output.
    run
        Of the models, such as seed17.
    """
    panels = list(dict.fromkeys((row["output"], row["what"]) for row in rows))[:MOST_PANELS]
    down = -(-len(panels) // ACROSS)
    several = len({output for output, _ in panels}) > 1
    figure, axes = theme.panels(down, ACROSS, height=2.2 * down + 0.4, sharey=not several)
    for subplot, (output, what) in zip(axes.flat, panels, strict=False):
        selected = [row for row in rows if (row["output"], row["what"]) == (output, what)]
        _lines(subplot, selected, models)
        theme.label(subplot, what, "", output if several else "", grid="y")
    for unused in axes.flat[len(panels) :]:
        unused.remove()
    measured = "scores" if several else labels[panels[0][0]]
    theme.common_label(figure, f"Mean of predicted - measured {measured}")
    handles, names = axes[0, 0].get_legend_handles_labels()
    names = [f"{name}, {run_of(run)}" for name in names]
    figure.legend(handles, names, loc="outside upper left", ncols=4)
    theme.explain(figure, "Vertical lines: 95% interval of the mean, over the test set's sequences")
    return figure


def _lines(axes: Axes, rows: Sequence[dict], models: Sequence[str]) -> None:
    groups = list(dict.fromkeys(row["group"] for row in rows))
    axes.axhline(0, color=theme.INK, lw=0.8, ls=(0, (4, 3)))
    sample = list(dict.fromkeys(row["model"] for row in rows))
    for i, model in enumerate(sample):
        selected = [row for row in rows if row["model"] == model]
        aside = 0.12 * (i - (len(sample) - 1) / 2)  # so that intervals do not hide each other
        x = [groups.index(row["group"]) + aside for row in selected]
        y = [row["mean_residual"] for row in selected]
        style = theme.style_of(model, models)
        axes.plot(x, y, **style, ms=4, lw=1.1, label=theme.plain(model))
        known = [row["low"] is not None for row in selected]
        axes.vlines(
            [a for a, k in zip(x, known, strict=True) if k],
            [row["low"] for row in selected if row["low"] is not None],
            [row["high"] for row in selected if row["low"] is not None],
            color=style["color"],
            lw=1.1,
        )
    names = [theme.plain(group) for group in groups]
    crowded = sum(map(len, names)) > 30
    ticks = axes.set_xticks(range(len(groups)), names)
    for text in (tick.label1 for tick in ticks if crowded):
        text.set(rotation=40, ha="right", rotation_mode="anchor")
