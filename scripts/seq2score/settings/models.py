"""Models as they are trained: with presets, recipes, the members of blends, and what is tried."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from seq2score.settings.families import BLENDS, STEPS, Blend, Family, family_of, with_preset
from seq2score.settings.finetuning import Start
from seq2score.settings.shapes import Shape
from seq2score.settings.training import Range, Search, Training


@dataclass(frozen=True)
class Model:
    """A model as it is trained.

    Attributes
    ----------
    family
        Its options.
    training
        With the precedence of docs/models.md.
    members
        Of a blend, by name.
    start
        What it starts from, if it does.
    """

    family: Family
    training: Training
    members: dict[str, "Model"] = field(default_factory=dict)
    start: Start | None = None

    @property
    def architecture(self) -> str:
        """Its family, or the class of the user's own."""
        return self.family.architecture

    @property
    def families(self) -> list[str]:
        """The architectures that it is made of."""
        members = (member.architecture for member in self.members.values())
        return [self.architecture, *dict.fromkeys(members)]

    @property
    def has_filters(self) -> bool:
        """Whether a first layer is a convolution over letters."""
        parts = [member.family for member in self.members.values()] or [self.family]
        return any(part.has_filters for part in parts)

    def described(self) -> dict[str, Any]:
        """What a training of it depends on. Threads change how long it takes."""
        training = self.training.plain()
        del training["threads"]
        return {
            "architecture": self.architecture,
            "options": self.family.options,
            "training": training,
        }

    def changed(self, values: Mapping[str, Any], remade: Callable[..., "Model"]) -> "Model":
        """The same with other options or training keys.

        Parameters
        ----------
        values
            By option or key.
        remade
            Makes a blend, whose members may be others then, by its section.
        """
        options = {key: values[key] for key in values if key in self.family.options}
        training = {key: values[key] for key in values if key not in options}
        if self.members:
            given = self.family.given()
            explicit = {**given.get("training", {}), **training}
            return replace(remade({**given, **options, "training": explicit}), start=self.start)
        family = type(self.family).model_validate(self.family.given() | options)
        return replace(self, family=family, training=Training(**(self.training.plain() | training)))


class Trainer:
    """What makes models of their sections.

    Parameters
    ----------
    training
        The config's, which holds where a model has no key of its own.
    """

    def __init__(self, training: Training) -> None:
        self.training = training.given()

    def with_recipe(self, model: Family) -> Family:
        """A model with its family's recipe under its own keys and those of `training`.

        The recipe is one whole: who names one of STEPS, there or here, has a recipe of their own.
        """
        explicit = model.training.given()
        if not model.recipe or any(key in explicit or key in self.training for key in STEPS):
            return model
        recipe = model.recipe["training"]
        steps = {key: value for key, value in recipe.items() if key not in self.training}
        whole = {**model.recipe, **model.given(), "training": {**steps, **explicit}}
        return type(model).model_validate(whole)

    def model(self, section: Family, start: Start | None = None) -> Model:
        """A model of a section."""
        training = Training(**{**self.training, **section.training.given()})
        members = self.members(section) if isinstance(section, Blend) else {}
        return Model(section, training, members, start)

    def members(self, blend: Blend) -> dict[str, Model]:
        """The members of a blend, by its budget; those that have no such loss are left out.

        Keys that the blend itself has are its networks'.
        """
        explicit, members = blend.given(), {}
        for name, member in BLENDS[blend.budget].items():
            plain = with_preset(member)
            shapes = family_of(member).option_shapes()
            options = {key: explicit[key] for key in explicit if key in shapes}
            training = {**plain.get("training", {}), **explicit.get("training", {})}
            made = self.model(family_of({**plain, **options, "training": training}))
            if made.family.has_loss(made.training.loss):
                members[name] = made
        return members

    def remade(self, blend: dict[str, Any]) -> Model:
        """A blend of other keys."""
        return self.model(family_of(blend))


