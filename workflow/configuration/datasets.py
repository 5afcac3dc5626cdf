"""Datasets: where sequences and scores come from, how they are split, which models learn them."""

import math
from collections.abc import Iterator

from configuration.families import ARCHITECTURES, family_of, has_loss
from configuration.trying import best_of, each_tried
from seq2score.sequences import sources
from seq2score.sequences.columns import is_ours
from seq2score.splits.values import spellings
from seq2score.task import TASKS
from validation import Problem, unknown

RESERVED_DATASETS = ("logs", "benchmarks")
BARE = {"left": "", "right": ""}  # no construct around the sequences
# A dataset's own rules for what its models take.
RULES = {"alphabet": "dna", "length": "equal", "flanks": BARE}
NOT_READ = ("label", "unit", "replicate_weights")  # of a table: what its rows do not depend on


def datasets_of(config: dict, resolved: dict[str, dict]) -> dict[str, dict]:
    """Datasets by name; one with folds becomes one a fold."""
    datasets = {}
    for name, dataset in config["datasets"].items():
        models = dataset.get("models", list(config["models"]))
        tried = config["sweep"].keys() | config["search"].keys()
        models = [*models, *(best_of(model) for model in models if model in tried)]
        outputs = outputs_of(dataset)
        labels = labels_of(dataset)
        table = dataset.get("table", {})
        weighing = table["replicates"] if table.get("replicate_weights") else []
        if "table" in dataset:
            # What axes say is no part of the table: it must not train anything again.
            read = {k: v for k, v in dataset["table"].items() if k not in NOT_READ}
            dataset = {**dataset, "table": {**read, "score": outputs}}
        dataset = {
            **dataset,
            "outputs": [*outputs],
            "labels": labels,
            "models": models,
            "models_with_filters": [m for m in models if resolved[m]["has_filters"]],
            "weighing_replicates": weighing,
            "fold_of": None,
            **_motifs(dataset, config),
        }
        folds = dataset["split"].get("folds")
        if folds is None:
            datasets[name] = dataset
            continue
        for fold in range(1, folds + 1):
            split = {**dataset["split"], "fold": fold}
            datasets[f"{name}.fold{fold}"] = {**dataset, "split": split, "fold_of": name}
    return datasets


def outputs_of(dataset: dict) -> dict[str, str]:
    """The scores in our tables, each with its column in the user's: a single one is `score`."""
    score = dataset.get("table", {}).get("score", "score")
    columns = score if isinstance(score, list) else [score]
    return {name: name for name in columns} if len(columns) > 1 else {"score": columns[0]}


def labels_of(dataset: dict) -> dict[str, str]:
    """What figures call each score in our tables: its column in the user's or `label`, and unit."""
    table, columns = dataset.get("table", {}), outputs_of(dataset)
    unit = f" ({table['unit']})" if table.get("unit") else ""
    if len(columns) == 1 and table.get("label"):
        columns = {"score": table["label"]}
    return {name: f"{column}{unit}" for name, column in columns.items()}


def _motifs(dataset: dict, config: dict) -> dict[str, list[str]]:
    """Motifs that a dataset is known to hold, as words, and those that filters should find."""
    asked = config["interpretation"]
    planted = dataset.get("synthetic", {}).get("motif_effects", {})
    words = list(dict.fromkeys([*planted, *asked["insert"]]))
    return {
        "words": words,
        "expected": words if asked["motifs"] == "planted" else asked["expected"],
    }


