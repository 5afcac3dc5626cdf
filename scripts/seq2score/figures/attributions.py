"""Contributions along sequences, discovered motifs, and how motifs and letters work together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from seq2score import tables
from seq2score.attributions import store
from seq2score.attributions.tables import logos, with_matches
from seq2score.figures import theme
from seq2score.figures.logos import draw_letters
from seq2score.motifs.tables import read_positions
from seq2score.sequences.encoding import BASES

MOST_PANELS = 12
TRACKS = 6
LETTERS_ACROSS = 85  # of a mark's name, that the width of a figure takes
OFFSET = 0.17  # of a letter between lines, so that none hides behind one of the same values


@dataclass(frozen=True)
class Track:
    """A sequence with what its letters contribute, and its motifs."""

    title: str
    heights: np.ndarray  # contributions of its own letters, float (4, length), else 0
    marks: list[tuple[int, int, str]]  # of motifs: first and last position, from 1, and name


def shown_rows(table: list[dict], sites: list[dict]) -> dict[str, str]:
    """Ids of the sequences to show, and why: extreme predictions, then those with most motifs.

    Parameters
    ----------
    table
        Rows with `id` and `prediction`.
    sites
        Rows with `id` and `motif`.
    """
    able = [row for row in table if row["prediction"] is not None]
    if not able:
        return {}
    why = {
        max(able, key=lambda row: row["prediction"])["id"]: "highest prediction",
        min(able, key=lambda row: row["prediction"])["id"]: "lowest prediction",
    }
    held: dict[str, set[int]] = {}
    for site in sites:
        held.setdefault(site["id"], set()).add(site["motif"])
    for name in sorted(held, key=lambda name: (-len(held[name]), name)):
        if len(why) >= TRACKS:
            break
        why.setdefault(name, f"{len(held[name])} motifs")
    return why


def tracks_of(
    folder: Path, table: list[dict], sites: list[dict], names: dict[int, str]
) -> list[Track]:
    """The sequences that are shown, with their motifs.

    Parameters
    ----------
    folder
        Of the arrays of contributions (`attributions.store`).
    table, sites
        As for `shown_rows`; sites also with `start` and `end`, from 1.
    names
        Of motifs, by number.
    """
    why = shown_rows(table, sites)
    predicted = {row["id"]: row["prediction"] for row in table}
    ids, start = store.read_ids(folder / store.FILES[0]), 0
    made: dict[str, Track] = {}
    for one_hot, hypothetical in zip(
        *(store.batches(folder / name) for name in store.FILES), strict=True
    ):
        for row, name in enumerate(ids[start : start + len(one_hot)]):
            if name in why and name not in made:
                marks = [
                    (site["start"], site["end"], names[site["motif"]])
                    for site in sites
                    if site["id"] == name
                ]
                title = f"{name}, {why[name]}: predicted {predicted[name]:.4g}"
                title = title.replace(": predicted -", ": predicted \N{MINUS SIGN}")
                made[name] = Track(title, one_hot[row] * hypothetical[row], marks)
        start += len(one_hot)
    return [made[name] for name in why if name in made]


def tracks(sequences: Sequence[Track], letters: str, output: str) -> Figure:
    """Contributions as a logo for each sequence, the motifs in it as bars above the letters."""
    if not sequences:
        return nothing("No sequence to show.")
    drawing, axes = theme.panels(len(sequences), height=0.5 + 1.45 * len(sequences))
    for track, subplot in zip(sequences, axes[:, 0], strict=True):
        _logo(subplot, track.heights, letters)
        _marks(subplot, track)
        theme.label(subplot, "", "", track.title)
    axes[-1, 0].set_xlabel("position")
    theme.common_label(drawing, f"contribution to the {output}")
    return drawing


def _marks(axes: Axes, track: Track) -> None:
    low, high = axes.get_ylim()
    step, length = 0.2 * (high - low), track.heights.shape[1]
    result = lanes(track.marks, length)
    for (start, end, name), lane in zip(track.marks, result, strict=True):
        start, end, above = max(start, 1), min(end, length), high + lane * step
        axes.plot([start - 1.4, end - 0.6], [above] * 2, color=theme.INK, lw=2, clip_on=False)
        axes.annotate(
            theme.plain(name), ((start + end) / 2 - 1, above), (0, 2), textcoords="offset points",
            ha="center", va="bottom", fontsize=7,
        )  # fmt: skip
    axes.set_ylim(low, high + step * (1 + max(result, default=-1)))


def lanes(marks: Sequence[tuple[int, int, str]], length: int) -> list[int]:
    """The lowest lane in which each mark and its name overlap no other.

    Parameters
    ----------
    marks
        As in `Track`.
    length
        Letters that the axes show.

    Returns
    -------
    list of int
        The lane of each mark, counted from 0.
    """
    letter = length / LETTERS_ACROSS  # positions that a letter of a name is wide
    ends: list[float] = []
    chosen: dict[int, int] = {}
    for index in sorted(range(len(marks)), key=lambda index: marks[index][0]):
        first, last, name = marks[index]
        half = max(last - first + 1, (len(name) + 1) * letter) / 2
        middle = (first + last) / 2
        free = (lane for lane, end in enumerate(ends) if end <= middle - half)
        chosen[index] = lane = next(free, len(ends))
        ends[lane:] = [middle + half, *ends[lane + 1 :]]
    return [chosen[index] for index in range(len(marks))]


def _logo(axes: Axes, heights: np.ndarray, letters: str) -> None:
    length = heights.shape[1]
    draw_letters(axes, heights, np.arange(length), letters)
    stacked = [np.minimum(heights, 0).sum(axis=0).min(), np.maximum(heights, 0).sum(axis=0).max()]
    margin = 0.08 * (stacked[1] - stacked[0]) or 1.0
    axes.set(xlim=(-0.7, length - 0.3), ylim=(stacked[0] - margin, stacked[1] + margin))
    axes.axhline(0, color=theme.INK, lw=0.7)
    axes.spines["bottom"].set_visible(False)
    shown = range(0, length, -(-length // 20))
    axes.set_xticks(shown, [str(position + 1) for position in shown])


def letters_by_position(means: np.ndarray, letters: str, output: str) -> Figure:
    """Mean contribution of each letter at each position, (4, length), as a logo."""
    drawing, axes = theme.figure(height=2.4)
    _logo(axes, np.nan_to_num(means), letters)
    theme.label(axes, "position", f"mean contribution\nto the {output}")
    return drawing


def motif_table(motifs: Sequence[dict], logos: Sequence[np.ndarray], letters: str) -> Figure:
    """A row a motif: its logo, its effect by insertion with its interval, and its numbers.

    Parameters
    ----------
    motifs
        Rows with `consensus`, `sites`, `q_value`, `effect`, `effect_low`, `effect_high`, `truth`
        and `known` (the motif that it matches, or "").
    logos
        Of each motif: heights of letters in bits, float (4, width).
    letters
        "ACGT" or "ACGU".
    """
    motifs = list(motifs)[:MOST_PANELS]
    if not motifs:
        return nothing(
            "No motif was found that does, put in, what its letters in another order do not."
        )
    drawing, axes = theme.panels(
        len(motifs), 3, height=0.6 + 0.8 * len(motifs), width_ratios=[1.2, 1.5, 1.3]
    )
    ends = [row[key] for row in motifs for key in ("effect_low", "effect_high")]
    room = 0.08 * (max(*ends, 0) - min(*ends, 0))
    widest = max(logo.shape[1] for logo in logos[: len(motifs)])
    for row, logo, (left, middle, right) in zip(motifs, logos, axes, strict=False):
        draw_letters(left, logo, np.arange(logo.shape[1]), letters)
        left.set(xlim=(-0.7, widest - 0.3), ylim=(0, 2.1), xticks=[], yticks=[0, 2])
        left.set_ylabel("bits", fontsize=7)
        middle.axvline(0, color=theme.GREY, lw=0.7)
        colour = theme.MODEL_COLOURS[0]
        middle.plot([row["effect_low"], row["effect_high"]], [0, 0], color=colour)
        middle.plot(row["effect"], 0, "o", ms=4.5, color=colour, label="model")
        if row["truth"] is not None:
            middle.plot([row["truth"]] * 2, [-0.6, 0.6], color=theme.INK, label="truth")
        middle.set(xlim=(min(*ends, 0) - room, max(*ends, 0) + room), ylim=(-1, 1), yticks=[])
        middle.spines["left"].set_visible(False)
        if row is not motifs[-1]:
            middle.set_xticklabels([])
        known = f"\n≈ {row['known']}" if row["known"] else ""
        sure = "" if row["q_value"] is None else f"\nq {rate(row['q_value'])}"
        message = f"{row['consensus']}, {row['sites']:,} sites{known}{sure}"
        right.text(0, 0.5, theme.plain(message), va="center", transform=right.transAxes, fontsize=8)
        right.set_axis_off()
    axes[-1, 1].set_xlabel("mean change by insertion")
    handles, names = axes[0, 1].get_legend_handles_labels()
    drawing.legend(handles, names, loc="outside upper left", ncols=2)
    return drawing


def rate(q_value: float) -> str:
    """A false discovery rate with its sign, also one that is smaller than numbers can be."""
    message = "< 1e-300" if q_value < 1e-300 else f"= {q_value:.1g}"
    return message.replace("-", "\N{MINUS SIGN}")


def profiles(rows: Sequence[dict], output: str) -> Figure:
    """A panel a motif: its effect by the position of its first letter, with intervals.

    Parameters
    ----------
    rows
        With `motif`, `position`, `effect`, `low`, `high` and `truth` (or None).
    output
        What is predicted.
    """
    motifs = list(dict.fromkeys(row["motif"] for row in rows))[:MOST_PANELS]
    if not motifs:
        return nothing("No motif to put in.")
    drawing, axes = theme.panels(len(motifs), height=0.7 + 1.35 * len(motifs), sharex=True)
    for motif, subplot in zip(motifs, axes[:, 0], strict=True):
        selected = [row for row in rows if row["motif"] == motif]
        _band(subplot, selected, "position", "effect", theme.MODEL_COLOURS[0], "model")
        _truth(subplot, selected, "position", theme.INK, "truth")
        subplot.axhline(0, color=theme.GREY, lw=0.7)
        theme.label(subplot, title=motif, grid="y")
    axes[-1, 0].set_xlabel("position of the motif's first letter")
    places = sorted({row["position"] for row in rows})
    axes[-1, 0].set_xlim(places[0] - 0.5, places[-1] + 0.5)
    axes[-1, 0].set_xticks(places[:: -(-len(places) // 20)])
    theme.common_label(drawing, f"mean change of the {output}")
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return drawing


def distances(rows: Sequence[dict], output: str) -> Figure:
    """A panel a pair of motifs: what they do beyond the sum, by the letters between them.

    Parameters
    ----------
    rows
        With `first`, `second`, `arrangement`, `gap`, `cooperation`, `low`, `high`, `q_value` and
        `truth` (or None).
    output
        What is predicted.
    """
    pairs = list(dict.fromkeys((row["first"], row["second"]) for row in rows))[:MOST_PANELS]
    if not pairs:
        return nothing("Fewer than two motifs, or no room for two.")
    if all(row["q_value"] == 1 for row in rows):
        return nothing("No two motifs do more or less together than the sum of what each does.")
    drawing, axes = theme.panels(len(pairs), height=0.5 + 2.0 * len(pairs), sharex=True)
    for pair, subplot in zip(pairs, axes[:, 0], strict=True):
        selected = [row for row in rows if (row["first"], row["second"]) == pair]
        names = list(dict.fromkeys(row["arrangement"] for row in selected))
        for i, name in enumerate(names):
            line = [row for row in selected if row["arrangement"] == name]
            colour, shift = theme.MODEL_COLOURS[i], OFFSET * (i - (len(names) - 1) / 2)
            _band(subplot, line, "gap", "cooperation", colour, name, shift)
            _truth(subplot, line, "gap", colour, "" if i else "truth (dashed)")
        subplot.axhline(0, color=theme.GREY, lw=0.7)
        theme.label(subplot, title=f"{pair[0]} and {pair[1]}", grid="y")
        subplot.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=7)
    axes[-1, 0].set_xlabel("letters between the motifs")
    axes[-1, 0].xaxis.set_major_locator(MaxNLocator(integer=True))
    theme.common_label(drawing, f"{output}: change beyond the sum")
    return drawing


def _band(
    axes: Axes, rows: list[dict], x: str, y: str, colour: str, name: str, shift: float = 0.0
) -> None:
    places = [row[x] + shift for row in rows]
    low, high = ([row[end] for row in rows] for end in ("low", "high"))
    axes.fill_between(places, low, high, color=colour, alpha=0.2, lw=0)
    marker = "o" if len(rows) <= 30 else ""
    values = [row[y] for row in rows]
    axes.plot(places, values, color=colour, marker=marker, ms=3, label=theme.plain(name))


def _truth(axes: Axes, rows: list[dict], x: str, colour: str, name: str) -> None:
    known = [row for row in rows if row["truth"] is not None]
    places, values = [row[x] for row in known], [row["truth"] for row in known]
    if known:
        axes.plot(places, values, color=colour, lw=1, ls=(0, (4, 3)), label=name or None)


def epistasis(rows: Sequence[dict], output: str) -> Figure:
    """For each two positions, the pair of mutations that is furthest from what both do alone.

    Above the diagonal as a difference to the sum, below as a fold of the product (where scores
    are positive).

    Parameters
    ----------
    rows
        With `position_1` < `position_2`, from 1, `letter_1`, `letter_2`, `additive` and
        `multiplicative` (or None).
    output
        What is predicted.
    """
    if not rows:
        return nothing("Too many positions vary to mutate all pairs of letters.")
    last = max(row["position_2"] for row in rows)
    additive, fold = np.full((2, last, last), np.nan)
    names = {}
    for row in rows:
        i, j = row["position_1"] - 1, row["position_2"] - 1
        if not abs(row["additive"]) <= abs(np.nan_to_num(additive[i, j])):
            additive[i, j] = row["additive"]
            names[i, j] = row["letter_1"] + row["letter_2"]
        value = row["multiplicative"]
        if value is not None and not abs(value) <= abs(np.nan_to_num(fold[j, i])):
            fold[j, i] = value
    shown = [(additive, f"{output}: beyond the sum of both")]
    if np.isfinite(fold).any():
        shown.append((fold, "log2 of the fold beyond the product"))
    drawing, axes = theme.panels(1, len(shown), height=4.0)
    for (matrix, title), subplot in zip(shown, axes[0], strict=True):
        strongest = np.nanmax(np.abs(matrix)) or 1.0
        image = subplot.imshow(matrix, cmap=theme.DIVERGING, vmin=-strongest, vmax=strongest)
        subplot.set_xticks(range(last), range(1, last + 1))
        subplot.set_yticks(range(last), range(1, last + 1))
        theme.label(subplot, "position", "position")
        placing = {"orientation": "horizontal", "shrink": 0.8, "pad": 0.02}
        theme.colour_bar(drawing, image, subplot, title, **placing)
    if last <= 10:
        for (i, j), pair in names.items():
            dark = abs(additive[i, j]) > 0.6 * np.nanmax(np.abs(additive))
            colour = "white" if dark else theme.INK
            axes[0, 0].text(j, i, pair, color=colour, ha="center", va="center", fontsize=6)
    return drawing


def nothing(why: str) -> Figure:
    """A figure that says why it is empty."""
    drawing, axes = theme.figure(height=0.8)
    axes.text(0, 0.5, why, va="center", transform=axes.transAxes)
    axes.set_axis_off()
    return drawing


def draw_files(files: Mapping[str, str], letters: str, output: str) -> dict[str, Figure]:
    """Every figure of a model's attributions, by name.

    Parameters
    ----------
    files
        Paths: `one_hot` and the table of contributions (`table`), discovered motifs (`motifs`,
        `matrices`, `sites`, `matches`), mean contributions (`letters`), and what motifs and letters
        do together (`positions`, `pairs`, `epistasis`).
    letters
        "ACGT" or "ACGU".
    output
        What is predicted, for the axes.
    """
    rows = tables.read_rows(files["table"], text=["problem"])
    sites = tables.read_rows(files["sites"])
    means = tables.read(files["letters"])
    names = {row["motif"]: row["consensus"] for row in _read_motifs(files["motifs"])}
    shown = tracks_of(Path(files["one_hot"]).parent, rows, sites, names)
    positions = tables.read_rows(files["positions"])
    pairs = tables.read_rows(files["pairs"], text=["first", "second", "arrangement"])
    letter_pairs = tables.read_rows(files["epistasis"], text=["letter_1", "letter_2"])
    return {
        "tracks": tracks(shown, letters, output),
        "letters": letters_by_position(means[[*BASES]].to_numpy(float).T, letters, output),
        "motifs": draw_motifs(files, letters),
        "positions": profiles(positions, output),
        "pairs": distances(pairs, output),
        "epistasis": epistasis(letter_pairs, output),
    }


def draw_motifs(files: Mapping[str, str], letters: str) -> Figure:
    """The motif table of files: `motifs`, `matrices` and `matches`, paths."""
    matches = tables.read_rows(files["matches"], text=["strand"])
    heights = logos(read_positions(files["matrices"]))
    return motif_table(with_matches(_read_motifs(files["motifs"]), matches), heights, letters)


def _read_motifs(path: str) -> list[dict]:
    return tables.read_rows(path, text=["word", "filters"])
