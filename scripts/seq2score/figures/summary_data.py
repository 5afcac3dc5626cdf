"""What the page that the report opens with tells, read from the files of all datasets."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from seq2score import tables
from seq2score.design.goals import BEYOND
from seq2score.evaluation.advice import judged_by
from seq2score.figures.summary_page import Dataset, Folds
from seq2score.sequences.adapters import WHOLE_OLIGOS
from seq2score.sequences.inputs import Inputs
from seq2score.task import TASKS


def read_rows(path: Path) -> list[dict]:
    """A table's rows; text columns without any text are read as such."""
    textual = ("seed", "warnings", "note")
    return [
        {k: ("" if v is None else str(v)) if k in textual else v for k, v in row.items()}
        for row in tables.read_rows(path)
    ]


def warnings(
    parts: list[dict], filters: dict[str, list[dict]], adapters: str | None = None
) -> list[str]:
    """What the steps before noted: rows left out, leaks, and filters that nothing activates.

    Parameters
    ----------
    parts
        Rows of splits/summary.tsv.
    filters
        Rows of filters.tsv of each run.
    adapters
        What the config says of whole oligos; they are no news where it keeps them.
    """
    messages = []
    for part in parts:
        answered = adapters == "keep" and WHOLE_OLIGOS in (part["note"] or "")
        messages += [part["note"]] if part["note"] and not answered else []
        if shared := part["shared_with_test"]:
            messages.append(f"{shared:,} {part['part']} rows hold the sequence of a test row")
    for run, rows in filters.items():
        if dead := sum(row["state"] == "dead" for row in rows):
            messages.append(f"{run}: nothing activates {dead} of the {len(rows)} first filters")
    return messages


def design_warnings(path: Path) -> list[str]:
    """What to know of designs, by the path of their table, that is true of all of them."""
    rows, (model, name) = read_rows(path), (path.parts[-3], path.stem)
    if not rows:
        return [f"{model}: no designs `{name}`, for the model does not beat what is simpler"]
    if all(BEYOND in row["note"] for row in rows):
        return [f"{model}: all designs `{name}` are {BEYOND}"]
    return []


def best_logos(files: Iterable[Path], summary: list[dict]) -> tuple[bytes, str]:
    """The figure of the filters that count, of the model that is best on the validation set.

    Parameters
    ----------
    files
        Such figures, in folders of runs.
    summary
        Rows of summary.tsv.

    Returns
    -------
    bytes
        The PNG; none where there is no figure.
    str
        The model and its run in words.
    """
    metric = f"validation_{judged_by(summary[0])}"
    reached = {(row["model"], row["seed"]): row[metric] for row in summary}
    runs = {(path.parts[-4], path.parts[-3].removeprefix("seed")): path for path in sorted(files)}
    known = [run for run in runs if reached.get(run) is not None]
    if not known:
        return b"", ""
    model, seed = max(known, key=lambda run: reached[run])
    return runs[model, seed].read_bytes(), f"{model}, seed {seed}"


def inputs_of(records: Iterable[Path]) -> Inputs:
    """What a dataset's models see beside sequences, of the record of the first of them."""
    first = next(iter(records), None)
    record = json.loads(first.read_text(encoding="utf-8")) if first else {}
    return Inputs.of(record.get("inputs"))


def read_dataset(
    folder: Path, task: str, figure: Path, files: set[Path], adapters: str | None = None
) -> Dataset:
    """What the page tells of a dataset.

    Parameters
    ----------
    folder
        Of its results.
    task
        Its name in `TASKS`.
    figure
        PNG of all its models on the test set.
    files
        All that the run has made.
    adapters
        What the config says of whole oligos.
    """
    effects = folder / "motif_effects.tsv"
    parts, summary = read_rows(folder / "splits/summary.tsv"), read_rows(folder / "summary.tsv")
    inside = [path for path in files if path.is_relative_to(folder)]
    logos, logos_of = best_logos((p for p in inside if p.name == "top_filters.png"), summary)
    filters = {
        f"{path.parts[-4]}, {path.parts[-3]}": read_rows(path)
        for path in sorted(inside)
        if path.name == "filters.tsv"
    }
    return Dataset(
        name=folder.name,
        task=task,
        summary=summary,
        parts=parts,
        figure=figure.read_bytes(),
        effects=read_rows(effects) if effects in files else [],
        findings={
            path.parts[-3]: [row["finding"] for row in read_rows(path)]
            for path in sorted(files)
            if path.name == "findings.tsv" and path.is_relative_to(folder)
        },
        warnings=[
            *warnings(parts, filters, adapters),
            *(
                text
                for path in sorted(inside)
                if (path.parent.name, path.parents[2]) == ("design", folder)
                for text in design_warnings(path)
            ),
        ],
        logos=logos,
        logos_of=logos_of,
        inputs=inputs_of(path for path in sorted(inside) if path.name == "model.json"),
    )


def read_folds(folder: Path, task: str, figure: Path) -> Folds:
    """What the page tells of a cross-validation; `figure` is of its first fold."""
    summary = read_rows(folder / "summary.tsv")
    messages = [row for row in summary if row["seed"] == "cross-validated"]
    folds = len({row["dataset"] for row in summary}) - 1  # the first is all of them together
    return Folds(folder.name, task, messages, folds, figure.read_bytes())


def read_datasets(
    results: Path, datasets: Mapping[str, Mapping], files: set[Path]
) -> list[Dataset | Folds]:
    """What the page tells of every dataset, the folds of one together.

    Parameters
    ----------
    results
        The folder of all results.
    datasets
        `task`, `fold_of` and `adapters` of each.
    files
        All that the run has made.
    """
    pages: dict[str, Dataset | Folds] = {}
    for name, dataset in datasets.items():
        task, base = dataset["task"], dataset["fold_of"]
        figure = results / name / "figures" / f"{TASKS[task].figures[0]}.png"
        if not base:
            pages[name] = read_dataset(results / name, task, figure, files, dataset["adapters"])
        elif base not in pages:
            pages[base] = read_folds(results / base, task, figure)
    return [*pages.values()]
