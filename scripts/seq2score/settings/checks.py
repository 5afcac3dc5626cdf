"""What no single value tells: names that must exist elsewhere, values that only fit together."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from seq2score.questions.question import wrong_source
from seq2score.sequences.columns import SEQUENCES
from seq2score.settings.counts import ACTIVITY_COLUMNS, CountFilter, Counts
from seq2score.settings.datasets import (
    ColumnSplit,
    Contrast,
    DatasetSection,
    RandomSplit,
    Table,
)
from seq2score.settings.families import FAMILIES, PRESETS, Family
from seq2score.settings.finetuning import Start, joint_name
from seq2score.settings.messages import Problem, problems, unknown
from seq2score.settings.models import (
    Trainer,
    each_tried,
    ends_of,
    is_whole,
    sweep_of,
    tried_shapes,
)
from seq2score.settings.shapes import Shape
from seq2score.settings.training import Range, Search
from seq2score.splits.values import spellings
from seq2score.task import TASKS

OURS = "a name that we use ourselves. Choose another one."
RESERVED_DATASETS = ("logs", "benchmarks")
RESERVED_MODELS = ("splits", "figures")  # folders beside the models'
MOST_TRAININGS = 10_000
# Training keys that no trial can differ in, and why.
NOT_SEARCHED = {
    "loss": "trials are told apart by their loss, which must mean the same in all. Leave it out.",
    "threads": "says what a training may use, not how good it gets. Leave it out.",
    "gpus": "says what a training may use, not how good it gets. Leave it out.",
}


def contradictions(config: Any, starts: dict[str, Start]) -> Iterator[Problem]:
    """Everything that is wrong beside single values.

    Parameters
    ----------
    config
        Checked by itself, with the choices of its datasets and what its models start from.
    starts
        What models start from, by name.
    """
    yield from _wrong_gpus(config)
    for name, model in config.models.items():
        yield from _wrong_model(("models", name), model)
    for name, dataset in config.datasets.items():
        yield from _wrong_dataset(("datasets", name), dataset, config)
    for name, contrast in config.contrasts.items():
        yield from _wrong_contrast(("contrasts", name), contrast, config)
    yield from _wrong_together(config)
    for path, name, values in each_tried(config):
        yield from _wrong_values(path, name, values, config)
    for name, search in config.search.items():
        if name in config.models:
            yield from _wrong_search(("search", name), search, config)
    for path, question in config.questions().items():
        for name in question.datasets or ():
            if name not in config.datasets:
                yield Problem((*path, "datasets"), f"{name}: {unknown(name, config.datasets)}")
        for name in question.models or ():
            if name not in config.models:
                yield Problem((*path, "models"), f"{name}: {unknown(name, config.models)}")
        for problem in question.problems(config):
            yield Problem((*path, *problem.path), problem.text)
    yield from _wrong_without_start(config, starts)
    yield from _too_many(config)


# ---------------------------------------------------------------------------------------- datasets
def _wrong_dataset(path: tuple, dataset: DatasetSection, config: Any) -> Iterator[Problem]:
    if path[-1] in RESERVED_DATASETS:
        yield Problem(path, OURS)
    if sum(map(bool, (dataset.synthetic, dataset.table, dataset.counts))) != 1:
        yield Problem(path, "needs one of synthetic, table and counts.")
    elif dataset.synthetic:
        yield from _wrong_synthetic(path, dataset)
    elif dataset.counts:
        yield from _wrong_counts((*path, "counts"), dataset.counts, dataset.task)
    else:
        yield from _wrong_table(path, dataset)
    if isinstance(dataset.split, ColumnSplit):
        yield from _wrong_column_split((*path, "split"), dataset.split)
    for name in dataset.models:
        if name not in config.models:
            yield Problem((*path, "models"), f"{name}: {unknown(name, config.models)}")
            continue
        yield from _too_wide(path, name, dataset, config)
        yield from _without_inputs(path, name, dataset, config.models[name])
        yield from _wrong_loss(path, name, dataset, config)


def _wrong_synthetic(path: tuple, dataset: DatasetSection) -> Iterator[Problem]:
    rule, split, location = dataset.synthetic, dataset.split, (*path, "synthetic")
    for motif in rule.motif_effects:
        if len(motif) > rule.length:
            text = f"longer than the sequences, which have {rule.length} letters."
            yield Problem((*location, "motif_effects", motif), text)
    if rule.count == "all" and rule.length > 12:
        text = f"all {rule.length}-mers are 4^{rule.length} sequences. Give a number (all: up to "
        yield Problem((*location, "count"), text + "12-mers).")
    if rule.count != "all" and rule.count > 4**rule.length:
        text = f"there are only {4**rule.length} sequences of {rule.length} letters."
        yield Problem((*location, "count"), text)
    if TASKS[dataset.task].labels and not rule.motif_effects:
        text = "a classification tells sequences apart by motif, so it needs one."
        yield Problem((*location, "motif_effects"), text)
    count = 4 ** min(rule.length, 12) if rule.count == "all" else rule.count
    if isinstance(split, RandomSplit):
        rest = count - math.ceil(split.test_fraction * count)
        if rest - math.ceil(split.validation_fraction * rest) < 1:
            yield Problem((*path, "split"), f"of {count} sequences it leaves none to train on.")
    if (column := getattr(split, "column", "motifs")) != "motifs":
        text = f"synthetic sequences have no column {column}. Allowed: motifs."
        yield Problem((*path, "split", "column"), text)


def _wrong_table(path: tuple, dataset: DatasetSection) -> Iterator[Problem]:
    table, scores, location = dataset.table, [*dataset.table.outputs.values()], (*path, "table")
    for problem in wrong_source(table):
        yield Problem((*location, *problem.path), problem.text)
    if table.scores is None and table.sequence in scores:
        text = f"column {table.sequence} holds the sequences already."
        yield Problem((*location, "score"), text)
    if len(scores) > 1 and table.label:
        yield Problem((*location, "label"), "several scores are called what their columns are.")
    arms = [name for name, kind in table.inputs.items() if kind == "sequence"]
    if arms:
        yield from _wrong_arms(path, dataset, arms[0])
    for name, value in table.at.items():
        if name not in table.inputs:
            yield Problem((*location, "at", name), unknown(name, table.inputs))
        elif table.inputs[name] == "number" and isinstance(value, str):
            yield Problem((*location, "at", name), f"{value!r} is no number, as it must be.")
    for name in scores if len(scores) > 1 else ():
        if name in SEQUENCES and name != "score":
            yield Problem((*location, "score"), f"{name} is a name of ours. Rename the column.")
    of_classes = TASKS[dataset.task].labels
    if table.replicate_weights:
        yield from _wrong_replicates((*location, "replicate_weights"), table, of_classes)
    for name in table.replicates if isinstance(table.replicates, dict) else ():
        if name not in table.outputs:
            yield Problem((*location, "replicates", name), unknown(name, table.outputs))
    if of_classes and len(scores) > 1:
        yield Problem((*location, "score"), "a classification has one column of classes.")
    if of_classes and table.score_transform != "none":
        yield Problem((*location, "score_transform"), "classes cannot be transformed.")


def _wrong_contrast(path: tuple, contrast: Contrast, config: Any) -> Iterator[Problem]:
    """A contrast that is none, or of scores that no dataset has."""
    given = {name for name in ("high", "low", "before", "after") if getattr(contrast, name)}
    if given not in ({"high", "low"}, {"before", "after"}):
        yield Problem(path, "needs either high and low, or before and after.")
        return
    scores = [dataset.rows.outputs for dataset in config.datasets.values()]
    high, low = contrast.sides
    if high in low:
        yield Problem(path, f"{high} stands on both sides.")
    elif path[-1] in {name for outputs in scores for name in outputs} | {"score"}:
        yield Problem(path, "this is the name of a score. Choose another one.")
    elif not any({*contrast.weights} <= {*outputs} for outputs in scores):
        several = sorted({name for outputs in scores for name in outputs if len(outputs) > 1})
        there = f"There are {', '.join(several)}." if several else "`table.score` takes a list."
        yield Problem(path, f"no dataset has the scores {' and '.join([high, *low])}. {there}")


def _wrong_counts(path: tuple, counts: Counts, task: str) -> Iterator[Problem]:
    if bool(counts.path) == bool(counts.conditions):
        yield Problem((*path, "path"), "needs either path or conditions, and not both.")
    if len(counts.conditions) == 1:
        yield Problem((*path, "conditions"), "names one condition. Give its path as `path`.")
    for name in counts.conditions:
        if name in SEQUENCES or name in ACTIVITY_COLUMNS:
            yield Problem((*path, "conditions", name), OURS)
    if counts.conditions and counts.weights:
        yield Problem((*path, "weights"), "a row of several conditions has no weight of its own.")
    if counts.conditions and TASKS[task].labels:
        yield Problem((*path, "conditions"), "a classification has one column of classes.")
    limits = counts.barcode_filter
    if isinstance(limits, CountFilter) and limits.rna is None and limits.dna is None:
        yield Problem(
            (*path, "barcode_filter"), f"{limits.method} needs a limit: rna, dna or both."
        )


def _wrong_replicates(path: tuple, table: Table, of_classes: bool) -> Iterator[Problem]:
    """Weights by replicates where they cannot tell the noise of the score."""
    if len(table.all_replicates) < 2:
        yield Problem(path, "needs two columns of `replicates` or more.")
    if len(table.outputs) > 1:
        yield Problem(path, "several scores have no replicates of their own.")
    if of_classes:
        yield Problem(path, "classes have no noise of measurement.")
    if table.weight:
        yield Problem(path, f"rows are weighted by {table.weight} already. Choose one of both.")


def _wrong_arms(path: tuple, dataset: DatasetSection, arm: str) -> Iterator[Problem]:
    """What means nothing, or no one thing, for two sequences a row."""
    why = f"is for tables of one sequence a row, and the input {arm} is another."
    if dataset.reverse_complement != "none":
        yield Problem((*path, "reverse_complement"), f"{why} Allowed: none.")
    if dataset.table.length != "equal":
        yield Problem((*path, "table", "length"), f"{why} Allowed: equal.")
    if dataset.table.flanks.left or dataset.table.flanks.right:
        yield Problem((*path, "table", "flanks"), f"{why} Leave them out.")


def _wrong_column_split(path: tuple, split: ColumnSplit) -> Iterator[Problem]:
    for part in ("train", "validation", "test"):
        if split.folds and part in split.parts:
            yield Problem((*path, part), "with folds, each value of the column is a fold.")
        elif not split.folds and part not in split.parts and part != "validation":
            yield Problem((*path, part), "missing. It lists values of the column.")
    first: dict[str, str] = {}
    for part, values in split.parts.items():
        for value in values:
            others = {first.setdefault(text, part) for text in spellings(value)} - {part}
            for other in others:
                yield Problem((*path, part), f"{value} stands in {other} already.")


# ------------------------------------------------------------------------------ models of datasets
def _without_inputs(
    path: tuple, name: str, dataset: DatasetSection, model: Family
) -> Iterator[Problem]:
    """A family that can be given nothing beside sequences, where the table's rows have more."""
    if dataset.rows.inputs and model.sequences_alone:
        others = ", ".join(of for of, family in FAMILIES.items() if not family.sequences_alone)
        text = f"{name} is of {model.architecture}, which has no place for the `inputs` of the "
        yield Problem((*path, "models"), f"{text}table. Allowed: {others}, or no inputs.")


