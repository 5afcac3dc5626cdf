"""Made-up experiments: oligos of known activity, their barcodes, and files as a lab has them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

LETTERS = np.array(list("ACGT"))
COUNTS = {
    "path": None,
    "conditions": {},
    "labels": None,
    "columns": {},
    "replicates": [],
    "dna": "by_replicate",
    "min_barcodes": 10,
    "barcode_filter": {"method": "mad", "times": 3},
    "pseudocount": 1,
    "controls": None,
    "fdr": 0.05,
    "adapters": None,
    "weights": False,
    "invalid_rows": "error",
}


@dataclass(frozen=True)
class MadeUp:
    """Tables of an experiment, and the truth: activity and whether it is above that of controls."""

    barcodes: pd.DataFrame
    design: pd.DataFrame
    truth: np.ndarray
    outliers: np.ndarray

    def write(self, folder, **changes):
        """The section `counts` of its files in a folder."""
        self.barcodes.to_csv(folder / "counts.tsv.gz", sep="\t", index=False)
        self.design.to_csv(folder / "design.tsv", sep="\t", index=False)
        paths = {"path": str(folder / "counts.tsv.gz"), "design": str(folder / "design.tsv")}
        return COUNTS | paths | changes


def random_sequences(random, count, length):
    """Sequences by chance, none twice as good as surely."""
    return ["".join(row) for row in LETTERS[random.integers(0, 4, (count, length))]]


def made_up(
    seed=1,
    oligos=300,
    controls=100,
    barcodes=25,
    replicates=3,
    outliers=0.003,
    inactive=0.6,
    length=20,
):
    """An experiment: negative controls first, then inactive oligos and active ones.

    A barcode has its own abundance and effect, a replicate its own deviation from the activity, and
    some barcodes are multiplied by PCR in one replicate.
    """
    random = np.random.default_rng(seed)
    truth = np.zeros(oligos)
    active = (np.arange(oligos) >= controls) & (random.random(oligos) >= inactive)
    truth[active] = 0.5 + random.gamma(2, 0.6, active.sum())
    sequences = random_sequences(random, oligos, length)
    oligo = np.repeat(np.arange(oligos), 1 + random.poisson(barcodes, oligos))
    count = len(oligo)
    plasmids = random.lognormal(np.log(20), 0.7, count)
    effect = random.lognormal(0, 0.5, count)
    multiplied = np.where(
        random.random(count) < outliers, random.integers(1, replicates + 1, count), 0
    )
    table = {
        "barcode": random_sequences(random, count, 15),
        "oligo_name": [f"oligo{i}" for i in oligo],
    }
    for r in range(1, replicates + 1):
        mean = truth[oligo] + random.normal(0, 0.1, oligos)[oligo]
        rna = random.poisson(0.8 * plasmids * effect * random.lognormal(0, 0.3, count) * 2**mean)
        table[f"dna_count_{r}"] = random.poisson(plasmids)
        table[f"rna_count_{r}"] = rna * np.where(
            multiplied == r, random.integers(20, 100, count), 1
        )
    design = pd.DataFrame(
        {
            "name": [f"oligo{i}" for i in range(oligos)],
            "sequence": sequences,
            "category": "element",
            "class": np.where(np.arange(oligos) < controls, "element inactive control", "test"),
        }
    )
    return MadeUp(pd.DataFrame(table).drop_duplicates("barcode"), design, truth, multiplied > 0)