def wrong_synthetic(path: tuple, dataset: dict) -> Iterator[Problem]:
    rule = dataset["synthetic"]
    length, motifs = rule["length"], rule["motif_effects"]
    for motif in motifs:
        if len(motif) > length:
            yield Problem(
                (*path, "synthetic", "motif_effects", motif),
                f"longer than the sequences, which have {length} letters.",
            )
    if rule["count"] == "all" and length > 12:
        yield Problem(
            (*path, "synthetic", "count"),
            f"all {length}-mers are 4^{length} sequences. Give a number (all: up to 12-mers).",
        )
    if rule["count"] != "all" and rule["count"] > 4**length:
        yield Problem(
            (*path, "synthetic", "count"),
            f"there are only {4**length} sequences of {length} letters.",
        )
    if TASKS[dataset["task"]].labels and not motifs:
        yield Problem(
            (*path, "synthetic", "motif_effects"),
            "a classification tells sequences apart by motif, so it needs one.",
        )
    count = 4 ** min(length, 12) if rule["count"] == "all" else rule["count"]
    split = dataset["split"]
    if split["method"] == "random":
        rest = count - math.ceil(split["test_fraction"] * count)
        if rest - math.ceil(split["validation_fraction"] * rest) < 1:
            yield Problem((*path, "split"), f"of {count} sequences it leaves none to train on.")
    column = split.get("column", "motifs")
    if column != "motifs":
        yield Problem(
            (*path, "split", "column"),
            f"synthetic sequences have no column {column}. Allowed: motifs.",
        )


def wrong_table(path: tuple, dataset: dict) -> Iterator[Problem]:
    table = dataset["table"]
    scores = [*outputs_of(dataset).values()]
    path = (*path, "table")
    yield from wrong_source(path, table)
    if table["scores"] is None and table["sequence"] in scores:
        yield Problem((*path, "score"), f"column {table['sequence']} holds the sequences already.")
    if len(scores) > 1 and table["label"]:
        yield Problem((*path, "label"), "several scores are called what their columns are.")
    arms = [name for name, kind in table["inputs"].items() if kind == "sequence"]
    if arms:
        yield from _wrong_arms(path, dataset, arms[0])
    for name in table["at"]:
        if name not in table["inputs"]:
            yield Problem((*path, "at", name), unknown(name, table["inputs"]))
        elif table["inputs"][name] == "number" and isinstance(table["at"][name], str):
            yield Problem(
                (*path, "at", name), f"{table['at'][name]!r} is no number, as it must be."
            )
    for name in scores if len(scores) > 1 else ():
        if is_ours(name) and name != "score":
            yield Problem((*path, "score"), f"{name} is a name of ours. Rename the column.")
    if table["replicate_weights"]:
        yield from _wrong_replicates((*path, "replicate_weights"), table, dataset["task"])
    if TASKS[dataset["task"]].labels:
        if len(scores) > 1:
            yield Problem((*path, "score"), "a classification has one column of classes.")
        if table["score_transform"] != "none":
            yield Problem((*path, "score_transform"), "classes cannot be transformed.")


def _wrong_replicates(path: tuple, table: dict, task: str) -> Iterator[Problem]:
    """Weights by replicates where they cannot tell the noise of the score."""
    if len(table["replicates"]) < 2:
        yield Problem(path, "needs two columns of `replicates` or more.")
    if isinstance(table["score"], list) and len(table["score"]) > 1:
        yield Problem(path, "several scores have no replicates of their own.")
    if TASKS[task].labels:
        yield Problem(path, "classes have no noise of measurement.")
    if table["weight"]:
        yield Problem(path, f"rows are weighted by {table['weight']} already. Choose one of both.")


def _wrong_arms(path: tuple, dataset: dict, arm: str) -> Iterator[Problem]:
    """What means nothing, or no one thing, for two sequences a row."""
    about = f"is for tables of one sequence a row, and the input {arm} is another."
    table = dataset["table"]
    if dataset["reverse_complement"] != "none":
        yield Problem((*path[:-1], "reverse_complement"), f"{about} Allowed: none.")
    if table["length"] != "equal":
        yield Problem((*path, "length"), f"{about} Allowed: equal.")
    if any(table["flanks"].values()):
        yield Problem((*path, "flanks"), f"{about} Leave them out.")


def wrong_source(path: tuple, section: dict, needs_scores: bool = True) -> Iterator[Problem]:
    """A file of sequences without the file that its kind depends on, or with another kind's."""
    kind = sources.kind_of(section["path"])
    about = {"scores": "a table of ids and scores", "genome": "the genome that its regions lie in"}
    for key, meaning in about.items():
        given, needed = section.get(key), kind.needs == key and (needs_scores or key != "scores")
        if needed and given is None:
            yield Problem((*path, key), f"missing. {kind.what.capitalize()} needs {meaning}.")
        if not needed and given is not None:
            takers = " or ".join(k.what for k in sources.KINDS.values() if k.needs == key)
            yield Problem((*path, key), f"{kind.what} has no use for it; only {takers} has.")


