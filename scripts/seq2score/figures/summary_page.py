"""The page for a reader in a hurry: the question, the data, the answer, and what to be wary of.

HTML that stands alone and that the report opens with. Every text from a user's table or config is
escaped.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np

from seq2score.evaluation.advice import judged_by, noise_text, or_nothing, scale_text
from seq2score.evaluation.comparison import Difference
from seq2score.evaluation.quality import fault_of
from seq2score.figures.text import number
from seq2score.motifs.insertion import over_seeds
from seq2score.sequences.inputs import Inputs
from seq2score.sequences.transforms import EXPRESSIONS
from seq2score.splits.parts import PARTS
from seq2score.splits.summary import TABLE
from seq2score.task import TASKS

ALONE = Inputs()
STYLE = """<meta charset="utf-8"><style>
.seq2score { font: 15px/1.5 system-ui, sans-serif; color: #262626; max-width: 60rem; }
.seq2score h2 { font-size: 1.4rem; margin: 1.6rem 0 0.3rem; }
.seq2score h3 { font-size: 1rem; margin: 1.2rem 0 0.3rem; }
.seq2score p { margin: 0.4rem 0; }
.seq2score .wide { overflow-x: auto; }
.seq2score table { border-collapse: collapse; font-size: 13px; width: auto; margin: 0; }
.seq2score td, .seq2score th { padding: 0.25rem 0.9rem 0.25rem 0; text-align: right;
  white-space: nowrap; border-bottom: 1px solid #e3e3e3; font-variant-numeric: tabular-nums; }
.seq2score th { font-weight: 600; }
.seq2score td:first-child, .seq2score th:first-child { text-align: left; }
.seq2score .floor td { color: #767676; }
.seq2score img { max-width: 100%; margin: 0.6rem 0; }
.seq2score .warnings { border-left: 4px solid #D55E00; padding: 0.1rem 0 0.1rem 0.9rem;
  margin: 0.8rem 0; }
.seq2score ul { padding: 0; margin: 0.2rem 0; }
.seq2score code::before, .seq2score code::after { content: none; }
.seq2score p, .seq2score li { overflow-wrap: anywhere; }
.seq2score li { margin: 0.2rem 0 0.2rem 1.1rem; list-style: disc; padding: 0; }
/* On a phone: names may wrap, and what comes after the main metric is reached by scrolling. */
@media (max-width: 640px) {
  .seq2score { font-size: 14px; }
  .seq2score td, .seq2score th { padding-right: 0.5rem; }
  .seq2score td:first-child, .seq2score th { white-space: normal; }
}
/* In Snakemake's report: from the top of the page, as wide as needed, and no graph of rules. */
body:has(.seq2score) #rulegraph { display: none; }
body :has(.seq2score) { align-items: flex-start; min-width: 0; max-width: 100%; }
</style>
"""

COLUMNS = {
    name: {metric: task.metrics[metric].title for metric in task.shown}
    for name, task in TASKS.items()
}


@dataclass(frozen=True)
class Dataset:
    """What the page tells of one dataset; tables are lists of rows, as read from their files."""

    name: str
    task: str
    summary: list[dict]
    parts: list[dict]  # splits/summary.tsv
    figure: bytes  # PNG
    effects: list[dict] = field(default_factory=list)  # motif_effects.tsv
    findings: dict[str, list[str]] = field(default_factory=dict)  # sentences, by model
    warnings: list[str] = field(default_factory=list)  # beside those of the summary
    logos: bytes = b""  # PNG, of the filters that count most
    logos_of: str = ""  # model and run
    inputs: Inputs = ALONE  # what models see beside sequences


@dataclass(frozen=True)
class Folds:
    """What the page tells of a cross-validation."""

    name: str
    task: str
    summary: list[dict]  # one row a model and floor: means over the folds, and their spread
    folds: int
    figure: bytes  # PNG, of the first fold


def page(datasets: Iterable[Dataset | Folds]) -> str:
    """The whole page."""
    sections = "\n".join(
        section(item) if isinstance(item, Dataset) else section_of_folds(item) for item in datasets
    )
    return f'{STYLE}<div class="seq2score">\n{sections}\n</div>\n'


def section(dataset: Dataset) -> str:
    """One dataset: its question, data, answer, motifs and effects, then models and warnings."""
    result = [*dataset.warnings, *_model_warnings(dataset.summary)]
    return "\n".join(
        [
            f"<h2>{escape(dataset.name)}</h2>",
            f"<p>{_question(dataset)}</p>",
            f"<p><b>{_answer(dataset)}</b></p>",
            _learned(dataset),
            "<h3>Models, on the test set</h3>",
            _image(dataset.figure),
            _bullets("Be wary", result, "warnings"),
            _models(dataset),
        ]
    )


def section_of_folds(folds: Folds) -> str:
    """A cross-validation: its table, and the figure of its first fold."""
    columns = COLUMNS[folds.task]
    rows = [
        (
            [
                row["model"],
                *(f"{number(row[m])} ± {number(row[f'folds_{m}_sd'])}" for m in columns),
            ],
            "floor" if " " in row["model"] else "",  # which no name of a model holds
        )
        for row in folds.summary
    ]
    metadata = (
        f"Cross-validated over {folds.folds} folds: mean and standard deviation between them."
    )
    return "\n".join(
        [
            f"<h2>{escape(folds.name)}</h2>",
            f"<p>{metadata}</p>",
            _table(["model", *columns.values()], rows),
            f"<h3>The first fold</h3>{_image(folds.figure)}",
        ]
    )


def shown_runs(summary: Sequence[dict]) -> list[dict]:
    """One row a model, its ensemble where there is one; then the floors, which have no seed."""
    joined = {row["model"] for row in summary if row["seed"] == "ensemble"}
    return [r for r in summary if r["model"] not in joined or r["seed"] in ("ensemble", "")]


def _question(dataset: Dataset) -> str:
    rows = {part["part"]: part["rows"] for part in dataset.parts if part["part"] != TABLE}
    total = sum(rows.get(part, 0) for part in PARTS)
    split = ", ".join(f"{count:,} {part}" for part, count in rows.items())
    predicted = TASKS[dataset.task].predicts
    letters = " and ".join(["letters", *map(escape, dataset.inputs.names)])
    request = f"Do their {letters} tell the {predicted} of {total:,} sequences? ({split})"
    if not dataset.inputs:
        return request
    return (
        f"{request} Where models are asked about sequences alone (variants, designs, attributions, "
        f"mutagenesis), it is at {escape(dataset.inputs.values_text)}."
    )


def _answer(dataset: Dataset) -> str:
    task = TASKS[dataset.task]
    metric, better = judged_by(dataset.summary[0]), task.chance
    best = _best(dataset)
    if best is None:
        return "No model could be judged: the scores of the validation set do not differ."
    if best[metric] is None or best[metric] <= better:
        return "No: no model predicts them better than chance."
    name = _title(metric, dataset.task)
    reached = f"reaches {name} {_with_interval(best, metric)}"
    floors = [row for row in shown_runs(dataset.summary) if row["seed"] == ""]
    simpler = max(floors, key=lambda row: row[f"validation_{metric}"] or -1, default=best)
    but = ""
    if difference := _difference(best, "floor"):
        but = f", {_compared(difference)} {escape(best['floor'])}, which is simpler"
    elif simpler is not best and (simpler[metric] or -1) >= best[metric]:
        but = f"; {escape(simpler['model'])}, which is simpler, {number(simpler[metric])}"
    alone = ""
    if best.get("unrelated_n"):
        alone = (
            f" On the {best['unrelated_n']:,} test sequences without a relative in the train set "
            f"it is {_with_interval(best, f'unrelated_{metric}')}."
        )
    return f"{escape(best['model'])}, the best on the validation set, {reached}{but}.{alone}"


def _difference(row: Mapping, other: str) -> Difference | None:
    """By how much a run is better than the best run or floor, where that was measured."""
    value, low, high = (or_nothing(row.get(f"above_{other}{end}")) for end in ("", "_low", "_high"))
    return Difference(value, low, high) if np.isfinite([value, low, high]).all() else None


def _compared(difference: Difference) -> str:
    """A difference in words, to be followed by what is compared with."""
    low, high = difference.low, difference.high
    if difference.verdict == "not distinguishable":
        return f"not distinguishable ({difference.value:+.3f}, {low:+.3f} to {high:+.3f}) from"
    if difference.verdict == "worse":
        return f"worse by {-difference.value:.3f} ({-high:.3f} to {-low:.3f}) than"
    return f"better by {difference.value:.3f} ({low:.3f} to {high:.3f}) than"


def _against_the_best(dataset: Dataset) -> str:
    """Each other model beside the one that is best on the validation set."""
    compared = [
        f"{row['model']} is {_compared(difference)} {row['best']}"
        for row in shown_runs(dataset.summary)
        if row["seed"] != "" and (difference := _difference(row, "best"))
    ]
    if not compared:
        return ""
    return f"On the same test sequences (paired, 95% interval): {'; '.join(compared)}."


def _best(dataset: Dataset) -> dict | None:
    """The run that is best on the validation set, if any could be judged there."""
    metric = f"validation_{judged_by(dataset.summary[0])}"
    models = [row for row in shown_runs(dataset.summary) if row["seed"] != ""]
    judged = [row for row in models if row[metric] is not None]
    return max(judged, key=lambda row: row[metric], default=None)


def _findings(dataset: Dataset, best: dict) -> str:
    """What the best model says, where attributions were computed, and how good it is."""
    result = dataset.findings.get(best["model"], [])
    if not result:
        return ""
    metric = judged_by(dataset.summary[0])
    reached = f"{_title(metric, dataset.task)} {_with_interval(best, metric)} on the test set"
    return _bullets(f"What {escape(best['model'])} says, with {reached}", result, "findings")


def _fault(dataset: Dataset, row: dict) -> str:
    """Why what a run has learned is not told, "" where it is."""
    metric = f"validation_{judged_by(dataset.summary[0])}"
    floors = {floor["model"]: floor for floor in dataset.summary if floor["seed"] == ""}
    reached = {name: or_nothing(floor[metric]) for name, floor in floors.items()}
    return fault_of(or_nothing(row[metric]), TASKS[dataset.task].chance, reached)


def _models(dataset: Dataset) -> str:
    columns = COLUMNS[dataset.task]
    metric = judged_by(dataset.summary[0])
    main, *others = dict.fromkeys([metric, *columns])
    rows = []
    for row in shown_runs(dataset.summary):
        seed = {"": "", "ensemble": "ensemble"}.get(row["seed"], f"seed {row['seed']}")
        cells = [row["model"], seed, _with_interval(row, main), *(number(row[m]) for m in others)]
        cost = [f"{row['parameters']:,}", f"{row['train_seconds']:.1f} s"]
        rows.append((cells + cost, "" if seed else "floor"))
    heads = ["model", "", f"{_title(main, dataset.task)} (95% interval)"]
    heads += [_title(m, dataset.task) for m in others]
    models = [row for row in shown_runs(dataset.summary) if row["seed"] != ""]
    notes = ["Grey: simple regressions, which a model should beat."]
    if (over := models[0].get("intervals_over")) is not None:
        notes.append(f"Intervals: bootstrap over {models[0]['intervals_units']:,} {over}.")
    notes += [_against_the_best(dataset), noise_text(models), scale_text(models)]
    message = escape(" ".join(filter(None, notes)))
    return _table([*heads, "parameters", "training"], rows) + f"<p>{message}</p>"


def _title(metric: str, task: str) -> str:
    """A metric as people write it, with the scale that it is measured on."""
    for transform, expression in EXPRESSIONS.items():
        if metric.startswith(f"{transform}_"):
            name = COLUMNS[task][metric.removeprefix(f"{transform}_")]
            return f"{name} of {expression.format('score')}"
    return COLUMNS[task][metric]


def _learned(dataset: Dataset) -> str:
    """Logos of the filters that count, and what motifs do: what the best such model has learned.

    Of models that are no better than chance or a floor, nothing is told.
    """
    best, logos = _best(dataset), ""
    if best is None:
        return ""
    if fault := _fault(dataset, best):
        message = f"Not told, as {best['model']}, the best on the validation set, {fault}."
        return f"<h3>What was learned</h3><p>{escape(message)}</p>"
    if dataset.logos:
        metadata = (
            f"What the first filters of {dataset.logos_of} look for, the most important first: "
            "weights above the logo of what activates them."
        )
        logos = f"<p>{escape(metadata)}</p>{_image(dataset.logos, 'Motifs of the first filters')}"
    able = {row["model"] for row in shown_runs(dataset.summary) if not _fault(dataset, row)}
    effects = [row for row in dataset.effects if row["model"] in able]
    result = logos + _findings(dataset, best) + _effects(effects)
    return f"<h3>What was learned</h3>{result}" if result else ""


def _effects(effects: Sequence[dict]) -> str:
    rows = over_seeds(effects)
    if not rows:
        return ""
    several = len({row["output"] for row in rows}) > 1
    has_truth = any(row["truth"] is not None for row in rows)
    cells = [
        [
            *(row["model"], row["motif"], *([row["output"]] if several else [])),
            number(row["effect"], row["low"], row["high"]),
            *([number(row["truth"])] if has_truth else []),
        ]
        for row in rows
    ]
    heads = ["model", "motif", *(["output"] if several else [])]
    heads += [f"mean change ({rows[0]['span']})", *(["truth"] if has_truth else [])]
    metadata = "How a motif changes the prediction when it is put into random sequences."
    return f"<p>{metadata}</p>{_table(heads, [(row, '') for row in cells])}"


def _model_warnings(summary: list[dict]) -> list[str]:
    """Each once a model, of its ensemble where there is one."""
    shown = [row for row in shown_runs(summary) if row["seed"] != "" and row["warnings"]]
    return [f"{row['model']}: {row['warnings']}" for row in shown]


def _image(png: bytes, what: str = "Test set") -> str:
    width = int.from_bytes(png[16:20]) // 2  # at half its size, 100 dots an inch
    sample = b64encode(png).decode()
    return f'<img alt="{what}" width="{width}" src="data:image/png;base64,{sample}">'


def _bullets(title: str, texts: Sequence[str], kind: str) -> str:
    if not texts:
        return ""
    items = "".join(f"<li>{_with_code(text)}</li>" for text in texts)
    return f'<div class="{kind}"><h3>{title}</h3><ul>{items}</ul></div>'


def _with_code(text: str) -> str:
    """Escaped text; what stands between backticks is set as code."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(text))


def _table(heads: Sequence[str], rows: Sequence[tuple[Sequence[str], str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        f'<tr class="{kind}">' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for cells, kind in rows
    )
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _with_interval(row: dict, metric: str) -> str:
    return number(*(row.get(f"{metric}{end}") for end in ("", "_low", "_high")))
