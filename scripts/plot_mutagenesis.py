"""Chosen sequences with every letter mutated: heatmaps above attribution logos."""

import numpy as np
import pandas as pd

from seq2score import tables
from seq2score.figures import theme
from seq2score.figures.mutagenesis import Mutated, plot_mutagenesis
from seq2score.sequences.encoding import BASES

WHY = {"best": "highest prediction", "worst": "lowest prediction", "most_wrong": "largest error"}


def mutated(rows: pd.DataFrame, labels: dict[str, str]) -> Mutated:
    """One sequence, whose positions are the rows. labels: what axes call each score."""
    first = tables.rows_of(rows.head(1))[0]
    reasons = " and ".join(WHY.get(why, "chosen") for why in first["why"].split(", "))
    if first["part"] != "test":
        whole = first["part"] in ("train", "validation", "calibration")
        reasons = f"of the {first['part']} set" if whole else f"of {first['part']}"
    name = labels.get(first["output"], first["output"])
    measured = "not measured" if first["score"] is None else f"{first['score']:.4g}"
    numbers = f"{name} {measured}, predicted {first['prediction']:.4g}"
    return Mutated(
        f"{first['id']}, {reasons}: " + numbers.replace("-", "\N{MINUS SIGN}"),
        "".join(rows["letter"]),
        np.stack([rows[base].to_numpy() for base in BASES]),
        rows["attribution"].to_numpy(),
    )


def each(table: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows of each sequence, the first of position 1. Ids of two files may be alike."""
    starts = np.flatnonzero(table["position"].to_numpy() == 1).tolist()
    ends = [*starts[1:], len(table)]
    return [table.iloc[a:b] for a, b in zip(starts, ends, strict=True)]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params = job.settings(snakemake)
    letters = "ACGU" if params.alphabet == "rna" else "ACGT"
    table = tables.read(snakemake.input[0])
    labels, output = params.labels, table["output"].iloc[0]
    sequences = [mutated(rows, labels) for rows in each(table)]
    of = f"{snakemake.wildcards.model}, seed {snakemake.wildcards.seed}"
    drawing = plot_mutagenesis(sequences, letters, labels.get(output, output), of)
    theme.save(drawing, snakemake.output.png)