def _too_wide(path: tuple, name: str, dataset: DatasetSection, config: Any) -> Iterator[Problem]:
    """Filters wider than the sequences, as far as the config tells their length."""
    length = dataset.length or math.inf
    if not dataset.synthetic:
        length += len(dataset.rows.flanks.left) + len(dataset.rows.flanks.right)
    widths = [(("models", name), config.models[name].options.get("kernel_size"))]
    for location, base, values in each_tried(config):
        widths += [(location, width) for width in values.get("kernel_size", []) if base == name]
    for location, width in widths:
        if isinstance(width, int) and width > length:
            text = f"{width} is wider than the {length} letters of {path[-1]}."
            yield Problem((*location, "kernel_size"), text)


def _wrong_loss(path: tuple, name: str, dataset: DatasetSection, config: Any) -> Iterator[Problem]:
    model, losses = config.models[name], TASKS[dataset.task].losses
    explicit = model.training.loss
    location: tuple = ("models", name, "training", "loss") if explicit else ("training", "loss")
    named: list[tuple[tuple, str | None]] = [(location, explicit or config.training.loss)]
    named += [
        (("sweep", name, "loss"), loss) for loss in config.sweep.get(name, {}).get("loss", [])
    ]
    of_family = [loss for loss in losses if model.has_loss(loss)]
    for location, loss in named:
        if loss and loss not in losses:
            what, allowed = f"{dataset.task}, the task of {path[-1]}", losses
        elif loss and loss not in of_family:
            what, allowed = f"{model.architecture}, the family of {name}", of_family
        else:
            continue
        text = f"{loss} is not for {what}. Allowed: {' | '.join(allowed)}, or leave it out."
        yield Problem(location, text)


