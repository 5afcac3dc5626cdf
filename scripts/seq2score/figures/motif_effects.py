"""What inserting a motif changes: each model's estimate beside the truth, where it is known."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from seq2score import tables
from seq2score.figures import theme

COLUMNS = ["model", "seed", "motif", "output", "backgrounds", "effect", "effect_low", "effect_high"]
COLUMNS += ["truth", "first", "last"]


def plot_motif_effects(
    effects: list[dict], models: Sequence[str], labels: Mapping[str, str]
) -> Figure:
    """Means and 95% intervals, a row a motif (and output), a colour a model, a point a seed.

    Parameters
    ----------
    effects
        Rows with the columns `COLUMNS`; `truth` is None where it is not known.
    models
        All of the config, in its order, which fixes the colours.
    labels
        What axes call each output.
    """
    kinds = list(dict.fromkeys((row["motif"], row["output"]) for row in effects))
    several = len({output for _, output in kinds}) > 1
    room = max(0.5, 0.1 * len(effects) / max(len(kinds), 1))
    drawing, axes = theme.figure(height=1.0 + room * len(kinds))
    for position, kind in enumerate(kinds):
        rows = [row for row in effects if (row["motif"], row["output"]) == kind]
        half = 0.35 / len(rows)
        heights = position + np.linspace(half - 0.35, 0.35 - half, len(rows))
        for height, row in zip(heights, rows, strict=True):
            style = theme.style_of(row["model"], models)
            axes.plot([row["effect_low"], row["effect_high"]], [height] * 2, color=style["color"])
            axes.plot(row["effect"], height, ms=4.5, ls="", label=row["model"], **style)
            if row["truth"] is not None:
                span = [height - half, height + half]
                axes.plot([row["truth"]] * 2, span, color=theme.INK, label="truth", zorder=1)
    names = [f"{motif} → {output}" if several else motif for motif, output in kinds]
    axes.set_yticks(range(len(kinds)), [theme.plain(name) for name in names])
    axes.set_ylim(len(kinds) - 0.45, -0.55)
    axes.axvline(0, color=theme.GREY, lw=0.7, zorder=0)
    axes.tick_params(axis="y", length=0)
    name = "prediction" if several else f"predicted {next(iter(labels.values()), 'score')}"
    theme.label(axes, f"Mean change of the {name} by inserting the motif", grid="x")
    theme.explain(drawing, _caption(effects))
    handles, texts = axes.get_legend_handles_labels()
    once = dict(sorted(zip(texts, handles, strict=True), key=lambda entry: entry[0] == "truth"))
    drawing.legend([*once.values()], [*once], loc="outside upper left", ncols=max(len(once), 1))
    return drawing


def _caption(effects: list[dict]) -> str:
    """What points and whiskers are."""
    if not effects:
        return "no motif to insert"
    backgrounds = max(row["backgrounds"] for row in effects)
    seeds = ", ".join(dict.fromkeys(str(row["seed"]) for row in effects))
    return (
        f"Whiskers: 95% interval over up to {backgrounds:,} random sequences. "
        f"A point a model and seed ({seeds})."
    )


def joined(paths: Sequence[str], trained: Iterable[tuple[str, int]]) -> list[dict]:
    """The rows of several models' tables, each with its model and seed.

    Parameters
    ----------
    paths
        Of motif_effects.tsv of each run.
    trained
        Model and seed of each.
    """
    return [
        {"model": model, "seed": seed, **row}
        for path, (model, seed) in zip(paths, trained, strict=True)
        for row in tables.read_rows(path)
    ]
