"""From the user's config to the settings that the rules read: checked, completed, resolved.

The Snakefile calls `resolve` once, before any job. What a schema can state is checked by
`validation`; what it cannot (names that must exist elsewhere, values that only fit together) here.
"""

import ast
import itertools
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from snakemake.exceptions import WorkflowError

from bounds import too_long, too_many, under
from contents import wrong_contents
from parents import Folder, Start
from seq2score.attributions import no_patterns
from seq2score.design import enzymes
from seq2score.sequences import sources
from seq2score.sequences.columns import is_ours
from seq2score.splits.values import spellings
from seq2score.task import TASKS
from storing import in_storage
from validation import (
    SCHEMA,
    Problem,
    allowed,
    coerced,
    definition,
    filled,
    kinds,
    problems,
    unknown,
)
from written import Written, read

PRESETS = SCHEMA["$defs"]["presets"]
ARCHITECTURES = SCHEMA["$defs"]["architectures"]
RESERVED_MODELS = ("splits", "figures")  # folders beside the models'
RESERVED_DATASETS = ("logs", "benchmarks")
STEPS = ("optimizer", "learning_rate", "schedule")  # keys of `training`: how steps are taken
BARE = {"left": "", "right": ""}  # no construct around the sequences
# A dataset's own rules for what its models take.
RULES = {"alphabet": "dna", "length": "equal", "flanks": BARE}
VARIANT_FILES = ("path", "genome", "sequences", "saturate")
FILE_KEYS = ("path", "scores", "genome")
NOT_READ = ("label", "unit", "replicate_weights")  # of a table: what its rows do not depend on
STANDING = ("best", "worst", "most_wrong")  # sequences to mutate, by what they stand out for
# Training keys that no trial can differ in, and why.
NOT_SEARCHED = {
    "loss": "trials are told apart by their loss, which must mean the same in all. Leave it out.",
    "threads": "says what a training may use, not how good it gets. Leave it out.",
    "gpus": "says what a training may use, not how good it gets. Leave it out.",
}
MOST_PROBLEMS = 10
NO_NAME = r"[^\s\S]"  # matches nothing; object storage takes no `?` for part of a name


class ConfigError(WorkflowError):
    """The config is wrong; the message says where and what is allowed instead."""


def resolve(
    config: dict,
    files: Sequence[Path | str] = (),
    need_files: bool = False,
    look_inside: bool = False,
) -> dict:
    """Settings for the rules: every key present, presets, folds and sweeps expanded.

    config: what Snakemake read. files: where it read it from, to name file and line in messages.
    need_files: the files that the config names must exist; not so where another workflow's rules
    are to make them. look_inside: those that later steps read must also hold what they read.
    Raises ConfigError with all problems found (the first ten, and how many more).
    """
    try:
        given = _with_presets(coerced(config))
        written = read(files)
        _refuse(written.problems, written)
        _refuse(problems(given), written)
        given = _with_recipes(given)
        given, starts, wrong = _with_parents(given)
        _refuse(wrong, written)
        given = _with_sweep_values_read(given)
        complete = _with_presets(filled(given))
        wrong = [*_contradictions(complete, given), *_wrong_without_start(given, starts)]
        _refuse([*wrong, *too_many(complete)], written)
        _refuse([*_wrong_files(complete, need_files), *_wrong_members(given)], written)
        _refuse(wrong_contents(complete) if need_files and look_inside else (), written)
        settings = _expanded(complete, given, starts)
        _refuse(too_long(settings), written)
    except RecursionError:
        raise ConfigError(
            "The config holds itself: an alias (*) inside its own anchor (&)."
        ) from None
    return settings


def _refuse(wrong: Iterable[Problem], written: Written) -> None:
    if wrong := list(dict.fromkeys(wrong)):
        raise ConfigError(_message(wrong, written))


def lookup(dpath: str, within: dict, **default) -> object:
    """The setting at `dpath`; for one like "models/{model}/options" a function of wildcards.

    It stands in for Snakemake's `lookup`, which walks through all settings for each one of them:
    minutes, for the jobs of a sweep of a thousand models. `default=`: where nothing is there.
    """

    def setting(wildcards: Mapping) -> object:
        found = within
        for key in dpath.split("/"):
            if "default" in default and key.format(**wildcards) not in found:
                return default["default"]
            found = found[key.format(**wildcards)]
        return found

    return setting if "{" in dpath else setting({})


