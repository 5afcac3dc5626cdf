"""Models that start from trained ones: their architecture is that of those."""

from collections.abc import Iterator

from configuration.families import base_of, family_of, models_of, written_models
from configuration.parents import Folder, Start, joint_name
from configuration.trying import each_tried
from validation import SCHEMA, Problem, filled


def with_parents(config: dict) -> tuple[dict, dict[str, Start], list[Problem]]:
    """The config, each model that starts from a trained one with the architecture of that.

    Also what these models start from, by name, and what is wrong with it.
    """
    models = written_models(config)
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
    trained = models_of(config) if config["models"] else {}
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
            together = config["models"].get(base, {}).get("together", [folder.dataset])
            start = Start.made(folder, starts.get(base), joint_name(together))
            if parent is None:
                text = "names no model that is trained with given options."
            elif folder.seed and int(folder.seed) not in seeds:
                text = f"seed {folder.seed} is none of this config's seeds."
        if not text and family_of(parent).get("kind", "network") != "network":
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


def wrong_without_start(given: dict, starts: dict[str, Start]) -> Iterator[Problem]:
    """No epochs for a model that has nothing to start from; other options than its parent's."""
    models = models_of(given)
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
    for path, name, values in each_tried(given):
        if 0 in values.get("epochs", []) and name in models and name not in starts:
            text = f"{name} would learn nothing. Allowed: 0 only with start_from."
            yield Problem((*path, "epochs"), text)
        for key in values if name in starts else ():
            if key in models[name]["options"]:
                text = "is as in the model that it starts from. Leave it out."
                yield Problem((*path, key), text)