def wrong_split(path: tuple, split: dict) -> Iterator[Problem]:
    if split["method"] != "column":
        return
    for part in ("train", "validation", "test"):
        if split["folds"] and part in split:
            yield Problem((*path, "split", part), "with folds, each value of the column is a fold.")
        elif not split["folds"] and part not in split and part != "validation":
            yield Problem((*path, "split", part), "missing. It lists values of the column.")
    first = {}
    for part in ("train", "validation", "test"):
        for value in split.get(part, ()):
            others = {first.setdefault(text, part) for text in spellings(value)} - {part}
            for other in others:
                yield Problem((*path, "split", part), f"{value} stands in {other} already.")


def wrong_choice_of_models(
    path: tuple, dataset: dict, config: dict, given: dict
) -> Iterator[Problem]:
    """Models that a dataset names but nobody defined, or that cannot learn from it."""
    for name in dataset.get("models", config["models"]):
        if name not in config["models"]:
            yield Problem((*path, "models"), f"{name}: {unknown(name, config['models'])}")
            continue
        yield from _too_wide(path, name, dataset, config)
        yield from _without_inputs(path, name, dataset, config)
        yield from _wrong_loss(path, name, dataset, config, given)


def _without_inputs(path: tuple, name: str, dataset: dict, config: dict) -> Iterator[Problem]:
    """A family that can be given nothing beside sequences, where the table's rows have more."""
    architecture = config["models"][name]["architecture"]
    if not dataset.get("table", {}).get("inputs") or not family_of(config["models"][name]).get(
        "sequences_alone"
    ):
        return
    others = [of for of, about in ARCHITECTURES.items() if not about.get("sequences_alone")]
    yield Problem(
        (*path, "models"),
        f"{name} is of {architecture}, which has no place for the `inputs` of the table. "
        f"Allowed: {', '.join(others)}, or no inputs.",
    )


def _too_wide(path: tuple, name: str, dataset: dict, config: dict) -> Iterator[Problem]:
    """Filters wider than the sequences, as far as the config tells their length."""
    length = dataset.get("synthetic", {}).get("length", math.inf)
    if isinstance(changed := dataset.get("table", {}).get("length"), dict):
        length = changed.get("crop", math.inf)
        length += sum(map(len, dataset["table"].get("flanks", {}).values()))
    widths = [(("models", name), config["models"][name].get("kernel_size"))]
    for place, base, values in each_tried(config):
        widths += [(place, width) for width in values.get("kernel_size", []) if base == name]
    for place, width in widths:
        if isinstance(width, int) and width > length:
            yield Problem(
                (*place, "kernel_size"),
                f"{width} is wider than the {length} letters of {path[-1]}.",
            )


def _wrong_loss(
    path: tuple, name: str, dataset: dict, config: dict, given: dict
) -> Iterator[Problem]:
    model = config["models"][name]
    own = model.get("training", {}).get("loss")
    place = ("models", name, "training", "loss") if own else ("training", "loss")
    asked = [(place, own or given.get("training", {}).get("loss"))]
    asked += [
        (("sweep", name, "loss"), loss) for loss in config["sweep"].get(name, {}).get("loss", [])
    ]
    losses = TASKS[dataset["task"]].losses
    of_family = [loss for loss in losses if has_loss(model, loss)]
    for place, loss in asked:
        if loss and loss not in losses:
            what, allowed = f"{dataset['task']}, the task of {path[-1]}", losses
        elif loss and loss not in of_family:
            what, allowed = f"{model['architecture']}, the family of {name}", of_family
        else:
            continue
        yield Problem(
            place, f"{loss} is not for {what}. Allowed: {' | '.join(allowed)}, or leave it out."
        )
