"""Models that learn several datasets together, one head each."""

from collections.abc import Iterator

from configuration.datasets import BARE
from configuration.families import ARCHITECTURES, family_of
from configuration.parents import joint_name
from seq2score.task import TASKS
from validation import Problem, unknown


def with_choices(config: dict) -> dict:
    """The config, where each dataset that chooses no models has all but those of others."""
    together = {
        name: model["together"]
        for name, model in config.get("models", {}).items()
        if "together" in model
    }
    if not together:
        return config
    return {
        **config,
        "datasets": {
            name: {
                "models": [m for m in config["models"] if name in together.get(m, [name])],
                **dataset,
            }
            for name, dataset in config["datasets"].items()
        },
    }


def joint_of(config: dict, datasets: dict[str, dict]) -> dict[str, dict]:
    """By their joint name, datasets that are learned together, with the settings of a training.

    config: with defaults. datasets: as they are resolved.
    """
    found = {}
    for name, model in config["models"].items():
        if not (names := model.get("together")):
            continue
        members, joint = {d: _member(d, datasets[d]) for d in names}, joint_name(names)
        heads = {d: member["heads"] for d, member in members.items()}
        shared = _shared(datasets[names[0]])
        found[joint] = {
            "members": members,
            "models": [*found.get(joint, {"models": []})["models"], name],
            "leaks": _leaks(model),
            "task": shared["task",],
            "reverse_complement": shared["reverse_complement",],
            "heads": heads,
            "outputs": [output for of_one in heads.values() for output in of_one],
            "weighing_replicates": [],  # which are in the weights of rows, as those are joined
            "table": {"weight": "weight", "flanks": shared["table", "flanks"]},
        }
    return found


def _member(name: str, dataset: dict) -> dict:
    """What is joined of a dataset."""
    table = dataset.get("table", {})
    return {
        "scores": dataset["outputs"],
        "heads": [f"{name}.{output}" for output in dataset["outputs"]],
        "score_transform": table.get("score_transform", "none"),
        "weight": table.get("weight"),
        "weighing_replicates": dataset["weighing_replicates"],
    }


def _leaks(model: dict) -> str:
    return model.get("leaks", "error")


def wrong_together(config: dict) -> Iterator[Problem]:
    """What cannot be learned together. config: with defaults."""
    leaks = {}
    for name, model in config["models"].items():
        path = ("models", name)
        if "together" not in model:
            if "leaks" in model:
                yield Problem((*path, "leaks"), "is for `together` and `start_from`. Leave it out.")
            continue
        yield from _wrong_family((*path, "together"), model)
        for section in ("sweep", "search"):
            if name in config[section]:
                text = "is not for models that learn several datasets together. Leave it out."
                yield Problem((section, name), text)
        yield from _wrong_datasets((*path, "together"), name, model["together"], config)
        first = leaks.setdefault(joint_name(model["together"]), name)
        if _leaks(model) != _leaks(config["models"][first]):
            text = f"must be that of models.{first}, which learns the same datasets together."
            yield Problem((*path, "leaks"), text)


def _wrong_family(path: tuple, model: dict) -> Iterator[Problem]:
    """A family without layers that datasets could share."""
    if _shares(family_of(model)):
        return
    architecture = model["architecture"]
    why = "has nothing that datasets could share"
    if architecture == "blend":
        why = "trains each of its members on one dataset (its network alone: {preset: network})"
    sharing = ", ".join(name for name, about in ARCHITECTURES.items() if _shares(about))
    yield Problem(path, f"{architecture} {why}. Allowed: {sharing}, and classes of your own.")


def _shares(family: dict) -> bool:
    return family.get("kind", "network") == "network" and family.get("shares", True)


def _wrong_datasets(path: tuple, name: str, members: list[str], config: dict) -> Iterator[Problem]:
    """Datasets that are not there, do not have the model, or cannot be joined with the others."""
    datasets = config["datasets"]
    for dataset in members:
        if dataset not in datasets:
            yield Problem(path, f"{dataset}: {unknown(dataset, datasets)}")
    for dataset, about in datasets.items():
        if name in about["models"] and dataset not in members:
            text = f"{name} learns {', '.join(members)} together. Name {dataset} there, or leave it"
            yield Problem(("datasets", dataset, "models"), f"{text} out here.")
    known = {dataset: datasets[dataset] for dataset in members if dataset in datasets}
    for dataset, about in known.items():
        place = ("datasets", dataset)
        if name not in about["models"]:
            yield Problem(
                (*place, "models"), f"{name} is missing, which learns {dataset} with others."
            )
        if about["split"].get("folds"):
            text = f"models.{name} learns it with other datasets, which have no such folds."
            yield Problem((*place, "split", "folds"), f"{text} Leave them out.")
        if about.get("table", {}).get("inputs"):
            text = f"models.{name} learns it with other datasets, and sees sequences alone."
            yield Problem((*place, "table", "inputs"), f"{text} Leave them out.")
        if TASKS[about["task"]].labels:
            text = f"{about['task']} is not for models that learn several datasets together."
            yield Problem((*place, "task"), f"{text} Allowed for models.{name}: regression.")
    if known:
        yield from _unlike(name, known)


def _unlike(name: str, datasets: dict[str, dict]) -> Iterator[Problem]:
    """What differs between datasets, and may not."""
    first, *others = datasets
    for dataset in others:
        for path, value in _shared(datasets[dataset]).items():
            if value != _shared(datasets[first])[path]:
                text = f"must be that of datasets.{first}: models.{name} learns both together."
                yield Problem(("datasets", dataset, *path), text)


def _shared(dataset: dict) -> dict[tuple, object]:
    """What datasets have in common where one network reads the sequences of all, by its keys."""
    flanks = dataset.get("table", {}).get("flanks", BARE)
    return {
        ("task",): dataset["task"],
        ("reverse_complement",): dataset["reverse_complement"],
        ("table", "flanks"): flanks,
    }
