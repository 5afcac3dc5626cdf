"""Chosen sequences with every letter mutated: heatmaps above attribution logos."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2score import tsv
from seq2score.figures import theme
from seq2score.figures.mutagenesis import Mutated, plot_mutagenesis
from seq2score.sequences.encoding import BASES

WHY = {"best": "highest prediction", "worst": "lowest prediction", "most_wrong": "largest error"}


def mutated(rows: pa.Table, labels: dict[str, str]) -> Mutated:
    """One sequence, whose positions are the rows. labels: what axes call each score."""
    first = rows.slice(0, 1).to_pylist()[0]
    reasons = " and ".join(WHY.get(why, "chosen") for why in first["why"].split(", "))
    name = labels.get(first["output"], first["output"])
    measured = "not measured" if first["score"] is None else f"{first['score']:.4g}"
    numbers = f"{name} {measured}, predicted {first['prediction']:.4g}"
    return Mutated(
        f"{first['id']}, {reasons}: " + numbers.replace("-", "\N{MINUS SIGN}"),
        "".join(rows["letter"].to_pylist()),
        np.stack([rows[base].to_numpy() for base in BASES]),
        rows["attribution"].to_numpy(),
    )


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    letters = "ACGU" if snakemake.params.alphabet == "rna" else "ACGT"
    table = tsv.read(snakemake.input[0])
    labels, output = snakemake.params.labels, table["output"][0].as_py()
    sequences = [
        mutated(table.filter(pc.field("why") == why), labels) for why in table["why"].unique()
    ]
    of = f"{snakemake.wildcards.model}, seed {snakemake.wildcards.seed}"
    drawing = plot_mutagenesis(sequences, letters, labels.get(output, output), of)
    theme.save(drawing, snakemake.output.png)
