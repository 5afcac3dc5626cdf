"""The members of a sweep side by side, best first: does the choice matter, and what wins?"""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from seq2score.figures import theme

MOST = 40  # members shown, the best ones


def draw(
    rows: Sequence[dict], score: str, name: str, labels: Mapping[str, str], count: int
) -> Figure:
    """Mean of each member's `score` over the seeds as a point, its spread as a line.

    Parameters
    ----------
    rows
        Of a ranking, best first, each with `model`, `seeds`, `score` and `{score}_sd`.
    score
        The column that ranks them.
    name
        Of the score, for the axis.
    labels
        What each member tried.
    count
        Of all members, those without a score too.
    """
    shown = rows[:MOST]
    figure, axes = theme.figure(height=1.1 + 0.17 * len(shown))
    for position, row in enumerate(shown):
        axes.errorbar(
            row[score],
            position,
            xerr=row[f"{score}_sd"],
            fmt="o",
            markersize=4,
            color=theme.MODEL_COLOURS[0] if position == 0 else theme.GREY,
        )
    axes.set_yticks(range(len(shown)), [theme.plain(labels[row["model"]]) for row in shown])
    axes.invert_yaxis()
    title = f"{count} members" if len(shown) == count else f"Best {len(shown)} of {count}"
    base = rows[0]["model"].split("~")[0]
    theme.label(axes, f"{name} on the validation set", title=f"{base}: {title}", grid="x")
    if rows[0]["seeds"] > 1:
        text = "Lines: standard deviation between the seeds, on both sides of the mean"
        theme.explain(figure, text)
    return figure