def asked_of(dataset: str, settings: dict) -> dict:
    """What models and later steps ask of a dataset's sequences (see `splits.asked`)."""
    chosen = settings["datasets"][dataset]["models"]
    names = [*chosen, *(member for name in chosen for member in settings["sweep"].get(name, []))]
    models = {name: settings["models"][name] for name in names}
    widths = {
        name: model["options"]["kernel_size"]
        for name, model in models.items()
        if "kernel_size" in model["options"]
    }
    for name in chosen:
        space = settings["search"].get(name, {}).get("space", {})
        if "kernel_size" in space:
            widths[best_of(name)] = max(_ends(space["kernel_size"]))
    return {
        "widths": widths,
        "counts": [name for name, m in models.items() if m["training"].get("loss") == "poisson"],
        "ids": ids_to_mutate(settings),
        "files": [file for file in files_to_mutate(settings) if Path(file).is_file()],
        "rules": {
            key: settings["datasets"][dataset].get("table", {}).get(key, default)
            for key, default in RULES.items()
        },
    }


def ids_to_mutate(settings: dict) -> list[str]:
    """Of what to mutate, the ids of a dataset's sequences."""
    files = files_to_mutate(settings)
    names = settings["interpretation"]["mutate"]
    return [name for name in names if name not in (*STANDING, *files)]


def files_to_mutate(settings: dict) -> list[str]:
    """Of what to mutate, the FASTA files."""
    names = settings["interpretation"]["mutate"]
    return [name for name in names if sources.kind_of(name) == sources.KINDS["fasta"]]


def growing(amount: int) -> Callable[..., int]:
    """A resource that grows with each time that a job is tried again."""
    return lambda wildcards, attempt: amount * attempt


def one_of(names: Iterable[str]) -> str:
    """A wildcard constraint that lets only these names through."""
    return "|".join(map(re.escape, names)) or NO_NAME


# ------------------------------------------------------------------------------------- resolving
def _expanded(complete: dict, given: dict, starts: dict[str, Start]) -> dict:
    """The settings: every model, dataset and fold by its name.

    complete: the config with defaults; given: as the user wrote it, for a preset comes between.
    starts: what models start from, by name; the members of their sweeps do so too.
    """
    models, members = _models(given), _sweep_members(given)
    trained = models | _joined(members)
    blends = {
        name: {f"{name}~{label}": member for label, member in model["members"].items()}
        for name, model in trained.items()
        if model["members"]
    }
    trained |= _joined(blends)
    trials = _trials(complete)
    best = {best_of(base): models[base] for base in [*members, *trials]}
    trained |= {name: models[base] for base in trials for name in [*trials[base], best_of(base)]}
    resolved = trained | best
    return {
        **complete,
        "datasets": _datasets(complete, resolved),
        "models": resolved,
        "attributions": _attributions(complete) if given.get("attributions") else None,
        "starts": {name: starts[base] for name in trained if (base := base_of(name)) in starts},
        "trained": [name for name in trained if name not in blends],
        "blends": {name: list(of_blend) for name, of_blend in blends.items()},
        "sweep": _combinations(given) | {base: dict.fromkeys(trials[base]) for base in trials},
        "search": {base: _searched(complete, base) for base in trials},
    }


def _with_presets(config: dict) -> dict:
    """Models with their preset's keys under their own."""
    models = config.get("models")
    if not isinstance(models, dict):
        return config
    return {**config, "models": {name: _with_preset(model) for name, model in models.items()}}


def _with_preset(model: dict) -> dict:
    if not isinstance(model, dict) or model.get("preset") not in list(PRESETS):
        return model
    preset = coerced(PRESETS[model["preset"]], SCHEMA["$defs"]["model"])
    own, architecture = model.get("training", {}), preset["architecture"]
    if not isinstance(own, dict) or model.get("architecture", architecture) != architecture:
        return model
    return {**preset, **model, "training": {**preset.get("training", {}), **own}}


def _with_recipes(config: dict) -> dict:
    """Models that are named by their architecture alone, with what makes that one learn."""
    training = config.get("training", {})
    models = {name: _with_recipe(m, training) for name, m in config.get("models", {}).items()}
    return {**config, "models": models} if models else config


def _with_recipe(model: dict, training: dict) -> dict:
    """A model with its family's recipe under its own keys and those of `training`.

    The recipe is one whole: who names one of STEPS, there or here, has a recipe of their own.
    """
    own = model.get("training", {})
    recipe = ARCHITECTURES.get(model.get("architecture"), {}).get("recipe")
    if not recipe or any(key in own or key in training for key in STEPS):
        return model
    steps = {key: value for key, value in recipe["training"].items() if key not in training}
    return {**recipe, **model, "training": {**steps, **own}}


