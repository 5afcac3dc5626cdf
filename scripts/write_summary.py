"""Write the page that the report opens with, from the files of all datasets."""

import json
from collections.abc import Iterable
from pathlib import Path

from seq2score import tables
from seq2score.evaluation.advice import judged_by
from seq2score.figures.summary_page import Dataset, Folds, page
from seq2score.sequences.inputs import Inputs
from seq2score.task import TASKS


def rows(path: Path) -> list[dict]:
    """A table's rows; text columns without any text are read as such."""
    textual = ("seed", "warnings", "note")
    return [
        {k: ("" if v is None else str(v)) if k in textual else v for k, v in row.items()}
        for row in tables.read_rows(path)
    ]


def warnings(parts: list[dict], filters: dict[str, list[dict]]) -> list[str]:
    """What the steps before noted: rows left out, leaks, and filters that nothing activates."""
    told = []
    for part in parts:
        told += [part["note"]] if part["note"] else []
        if shared := part["shared_with_test"]:
            told.append(f"{shared:,} {part['part']} rows hold the sequence of a test row")
    for place, found in filters.items():
        if dead := sum(row["state"] == "dead" for row in found):
            told.append(f"{place}: nothing activates {dead} of the {len(found)} first filters")
    return told


def best_logos(files: Iterable[Path], summary: list[dict]) -> tuple[bytes, str]:
    """The figure of the filters that count, of the model that is best on the validation set.

    files: such figures, in folders of runs. summary: rows of summary.tsv. Returns the PNG, and the
    model and its run in words; neither where there is no figure.
    """
    metric = f"validation_{judged_by(summary[0])}"
    reached = {(row["model"], row["seed"]): row[metric] for row in summary}
    runs = {(path.parts[-4], path.parts[-3].removeprefix("seed")): path for path in sorted(files)}
    known = [run for run in runs if reached.get(run) is not None]
    if not known:
        return b"", ""
    model, seed = max(known, key=reached.get)
    return runs[model, seed].read_bytes(), f"{model}, seed {seed}"


def inputs_of(records: Iterable[Path]) -> Inputs:
    """What a dataset's models see beside sequences, of the record of the first of them."""
    first = next(iter(records), None)
    record = json.loads(first.read_text(encoding="utf-8")) if first else {}
    return Inputs.of(record.get("inputs"))


def read(folder: Path, task: str, figure: Path, files: set[Path]) -> Dataset:
    """What the page tells of the dataset whose results lie in `folder`.

    files: all that the run has made.
    """
    effects = folder / "motif_effects.tsv"
    parts, summary = rows(folder / "splits/summary.tsv"), rows(folder / "summary.tsv")
    inside = [path for path in files if path.is_relative_to(folder)]
    logos, logos_of = best_logos((p for p in inside if p.name == "top_filters.png"), summary)
    filters = {
        f"{path.parts[-4]}, {path.parts[-3]}": rows(path)
        for path in sorted(inside)
        if path.name == "filters.tsv"
    }
    return Dataset(
        name=folder.name,
        task=task,
        summary=summary,
        parts=parts,
        figure=figure.read_bytes(),
        effects=rows(effects) if effects in files else [],
        findings={
            path.parts[-3]: [row["finding"] for row in rows(path)]
            for path in sorted(files)
            if path.name == "findings.tsv" and path.is_relative_to(folder)
        },
        warnings=warnings(parts, filters),
        logos=logos,
        logos_of=logos_of,
        inputs=inputs_of(path for path in sorted(inside) if path.name == "model.json"),
    )


def read_folds(folder: Path, task: str, figure: Path) -> Folds:
    """What the page tells of a cross-validation. figure: of its first fold."""
    summary = rows(folder / "summary.tsv")
    told = [row for row in summary if row["seed"] == "cross-validated"]
    folds = len({row["dataset"] for row in summary}) - 1  # the first is all of them together
    return Folds(folder.name, task, told, folds, figure.read_bytes())


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    files = {Path(path) for path in snakemake.input}
    results = Path(snakemake.output[0]).parent
    datasets = {}
    for name, about in snakemake.params.datasets.items():
        folder, base = results / name, about["fold_of"]
        drawn = folder / "figures" / f"{TASKS[about['task']].figures[0]}.png"
        if not base:
            datasets[name] = read(folder, about["task"], drawn, files)
        elif base not in datasets:
            datasets[base] = read_folds(results / base, about["task"], drawn)
    Path(snakemake.output[0]).write_text(page(datasets.values()), encoding="utf-8")
