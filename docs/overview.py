"""README's picture, from the results of the built-in run: table, model, accuracy, motifs."""

import sys
from pathlib import Path

import pyarrow.parquet as pq
from matplotlib.figure import Figure
from matplotlib.image import imread

from seq2score.figures import theme

RESULTS = Path("results/8mers")


def overview(model: str, seed: int, rows: int = 9) -> Figure:
    """Left a few rows of the table, then the parity plot, then the most important filters."""
    folder = RESULTS / model / f"seed{seed}"
    table = pq.read_table(RESULTS / "sequences.parquet").take(
        list(range(4000, 60000, 56000 // rows))
    )
    drawing = Figure(figsize=(11, 3.5), layout="constrained")
    left, middle, right = drawing.subplots(1, 3, width_ratios=[1, 1.45, 2.6])
    cells = [
        [s.as_py(), f"{x.as_py():g}"]
        for s, x in zip(table["sequence"], table["score"], strict=True)
    ]
    sample = left.table(cells, colLabels=["sequence", "score"], loc="center", cellLoc="left")
    sample.auto_set_font_size(False)
    sample.set_fontsize(9)
    sample.scale(1, 1.45)
    for cell in sample.get_celld().values():
        cell.set(edgecolor=theme.PALE, linewidth=0.8)
    for axes, path in [(middle, "parity.png"), (right, "filters/top_filters.png")]:
        axes.imshow(imread(folder / path), interpolation="lanczos")
    titles = ["a table of yours", "predictions for sequences never seen", "motifs that it learned"]
    for axes, title in zip([left, middle, right], titles, strict=True):
        axes.axis("off")
        axes.set_title(title, fontsize=11, color=theme.INK)
    return drawing


if __name__ == "__main__":
    overview("cnn", seed=17).savefig(sys.argv[1], dpi=140, metadata={"Software": None})