def _with_parents(config: dict) -> tuple[dict, dict[str, Start], list[Problem]]:
    """The config, each model that starts from a trained one with the architecture of that.

    Also what these models start from, by name, and what is wrong with it.
    """
    models = _written_models(config)
    waiting = {name: model for name, model in models.items() if "start_from" in model}
    ready = {name: model for name, model in models.items() if name not in waiting}
    starts, wrong = {}, []
    while waiting and not wrong:
        parents = _parents({**config, "models": ready}, waiting, starts)
        for name, (parent, start, text) in parents.items():
            model = waiting.pop(name)
            if text:
                wrong.append(Problem(("models", name, "start_from"), text))
                continue
            own = {key: model[key] for key in ("training",) if key in model}
            ready[name] = {"architecture": parent["architecture"], **parent["options"], **own}
            asked = filled(model, SCHEMA["$defs"]["started"])
            told = {key: asked[key] for key in ("freeze", "lower_layers", "leaks")}
            starts[name] = start._replace(**told)
        if not parents:
            text = "it would start from itself, in a circle."
            wrong += [Problem(("models", name, "start_from"), text) for name in waiting]
    return ({**config, "models": ready} if starts else config), starts, wrong


def _parents(
    config: dict, waiting: dict[str, dict], starts: dict[str, Start]
) -> dict[str, tuple[dict, Start | None, str]]:
    """Of models that start from others: architecture and options, from what, and what is wrong.

    config: with the models that are resolved so far, of which `starts` start from others too. Those
    whose parent is still `waiting` are left out.
    """
    trained = _models(config) if config["models"] else {}
    blended = {
        f"{name}~{m}": about for name in trained for m, about in trained[name]["members"].items()
    }
    seeds, results = (filled(config)[key] for key in ("seeds", "results"))
    found = {}
    for name, model in waiting.items():
        folder, text = Folder.of(model["start_from"], results), ""
        if not _is_made(folder, config, {**config["models"], **waiting}):
            parent, start, text = folder.read(seeds)
        elif (base := base_of(folder.model)) in waiting:
            continue
        else:
            parent = (trained | blended).get(folder.model)
            start = Start.made(folder, starts.get(base))
            if parent is None:
                text = "names no model that is trained with given options."
            elif folder.seed and int(folder.seed) not in seeds:
                text = f"seed {folder.seed} is none of this config's seeds."
        if not text and _family(parent).get("kind", "network") != "network":
            text = f"{parent['architecture']} is no network, and only networks can be started from."
            members = [label for label in blended if base_of(label) == folder.model]
            text += f" Of its members: {', '.join(members)}." if members else ""
        found[name] = parent, start, text and f"{model['start_from']}: {text}"
    return found


def _is_made(folder: Folder, config: dict, models: dict) -> bool:
    """Whether a folder is one that this config makes."""
    for name, dataset in config["datasets"].items():
        folds = dataset.get("split", {}).get("folds")
        names = [f"{name}.fold{fold}" for fold in range(1, folds + 1)] if folds else [name]
        if folder.dataset in names and base_of(folder.model) in dataset.get("models", models):
            return base_of(folder.model) in models
    return False


def _wrong_without_start(given: dict, starts: dict[str, Start]) -> Iterator[Problem]:
    """No epochs for a model that has nothing to start from; other options than its parent's."""
    models = _models(given)
    for name, dataset in given["datasets"].items():
        if dataset.get("table", {}).get("inputs"):
            for model in [m for m in dataset.get("models", models) if m in starts]:
                text = f"is for models that see sequences alone; datasets.{name} has `inputs`."
                yield Problem(("models", model, "start_from"), text)
    for name, model in models.items():
        if not model["training"]["epochs"] and name not in starts:
            own = "epochs" in given.get("models", {}).get(name, {}).get("training", {})
            path = ("models", name, "training", "epochs") if own else ("training", "epochs")
            yield Problem(path, f"{name} would learn nothing. Allowed: 0 only with start_from.")
    for path, name, values in _tried(given):
        if 0 in values.get("epochs", []) and name in models and name not in starts:
            text = f"{name} would learn nothing. Allowed: 0 only with start_from."
            yield Problem((*path, "epochs"), text)
        for key in values if name in starts else ():
            if key in models[name]["options"]:
                text = "is as in the model that it starts from. Leave it out."
                yield Problem((*path, key), text)


def base_of(name: str) -> str:
    """The model of the config that a member of its sweep or blend belongs to."""
    return name.partition("~")[0]


def _models(config: dict) -> dict[str, dict]:
    training = config.get("training", {})
    return {name: _model(model, training) for name, model in _written_models(config).items()}


def _written_models(config: dict) -> dict[str, dict]:
    """Models as the user wrote them, with their presets; without any, those of the schema."""
    return config.get("models") or _with_presets(filled({}))["models"]


