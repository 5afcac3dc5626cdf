"""Whether an experiment is good enough to learn from: its numbers, and what they say in words."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from seq2score.counts.experiment import Condition, Experiment
from seq2score.counts.reading import REASONS
from seq2score.evaluation.ceiling import NAMES, ceiling

BINS = 40  # of histograms
GOOD, FAIR = 0.8, 0.5  # ceilings of R2
FEW = 0.5  # of the oligos, below which many were lost
ABSENT = 0.1  # of the barcodes with RNA, that a plasmid pool need not lack


def summarize(experiment: Experiment) -> dict[str, Any]:
    """The numbers of an experiment, as JSON has them; by condition."""
    summary: dict[str, Any] = {
        "oligos": len(experiment.design),
        "controls": int(experiment.design.controls.sum()),
        "min_barcodes": experiment.min_barcodes,
        "measured": int(experiment.measured.sum()),
        "conditions": [_of_condition(condition) for condition in experiment.conditions],
    }
    return {**summary, "sentences": [f"{text}." for text in _sentences(summary)]}


def _of_condition(condition: Condition) -> dict[str, Any]:
    values = condition.activity.values
    table = pd.DataFrame(values, columns=condition.replicates)
    known = np.isfinite(values).any(axis=1)
    limits = {}
    if len(condition.replicates) > 1 and known.any():
        limits = ceiling(values[known])(np.ones((1, int(known.sum()))))
    dna = np.median(condition.sums.dna[known] / np.maximum(condition.sums.barcodes[known], 1))
    errors = condition.activity.error[known]
    return {
        "name": condition.name,
        "replicates": condition.replicates,
        "measured": int(known.sum()),
        "pearson": _correlations(table, "pearson"),
        "spearman": _correlations(table, "spearman"),
        **{name: _number(limits[name][0]) if limits else None for name in NAMES},
        "standard_error": _number(np.median(errors)),
        "between_sd": _number(np.sqrt(condition.activity.between)),
        "barcodes": _number(np.median(condition.sums.barcodes[known])),
        "dna_per_barcode": _number(dna),
        "active": int(condition.verdicts.active.sum()),
        "note": condition.verdicts.note,
        "histograms": {
            "barcodes": _histogram(condition.sums.barcodes),
            "dna": _histogram(condition.sums.dna),
        },
        **_of_barcodes(condition),
    }


def _of_barcodes(condition: Condition) -> dict[str, Any]:
    """What barcodes tell, of a file of them: how many each step takes out, and how many exist."""
    if (barcodes := condition.barcodes) is None:
        return {"read": None, "losses": [], "complexity": None, "without_dna": None}
    total = len(barcodes.oligo)
    counts = np.bincount(barcodes.reason, minlength=len(REASONS))
    losses = [(text, int(n)) for text, n in zip(REASONS, counts, strict=True) if text and n]
    losses += [("is an outlier", int(condition.outliers.any(axis=1).sum()))]
    seen = ((barcodes.dna > 0) | (barcodes.rna > 0)) & barcodes.kept[:, None]
    kept = barcodes.kept
    with_rna = (barcodes.rna[kept] > 0).any(axis=1)
    with_dna = (barcodes.dna[kept] > 0).any(axis=1)
    return {
        "read": total,
        "losses": [{"reason": reason, "barcodes": n, "share": n / total} for reason, n in losses],
        "complexity": _complexity(seen),
        "without_dna": float((with_rna & ~with_dna).sum() / max(with_rna.sum(), 1)),
        "without_rna": float((with_dna & ~with_rna).sum() / max(with_dna.sum(), 1)),
    }


def _complexity(seen: np.ndarray) -> int | None:
    """How many barcodes there are, seen or not: the mean of Chapman's estimates (1951) over pairs
    of replicates, as MPRAlib has it. seen: bool (barcodes, replicates)."""
    pairs = [
        (seen[:, a].sum() + 1) * (seen[:, b].sum() + 1) / ((seen[:, a] & seen[:, b]).sum() + 1) - 1
        for a, b in combinations(range(seen.shape[1]), 2)
    ]
    return int(np.mean(pairs)) if pairs else None


def _correlations(table: pd.DataFrame, method: str) -> list[list[float | None]]:
    ranked = table.rank() if method == "spearman" else table
    return [[_number(r) for r in row] for row in ranked.corr().to_numpy()]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _histogram(values: np.ndarray) -> dict[str, Any]:
    """How many oligos have how much, by replicate; those with nothing apart."""
    highest = max(int(values.max(initial=1)), 2)
    edges = np.unique(np.round(np.geomspace(1, highest + 1, BINS)))
    counts = [np.histogram(column[column > 0], edges)[0].tolist() for column in values.T]
    return {"edges": edges.tolist(), "counts": counts, "zero": (values == 0).sum(axis=0).tolist()}


# --------------------------------------------------------------------------------------- in words
def _sentences(summary: Mapping) -> Iterator[str]:
    """Is this experiment good enough to learn from, and what to do if not."""
    total, measured = summary["oligos"], summary["measured"]
    yield f"{measured:,} of {total:,} oligos of the design have an activity"
    for condition in summary["conditions"]:
        of = f"{condition['name']}: " if condition["name"] else ""
        yield from (f"{of}{text}" for text in _of_one(condition, summary))


def _of_one(condition: Mapping, summary: Mapping) -> Iterator[str]:
    limit = condition["ceiling_r2"]
    if len(condition["replicates"]) == 1:
        yield "there is one replicate, so that nothing tells the ceiling that noise sets"
    elif limit is None:
        yield "replicates do not agree: nothing can be learned from them. Look at their counts"
    else:
        r = condition["replicates_pearson"]
        yield (
            f"replicates correlate with r = {r:.2f} on average, so that no model can reach more "
            f"than R2 = {limit:.2f}: {_worth(limit, condition)}"
        )
    if condition["measured"] < FEW * summary["oligos"]:
        yield (
            f"{1 - condition['measured'] / summary['oligos']:.0%} of the oligos have fewer than "
            f"{summary['min_barcodes']} barcodes in every replicate. More transfected or sequenced "
            "barcodes would bring them back; so would a lower `min_barcodes`, with more noise"
        )
    lacking = condition["without_dna"] or 0
    if lacking > ABSENT and lacking > condition["without_rna"]:
        yield (
            f"{lacking:.0%} of the barcodes with RNA have no DNA, more than the other way round: "
            "are the DNA and RNA columns swapped?"
        )
    if condition["note"]:
        yield condition["note"].rstrip(".")
    else:
        yield f"{condition['active']:,} oligos are more active than the negative controls"


def _worth(limit: float, condition: Mapping) -> str:
    if limit >= GOOD:
        return "good enough to learn from"
    barcodes, needed = condition["barcodes"] or 0, "another replicate"
    if (condition["between_sd"] or 0) < (condition["standard_error"] or 0):
        needed = f"more barcodes an oligo (the median is {barcodes:.0f})"
    if limit >= FAIR:
        return f"good enough to learn the strong effects; {needed} would help most"
    return f"much of it is noise; {needed} would help most"
