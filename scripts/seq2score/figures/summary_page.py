"""The page for a reader in a hurry: the question, the data, the answer, and what to be wary of.

HTML that stands alone and that the report opens with. Every text from a user's table or config is
escaped.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from seq2score.figures.text import number

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
.seq2score img { width: 100%; max-width: 46rem; margin: 0.6rem 0; }
.seq2score .warnings { border-left: 4px solid #D55E00; padding: 0.1rem 0 0.1rem 0.9rem;
  margin: 0.8rem 0; }
.seq2score ul { padding: 0; margin: 0.2rem 0; }
.seq2score li { margin: 0.2rem 0 0.2rem 1.1rem; list-style: disc; padding: 0; }
/* In Snakemake's report: from the top of the page, as wide as needed, the rule graph below it. */
.items-center:has(.seq2score) { align-items: flex-start; }
.items-center:has(.seq2score) > div { flex-wrap: wrap; min-width: 0; }
.items-center:has(.seq2score) > div > div { min-width: 0; max-width: 100%; }
.prose:has(.seq2score) { max-width: 60rem; }
</style>
"""

COLUMNS = {
    "regression": {
        "r2": "R²",
        "pearson": "Pearson",
        "spearman": "Spearman",
        "mae": "mean abs. error",
    },
    "classification": {
        "auroc": "AUROC",
        "auprc": "AUPRC",
        "accuracy": "accuracy",
        "cross_entropy": "cross-entropy",
    },
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
    warnings: list[str] = field(default_factory=list)  # beside those of the summary


def page(datasets: Iterable[Dataset]) -> str:
    """The whole page."""
    sections = "\n".join(section(dataset) for dataset in datasets)
    return f'{STYLE}<div class="seq2score">\n{sections}\n</div>\n'


def section(dataset: Dataset) -> str:
    """One dataset: its question, data, answer, models, figure, motifs and warnings."""
    drawn = b64encode(dataset.figure).decode()
    told = [*dataset.warnings, *_model_warnings(dataset.summary)]
    return "\n".join(
        [
            f"<h2>{escape(dataset.name)}</h2>",
            f"<p>{_question(dataset)}</p>",
            f"<p><b>{_answer(dataset)}</b></p>",
            _bullets("Be wary", told, "warnings"),
            "<h3>Models, on the test set</h3>",
            _models(dataset),
            f'<img alt="Predicted against measured" src="data:image/png;base64,{drawn}">',
            _effects(dataset.effects),
        ]
    )


def shown_runs(summary: Sequence[dict]) -> list[dict]:
    """One row a model, its ensemble where there is one; then the floors, which have no seed."""
    joined = {row["model"] for row in summary if row["seed"] == "ensemble"}
    return [r for r in summary if r["model"] not in joined or r["seed"] in ("ensemble", "")]


def _question(dataset: Dataset) -> str:
    rows = {part["part"]: part["rows"] for part in dataset.parts}
    total = sum(rows.values())
    split = ", ".join(f"{count:,} {part}" for part, count in rows.items())
    wanted = {"regression": "scores", "classification": "classes"}[dataset.task]
    return f"Do their letters tell the {wanted} of {total:,} sequences? ({split})"


def _answer(dataset: Dataset) -> str:
    metric, better = {"regression": ("r2", 0), "classification": ("auroc", 0.5)}[dataset.task]
    models = [row for row in shown_runs(dataset.summary) if row["seed"] != ""]
    known = [row for row in models if row[f"validation_{metric}"] is not None]
    if not known:
        return "No model could be judged: the scores of the validation set do not differ."
    best = max(known, key=lambda row: row[f"validation_{metric}"])
    if best[metric] is None or best[metric] <= better:
        return "No: no model predicts them better than chance."
    reached = _with_interval(best, metric)
    name = COLUMNS[dataset.task][metric]
    return f"{escape(best['model'])}, the best on the validation set, reaches {name} {reached}."


def _models(dataset: Dataset) -> str:
    columns = COLUMNS[dataset.task]
    main, *others = columns
    rows = []
    for row in shown_runs(dataset.summary):
        seed = {"": "", "ensemble": "ensemble"}.get(row["seed"], f"seed {row['seed']}")
        cells = [
            row["model"],
            seed,
            _with_interval(row, main),
            *(number(row[m]) for m in others),
        ]
        cost = [f"{row['parameters']:,}", f"{row['train_seconds']:.1f} s"]
        rows.append((cells + cost, "" if seed else "floor"))
    heads = ["model", "", f"{columns[main]} (95% interval)", *(columns[m] for m in others)]
    note = "<p>Grey: simple regressions, which a model should beat.</p>"
    return _table([*heads, "parameters", "training"], rows) + note


def _effects(effects: list[dict]) -> str:
    if not effects:
        return ""
    truth = any(row.get("truth") is not None for row in effects)
    rows = []
    for row in effects:
        cells = [row["model"], str(row["seed"]), row["motif"], _with_interval(row, "effect")]
        rows.append((cells + ([number(row["truth"])] if truth else []), ""))
    heads = ["model", "seed", "motif", "mean change (95% interval)", *(["truth"] if truth else [])]
    about = "How a motif changes the prediction when it is put into random sequences."
    return f"<h3>Effects of motifs</h3><p>{about}</p>{_table(heads, rows)}"


def _model_warnings(summary: list[dict]) -> list[str]:
    return [
        f"{row['model']}, seed {row['seed']}: {row['warnings']}"
        for row in summary
        if row["warnings"] and row["seed"] not in ("", "ensemble")
    ]


def _bullets(title: str, texts: Sequence[str], kind: str) -> str:
    if not texts:
        return ""
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f'<div class="{kind}"><h3>{title}</h3><ul>{items}</ul></div>'


def _table(heads: Sequence[str], rows: Sequence[tuple[Sequence[str], str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        f'<tr class="{kind}">' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for cells, kind in rows
    )
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _with_interval(row: dict, metric: str) -> str:
    value, low, high = (row.get(f"{metric}{end}") for end in ("", "_low", "_high"))
    return number(value, low, high)