# ------------------------------------------------------------------------------- sweeps, searches
@dataclass(frozen=True)
class Trials:
    """What is tried for a model, of which the best goes on as `MODEL~best`.

    Attributes
    ----------
    members
        By name, what each tries; of a search None, for that is known when it is proposed.
    seeds
        That each is trained with.
    proposal
        Of a search, what proposes trials: without their number, so that more change none.
    """

    members: dict[str, dict[str, Any] | None]
    seeds: list[int]
    proposal: dict[str, Any] | None = None

    def widest(self, key: str) -> float | None:
        """Of a search, the greatest value that it tries of a key."""
        tried = self.proposal["space"].get(key) if self.proposal else None
        return tried and max(tried.get("choices") or [tried["low"], tried["high"]])

    def round_of(self, trial: str) -> int:
        """The round of a search in which a trial is proposed, from 1 on."""
        size = (self.proposal or {})["round"]
        return (int(trial.partition("~trial")[2]) - 1) // size + 1


def sweep_of(base: str, sweep: Mapping[str, list], seeds: list[int]) -> Trials:
    """Every combination of values, by its name, as cnn~filters=8~kernel_size=3.

    Parameters
    ----------
    base
        The model.
    sweep
        Values to try, by option or training key.
    seeds
        That each is trained with.
    """
    products = itertools.product(*sweep.values())
    chosen = [dict(zip(sweep, combination, strict=True)) for combination in products]
    return Trials({_member_name(base, values): values for values in chosen}, seeds)


def _member_name(base: str, chosen: dict) -> str:
    return "~".join([base, *(f"{key}={'null' if v is None else v}" for key, v in chosen.items())])


def search_of(base: str, search: Search, shapes: Mapping[str, Any], seeds: list[int]) -> Trials:
    """The trials of a search, which are trained with the first seed.

    Parameters
    ----------
    base
        The model.
    search
        The section of the config.
    shapes
        Of the keys that can be tried, from `tried_shapes`.
    seeds
        Of the config.
    """
    space = {}
    for key, tried in sorted(search.space.items()):
        if isinstance(tried, Range):
            space[key] = {**tried.plain(), "whole": is_whole(tried, shapes[key])}
        else:
            space[key] = {"choices": tried}
    proposal = {"space": space, "round": search.round, "prune": search.prune, "seed": search.seed}
    names = [f"{base}~trial{number}" for number in range(1, search.trials + 1)]
    return Trials(dict.fromkeys(names), seeds[:1], proposal)


def is_whole(tried: Range, shape: Any) -> bool:
    """Whether a range is one of whole numbers: by the key's type, or else as its ends are."""
    ends = {"integer" if isinstance(end, int) else "number" for end in (tried.low, tried.high)}
    return "number" not in (shape.kinds or ends)


def ends_of(tried: list | Range) -> list:
    """The values that are tried; of a range its ends."""
    return [tried.low, tried.high] if isinstance(tried, Range) else tried


def each_tried(config: Any) -> Iterator[tuple[tuple, str, dict[str, list]]]:
    """What each sweep and search tries.

    Yields
    ------
    tuple, str, dict
        The keys that lead to it, its model, and values by key; of a range its ends.
    """
    for name, values in config.sweep.items():
        yield ("sweep", name), name, values
    for name, search in config.search.items():
        yield ("search", name, "space"), name, {k: ends_of(v) for k, v in search.space.items()}


def tried_shapes(model: Family) -> dict[str, Shape]:
    """The keys that a sweep or a search over a model can try."""
    options = model.option_shapes() | dict.fromkeys(model.model_extra or {}, Shape(Any))
    return {**options, **Shape.of(Training).fields(), **options}


def base_of(name: str) -> str:
    """The model of the config that a member of its sweep, search or blend belongs to."""
    return name.partition("~")[0]


def best_of(base: str) -> str:
    """The name that the best member of a model's sweep goes on under."""
    return f"{base}~best"
