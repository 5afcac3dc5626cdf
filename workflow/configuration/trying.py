"""Sweeps and searches: what they try, and the models that come of it."""

import itertools
import math
from collections.abc import Iterator, Sequence

from configuration.families import (
    members_of,
    models_of,
    options_of,
    with_presets,
    written_models,
    wrong_heads,
)
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

# Training keys that no trial can differ in, and why.
NOT_SEARCHED = {
    "loss": "trials are told apart by their loss, which must mean the same in all. Leave it out.",
    "threads": "says what a training may use, not how good it gets. Leave it out.",
    "gpus": "says what a training may use, not how good it gets. Leave it out.",
}


def _sweep_keys(model: dict) -> dict[str, dict]:
    """What the schema says of each key that a sweep or search over this model can try."""
    return options_of(model) | SCHEMA["$defs"]["training"]["properties"]


def with_sweep_values_read(config: dict) -> dict:
    """The config with text that sweeps and searches try read as numbers, as elsewhere."""
    models = with_presets(filled(config))["models"]

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


def ends_of(tried: list | dict) -> list:
    """The values that are tried; of a range its ends."""
    return tried if isinstance(tried, list) else [tried["low"], tried["high"]]


def each_tried(config: dict) -> Iterator[tuple[tuple, str, dict[str, list]]]:
    """Of each sweep and search: the keys that lead to what it tries, its model, and its values."""
    for name, values in config.get("sweep", {}).items():
        yield ("sweep", name), name, values
    for name, search in config.get("search", {}).items():
        space = {key: ends_of(tried) for key, tried in search["space"].items()}
        yield ("search", name, "space"), name, space


def best_of(base: str) -> str:
    """The name that the best member of a model's sweep goes on under."""
    return f"{base}~best"


def combinations_of(config: dict) -> dict[str, dict[str, dict]]:
    """By swept model, every combination by its name, as cnn~filters=8~kernel_size=3."""
    found = {}
    for base, values in config.get("sweep", {}).items():
        drawn = itertools.product(*values.values())
        chosen = [dict(zip(values, combination, strict=True)) for combination in drawn]
        found[base] = {_member_name(base, values): values for values in chosen}
    return found


def sweep_members(config: dict) -> dict[str, dict[str, dict]]:
    """By swept model, every combination as a model of its own."""
    models, members = models_of(config), {}
    for base, combinations in combinations_of(config).items():
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
                blend = written_models(config)[base]
                own = {**blend.get("training", {}), **training}
                members[base][name]["members"] = members_of(
                    {**blend, **options, "training": own}, config.get("training", {})
                )
    return members


def trials_of(config: dict) -> dict[str, list[str]]:
    """By searched model, the names of its trials; what each tries is known when it is proposed."""
    return {
        base: [f"{base}~trial{number}" for number in range(1, search["trials"] + 1)]
        for base, search in config["search"].items()
    }


def searched(config: dict, base: str) -> dict:
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
        "integer" if isinstance(end, int) else "number" for end in ends_of(tried)
    }
    return "number" not in wanted


def joined(members: dict[str, dict]) -> dict[str, dict]:
    return {name: model for of_one_base in members.values() for name, model in of_one_base.items()}


def _member_name(base: str, chosen: dict) -> str:
    return "~".join([base, *(f"{key}={'null' if v is None else v}" for key, v in chosen.items())])


def wrong_members(given: dict) -> Iterator[Problem]:
    """Combinations of a sweep, or of what a search may try, whose values do not fit together."""
    for base, members in sweep_members(given).items():
        for name, member in members.items():
            yield from wrong_heads(("sweep", base), member["options"], f" of {name}")
    models = models_of(given)
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
                yield from wrong_heads(path, {"heads": heads, "filters": filters})
                break


def _every(tried: list | dict) -> Sequence:
    """Every value that is tried, of a range of whole numbers."""
    return tried if isinstance(tried, list) else range(tried["low"], tried["high"] + 1)


def wrong_values(path: tuple, name: str, values: dict, config: dict) -> Iterator[Problem]:
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


def wrong_search(path: tuple, search: dict, config: dict) -> Iterator[Problem]:
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
    low, high = ends_of(tried)
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
