"""Every single change of regions or sequences: heatmaps above logos of contributions."""

import numpy as np
import pandas as pd

from seq2score import tables
from seq2score.figures import theme
from seq2score.figures.mutagenesis import Mutated, plot_mutagenesis
from seq2score.sequences.encoding import BASES

MOST = 6  # regions in the figure


def saturated(rows: pd.DataFrame, effect: str) -> Mutated:
    """One region, whose changes are the rows. effect: the column to show.

    The letters are those of the forward strand, from left to right.
    """
    position = rows["position"].to_numpy()
    first, length = position.min(), position.max() - position.min() + 1
    changes, letters = np.zeros((4, length)), ["N"] * length
    columns = (rows[name] for name in ("ref", "alt", effect))
    for place, ref, alt, value in zip(position - first, *columns, strict=True):
        letters[place] = ref
        changes[BASES.index(alt), place] = value
    title = f"{rows['region'].iloc[0]}, from position {first}"
    return Mutated(title, "".join(letters), changes, -changes.sum(axis=0) / 3)


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    path = snakemake.input[0]
    text = ["id", "chromosome", "region", "ref", "alt", "note"]
    rows = pd.read_parquet(path) if path.endswith(".parquet") else tables.read(path, text=text)
    effect = next(name for name in rows.columns if name.startswith("effect"))
    letters = "ACGU" if job.settings(snakemake).alphabet == "rna" else "ACGT"
    regions = [
        saturated(rows[rows["region"] == region], effect)
        for region in rows["region"].unique()[:MOST]
    ]
    output = "score" + effect.removeprefix("effect").replace("_", " of ", 1)
    drawing = plot_mutagenesis(regions, letters, output, snakemake.wildcards.model)
    theme.save(drawing, snakemake.output.png)
