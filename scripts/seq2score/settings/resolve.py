"""The way from a config to settings; see the package."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from seq2score.errors import InputError
from seq2score.settings.checks import contradictions, wrong_members, wrong_packages
from seq2score.settings.config import CONFIG, checked
from seq2score.settings.expansion import settings_of, with_choices, with_starts, with_values_read
from seq2score.settings.files import too_long, wrong_contents, wrong_files
from seq2score.settings.messages import Problem
from seq2score.settings.reading import Written, written
from seq2score.settings.resolved import Settings

MOST_PROBLEMS = 10


class ConfigError(InputError):
    """The config is wrong; the message says where and what is allowed instead."""


def resolve(
    config: dict[str, Any],
    files: Sequence[Path | str] = (),
    need_files: bool = False,
    look_inside: bool = False,
    installed: Callable[[str], object] | None = None,
) -> Settings:
    """Settings: every key present, presets, folds and sweeps expanded.

    Parameters
    ----------
    config
        What was read of the config's files.
    files
        Where it was read from, to name file and line in messages.
    need_files
        Whether the files that the config names must exist; not so where another workflow's rules
        are to make them.
    look_inside
        Whether those that later steps read must also hold what they read.
    installed
        Whether a module is there, for questions that need some beside the project's own packages;
        not given where each step has an environment of its own.

    Raises
    ------
    ConfigError
        With all problems found (the first ten, and how many more).
    """
    try:
        places = written(files, CONFIG)
        _refuse(places.problems, places)
        given, wrong = checked(config)
        _refuse(wrong, places)
        given, starts, wrong = with_starts(with_choices(given))
        _refuse(wrong, places)
        given = with_values_read(given)
        _refuse(contradictions(given, starts), places)
        _refuse([*wrong_files(given, need_files), *wrong_members(given)], places)
        _refuse(wrong_packages(given, installed) if installed else (), places)
        _refuse(wrong_contents(given) if need_files and look_inside else (), places)
        settings = settings_of(given, starts)
        _refuse(too_long(settings), places)
    except RecursionError:
        raise ConfigError(
            "The config holds itself: an alias (*) inside its own anchor (&)."
        ) from None
    return settings


def _refuse(wrong: Iterable[Problem], places: Written) -> None:
    if not (ordered := list(dict.fromkeys(wrong))):
        return
    ordered.sort(key=lambda problem: places.line(problem.path))
    lines = [
        f"{places.where(path)}{'.'.join(map(_printable, path))}: {text}"
        for path, text in ordered[:MOST_PROBLEMS]
    ]
    if len(ordered) > MOST_PROBLEMS:
        lines.append(f"... and {len(ordered) - MOST_PROBLEMS} more problems.")
    raise ConfigError("\n".join(lines))


def _printable(key: object) -> str:
    return str(key) if str(key).isprintable() else repr(key)
