"""The table that compares models: a row a run, then the floors that each has to beat."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score import tables
from seq2score.evaluation import ceiling, information
from seq2score.evaluation.advice import best_floor, judged_by, or_nothing, warnings
from seq2score.evaluation.comparison import compare
from seq2score.evaluation.resampling import Units, units_in_files
from seq2score.sequences.transforms import FORTH
from seq2score.task import task_measured

WIDTHS = ("mean_width", "mean_set_size")  # of intervals, of sets of classes


def summarize(
    runs: dict, records: dict, floors: dict, histories: Mapping[tuple, Mapping] = {}
) -> list:
    """Rows of the summary: a row a run, then the floors.

    Parameters
    ----------
    runs
        Metrics (metrics.json) by (model, run), where run is such as seed17 or ensemble.
    records, histories
        Of the seeds, model.json and columns of history.tsv by (model, run).
    floors
        Metrics by the floor's name.
    """
    rows = []
    for (model, run), metrics in runs.items():
        seeds = [(m, s) for m, s in records if m == model and run in (s, "ensemble")]
        of_model = [records[seed] for seed in seeds]
        of_seeds = [runs[key] for key in records if key[0] == model]
        trained = [histories[seed] for seed in seeds if seed in histories]
        rows.append(
            {
                **{"model": model, "seed": run.removeprefix("seed")},
                **_measured(metrics),
                "train_seconds": sum(record["train_seconds"] for record in of_model),
                "parameters": sum(record["parameters"] for record in of_model),
                **_details(metrics),
                **_coverage(metrics),
                **(_over_seeds(of_seeds) if run == "ensemble" else {}),
                "replicates_pearson": metrics.get("replicates_pearson"),
                **({ceiling.NOTE: metrics[ceiling.NOTE]} if ceiling.NOTE in metrics else {}),
                "warnings": "; ".join(warnings(metrics, of_model, trained, floors)),
            }
        )
    for name, metrics in floors.items():
        cost = {key: metrics[key] for key in ("train_seconds", "parameters")}
        rows.append(
            {"model": name, "seed": None, **_measured(metrics), **cost, **_details(metrics)}
        )
    return rows


def summarize_files(
    source: Mapping[str, Any], split: Mapping, reverse_complement: str, dataset: str
) -> list[dict]:
    """Rows of the summary of a dataset, from files.

    Parameters
    ----------
    source
        Paths. In folders of model and run `metrics`, metrics.json of each, and `predictions` of
        those that are compared; `models` and `histories`, model.json and history.tsv of each seed.
        Of the dataset `floors` and `floor`, floors.json and the predictions of the best one;
        `split`, its splits/summary.tsv; and `clusters` of its sequences, where it has some.
    split, reverse_complement
        As the dataset has them.
    dataset
        Its name.
    """
    metrics, floors = _by_run(source["metrics"], _read_json), _read_json(source["floors"])
    rows = summarize(
        metrics,
        _by_run(source["models"], _read_json),
        floors,
        _by_run(source["histories"], _read_columns),
    )
    predicted = _by_run(source["predictions"], pq.read_table)
    first = next(iter(predicted.values()))
    units = units_in_files(first, source, split, reverse_complement)
    compared = compare_runs(metrics, predicted, floors, pq.read_table(source["floor"]), units)
    trust = _split_warnings(tables.read_rows(source["split"]))
    return [
        {"dataset": dataset, **row, **compared.get((row["model"], row["seed"]), {}), **trust}
        for row in rows
    ]


def compare_runs(
    metrics: Mapping[tuple, Mapping],
    predicted: Mapping[tuple, pa.Table],
    floors: Mapping[str, Mapping],
    floor: pa.Table,
    units: Units,
) -> dict[tuple[str, str], dict]:
    """Columns of the summary by model and seed: each run against the best floor and the best run.

    Parameters
    ----------
    metrics
        By (model, run).
    predicted
        Of the test set by (model, run), of the runs that are compared.
    floors
        Metrics by the floor's name.
    floor
        What the best of them predicts; of a sample of a large test set, which is not compared.
    units
        Of the test set.
    """
    judged = judged_by(metrics[next(iter(predicted))])
    plain = task_measured(metrics[next(iter(predicted))]).judged_by
    transform = judged.removesuffix(plain).rstrip("_") or "none"
    best = max(predicted, key=lambda run: or_nothing(metrics[run]["validation"][judged]))
    everything, others = dict(predicted), {"best": best}
    if len(floor) == len(predicted[best]):
        others["floor"] = (best_floor(floors), "")
        everything[others["floor"]] = floor
    pairs = [(run, other) for run in predicted for other in others.values() if run != other]
    differences = compare(everything, pairs, plain, units, transform)
    columns: dict[tuple[str, str], dict] = {}
    for model, run in predicted:
        row = columns[model, run.removeprefix("seed")] = {}
        for what, other in others.items():
            if difference := differences.get(((model, run), other)):
                row |= {what: other[0], **difference.columns(f"above_{what}")}
    return columns


def _by_run(paths: Sequence[str | Path], read: Callable[[Path], dict]) -> dict:
    """What files in folders of runs hold, by model and run."""
    return {(path.parts[-3], path.parts[-2]): read(path) for path in map(Path, paths)}


def _read_json(path: str | Path) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _read_columns(path: str | Path) -> dict:
    table = tables.read(path)
    return {name: values.to_numpy() for name, values in table.items()}


def _split_warnings(parts: list[dict]) -> dict[str, int]:
    """What the split says of the trust in a score: rows left out, and rows shared with the test."""
    rejected = [part["rows"] for part in parts if part["part"] == "rejected"]
    shared = sum(part["shared_with_test"] or 0 for part in parts)
    return {"rejected_rows": sum(rejected), "shared_with_test": shared}


def cross_validated(folds: list[list[dict]]) -> list[dict]:
    """Of each model and floor, the mean over folds and the standard deviation between them.

    Parameters
    ----------
    folds
        The summary of each fold. Of a model trained with several seeds, its ensemble counts.
    """
    of_model: dict[str, list[dict]] = {}
    for rows in folds:
        joined = {row["model"] for row in rows if row["seed"] == "ensemble"}
        for row in rows:
            if row["model"] not in joined or row["seed"] == "ensemble":
                of_model.setdefault(row["model"], []).append(row)
    summary = []
    for model, rows in of_model.items():
        names = task_measured(rows[0]).metrics
        values = {
            name: [np.nan if row[name] is None else row[name] for row in rows] for name in names
        }
        summary.append(
            {
                **{"model": model, "seed": "cross-validated", "n": sum(row["n"] for row in rows)},
                **{name: float(np.mean(values[name])) for name in names},
                "train_seconds": sum(row["train_seconds"] for row in rows),
                "parameters": rows[0]["parameters"],
                **{f"folds_{name}_sd": float(np.std(values[name], ddof=1)) for name in names},
            }
        )
    return summary


def _measured(metrics: dict) -> dict:
    return {"n": metrics["n"], **{name: metrics[name] for name in task_measured(metrics).metrics}}


def _details(metrics: Mapping) -> dict:
    """What stands after the plain metrics: other scales, intervals, parts, means, each score."""
    plain = task_measured(metrics).metrics
    scales = ["", *(f"{transform}_" for transform in FORTH)]
    names = [scale + name for scale in scales for name in plain if scale + name in metrics]
    ceilings = [scale + name for scale in scales for name in ceiling.NAMES]
    bounded = [*names, information.NAME, *ceilings]
    further = [f"weighted_{name}" for name in names] + [information.NAME, *ceilings]
    further += ["smeared_r2", "intervals_over", "intervals_units"]
    return {
        **{name: metrics[name] for name in names if name not in plain},
        **_bounds(metrics, bounded),
        **_unrelated(metrics),
        **{f"{p}_{name}": metrics[p][name] for p in ("train", "validation") for name in names},
        **{key: metrics[key] for key in further if key in metrics},
        **{
            f"{name}_{output}": of_output[name]
            for output, of_output in metrics.get("outputs", {}).items()
            for name in names
        },
        **_contrasts(metrics),
    }


def _contrasts(metrics: Mapping) -> dict[str, float]:
    """The metrics of contrasts, with their intervals and ceilings."""
    columns: dict[str, float] = {}
    for contrast, measured in metrics.get("contrasts", {}).items():
        names = [*task_measured(metrics).metrics, *ceiling.NAMES]
        known = {name: measured[name] for name in names if name in measured}
        known |= _bounds(measured, names)
        columns |= {f"{name}_{contrast}": value for name, value in known.items()}
    return columns


def _bounds(metrics: Mapping, names: Sequence[str]) -> dict[str, float]:
    """The ends of the 95% intervals of those metrics that have one."""
    intervals = {name: metrics[f"{name}_ci"] for name in names if f"{name}_ci" in metrics}
    return {
        f"{name}_{end}": value
        for name, interval in intervals.items()
        for end, value in zip(("low", "high"), interval, strict=True)
    }


def _unrelated(metrics: Mapping) -> dict[str, float]:
    """The metric that models are judged by, on test rows without a relative in the train set."""
    if not (alone := metrics.get("unrelated")):
        return {}
    name = judged_by(metrics)
    of_name = {name: alone[name], **_bounds(alone, [name])}
    return {"unrelated_n": alone["n"], **{f"unrelated_{key}": of_name[key] for key in of_name}}


def _coverage(metrics: dict) -> dict:
    """How many true scores the intervals hold, between what chance allows, and their width."""
    columns = {key: metrics[key] for key in ("coverage", *WIDTHS) if key in metrics}
    if "coverage_band" in metrics:
        columns["coverage_low"], columns["coverage_high"] = metrics["coverage_band"]
    return columns


def _over_seeds(metrics: list[dict]) -> dict:
    """Mean and standard deviation of the single seeds' metrics."""
    columns = {}
    for name in task_measured(metrics[0]).metrics:
        values = [np.nan if of_seed[name] is None else of_seed[name] for of_seed in metrics]
        columns[f"seeds_{name}_mean"] = float(np.mean(values))
        columns[f"seeds_{name}_sd"] = float(np.std(values, ddof=1))
    return columns
