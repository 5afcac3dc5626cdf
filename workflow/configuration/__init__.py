"""From the user's config to the settings that the rules read: checked, completed, resolved.

The Snakefile calls `resolve` once, before any job. What a schema can state is checked by
`validation`; what it cannot (names that must exist elsewhere, values that only fit together) here.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from snakemake.exceptions import WorkflowError

from configuration.bounds import too_long, too_many
from configuration.contents import wrong_contents
from configuration.datasets import (
    RESERVED_DATASETS,
    datasets_of,
    wrong_choice_of_models,
    wrong_source,
    wrong_split,
    wrong_synthetic,
    wrong_table,
)
from configuration.families import (
    base_of,
    models_of,
    with_presets,
    with_recipes,
    wrong_gpus,
    wrong_model,
)
from configuration.files import wrong_files
from configuration.parents import Start
from configuration.questions import (
    SECTIONS,
    asked_by,
    attributions_of,
    unaddressed,
    wrong_addresses,
    wrong_attributions,
    wrong_design,
    wrong_variants,
)
from configuration.starting import with_parents, wrong_without_start
from configuration.together import joint_of, with_choices, wrong_together
from configuration.trying import (
    best_of,
    combinations_of,
    each_tried,
    joined,
    searched,
    sweep_members,
    trials_of,
    with_sweep_values_read,
    wrong_members,
    wrong_search,
    wrong_values,
)
from validation import Problem, coerced, filled, problems
from validation import allowed as allowed
from written import Written, read

MOST_PROBLEMS = 10


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
        given = with_presets(coerced(config))
        written = read(files)
        _refuse(written.problems, written)
        _refuse(problems(given), written)
        given = with_choices(with_recipes(given))
        given, starts, wrong = with_parents(given)
        _refuse(wrong, written)
        given = with_sweep_values_read(given)
        complete = with_presets(filled(given))
        wrong = [*_contradictions(complete, given), *wrong_without_start(given, starts)]
        _refuse([*wrong, *too_many(complete)], written)
        _refuse([*wrong_files(complete, need_files), *wrong_members(given)], written)
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


def _expanded(complete: dict, given: dict, starts: dict[str, Start]) -> dict:
    """The settings: every model, dataset and fold by its name.

    complete: the config with defaults; given: as the user wrote it, for a preset comes between.
    starts: what models start from, by name; the members of their sweeps do so too.
    """
    models, members = models_of(given), sweep_members(given)
    trained = models | joined(members)
    blends = {
        name: {f"{name}~{label}": member for label, member in model["members"].items()}
        for name, model in trained.items()
        if model["members"]
    }
    trained |= joined(blends)
    trials = trials_of(complete)
    best = {best_of(base): models[base] for base in [*members, *trials]}
    trained |= {name: models[base] for base in trials for name in [*trials[base], best_of(base)]}
    resolved = trained | best
    datasets = {
        name: {**dataset, "asks": asked_by(dataset["fold_of"] or name, complete)}
        for name, dataset in datasets_of(complete, resolved).items()
    }
    return {
        **complete,
        **{
            section: {name: unaddressed(question) for name, question in complete[section].items()}
            for section in SECTIONS
        },
        "datasets": datasets,
        "joint": joint_of(complete, datasets),
        "models": resolved,
        "attributions": attributions_of(complete) if given.get("attributions") else None,
        "starts": {name: starts[base] for name in trained if (base := base_of(name)) in starts},
        "trained": [name for name in trained if name not in blends],
        "blends": {name: list(of_blend) for name, of_blend in blends.items()},
        "sweep": combinations_of(given) | {base: dict.fromkeys(trials[base]) for base in trials},
        "search": {base: searched(complete, base) for base in trials},
    }


def _contradictions(config: dict, given: dict) -> Iterator[Problem]:
    """What no schema can state. config: with defaults; given: as the user wrote it."""
    yield from wrong_gpus(config)
    for name, model in config["models"].items():
        yield from wrong_model(("models", name), model)
    for name, dataset in config["datasets"].items():
        path = ("datasets", name)
        if name in RESERVED_DATASETS:
            yield Problem(path, "a name that we use ourselves. Choose another one.")
        if ("synthetic" in dataset) == ("table" in dataset):
            yield Problem(path, "needs either synthetic or table, and not both.")
        elif "synthetic" in dataset:
            yield from wrong_synthetic(path, dataset)
        else:
            yield from wrong_table(path, dataset)
        yield from wrong_split(path, dataset["split"])
        yield from wrong_choice_of_models(path, dataset, config, given)
    yield from wrong_together(config)
    for path, name, values in each_tried(config):
        yield from wrong_values(path, name, values, config)
    for name, search in config["search"].items():
        if name in config["models"]:
            yield from wrong_search(("search", name), search, config)
    yield from wrong_addresses(config)
    for name, section in config["variants"].items():
        yield from wrong_variants(("variants", name), section)
    for name, new in config["predict"].items():
        yield from wrong_source(("predict", name), new, needs_scores=False)
    yield from wrong_attributions(config)
    for name, asked in config["design"].items():
        yield from wrong_design(("design", name), asked, config)


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
