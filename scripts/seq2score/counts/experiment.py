"""An experiment from its files of counts to what is known of every oligo."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seq2score.counts import activity, controls, filtering, reading
from seq2score.counts.activity import Activity, Sums
from seq2score.counts.controls import Verdicts
from seq2score.counts.oligos import Design, read_design
from seq2score.counts.reading import REASONS, Barcodes, read_barcodes, read_oligos
from seq2score.errors import InputError

REJECTED_BARCODES = ("condition", "barcode", "oligo_name", "replicate", "reason")
REJECTED_OLIGOS = ("condition", "oligo_name", "replicate", "n_bc", "reason")
OPPOSITE = -0.3  # a correlation of replicates that chance does not make
ENOUGH = 20  # oligos to tell it by


@dataclass(frozen=True)
class Condition:
    """The counts of one condition.

    Attributes
    ----------
    name
        As the config has it; "" of one alone.
    replicates
        Names.
    sums, activity, verdicts
        Of the oligos of the design, in their order.
    barcodes
        As they were read; None of counts by oligo.
    outliers
        Counts that the filter takes out, bool (barcodes, replicates).
    """

    name: str
    replicates: list[str]
    sums: Sums
    activity: Activity
    verdicts: Verdicts
    barcodes: Barcodes | None
    outliers: np.ndarray


@dataclass(frozen=True)
class Experiment:
    """The oligos of a design, and their activities under every condition."""

    design: Design
    conditions: list[Condition]
    min_barcodes: int

    @property
    def measured(self) -> np.ndarray:
        """Oligos that have an activity under some condition, bool (n,)."""
        known = [np.isfinite(condition.activity.mean) for condition in self.conditions]
        return np.logical_or.reduce(known)


def read_experiment(counts: Mapping, of_classes: bool = False) -> Experiment:
    """What a `counts` section comes to.

    Parameters
    ----------
    counts
        The section.
    of_classes
        Whether all that is to be learned is which oligos are active.

    Raises
    ------
    InputError
        For anything that is wrong with its files.
    """
    design = read_design(counts)
    paths = paths_of(counts)
    conditions = [_condition(name, Path(path), counts, design) for name, path in paths.items()]
    experiment = Experiment(design, conditions, counts["min_barcodes"])
    if not experiment.measured.any():
        most = max(int(condition.sums.barcodes.max()) for condition in conditions)
        raise InputError(
            f"{next(iter(paths.values()))}: no oligo has {counts['min_barcodes']} barcodes in a "
            f"replicate; the most are {most}. Lower `counts.min_barcodes`"
        )
    for condition in conditions:
        if of_classes and condition.verdicts.note:
            raise InputError(
                f"{design.path}: {condition.verdicts.note} Name them by `counts.controls`, or "
                "learn the activity by `task: regression`"
            )
        if counts.get("weights") and not np.isfinite(condition.activity.error).any():
            raise InputError(
                f"{paths[condition.name]}: one replicate of counts by oligo tells no standard "
                "errors, so that there are no weights. Leave out `counts.weights`"
            )
    return experiment


def _condition(name: str, path: Path, counts: Mapping, design: Design) -> Condition:
    _, header = reading.open_counts(path, counts)
    least, pseudocount = counts["min_barcodes"], counts["pseudocount"]
    barcodes, outliers = None, np.zeros((0, 0), bool)
    if header.of_oligos:
        replicates, sums = read_oligos(path, counts, design)
        reading.refuse_replicates(path, replicates, sums.dna, sums.rna)
    else:
        barcodes = read_barcodes(path, counts, design)
        reading.refuse(barcodes, design, counts["invalid_rows"])
        replicates = barcodes.replicates
        outliers, sums = _summed(barcodes, counts, len(design))
    measured = activity.measure(sums, least, pseudocount)
    _refuse_swapped(path, replicates, measured.values, sums)
    verdicts = controls.against_controls(
        measured.mean, measured.error, design.controls, counts["fdr"]
    )
    return Condition(name, replicates, sums, measured, verdicts, barcodes, outliers)


def _summed(barcodes: Barcodes, counts: Mapping, oligos: int) -> tuple[np.ndarray, Sums]:
    """The outliers among barcodes, and the sums of the others."""
    kept = barcodes.kept
    oligo, dna, rna = barcodes.oligo[kept], barcodes.dna[kept], barcodes.rna[kept]
    rule, pseudocount = counts["barcode_filter"], counts["pseudocount"]
    wrong = filtering.outliers(rule, oligo, dna, rna, pseudocount)
    seen = ((dna > 0) | (rna > 0)) & ~wrong
    outliers = np.zeros(barcodes.dna.shape, bool)
    outliers[kept] = wrong
    return outliers, activity.sum_barcodes(oligo, dna, rna, seen, oligos, counts["min_barcodes"])


def _refuse_swapped(path: Path, names: list[str], values: np.ndarray, sums: Sums) -> None:
    """Raise InputError for a replicate whose activities are the others' turned round."""
    table = pd.DataFrame(values, columns=names)
    between = table.corr(min_periods=ENOUGH).to_numpy(copy=True)
    np.fill_diagonal(between, np.nan)
    opposite = np.nansum(between < OPPOSITE, axis=0)
    if not opposite.any():
        return
    ratios = np.log2(
        [np.median((r + 1) / (d + 1)) for d, r in zip(sums.dna.T, sums.rna.T, strict=True)]
    )
    odd = int(np.argmax(opposite + 0.1 * (np.sign(ratios) != np.sign(np.median(ratios)))))
    shown = ", ".join(f"{name} {2**ratio:.2g}" for name, ratio in zip(names, ratios, strict=True))
    raise InputError(
        f"{path}: activities of replicate {names[odd]} are opposite to those of the others "
        f"(r = {np.nanmin(between[odd]):.2f}). Are its DNA and RNA columns swapped? Medians of RNA "
        f"over DNA: {shown}. `counts.columns` says which column is which"
    )


