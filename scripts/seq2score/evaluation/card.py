"""The card of a model: what it was trained on, how good it is and what it is not for, in Markdown.

Sections follow Mitchell and colleagues, "Model cards for model reporting" (2019), as far as a run
knows what to say.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from seq2score.evaluation.advice import noise_text
from seq2score.sequences.inputs import Inputs
from seq2score.task import Task, task_of

Row = Mapping[str, Any]  # of a JSON file or a table: values of many kinds


def card(
    record: Row,
    metrics: Row,
    summary: Sequence[Row],
    parts: Sequence[Row],
    split: Row,
    source: str | None,
    results: str = "results",
    labels: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The card's text.

    Parameters
    ----------
    record
        Of model.json.
    metrics
        Of metrics.json.
    summary, parts
        Rows of the dataset's summary.tsv and of its splits/summary.tsv.
    split
        The config's.
    source
        The user's file, None for synthetic sequences.
    results
        The folder of results, as the config has it.
    labels
        Of scores for readers, with their units.
    """
    task = task_of(record["classes"])
    of_model = next(row for row in summary if _is_of(row, record))
    sections = {
        f"{record['model']}, trained on {record['dataset']} with seed {record['seed']}": [
            _purpose(record, task, labels)
        ],
        "Data": _data(record, parts, split, source),
        "How good it is": [
            *_quality(metrics, task),
            *_comparison(of_model, summary, task),
            *(f"**Be wary**: {text}." for text in _warnings(of_model)),
        ],
        "What it is not for": [_bullets(_limits(record, of_model, parts, split, source))],
        "Use": [_example(record, results)],
        "Made by": [_made_by(record)],
    }
    marks = ["#", *["##"] * (len(sections) - 1)]
    return "\n\n".join(
        "\n\n".join([f"{mark} {title}", *paragraphs])
        for mark, (title, paragraphs) in zip(marks, sections.items(), strict=True)
    ).join(["", "\n"])


def _is_of(row: Row, record: Row) -> bool:
    return (row["model"], str(row["seed"])) == (record["model"], str(record["seed"]))


def _purpose(record: Row, task: Task, labels: Mapping[str, str]) -> str:
    scores = ", ".join(labels.get(name, name) for name in record["outputs"])
    what = f"the class ({', '.join(record['classes'])})" if task.labels else f"the {scores}"
    kind = record["alphabet"].upper()
    flanks = record.get("flanks") or {}
    around = " between {left}… and …{right}".format(**flanks) if any(flanks.values()) else ""
    options = ", ".join(_option(key, value) for key, value in record["options"].items())
    return (
        f"Predicts {what} of {kind} sequences of {_length(record)}{around}. A model of the family "
        f"`{record['architecture']}` ({options or 'no options'}) with {record['parameters']:,} "
        f"parameters; `model.json` beside this card holds every setting.{_covariates(record)}"
    )


def _option(key: str, value: Any) -> str:
    """A model's option; of a blend's members, each with the family that it is of."""
    if key != "members":
        return f"{key} {value}"
    return " and ".join(f"{member['name']}, of `{member['architecture']}`" for member in value)


def _covariates(record: Row) -> str:
    """What else than sequences the model sees."""
    if not (inputs := Inputs.of(record.get("inputs"))):
        return ""
    return (
        f" Beside the sequence it sees {', '.join(inputs.names)} of the table's rows. Where it is "
        "asked about sequences alone (variants, designs, attributions, mutagenesis), it is asked "
        f"at {inputs.values_text}."
    )


def _length(record: Row) -> str:
    rule, length = record["length"], f"{record['input_length']} letters"
    if rule == "equal":
        return length
    return f"up to {length}" if "pad" in rule else f"at least {length}"


def _data(record: Row, parts: Sequence[Row], split: Row, source: str | None) -> list[str]:
    paragraphs = [
        f"Measured sequences from `{source}`." if source else "Made up by a rule (synthetic)."
    ]
    how = ", ".join(
        f"{key} {value}" for key, value in split.items() if key != "method" and value is not None
    )
    paragraphs.append(f"Split by the method `{split['method']}` ({how}).")
    paragraphs.append(_table(["part", "rows"], [[p["part"], f"{p['rows']:,}"] for p in parts]))
    if together := record.get("together"):
        rows = ", ".join(f"{rows:,} train rows of {name}" for name, rows in together.items())
        paragraphs.append(
            f"All its layers but the last have learned from several datasets: {rows}."
        )
    paragraphs += [f"{part['part']}: {part['note']}" for part in parts if part.get("note")]
    return paragraphs