def _model(model: dict, training: dict) -> dict:
    """One model, with its architecture's options apart from how it is trained.

    members: of a blend, the models that it is made of, by name.
    """
    complete = filled(model, SCHEMA["$defs"]["model"])
    members = _blended(model, training) if model["architecture"] == "blend" else {}
    return {
        "architecture": model["architecture"],
        "preset": model.get("preset"),
        "families": [
            model["architecture"],
            *dict.fromkeys(member["architecture"] for member in members.values()),
        ],
        "members": members,
        "is_network": _family(model).get("kind", "network") == "network",
        "has_filters": any(member["has_filters"] for member in members.values())
        if members
        else _family(model).get("has_filters", False),
        "attributions": _family(model).get("attributions", ["mutagenesis"]),
        "options": {key: complete[key] for key in _options(model)},
        "training": filled({**training, **model.get("training", {})}, SCHEMA["$defs"]["training"]),
    }


def _blended(blend: dict, training: dict) -> dict[str, dict]:
    """The members of a blend, by its budget; those that have no such loss are left out.

    Keys that the blend itself has are its networks'.
    """
    budget = filled(blend, SCHEMA["$defs"]["model"])["budget"]
    about = ("preset", "architecture", "budget")
    own = {key: value for key, value in blend.items() if key not in about}
    members = {}
    for name, member in SCHEMA["$defs"]["blends"][budget].items():
        member = _with_preset(member)
        trained = {**member.get("training", {}), **own.get("training", {})}
        options = {key: own[key] for key in own if key in _options(member)}
        resolved = _model({**member, **options, "training": trained}, training)
        if _has_loss(member, resolved["training"]["loss"]):
            members[name] = resolved
    return members


def _has_loss(model: dict, loss: str | None) -> bool:
    """Whether a model's family can minimize it."""
    return loss in (None, *_family(model).get("losses", [loss]))


def _family(model: dict) -> dict:
    """What the schema says of a model's family; nothing of a class of the user's own."""
    return SCHEMA["$defs"]["architectures"].get(model["architecture"], {})


def _options(model: dict) -> dict[str, dict]:
    """What the schema says of each option of a model's family; a class of the user's takes any."""
    about = SCHEMA["$defs"]["model"]["properties"]
    options = _family(model).get("properties") or {key: {} for key in model}
    return {key: option for key, option in options.items() if key not in about}


def _attributions(config: dict) -> dict:
    """What to explain, a file of sequences as a `predict` section."""
    asked = config["attributions"]
    if isinstance(asked["sequences"], str) and asked["sequences"] not in ("test", "all"):
        section = filled({"path": asked["sequences"]}, SCHEMA["$defs"]["prediction"])
        asked = {**asked, "sequences": section}
    return asked


def _sweep_keys(model: dict) -> dict[str, dict]:
    """What the schema says of each key that a sweep or search over this model can try."""
    return _options(model) | SCHEMA["$defs"]["training"]["properties"]


def _with_sweep_values_read(config: dict) -> dict:
    """The config with text that sweeps and searches try read as numbers, as elsewhere."""
    models = _with_presets(filled(config))["models"]

    def read(name: str, values: dict) -> dict:
        keys = _sweep_keys(models[name]) if name in models else {}
        return {key: _coerced_each(tried, keys.get(key, True)) for key, tried in values.items()}

    return {
        **config,
        "sweep": {name: read(name, values) for name, values in config.get("sweep", {}).items()},
        "search": {
            name: {**search, "space": read(name, search["space"])}
            for name, search in config.get("search", {}).items()
        },
    }


def _coerced_each(tried: list | dict, schema: dict | bool) -> list | dict:
    """Values, or the ends of a range, read as what the schema wants."""
    if isinstance(tried, list):
        return [coerced(value, schema) for value in tried]
    return {key: value if key == "log" else coerced(value, schema) for key, value in tried.items()}


def _ends(tried: list | dict) -> list:
    """The values that are tried; of a range its ends."""
    return tried if isinstance(tried, list) else [tried["low"], tried["high"]]


def _tried(config: dict) -> Iterator[tuple[tuple, str, dict[str, list]]]:
    """Of each sweep and search: the keys that lead to what it tries, its model, and its values."""
    for name, values in config.get("sweep", {}).items():
        yield ("sweep", name), name, values
    for name, search in config.get("search", {}).items():
        space = {key: _ends(tried) for key, tried in search["space"].items()}
        yield ("search", name, "space"), name, space


def best_of(base: str) -> str:
    """The name that the best member of a model's sweep goes on under."""
    return f"{base}~best"


def _combinations(config: dict) -> dict[str, dict[str, dict]]:
    """By swept model, every combination by its name, as cnn~filters=8~kernel_size=3."""
    found = {}
    for base, values in config.get("sweep", {}).items():
        drawn = itertools.product(*values.values())
        chosen = [dict(zip(values, combination, strict=True)) for combination in drawn]
        found[base] = {_member_name(base, values): values for values in chosen}
    return found


