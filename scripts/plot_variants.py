"""Effects of variants: their distribution, the comparison with measured ones, the strongest."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score import tsv
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


def effects_of(points: pa.Table, compared: pa.Table) -> list[Effects]:
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
        rows = compared.to_pylist() if compared.num_rows else []
        mine = [row for row in rows if not output or row["output"] == output]
        title = ", ".join(f"{NAMES[row['metric']]} {float(row['value']):.2f}" for row in mine)
        title = title.replace("-", MINUS)
        variants, random = (effect[kinds == kind] for kind in ("variant", "random"))
        names = tuple(classes) if classes else None
        found.append(Effects(output, variants, random, values, names, title))
    return found


def contexts_of(rows: pa.Table) -> list[tuple[Context, Context]]:
    """The strongest variants, each with either allele."""
    pairs = []
    for rank in pc.unique(rows["rank"]).to_pylist():
        mine = rows.filter(pc.equal(rows["rank"], rank))
        pairs.append(tuple(_context(mine, allele) for allele in ("reference", "alternative")))
    return pairs


def _context(rows: pa.Table, allele: str) -> Context:
    rows = rows.filter(pc.equal(rows["allele"], allele))
    first = rows.slice(0, 1).to_pylist()[0]
    places = rows["position"].to_numpy()
    title = f"{first['id']}, effect {first['effect']:+.3g}".replace("-", MINUS)
    return Context(
        title if allele == "reference" else "with the alternative",
        "".join(rows["letter"].to_pylist()),
        rows["contribution"].to_numpy(),
        places,
        int(places[np.argmax(rows["variant"].to_numpy())]),
    )


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    files, params = snakemake.input, snakemake.params
    compared = tsv.read(files.measured, text=["output", "metric", "about"])
    unit = ", log-odds" if TASKS[params.task].labels else ""
    drawing = draw(effects_of(pq.read_table(files.points), compared), unit)
    theme.save(drawing, snakemake.output.effects)
    rows = tsv.read(files.contexts, text=["id", "output", "allele", "letter"])
    letters = "ACGU" if params.alphabet == "rna" else "ACGT"
    theme.save(draw_contexts(contexts_of(rows), letters), snakemake.output.contexts)