def _quality(metrics: Row, task: Task) -> list[str]:
    n = metrics["n"]
    rows = [
        [metric.title, *_with_interval(metrics, name), _number(metrics["validation"][name])]
        for name, metric in task.metrics.items()
    ]
    paragraphs = [
        f"On the {n:,} sequences of the test set, which training never saw:",
        _table(["metric", "test set", "95% interval", "validation set"], rows),
    ]
    if alone := metrics.get("unrelated"):
        name = task.judged_by
        low_to_high = _with_interval(alone, name)
        paragraphs.append(
            f"On the {alone['n']:,} of them without a relative in the train set, "
            f"{task.metrics[name].title} is {low_to_high[0]} ({low_to_high[1]})."
        )
    if (share := metrics.get("coverage")) is not None:
        paragraphs.append(f"Of its prediction intervals, {share:.1%} hold the measured value.")
    return paragraphs


def _comparison(of_model: Row, summary: Sequence[Row], task: Task) -> list[str]:
    name = task.judged_by
    title = task.metrics[name].title
    floors = [row for row in summary if not row["seed"]]
    rows = [[row["model"], _number(row[name])] for row in floors]
    paragraphs = [
        f"What is had without a network, and what guessing reaches ({title}):",
        _table(["floor", title], [*rows, ["guessing", _number(task.chance)]]),
    ]
    if noise := noise_text([of_model]):
        paragraphs.append(noise)
    return paragraphs


def _limits(
    record: Row, of_model: Row, parts: Sequence[Row], split: Row, source: str | None
) -> Iterable[str]:
    """What would be a misuse, each as one sentence."""
    task = task_of(record["classes"])
    for text in _warnings(of_model):
        if "not above" in text or "does not beat" in text:
            yield f"Predictions to rely on: {text}."
    yield (
        f"Sequences of other than {_length(record)}, or of other letters than "
        f"{'A, C, G, U' if record['alphabet'] == 'rna' else 'A, C, G, T'} and N. It refuses them."
    )
    if record["reverse_complement"] == "none":
        yield "The other strand: it reads a sequence as it is given, and tells strands apart."
    train = next(part for part in parts if part["part"] == "train")
    for output in [] if task.labels else record["outputs"]:
        low, high = (train.get(f"{output}_{end}") for end in ("min", "max"))
        if low is not None:
            yield (
                f"Scores ({output}) beyond {_number(low)} to {_number(high)}, the range of its "
                "train set: there it extrapolates."
            )
    if source is None:
        yield "Biology: its scores follow a rule that was made up."
        return
    yield "Another assay, cell type, condition or construct than that of the table."
    if split["method"] == "random":
        yield (
            "Sequences unlike all of the table: the split is random, so those of the test set may "
            "resemble those it learned from, and the metrics above hold only for such."
        )
    else:
        yield "Sequences unlike those of the table: the metrics above are of its own test set."
    yield "Causes: a motif that it uses is a hypothesis until it is measured."
    yield "Diagnosis or treatment."


def _example(record: Row, results: str) -> str:
    folder = f"{results}/{record['dataset']}/{record['model']}/seed{record['seed']}"
    sequence = ("ACGT" * record["input_length"])[: record["input_length"]]
    consent = ", trust_code=True" if ":" in record["architecture"] else ""
    lines = ["import seq2score", "", f'model = seq2score.load("{folder}"{consent})']
    inputs = Inputs.of(record.get("inputs"))
    covariates = f", inputs={inputs.alone!r}" if inputs else ""
    return "\n".join(["```python", *lines, f'model.predict(["{sequence}"]{covariates})', "```"])


def _warnings(of_model: Row) -> list[str]:
    return [text for text in str(of_model.get("warnings") or "").split("; ") if text]


def _made_by(record: Row) -> str:
    commit = f", commit {record['git_commit']}" if record.get("git_commit") else ""
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    return (
        f"seq2score {record['seq2score']}{commit}; {versions}; on {record['device']} with "
        f"{record['threads']} thread(s), {record['best_epoch']} epoch(s), loss `{record['loss']}`."
    )


def _with_interval(metrics: Row, name: str) -> list[str]:
    low, high = metrics.get(f"{name}_ci") or (None, None)
    return [_number(metrics[name]), "" if low is None else f"{_number(low)} to {_number(high)}"]


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.4g}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_escaped(cell) for cell in line)} |" for line in lines)


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")


def _bullets(texts: Iterable[str]) -> str:
    return "\n".join(f"- {text}" for text in texts)