# ------------------------------------------------------------------------------------------ models
def _wrong_gpus(config: Any) -> Iterator[Problem]:
    sections: dict[tuple, Any] = {("training",): config.training}
    sections |= {("models", name, "training"): m.training for name, m in config.models.items()}
    for path, training in sections.items():
        if training.gpus > 1 and config.device != "cuda":
            yield Problem((*path, "gpus"), f"{training.gpus} GPUs need `device: cuda`.")


def _wrong_model(path: tuple, model: Family) -> Iterator[Problem]:
    if path[-1] in RESERVED_MODELS:
        yield Problem(path, OURS)
    if model.preset and model.architecture != PRESETS[model.preset]["architecture"]:
        text = f"the preset {model.preset} is a {PRESETS[model.preset]['architecture']}. Leave "
        yield Problem((*path, "architecture"), f"{text}architecture out.")
    yield from _wrong_heads((*path, "heads"), model.options)


def _wrong_heads(path: tuple, options: dict[str, Any], of: str = "") -> Iterator[Problem]:
    heads, filters = options.get("heads", 1), options.get("filters", 1)
    if isinstance(heads, int) and isinstance(filters, int) and filters % heads:
        yield Problem(path, f"{heads} do not divide the {filters} filters{of}.")


def _wrong_without_start(config: Any, starts: dict[str, Start]) -> Iterator[Problem]:
    """No epochs for a model that has nothing to start from; other options than its parent's."""
    for name, dataset in config.datasets.items():
        for model in dataset.models if dataset.rows.inputs else ():
            if model in starts:
                text = f"is for models that see sequences alone; datasets.{name} has `inputs`."
                yield Problem(("models", model, "start_from"), text)
    trainer = Trainer(config.training)
    nothing = "{} would learn nothing. Allowed: 0 only with start_from."
    for name, model in config.models.items():
        if name not in starts and not trainer.model(model).training.epochs:
            explicit = "epochs" in model.training.model_fields_set
            path = ("models", name, "training", "epochs") if explicit else ("training", "epochs")
            yield Problem(path, nothing.format(name))
    for path, name, values in each_tried(config):
        if name not in config.models:
            continue
        if 0 in values.get("epochs", []) and name not in starts:
            yield Problem((*path, "epochs"), nothing.format(name))
        for key in values if name in starts else ():
            if key in config.models[name].options:
                text = "is as in the model that it starts from. Leave it out."
                yield Problem((*path, key), text)


