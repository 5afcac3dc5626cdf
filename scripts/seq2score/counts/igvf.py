"""What was measured, in the files of IGVF that others read."""

from pathlib import Path

import numpy as np
import pandas as pd

from seq2score.counts.experiment import Condition, Experiment
from seq2score.counts.pairs import LEAST, allele_pairs, effects

DIGITS = 4  # that the formats ask for


def write_files(experiment: Experiment, folder: str | Path) -> None:
    """Write reporter_experiment, reporter_element and reporter_variant of every condition.

    Elements need negative controls, and variants a design with both alleles of some: without them
    there is no such file. Of several conditions, names of files begin with that of the condition.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    pairs = allele_pairs(experiment.design)
    for condition in experiment.conditions:
        tables = {"reporter_experiment": reporter_experiment(experiment, condition)}
        if not condition.verdicts.note:
            tables["reporter_element"] = reporter_element(experiment, condition)
        variants = reporter_variant(effects(pairs, condition.activity), condition)
        tables |= {"reporter_variant": variants} if len(variants) else {}
        before = f"{condition.name}." if condition.name else ""
        for name, table in tables.items():
            path = folder / f"{before}{name}.tsv"
            table.round(DIGITS).to_csv(path, sep="\t", index=False, lineterminator="\n")


def reporter_experiment(experiment: Experiment, condition: Condition) -> pd.DataFrame:
    """A row for every oligo and replicate with enough barcodes."""
    measured, sums = condition.activity, condition.sums
    parts = []
    for r, name in enumerate(condition.replicates):
        rows = np.flatnonzero(np.isfinite(measured.values[:, r]))
        columns = {
            "replicate": name,
            "oligo_name": [experiment.design.names[i] for i in rows],
            "dna_counts": sums.dna[rows, r],
            "rna_counts": sums.rna[rows, r],
            "dna_normalized": measured.dna[rows, r],
            "rna_normalized": measured.rna[rows, r],
            "log2FoldChange": measured.values[rows, r],
            "n_bc": sums.barcodes[rows, r],
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def reporter_element(experiment: Experiment, condition: Condition) -> pd.DataFrame:
    """A row for every oligo that was compared with negative controls."""
    measured, verdicts = condition.activity, condition.verdicts
    rows = np.flatnonzero(np.isfinite(verdicts.q))
    return pd.DataFrame(
        {
            "oligo_name": [experiment.design.names[i] for i in rows],
            "log2FoldChange": measured.mean[rows],
            "inputCount": _mean(condition, measured.dna)[rows],
            "outputCount": _mean(condition, measured.rna)[rows],
            "minusLog10PValue": _minus_log(verdicts.p[rows]),
            "minusLog10QValue": _minus_log(verdicts.q[rows]),
        }
    )


def reporter_variant(variants: pd.DataFrame, condition: Condition) -> pd.DataFrame:
    """A row for every variant. variants: from `pairs.effects`."""
    counts = {
        "input": _mean(condition, condition.activity.dna),
        "output": _mean(condition, condition.activity.rna),
    }
    parts = [name.split(":") for name in variants["variant_id"]]

    def of(kind: str, side: str) -> list[float]:
        return [float(np.nansum(counts[kind][rows])) for rows in variants[side]]

    return pd.DataFrame(
        {
            "variant_id": variants["variant_id"],
            "log2FoldChange": variants["effect"],
            "inputCountRef": of("input", "reference"),
            "outputCountRef": of("output", "reference"),
            "inputCountAlt": of("input", "alternative"),
            "outputCountAlt": of("output", "alternative"),
            "minusLog10PValue": _minus_log(variants["p_value"].to_numpy()),
            "minusLog10QValue": _minus_log(variants["q_value"].to_numpy()),
            "postProbEffect": variants["probability"],
            "CI_lower_95": variants["effect_lower"],
            "CI_upper_95": variants["effect_upper"],
            "variantPos": variants["position"],
            "refAllele": [part[2] or "0" if len(part) == 4 else "0" for part in parts],
            "altAllele": [part[3] or "0" if len(part) == 4 else "0" for part in parts],
        }
    )


def _mean(condition: Condition, counts: np.ndarray) -> np.ndarray:
    """Normalized counts over the replicates with enough barcodes, float (n,)."""
    used = np.isfinite(condition.activity.values)
    return np.where(used, counts, 0).sum(axis=1) / np.maximum(used.sum(axis=1), 1)


def _minus_log(values: np.ndarray) -> np.ndarray:
    return -np.log10(np.maximum(values, LEAST)) + 0.0