def _sweep_members(config: dict) -> dict[str, dict[str, dict]]:
    """By swept model, every combination as a model of its own."""
    models, members = _models(config), {}
    for base, combinations in _combinations(config).items():
        members[base] = {}
        for name, chosen in combinations.items():
            options = {key: chosen[key] for key in chosen if key in models[base]["options"]}
            training = {key: chosen[key] for key in chosen if key not in options}
            members[base][name] = {
                **models[base],
                "options": models[base]["options"] | options,
                "training": models[base]["training"] | training,
            }
            if models[base]["members"]:
                blend = _written_models(config)[base]
                own = {**blend.get("training", {}), **training}
                members[base][name]["members"] = _blended(
                    {**blend, **options, "training": own}, config.get("training", {})
                )
    return members


def _trials(config: dict) -> dict[str, list[str]]:
    """By searched model, the names of its trials; what each tries is known when it is proposed."""
    return {
        base: [f"{base}~trial{number}" for number in range(1, search["trials"] + 1)]
        for base, search in config["search"].items()
    }


def _searched(config: dict, base: str) -> dict:
    """What proposes trials: without their number, so that more of them change none."""
    search, keys = config["search"][base], _sweep_keys(config["models"][base])
    space = {}
    for key, tried in sorted(search["space"].items()):
        whole = isinstance(tried, dict) and _is_whole(tried, keys.get(key, True))
        space[key] = (
            {"choices": tried}
            if isinstance(tried, list)
            else {"log": False, **tried, "whole": whole}
        )
    return {**{key: value for key, value in search.items() if key != "trials"}, "space": space}


def _is_whole(tried: dict, schema: dict | bool) -> bool:
    """Whether a range is one of whole numbers: by the schema, or else as its ends are."""
    wanted = kinds(schema) or {
        "integer" if isinstance(end, int) else "number" for end in _ends(tried)
    }
    return "number" not in wanted


def _joined(members: dict[str, dict]) -> dict[str, dict]:
    return {name: model for of_one_base in members.values() for name, model in of_one_base.items()}


def _member_name(base: str, chosen: dict) -> str:
    return "~".join([base, *(f"{key}={'null' if v is None else v}" for key, v in chosen.items())])


def _datasets(config: dict, resolved: dict[str, dict]) -> dict[str, dict]:
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


# ---------------------------------------------------------------------------------- contradictions
def _contradictions(config: dict, given: dict) -> Iterator[Problem]:
    """What no schema can state. config: with defaults; given: as the user wrote it."""
    yield from _wrong_gpus(config)
    for name, model in config["models"].items():
        yield from _wrong_model(("models", name), model)
    for name, dataset in config["datasets"].items():
        path = ("datasets", name)
        if name in RESERVED_DATASETS:
            yield Problem(path, "a name that we use ourselves. Choose another one.")
        if ("synthetic" in dataset) == ("table" in dataset):
            yield Problem(path, "needs either synthetic or table, and not both.")
        elif "synthetic" in dataset:
            yield from _wrong_synthetic(path, dataset)
        else:
            yield from _wrong_table(path, dataset)
        yield from _wrong_split(path, dataset["split"])
        yield from _wrong_choice_of_models(path, dataset, config, given)
    for path, name, values in _tried(config):
        yield from _wrong_values(path, name, values, config)
    for name, search in config["search"].items():
        if name in config["models"]:
            yield from _wrong_search(("search", name), search, config)
    for name, section in config["variants"].items():
        yield from _wrong_variants(("variants", name), section)
    for name, new in config["predict"].items():
        yield from _wrong_source(("predict", name), new, needs_scores=False)
    yield from _wrong_attributions(config)
    for name, asked in config["design"].items():
        yield from _wrong_design(("design", name), asked, config)


def _wrong_files(config: dict, need_files: bool) -> Iterator[Problem]:
    """Files that the config names and that lie where results go, are not there, or are others."""
    if Path(config["results"]).is_file():
        yield Problem(("results",), f"{config['results']} is a file, where a folder is needed.")
    for path, file in _files(config).items():
        if in_storage(file):
            continue  # looked for when it is needed
        if under(file, config["results"]):
            yield Problem(
                path,
                f"{file} lies where results go, {config['results']}, and could be written over. "
                "Keep it elsewhere, or choose another folder for `results`.",
            )
        elif need_files and not os.path.isfile(file):  # noqa: PTH113, a long name is no error
            what = "is no file" if os.path.exists(file) else "does not exist"  # noqa: PTH110
            tilde = " '~' stands for no folder here." if file.startswith("~") else ""
            yield Problem(path, f"{file} {what}. Paths start from {Path.cwd()}.{tilde}")
    for name, model in config["models"].items():
        file, _, wanted = model["architecture"].partition(":")
        if wanted and Path(file).is_file():
            yield from _wrong_class(("models", name, "architecture"), file, wanted)


