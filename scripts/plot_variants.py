"""Effects of variants: their distribution, the comparison with measured ones, the strongest."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score import tables
from seq2score.figures import theme
from seq2score.figures.variants import Context, Effects, draw, draw_contexts
from seq2score.task import TASKS
from seq2score.variants.measured import as_numbers

MINUS = "\N{MINUS SIGN}"
NAMES = {
    "pearson": "Pearson",
    "spearman": "Spearman",
    "sign_agreement": "same sign",
    "auroc": "area under the ROC curve",
}


def effects_of(points: pa.Table, compared: list[dict]) -> list[Effects]:
    """What to draw, an output each. compared: the table of the comparison, maybe empty."""
    found = []
    kinds = np.array(points["kind"].to_pylist())
    given = points["measured"].filter(pa.array(kinds == "variant")).to_pylist()
    values, classes = as_numbers(given) if any(v is not None for v in given) else (None, [])
    if classes:
        numbers = {classes[0]: 0.0, classes[1]: 1.0}
        values = np.array([numbers.get(text, np.nan) for text in given])
    for name in (n for n in points.column_names if n.startswith("effect")):
        output = name.removeprefix("effect").removeprefix("_")
        effect = points[name].to_numpy()
        mine = [row for row in compared if not output or row["output"] == output]
        title = ", ".join(f"{NAMES[row['metric']]} {float(row['value']):.2f}" for row in mine)
        title = title.replace("-", MINUS)
        variants, random = (effect[kinds == kind] for kind in ("variant", "random"))
        names = tuple(classes) if classes else None
        found.append(Effects(output, variants, random, values, names, title))
    return found


def contexts_of(rows: pd.DataFrame) -> list[tuple[Context, Context]]:
    """The strongest variants, each with either allele."""
    alleles = ("reference", "alternative")
    return [
        tuple(_context(variant[variant["allele"] == allele]) for allele in alleles)
        for _, variant in rows.groupby("rank", sort=False)
    ]


def _context(rows: pd.DataFrame) -> Context:
    first = rows.iloc[0]
    places = rows["position"].to_numpy()
    title = f"{first['id']}, effect {first['effect']:+.3g}".replace("-", MINUS)
    return Context(
        title if first["allele"] == "reference" else "with the alternative",
        "".join(rows["letter"]),
        rows["contribution"].to_numpy(),
        places,
        int(places[np.argmax(rows["variant"].to_numpy())]),
    )


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    files, params = snakemake.input, job.settings(snakemake)
    compared = tables.read_rows(files.measured, text=["output", "metric", "about"])
    unit = ", log-odds" if TASKS[params.task].labels else ""
    drawing = draw(effects_of(pq.read_table(files.points), compared), unit)
    theme.save(drawing, snakemake.output.effects)
    rows = tables.read(files.contexts, text=["id", "output", "allele", "letter"])
    letters = "ACGU" if params.alphabet == "rna" else "ACGT"
    theme.save(draw_contexts(contexts_of(rows), letters), snakemake.output.contexts)