# --------------------------------------------------------------------------------- sweeps, searches
def _wrong_values(path: tuple, name: str, values: dict, config: Any) -> Iterator[Problem]:
    """What a sweep or search tries of an unknown model, by an unknown key, or is not allowed."""
    if name not in config.models:
        yield Problem(path[:2], unknown(name, config.models))
        return
    shapes = tried_shapes(config.models[name])
    for key, tried in values.items():
        if key not in shapes:
            yield Problem((*path, key), unknown(key, shapes))
        for value in tried if key in shapes else ():
            yield from problems(value, shapes[key], (*path, key))


def _wrong_search(path: tuple, search: Search, config: Any) -> Iterator[Problem]:
    name, space = path[-1], search.space
    model = config.models[name]
    if name in config.sweep:
        yield Problem(path, f"sweep.{name} looks for its best settings already. Choose one.")
    if model.kind == "blend":
        text = "a blend: each trial would train every member. Search its network instead, as a "
        yield Problem(path, f"{text}model of its own: {{preset: network}}.")
        return
    shapes = tried_shapes(model)
    wrong = [Problem((*path, "space", k), NOT_SEARCHED[k]) for k in NOT_SEARCHED if k in space]
    for key, tried in space.items():
        if key in shapes and isinstance(tried, Range):
            wrong += _wrong_range((*path, "space", key), tried, shapes[key])
    yield from wrong
    if wrong or space.keys() - shapes.keys():
        return
    most = math.prod(_count(tried, shapes[key]) for key, tried in space.items())
    if most < search.trials:
        text = f"{search.trials} trials of what are only {most} combinations. A sweep tries all."
        yield Problem((*path, "trials"), text)


