"""Families of models: what the config says of one, its preset or recipe, the members of a blend."""

from collections.abc import Iterator

from validation import SCHEMA, Problem, coerced, filled

PRESETS = SCHEMA["$defs"]["presets"]
ARCHITECTURES = SCHEMA["$defs"]["architectures"]
RESERVED_MODELS = ("splits", "figures")  # folders beside the models'
STEPS = ("optimizer", "learning_rate", "schedule")  # keys of `training`: how steps are taken


def with_presets(config: dict) -> dict:
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


def with_recipes(config: dict) -> dict:
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


def base_of(name: str) -> str:
    """The model of the config that a member of its sweep or blend belongs to."""
    return name.partition("~")[0]


def models_of(config: dict) -> dict[str, dict]:
    training = config.get("training", {})
    return {name: _model(model, training) for name, model in written_models(config).items()}


def written_models(config: dict) -> dict[str, dict]:
    """Models as the user wrote them, with their presets; without any, those of the schema."""
    return config.get("models") or with_presets(filled({}))["models"]


def _model(model: dict, training: dict) -> dict:
    """One model, with its architecture's options apart from how it is trained.

    members: of a blend, the models that it is made of, by name.
    """
    complete = filled(model, SCHEMA["$defs"]["model"])
    members = members_of(model, training) if model["architecture"] == "blend" else {}
    return {
        "architecture": model["architecture"],
        "preset": model.get("preset"),
        "families": [
            model["architecture"],
            *dict.fromkeys(member["architecture"] for member in members.values()),
        ],
        "members": members,
        "is_network": family_of(model).get("kind", "network") == "network",
        "has_filters": any(member["has_filters"] for member in members.values())
        if members
        else family_of(model).get("has_filters", False),
        "attributions": family_of(model).get("attributions", ["mutagenesis"]),
        "options": {key: complete[key] for key in options_of(model)},
        "training": filled({**training, **model.get("training", {})}, SCHEMA["$defs"]["training"]),
    }


def members_of(blend: dict, training: dict) -> dict[str, dict]:
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
        options = {key: own[key] for key in own if key in options_of(member)}
        resolved = _model({**member, **options, "training": trained}, training)
        if has_loss(member, resolved["training"]["loss"]):
            members[name] = resolved
    return members


def has_loss(model: dict, loss: str | None) -> bool:
    """Whether a model's family can minimize it."""
    return loss in (None, *family_of(model).get("losses", [loss]))


def family_of(model: dict) -> dict:
    """What the schema says of a model's family; nothing of a class of the user's own."""
    return SCHEMA["$defs"]["architectures"].get(model["architecture"], {})


def options_of(model: dict) -> dict[str, dict]:
    """What the schema says of each option of a model's family; a class of the user's takes any."""
    about = SCHEMA["$defs"]["model"]["properties"]
    options = family_of(model).get("properties") or {key: {} for key in model}
    return {key: option for key, option in options.items() if key not in about}


def wrong_gpus(config: dict) -> Iterator[Problem]:
    sections = {("training",): config["training"]}
    for name, model in config["models"].items():
        sections["models", name, "training"] = model.get("training", {})
    for path, training in sections.items():
        if training.get("gpus", 1) > 1 and config["device"] != "cuda":
            yield Problem((*path, "gpus"), f"{training['gpus']} GPUs need `device: cuda`.")


def wrong_model(path: tuple, model: dict) -> Iterator[Problem]:
    if path[-1] in RESERVED_MODELS:
        yield Problem(path, "a name that we use ourselves. Choose another one.")
    preset = model.get("preset")
    if preset and model["architecture"] != PRESETS[preset]["architecture"]:
        yield Problem(
            (*path, "architecture"),
            f"the preset {preset} is a {PRESETS[preset]['architecture']}. Leave architecture out.",
        )
    yield from wrong_heads((*path, "heads"), model)


def wrong_heads(path: tuple, options: dict, of: str = "") -> Iterator[Problem]:
    heads, filters = options.get("heads", 1), options.get("filters", 1)
    if filters % heads:
        yield Problem(path, f"{heads} do not divide the {filters} filters{of}.")
