"""From a checked config to settings: folds, sweeps, blends, and models that start from others."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from seq2score.questions import QUESTIONS
from seq2score.settings.datasets import DatasetSection
from seq2score.settings.families import Started, family_of
from seq2score.settings.finetuning import Folder, Start, joint_name
from seq2score.settings.messages import Problem
from seq2score.settings.models import (
    Trainer,
    Trials,
    base_of,
    best_of,
    search_of,
    sweep_of,
    tried_shapes,
)
from seq2score.settings.resolved import Dataset, Joint, Settings
from seq2score.settings.shapes import Shape, read

ANY = Shape(Any)


def with_choices(config: Any) -> Any:
    """The config, where each dataset that chooses no models has all but those of others."""
    together = {name: model.together for name, model in config.models.items() if model.together}

    # Those that start from others come last, and have their colours and rows behind those.
    models = dict(sorted(config.models.items(), key=lambda item: isinstance(item[1], Started)))

    def chosen(name: str, dataset: DatasetSection) -> DatasetSection:
        chosen_models = [m for m in models if name in together.get(m, [name])]
        return (
            dataset
            if dataset.models is not None
            else dataset.model_copy(update={"models": chosen_models})
        )

    datasets = {name: chosen(name, dataset) for name, dataset in config.datasets.items()}
    return config.model_copy(update={"models": models, "datasets": datasets})


def with_values_read(config: Any) -> Any:
    """The config with text that sweeps and searches try read as numbers, as elsewhere."""

    def read_all(base: str, tried: dict[str, Any]) -> dict[str, Any]:
        shapes = tried_shapes(config.models[base]) if base in config.models else {}
        return {
            key: [read(value, shapes.get(key, ANY)) for value in values]
            if isinstance(values, list)
            else values
            for key, values in tried.items()
        }

    searches = {
        base: search.model_copy(update={"space": read_all(base, search.space)})
        for base, search in config.search.items()
    }
    sweeps = {base: read_all(base, tried) for base, tried in config.sweep.items()}
    return config.model_copy(update={"sweep": sweeps, "search": searches})


def with_starts(config: Any) -> tuple[Any, dict[str, Start], list[Problem]]:
    """The config, each model that starts from a trained one with the architecture of that.

    Returns
    -------
    config : Config
        With these models.
    starts : dict of Start
        What they start from, by name.
    problems : list of Problem
        What is wrong with it.
    """
    trainer = Trainer(config.training)
    waiting = {n: m for n, m in config.models.items() if isinstance(m, Started)}
    ready = {n: trainer.with_recipe(m) for n, m in config.models.items() if n not in waiting}
    starts: dict[str, Start] = {}
    wrong: list[Problem] = []
    while waiting and not wrong:
        parents = _parents(config, trainer, ready, waiting, starts)
        for name, (parent, start, text) in parents.items():
            section = waiting.pop(name)
            if text or start is None:
                wrong.append(Problem(("models", name, "start_from"), text))
                continue
            ready[name] = family_of({**parent, "training": section.training.given()})
            starts[name] = start.by(section)
        if not parents:
            text = "it would start from itself, in a circle."
            wrong += [Problem(("models", name, "start_from"), text) for name in waiting]
    models = {name: ready.get(name, model) for name, model in config.models.items()}
    return config.model_copy(update={"models": models}), starts, wrong


def _parents(
    config: Any,
    trainer: Trainer,
    ready: dict[str, Any],
    waiting: dict[str, Started],
    starts: dict[str, Start],
) -> dict[str, tuple[dict[str, Any], Start | None, str]]:
    """Of models that start from others: architecture and options, from what, and what is wrong.

    ready: the models that are resolved so far, of which `starts` start from others too. Those whose
    parent is still `waiting` are left out.
    """
    trained = {name: trainer.model(model) for name, model in ready.items()}
    blended = {f"{n}~{m}": member for n in trained for m, member in trained[n].members.items()}
    parents = {}
    for name, model in waiting.items():
        folder, text = Folder.of(model.start_from, config.results), ""
        if not _is_made(folder, config):
            parent, start, text = folder.read(config.seeds)
            text = text or _untrusted(parent, model, trained)
        elif (base := base_of(folder.model)) in waiting:
            continue
        else:
            made = (trained | blended).get(folder.model)
            together = getattr(ready.get(base), "together", None) or [folder.dataset]
            start = Start.made(folder, starts.get(base), joint_name(together))
            parent = {"architecture": made.architecture, **made.family.options} if made else {}
            if made is None:
                text = "names no model that is trained with given options."
            elif folder.seed and int(folder.seed) not in config.seeds:
                text = f"seed {folder.seed} is none of this config's seeds."
        text = text or _unfit(parent, [m for m in blended if base_of(m) == folder.model])
        parents[name] = parent, start, text and f"{model.start_from}: {text}"
    return parents


def _untrusted(parent: dict[str, Any], model: Started, trained: Mapping[str, Any]) -> str:
    """Why a model from elsewhere may not be used, which is to run its class; "" where it may.

    trained: the config's own models, whose classes are trusted.
    """
    architecture = parent["architecture"]
    named = {made.architecture for made in trained.values()}
    if ":" not in architecture or model.trust_code or architecture in named:
        return ""
    return (
        f"its model is the class {architecture}, and to start from it is to run that file. Look "
        "into the file; if you trust it, say `trust_code: true` beside `start_from`."
    )


def _unfit(parent: dict[str, Any], members: list[str]) -> str:
    """Why a model cannot be started from, or "". members: of a blend."""
    try:
        family = family_of(parent)
    except ValidationError as error:
        keys = ", ".join(str(detail["loc"][0]) for detail in error.errors())
        return f"its model.json has options that {parent['architecture']} has not: {keys}."
    if family.is_network:
        return ""
    text = f"{family.architecture} is no network, and only networks can be started from."
    return text + (f" Of its members: {', '.join(members)}." if members else "")


def _is_made(folder: Folder, config: Any) -> bool:
    """Whether a folder is one that this config makes."""
    for name, dataset in config.datasets.items():
        folds = dataset.split.folds
        names = [f"{name}.fold{fold}" for fold in range(1, folds + 1)] if folds else [name]
        if folder.dataset in names and base_of(folder.model) in dataset.models:
            return base_of(folder.model) in config.models
    return False


# -------------------------------------------------------------------------------------- settings
def settings_of(config: Any, starts: dict[str, Start]) -> Settings:
    """The settings: every model, dataset and fold by its name.

    Parameters
    ----------
    config
        With the choices of datasets, and models as from `with_starts`.
    starts
        What models start from, by name. The members of their sweeps do so too.
    """
    trainer = Trainer(config.training)
    models = {name: trainer.model(m, starts.get(name)) for name, m in config.models.items()}
    trials = _trials(config)
    trained = dict(models)
    for base, tried in trials.items():
        for name, values in tried.members.items() if not tried.proposal else ():
            trained[name] = models[base].changed(values or {}, trainer.remade)
    blends = {n: {f"{n}~{m}": of for m, of in b.members.items()} for n, b in trained.items()}
    blends = {name: members for name, members in blends.items() if members}
    for members in blends.values():
        trained |= members
    trained |= {
        n: models[b] for b, tried in trials.items() if tried.proposal for n in tried.members
    }
    best = {best_of(base): models[base] for base in trials}
    searched = [best_of(base) for base, tried in trials.items() if tried.proposal]
    datasets = _datasets(config, [*trials])
    return Settings(
        datasets=datasets,
        joint=_joint(config, datasets),
        models=trained | best,
        trained=[*(name for name in trained if name not in blends), *searched],
        blends={name: list(members) for name, members in blends.items()},
        trials=trials,
        questions=_questions(config),
        level=config.intervals.level,
        **{
            key: getattr(config, key)
            for key in ("interpretation", "seeds", "device", "export", "container", "results")
        },
    )


def _trials(config: Any) -> dict[str, Trials]:
    swept = {base: sweep_of(base, tried, config.seeds) for base, tried in config.sweep.items()}
    return swept | {
        base: search_of(base, search, tried_shapes(config.models[base]), config.seeds)
        for base, search in config.search.items()
    }


def _questions(config: Any) -> dict[str, dict[str, Any]]:
    """Every question by key and name; one that stands alone by its key, if it was given."""
    sections = {key: getattr(config, key) for key in QUESTIONS}
    return {
        key: section
        if QUESTIONS[key].named
        else ({key: section} if section.model_fields_set else {})
        for key, section in sections.items()
    }


def _datasets(config: Any, tried: Iterable[str]) -> dict[str, Dataset]:
    """Datasets by name; one with folds becomes one a fold.

    tried: models with sweeps or searches.
    """
    datasets = {}
    interpretation, questions = config.interpretation, _questions(config)
    for name, section in config.datasets.items():
        if section.counts:  # what is made of them is a table like any other
            measured = section.measured(f"{config.results}/{name}/activity.tsv")
            section = section.model_copy(update={"table": measured})
        planted = section.synthetic.motif_effects if section.synthetic else {}
        words = list(dict.fromkeys([*planted, *interpretation.insert]))
        expected = words if interpretation.motifs == "planted" else interpretation.expected
        models = [*section.models, *(best_of(m) for m in section.models if m in tried)]
        names_of = {k: [n for n, q in by.items() if q.is_for(name)] for k, by in questions.items()}
        weights = {of: contrast.weights for of, contrast in config.contrasts.items()}
        contrasts = {n: of for n, of in weights.items() if {*of} <= {*section.rows.outputs}}
        folds = section.split.folds
        for fold in range(1, folds + 1) if folds else [None]:
            label = name if fold is None else f"{name}.fold{fold}"
            datasets[label] = Dataset(
                name, section, fold, models, words, expected, names_of, contrasts
            )
    return datasets


def _joint(config: Any, datasets: dict[str, Dataset]) -> dict[str, Joint]:
    """By their joint name, datasets that are learned together."""
    models: dict[str, list[str]] = {}
    together = {name: model for name, model in config.models.items() if model.together}
    for name, model in together.items():
        models.setdefault(joint_name(model.together), []).append(name)
    return {
        joint: Joint(
            {name: datasets[name] for name in together[names[0]].together},
            names,
            together[names[0]].leaks or "error",
        )
        for joint, names in models.items()
    }