def _wrong_range(path: tuple, tried: Range, shape: Shape) -> Iterator[Problem]:
    low, high = ends_of(tried)
    if shape.type is not Any and (shape.is_choice or not shape.kinds & {"integer", "number"}):
        yield Problem(path, f"has no range. List values: {shape.allowed()}.")
    if low >= high:
        text = f"from {low} to {high} there is nothing to search. Allowed: low < high."
        yield Problem(path, text)
    if tried.log and low <= 0:
        yield Problem((*path, "low"), f"{low} has no logarithm. Allowed with log: above 0.")


def _count(tried: list | Range, shape: Shape) -> float:
    """How many values can be tried."""
    if isinstance(tried, list):
        return len(tried)
    return math.floor(tried.high) - tried.low + 1 if is_whole(tried, shape) else math.inf


def wrong_members(config: Any) -> Iterator[Problem]:
    """Combinations of a sweep, or of what a search may try, whose values do not fit together."""
    for base, tried in config.sweep.items():
        options = config.models[base].options
        for name, values in sweep_of(base, tried, []).members.items():
            yield from _wrong_heads(("sweep", base), options | values, f" of {name}")
    for base, search in config.search.items():
        options = config.models[base].options
        if not {"heads", "filters"} <= options.keys():
            continue
        pairs = (_every(search.space.get(key, [options[key]])) for key in ("heads", "filters"))
        for heads, filters in itertools.product(*pairs):
            if filters % heads:
                yield from _wrong_heads(
                    ("search", base, "space"), {"heads": heads, "filters": filters}
                )
                break


def wrong_packages(config: Any, installed: Callable[[str], object]) -> Iterator[Problem]:
    """Questions whose packages are not there.

    Parameters
    ----------
    config
        Checked by itself.
    installed
        Whether a module is there, by its name.
    """
    for path, question in config.questions().items():
        for module, problem in question.packages().items():
            if not installed(module):
                yield Problem((*path, *problem.path), problem.text)


def _every(tried: list | Range) -> Sequence:
    """Every value that is tried, of a range of whole numbers."""
    return range(int(tried.low), int(tried.high) + 1) if isinstance(tried, Range) else tried


def _too_many(config: Any) -> Iterator[Problem]:
    """More trainings than any machine ends, counted without listing them."""
    seeds, total = len(config.seeds), {}
    for name, dataset in config.datasets.items():
        times = seeds * (dataset.split.folds or 1)
        for model in dataset.models:
            tried = config.sweep.get(model, {})
            members = math.prod(map(len, tried.values())) if tried else 0
            trials = config.search[model].trials if model in config.search else 0
            total[name, model] = times * (1 + members) + times // seeds * trials
    count = sum(total.values())
    if count > MOST_TRAININGS:
        (dataset, model), most = max(total.items(), key=lambda item: item[1])
        sections = {"sweep": config.sweep, "search": config.search}
        location = next(((key, model) for key, of in sections.items() if model in of), ("seeds",))
        text = f"{count:,} trainings in all, of which {most:,} of {model} on {dataset}. "
        yield Problem(location, f"{text}Allowed: at most {MOST_TRAININGS:,}.")