def _files(config: dict) -> dict[tuple, str]:
    """Every file that the config names, by the keys that lead to it."""
    named = {("interpretation", "motifs"): config["interpretation"]["motifs"]}
    sections = {
        ("datasets", name, "table"): d.get("table", {}) for name, d in config["datasets"].items()
    }
    sections |= {("predict", name): new for name, new in config["predict"].items()}
    if isinstance(new := _attributions(config)["sequences"], dict):
        sections["attributions", "sequences"] = new
    for name, asked in config["design"].items():
        if isinstance(asked["start"], str) and asked["start"] not in ("random", "best"):
            named["design", name, "start"] = asked["start"]
    for file in files_to_mutate(config):
        place = config["interpretation"]["mutate"].index(file)
        named["interpretation", "mutate", place] = file
    for path, section in sections.items():
        named |= {(*path, key): section.get(key) for key in FILE_KEYS}
    for name, model in config["models"].items():
        file, _, wanted = model["architecture"].partition(":")
        named["models", name, "architecture"] = file if wanted else None
    for name, section in config["variants"].items():
        for key in VARIANT_FILES:
            if isinstance(file := section[key], str):
                named["variants", name, key] = file
    return {path: file for path, file in named.items() if file not in (None, "planted", "jaspar")}


def _wrong_design(path: tuple, asked: dict, config: dict) -> Iterator[Problem]:
    """Designs that nobody could search for, whatever the models say."""
    for key in ("edits", "protect"):
        if asked[key] and asked["start"] == "random":
            yield Problem((*path, key), "means nothing with random starts. Give another `start`.")
        if asked[key] and asked["method"] == "exhaustive":
            yield Problem(
                (*path, "method"), f"exhaustive knows no starts, and so no `{key}`. Leave it out."
            )
    for first, last in asked["protect"]:
        if first > last:
            yield Problem((*path, "protect"), f"[{first}, {last}] ends before it begins.")
    for key, ends in (("gc", asked["gc"]), ("gc_window", (asked["gc_window"] or {}).get("range"))):
        if ends and ends[0] > ends[1]:
            yield Problem((*path, key), f"the lowest share, {ends[0]}, is above the highest one.")
    for word in asked["avoid"]:
        try:
            enzymes.site_of(word)
        except KeyError:
            yield Problem(
                (*path, "avoid"),
                f"{word} is no enzyme that we know and no word of IUPAC letters. "
                + unknown(word, dict.fromkeys(enzymes.sites(), True)).removeprefix("unknown. "),
            )
    if asked["judge"] is not None and asked["judge"] not in config["models"]:
        models = unknown(asked["judge"], config["models"]).removeprefix("unknown. ")
        yield Problem((*path, "judge"), f"{asked['judge']} is none of `models`. {models}")
    for name, dataset in config["datasets"].items():
        for key, problem in _unfit_for(dataset, asked):
            yield Problem((*path, key), f"datasets.{name}: {problem}")


def _unfit_for(dataset: dict, asked: dict) -> Iterator[tuple[str, str]]:
    """What is asked of designs that this dataset cannot have: keys, and why."""
    from seq2score.design.objective import fits  # it brings much that other runs need not load

    of_classes = dataset["task"] == "classification"
    if problem := fits(asked["objective"], [] if of_classes else [*outputs_of(dataset)]):
        yield "objective", problem
    crop = dataset.get("table", {}).get("length")
    length = crop.get("crop") if isinstance(crop, dict) else None
    length = dataset.get("synthetic", {}).get("length", length)
    if length is None:
        return  # only the table knows
    if asked["template"] and len(asked["template"]) != length:
        yield "template", f"has {len(asked['template'])} letters, and its sequences have {length}."
    for first, last in asked["protect"]:
        if last > length:
            yield "protect", f"[{first}, {last}] is no range of 1 to {length}."


def roles(
    asked: str | None, model: str, dataset: dict, models: dict[str, dict], seeds: list[int]
) -> tuple[list[int], str | None, list[int]]:
    """The seeds of a model that search for designs, the model that judges them, and its seeds.

    The judge is the asked one, or else one that is no line; where a dataset has one model only, the
    half of its seeds that has no part in the search. None where there is one seed as well.
    """
    others = [name for name in dataset["models"] if name != model]
    if asked in others:
        return seeds, asked, seeds
    others.sort(key=lambda name: models[name]["architecture"] == "linear")  # stable
    if others:
        return seeds, others[0], seeds
    half = (len(seeds) + 1) // 2
    return seeds[:half], model if seeds[half:] else None, seeds[half:]


