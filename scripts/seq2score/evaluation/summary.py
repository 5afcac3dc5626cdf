"""The table that compares models: a row a run, then the floors that each has to beat."""

from itertools import combinations

import numpy as np
import pyarrow as pa

from seq2score.task import task_measured

WIDTHS = ("mean_width", "mean_set_size")  # of intervals, of sets of classes


def summarize(runs: dict, records: dict, floors: dict, replicates: float | None = None) -> list:
    """Rows of the summary.

    runs: metrics (metrics.json) by (model, run), where run is such as seed17 or ensemble.
    records: model.json by (model, run), of the seeds. floors: metrics by the floor's name.
    replicates: how replicates correlate, where there are some.
    """
    rows = []
    for (model, run), metrics in runs.items():
        own = [r for (m, s), r in records.items() if m == model and run in (s, "ensemble")]
        of_seeds = [runs[key] for key in records if key[0] == model]
        rows.append(
            {
                **{"model": model, "seed": run.removeprefix("seed")},
                **_measured(metrics),
                "train_seconds": sum(record["train_seconds"] for record in own),
                "parameters": sum(record["parameters"] for record in own),
                **_details(metrics),
                **_coverage(metrics),
                **(_over_seeds(of_seeds) if run == "ensemble" else {}),
                "replicates_pearson": replicates,
                "warnings": "; ".join(warnings(metrics, own, floors)),
            }
        )
    for name, metrics in floors.items():
        cost = {key: metrics[key] for key in ("train_seconds", "parameters")}
        rows.append(
            {"model": name, "seed": None, **_measured(metrics), **cost, **_details(metrics)}
        )
    return rows


def cross_validated(folds: list[list[dict]]) -> list[dict]:
    """Of each model and floor, the mean over folds and the standard deviation between them.

    folds: the summary of each fold. A model trained with several seeds is told by its ensemble.
    """
    of_model = {}
    for rows in folds:
        joined = {row["model"] for row in rows if row["seed"] == "ensemble"}
        for row in rows:
            if row["model"] not in joined or row["seed"] == "ensemble":
                of_model.setdefault(row["model"], []).append(row)
    found = []
    for model, rows in of_model.items():
        names = task_measured(rows[0]).metrics
        values = {name: [_or_nothing(row[name]) for row in rows] for name in names}
        found.append(
            {
                **{"model": model, "seed": "cross-validated", "n": sum(row["n"] for row in rows)},
                **{name: float(np.mean(values[name])) for name in names},
                "train_seconds": sum(row["train_seconds"] for row in rows),
                "parameters": rows[0]["parameters"],
                **{f"folds_{name}_sd": float(np.std(values[name], ddof=1)) for name in names},
            }
        )
    return found


def warnings(metrics: dict, records: list[dict], floors: dict) -> list[str]:
    """What a reader should know before trusting a model. Judged on the validation set."""
    task = task_measured(metrics)
    name, chance = task.judged_by, task.chance
    reached = _or_nothing(metrics["validation"][name])
    told = []
    if not reached > chance:
        told.append(f"validation {name} is not above {chance:g}")
    best = max(floors, key=lambda floor: _or_nothing(floors[floor]["validation"][name]))
    to_beat = _or_nothing(floors[best]["validation"][name])
    if reached <= to_beat:
        told.append(f"does not beat {best}: validation {name} {reached:.3f} against {to_beat:.3f}")
    for record in records:
        patience, epochs = record["training"]["early_stopping"], record["training"]["epochs"]
        if patience and record["best_epoch"] + patience > epochs:
            told.append("was still improving when its epochs ended")
            break
    return told + _too_narrow(metrics)


def _too_narrow(metrics: dict) -> list[str]:
    """Intervals that hold fewer true scores than chance allows."""
    told = []
    for name, own in {"": metrics, **metrics.get("outputs", {})}.items():
        low, _ = own.get("coverage_band", (0, 1))
        if "coverage" in own and own["coverage"] < low:
            of = f" of {name}" if name else ""
            told.append(
                f"intervals{of} at {own['intervals']['level']:g} hold {own['coverage']:.3f} of the "
                f"test scores, where chance allows {low:.3f} or more"
            )
    return told


def replicate_correlation(replicates: pa.Table) -> float:
    """Mean of Pearson's correlations between each two replicates, of rows that have both."""
    columns = [column.to_numpy().astype(float) for column in replicates.columns]
    found = []
    for a, b in combinations(columns, 2):
        known = np.isfinite(a) & np.isfinite(b)
        found.append(np.corrcoef(a[known], b[known])[0, 1])
    return float(np.mean(found))


def _measured(metrics: dict) -> dict:
    return {"n": metrics["n"], **{name: metrics[name] for name in task_measured(metrics).metrics}}


def _details(metrics: dict) -> dict:
    """Intervals, what train and validation set gave, weighted metrics, and those of each score."""
    names, found = task_measured(metrics).metrics, {}
    for name in names:
        if f"{name}_ci" in metrics:
            found[f"{name}_low"], found[f"{name}_high"] = metrics[f"{name}_ci"]
    for part in ("train", "validation"):
        found |= {f"{part}_{name}": metrics[part][name] for name in names}
    found |= {key: metrics[key] for key in (f"weighted_{n}" for n in names) if key in metrics}
    for output, own in metrics.get("outputs", {}).items():
        found |= {f"{name}_{output}": own[name] for name in names}
    return found


def _coverage(metrics: dict) -> dict:
    """How many true scores the intervals hold, between what chance allows, and their width."""
    found = {key: metrics[key] for key in ("coverage", *WIDTHS) if key in metrics}
    if "coverage_band" in metrics:
        found["coverage_low"], found["coverage_high"] = metrics["coverage_band"]
    return found


def _over_seeds(metrics: list[dict]) -> dict:
    """Mean and standard deviation of the single seeds' metrics."""
    found = {}
    for name in task_measured(metrics[0]).metrics:
        values = [_or_nothing(one[name]) for one in metrics]
        found[f"seeds_{name}_mean"] = float(np.mean(values))
        found[f"seeds_{name}_sd"] = float(np.std(values, ddof=1))
    return found


def _or_nothing(value: float | None) -> float:
    return -np.inf if value is None else value