# --------------------------------------------------------------------------------- learned together
def _wrong_together(config: Any) -> Iterator[Problem]:
    """What cannot be learned together."""
    leaks: dict[str, str] = {}
    for name, model in config.models.items():
        path = ("models", name)
        if not model.together:
            if model.leaks:
                yield Problem((*path, "leaks"), "is for `together` and `start_from`. Leave it out.")
            continue
        yield from _wrong_family((*path, "together"), model)
        for section in ("sweep", "search"):
            if name in getattr(config, section):
                text = "is not for models that learn several datasets together. Leave it out."
                yield Problem((section, name), text)
        yield from _wrong_members((*path, "together"), name, model.together, config)
        first = leaks.setdefault(joint_name(model.together), name)
        if (model.leaks or "error") != (config.models[first].leaks or "error"):
            text = f"must be that of models.{first}, which learns the same datasets together."
            yield Problem((*path, "leaks"), text)


def _wrong_family(path: tuple, model: Family) -> Iterator[Problem]:
    """A family without layers that datasets could share."""
    if model.is_network and model.shares:
        return
    why = "has nothing that datasets could share"
    if model.kind == "blend":
        why = "trains each of its members on one dataset (its network alone: {preset: network})"
    sharing = ", ".join(n for n, f in FAMILIES.items() if f.kind == "network" and f.shares)
    yield Problem(path, f"{model.architecture} {why}. Allowed: {sharing}, and classes of your own.")


def _wrong_members(path: tuple, name: str, members: list[str], config: Any) -> Iterator[Problem]:
    """Datasets that are not there, do not have the model, or cannot be joined with the others."""
    for dataset in members:
        if dataset not in config.datasets:
            yield Problem(path, f"{dataset}: {unknown(dataset, config.datasets)}")
    for dataset, section in config.datasets.items():
        if name in section.models and dataset not in members:
            text = f"{name} learns {', '.join(members)} together. Name {dataset} there, or leave it"
            yield Problem(("datasets", dataset, "models"), f"{text} out here.")
    known = {dataset: config.datasets[dataset] for dataset in members if dataset in config.datasets}
    for dataset, section in known.items():
        location = ("datasets", dataset)
        if name not in section.models:
            text = f"{name} is missing, which learns {dataset} with others."
            yield Problem((*location, "models"), text)
        if section.split.folds:
            text = f"models.{name} learns it with other datasets, which have no such folds."
            yield Problem((*location, "split", "folds"), f"{text} Leave them out.")
        if section.rows.inputs:
            text = f"models.{name} learns it with other datasets, and sees sequences alone."
            yield Problem((*location, "table", "inputs"), f"{text} Leave them out.")
        if TASKS[section.task].labels:
            text = f"{section.task} is not for models that learn several datasets together."
            yield Problem((*location, "task"), f"{text} Allowed for models.{name}: regression.")
    yield from _unlike(name, known)


def _unlike(name: str, datasets: dict[str, DatasetSection]) -> Iterator[Problem]:
    """What differs between datasets, and may not."""
    shared = {d: _shared(section) for d, section in datasets.items()}
    for dataset, values in shared.items():
        first = next(iter(shared))
        for path, value in values.items():
            if value != shared[first][path]:
                text = f"must be that of datasets.{first}: models.{name} learns both together."
                yield Problem(("datasets", dataset, *path), text)


def _shared(dataset: DatasetSection) -> dict[tuple, Any]:
    """What datasets have in common where one network reads the sequences of all, by its keys."""
    return {
        ("task",): dataset.task,
        ("reverse_complement",): dataset.reverse_complement,
        ("table", "flanks"): dataset.rows.flanks,
    }