def _wrong_attributions(config: dict) -> Iterator[Problem]:
    asked = _attributions(config)
    if isinstance(asked["sequences"], dict):
        path = ("attributions", "sequences")
        yield from _wrong_source(path, asked["sequences"], needs_scores=False)
    for name, dataset in config["datasets"].items() if asked["patterns"] else ():
        length = dataset.get("synthetic", {}).get("length")
        if length and (reason := no_patterns(length)):
            yield Problem(("attributions", "patterns"), f"datasets.{name}: {reason}")
    for name, model in config["models"].items():
        own = ":" in model["architecture"]  # what it can have shows when it is tried
        can = _family(model).get("attributions", ["mutagenesis"])
        if asked["method"] and asked["method"] not in can and not own:
            yield Problem(
                ("attributions", "method"),
                f"{asked['method']} is not for {model['architecture']}, which models.{name} is. "
                f"Allowed for it: {', '.join(can)}.",
            )


def _wrong_class(path: tuple, file: str, wanted: str) -> Iterator[Problem]:
    """A file without the class that it should hold; it is read for that, not run."""
    try:
        statements = ast.parse(Path(file).read_bytes()).body
    except (SyntaxError, ValueError) as error:
        yield Problem(path, f"{file} is no Python: {error}.")
        return
    names = [name for statement in statements for name in _names_of(statement)]
    if wanted not in names:
        classes = [s.name for s in statements if isinstance(s, ast.ClassDef)]
        yield Problem(
            path, f"{file} holds no {wanted}. Classes there: {', '.join(classes) or '-'}."
        )


def _names_of(statement: ast.stmt) -> list[str]:
    """The names that a statement at the top of a file gives to something."""
    if isinstance(statement, ast.ClassDef | ast.FunctionDef):
        return [statement.name]
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name for alias in statement.names]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []


def _wrong_gpus(config: dict) -> Iterator[Problem]:
    sections = {("training",): config["training"]}
    for name, model in config["models"].items():
        sections["models", name, "training"] = model.get("training", {})
    for path, training in sections.items():
        if training.get("gpus", 1) > 1 and config["device"] != "cuda":
            yield Problem((*path, "gpus"), f"{training['gpus']} GPUs need `device: cuda`.")


def _wrong_model(path: tuple, model: dict) -> Iterator[Problem]:
    if path[-1] in RESERVED_MODELS:
        yield Problem(path, "a name that we use ourselves. Choose another one.")
    preset = model.get("preset")
    if preset and model["architecture"] != PRESETS[preset]["architecture"]:
        yield Problem(
            (*path, "architecture"),
            f"the preset {preset} is a {PRESETS[preset]['architecture']}. Leave architecture out.",
        )
    yield from _wrong_heads((*path, "heads"), model)


def _wrong_heads(path: tuple, options: dict, of: str = "") -> Iterator[Problem]:
    heads, filters = options.get("heads", 1), options.get("filters", 1)
    if filters % heads:
        yield Problem(path, f"{heads} do not divide the {filters} filters{of}.")


def _wrong_members(given: dict) -> Iterator[Problem]:
    """Combinations of a sweep, or of what a search may try, whose values do not fit together."""
    for base, members in _sweep_members(given).items():
        for name, member in members.items():
            yield from _wrong_heads(("sweep", base), member["options"], f" of {name}")
    models = _models(given)
    for base, search in given["search"].items():
        options = models[base]["options"]
        together = [
            _every(search["space"].get(key, [options[key]]))
            for key in ("heads", "filters")
            if key in options
        ]
        path = ("search", base, "space")
        for heads, filters in itertools.product(*together) if len(together) == 2 else ():
            if filters % heads:
                yield from _wrong_heads(path, {"heads": heads, "filters": filters})
                break


def _every(tried: list | dict) -> Sequence:
    """Every value that is tried, of a range of whole numbers."""
    return tried if isinstance(tried, list) else range(tried["low"], tried["high"] + 1)


def _wrong_synthetic(path: tuple, dataset: dict) -> Iterator[Problem]:
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


def _wrong_table(path: tuple, dataset: dict) -> Iterator[Problem]:
    table = dataset["table"]
    scores = [*outputs_of(dataset).values()]
    path = (*path, "table")
    yield from _wrong_source(path, table)
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


def _wrong_source(path: tuple, section: dict, needs_scores: bool = True) -> Iterator[Problem]:
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