def paths_of(counts: Mapping) -> dict[str, str]:
    """The files of counts by condition; of one alone by ""."""
    return {name: c["path"] for name, c in counts["conditions"].items()} or {"": counts["path"]}


def located(counts: Mapping, files: Iterable[str]) -> dict[str, Any]:
    """The section with its files at other paths, which come in the order of `Counts.files`.

    They are elsewhere than the config says where they came from object storage.
    """
    paths = iter(files)
    keys = [key for key in ("design", "labels", "path") if counts[key]]
    moved = {**counts, **{key: next(paths) for key in keys}}
    conditions = {name: {**c, "path": next(paths)} for name, c in counts["conditions"].items()}
    return {**moved, "conditions": conditions}


# ------------------------------------------------------------------------------------------ tables
def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table of activities as text, numbers to six digits."""
    table.to_csv(path, sep="\t", index=False, float_format="%.6g", lineterminator="\n")


def activity_table(experiment: Experiment) -> pd.DataFrame:
    """A row for every oligo with an activity: names and sequence, activities, then the design's
    other columns."""
    design, rows = experiment.design, experiment.measured
    columns: dict[str, Any] = {"oligo_name": design.table["name"]}
    columns["sequence"] = design.table["sequence"]
    columns["control"] = np.where(design.controls, "negative", "")
    for condition in experiment.conditions:
        columns |= _columns(condition)
    for name in design.table.columns[2:]:
        ours = name
        while ours in columns:
            ours = f"design_{ours}"
        columns[ours] = design.table[name]
    return pd.DataFrame(columns)[rows].reset_index(drop=True)


def _columns(condition: Condition) -> dict[str, np.ndarray]:
    """What is known of oligos under a condition, by the names of columns."""
    measured, sums, verdicts = condition.activity, condition.sums, condition.verdicts
    known = np.isfinite(measured.mean)
    active = np.where(verdicts.active, "active", "inactive")
    columns = {
        "activity": measured.mean,
        "activity_se": measured.error,
        "weight": measured.weights,
        "n_replicates": np.isfinite(measured.values).sum(axis=1),
        "active": np.where(known & (not verdicts.note), active, ""),
        "p_value": verdicts.p,
        "q_value": verdicts.q,
    }
    for r, name in enumerate(condition.replicates):
        columns |= {
            f"n_bc_{name}": sums.barcodes[:, r],
            f"dna_count_{name}": sums.dna[:, r],
            f"rna_count_{name}": sums.rna[:, r],
            f"activity_{name}": measured.values[:, r],
            f"activity_se_{name}": measured.errors[:, r],
        }
    if not condition.name:
        return columns
    renamed = {"activity": condition.name}
    return {renamed.get(name, f"{condition.name}_{name}"): v for name, v in columns.items()}


def rejected_barcodes(experiment: Experiment) -> Iterator[dict]:
    """A row for every barcode that is left out, in one replicate or in all."""
    for condition in experiment.conditions:
        if (barcodes := condition.barcodes) is None:
            continue
        rows = np.flatnonzero(~barcodes.kept | condition.outliers.any(axis=1))
        for row, barcode, oligo, _ in reading.rows_at(barcodes, rows):
            reason, where = REASONS[barcodes.reason[row]], condition.outliers[row]
            names = [n for n, wrong in zip(condition.replicates, where, strict=True) if wrong]
            yield {
                "condition": condition.name,
                "barcode": barcode,
                "oligo_name": oligo,
                "replicate": "all" if reason or where.all() else ",".join(names),
                "reason": reason or "is an outlier by `counts.barcode_filter`",
            }
        for line, problem in barcodes.ragged:
            empty = {"barcode": "", "oligo_name": "", "replicate": "all"}
            yield {"condition": condition.name, **empty, "reason": f"line {line} {problem}"}


def rejected_oligos(experiment: Experiment) -> Iterator[dict]:
    """A row for every oligo without an activity, in one replicate or in all."""
    least = experiment.min_barcodes
    for condition in experiment.conditions:
        lacking = np.isnan(condition.activity.values)
        for i in np.flatnonzero(lacking.any(axis=1)):
            of_each = condition.sums.barcodes[i]
            for replicate, barcodes in _lacking(lacking[i], condition.replicates, of_each):
                reason = f"has fewer than {least} barcodes" if barcodes else "has no barcodes"
                yield {
                    "condition": condition.name,
                    "oligo_name": experiment.design.names[i],
                    "replicate": replicate,
                    "n_bc": barcodes,
                    "reason": reason if barcodes < least else "has no activity: a count is 0",
                }


def _lacking(
    lacking: np.ndarray, replicates: Iterable[str], barcodes: np.ndarray
) -> list[tuple[str, int]]:
    """The replicates without an activity and their barcodes; all as one, with the most."""
    if lacking.all():
        return [("all", int(barcodes.max()))]
    return [
        (name, int(count))
        for name, count, wrong in zip(replicates, barcodes, lacking, strict=True)
        if wrong
    ]