def _wrong_variants(path: tuple, section: dict) -> Iterator[Problem]:
    """Keys of several ways to say what changes, or too few of one."""
    given = {key for key, value in section.items() if value is not None}
    vcf = "path" in given and sources.kind_of(section["path"]) is sources.KINDS["vcf"]
    needed = {
        "saturate": {"genome"} if isinstance(section["saturate"], str) else set(),
        "reference": {"path", "alternative"},
        "alternative": {"path", "reference"},
        "reference_id": {"path", "alternative_id"},
        "alternative_id": {"path", "reference_id"},
        "chromosome": {"path", "genome"},
        "sequence_id": {"path"},
        "sequences": {"path"},
        "measured": {"path"},
    }
    for key in given & needed.keys():
        for other in sorted(needed[key] - given):
            yield Problem((*path, other), f"missing. {key} needs it.")
    if vcf and "genome" not in given:
        yield Problem((*path, "genome"), "missing. VCF gives places in a genome.")
    if section["format"] == "vcf" and not vcf:
        yield Problem((*path, "format"), "vcf is for variants that come from VCF.")
    if not given & {"path", "saturate"}:
        yield Problem((*path, "path"), "missing. Allowed: a file of variants, or saturate.")
    ways = [
        {"saturate"},
        {"reference", "alternative"},
        {"reference_id", "alternative_id"},
        {"sequence_id", "sequences"},
        {"chromosome"},
    ]
    used = [sorted(way & given)[0] for way in ways if way & given]
    if "path" in given and "saturate" in given:
        used = ["saturate", "path"]
    if vcf and set(used) - {"saturate"}:
        used = ["path", *used]
    if len(used) > 1:
        told = f"{used[1]} beside {used[0]}: they say in different ways what changes. Choose one."
        yield Problem((*path, used[1]), told)
    elif used and used[0] in ("saturate", "reference", "reference_id"):
        for key in sorted(given & {"position", "ref", "alt", "edit"}):
            yield Problem((*path, key), f"{used[0]} has no use for it.")
    if "edit" in given and (others := sorted(given & {"position", "ref", "alt"})):
        yield Problem((*path, others[0]), "edit says it already.")


def _wrong_split(path: tuple, split: dict) -> Iterator[Problem]:
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


def _wrong_choice_of_models(
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
    if not dataset.get("table", {}).get("inputs") or not _family(config["models"][name]).get(
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
    for place, base, values in _tried(config):
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
    of_family = [loss for loss in losses if _has_loss(model, loss)]
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


def _wrong_values(path: tuple, name: str, values: dict, config: dict) -> Iterator[Problem]:
    """What a sweep or search tries of an unknown model, by an unknown key, or is not allowed."""
    if name not in config["models"]:
        yield Problem(path[:2], unknown(name, config["models"]))
        return
    keys = _sweep_keys(config["models"][name])
    for key, tried in values.items():
        if key not in keys:
            yield Problem((*path, key), unknown(key, keys))
            continue
        for value in tried:
            yield from problems(value, definition(keys[key]), (*path, key))


def _wrong_search(path: tuple, search: dict, config: dict) -> Iterator[Problem]:
    name = path[-1]
    model, space = config["models"][name], search["space"]
    if name in config["sweep"]:
        yield Problem(path, f"sweep.{name} looks for its best settings already. Choose one.")
    if model["architecture"] == "blend":
        text = (
            "a blend: each trial would train every member. Search its network instead, as a model "
        )
        yield Problem(path, f"{text}of its own: {{preset: network}}.")
        return
    keys = _sweep_keys(model)
    wrong = [
        Problem((*path, "space", key), NOT_SEARCHED[key]) for key in space.keys() & NOT_SEARCHED
    ]
    for key, tried in space.items():
        if key in keys and isinstance(tried, dict):
            wrong += _wrong_range((*path, "space", key), tried, definition(keys[key]))
    yield from wrong
    if wrong or space.keys() - keys.keys():
        return
    most = math.prod(_count(tried, keys[key]) for key, tried in space.items())
    if most < search["trials"]:
        text = f"{search['trials']} trials of what are only {most} combinations. A sweep tries all."
        yield Problem((*path, "trials"), text)


def _wrong_range(path: tuple, tried: dict, schema: dict) -> Iterator[Problem]:
    low, high = _ends(tried)
    if schema and not kinds(schema) & {"integer", "number"}:
        yield Problem(path, f"has no range. List values: {allowed(schema)}.")
    if low >= high:
        yield Problem(
            path, f"from {low} to {high} there is nothing to search. Allowed: low < high."
        )
    if tried.get("log") and low <= 0:
        yield Problem((*path, "low"), f"{low} has no logarithm. Allowed with log: above 0.")


def _count(tried: list | dict, schema: dict | bool) -> float:
    """How many values can be tried."""
    if isinstance(tried, list):
        return len(tried)
    return math.floor(tried["high"]) - tried["low"] + 1 if _is_whole(tried, schema) else math.inf


# -------------------------------------------------------------------------------------- messages
def _printable(key: object) -> str:
    return str(key) if str(key).isprintable() else repr(key)


def _message(wrong: list[Problem], written: Written) -> str:
    wrong = sorted(wrong, key=lambda p: written.line(p.path))
    lines = [
        f"{written.where(path)}{'.'.join(map(_printable, path))}: {text}"
        for path, text in wrong[:MOST_PROBLEMS]
    ]
    if len(wrong) > MOST_PROBLEMS:
        lines.append(f"... and {len(wrong) - MOST_PROBLEMS} more problems.")
    return "\n".join(lines)
