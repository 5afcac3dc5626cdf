"""What a config may ask for at most, and where its files may lie: what could do harm is refused."""

import math
from collections.abc import Iterator
from pathlib import Path

from validation import Problem

MOST_TRAININGS = 10_000
LONGEST_NAME = 255  # bytes of a file's or folder's name, on every common file system
SECTIONS = ("predict", "variants", "design")  # whose names stand in those of files and logs too
LONGEST_ENDING = 24  # of a log's name after those of its dataset and model


def too_many(config: dict) -> Iterator[Problem]:
    """More trainings than any machine ends, counted without listing them."""
    seeds, total = len(config["seeds"]), {}
    for name, dataset in config["datasets"].items():
        times = seeds * (dataset["split"].get("folds") or 1)
        for model in dataset.get("models", config["models"]):
            tried = config["sweep"].get(model, {})
            members = math.prod(map(len, tried.values())) if tried else 0
            trials = config["search"].get(model, {}).get("trials", 0)
            total[name, model] = times * (1 + members) + times // seeds * trials
    count = sum(total.values())
    if count > MOST_TRAININGS:
        (dataset, model), most = max(total.items(), key=lambda item: item[1])
        yield Problem(
            next(((key, model) for key in ("sweep", "search") if model in config[key]), ("seeds",)),
            f"{count:,} trainings in all, of which {most:,} of {model} on {dataset}. "
            f"Allowed: at most {MOST_TRAININGS:,}.",
        )


def too_long(settings: dict) -> Iterator[Problem]:
    """Names that, joined to those of files and logs, no file system takes."""
    named = [name for section in SECTIONS for name in settings.get(section) or {}]
    longest = max(map(len, named), default=0)
    room = LONGEST_NAME - LONGEST_ENDING
    for name, dataset in (settings["datasets"] | settings["joint"]).items():
        for base in dataset["models"]:
            for model in [base, *settings["sweep"].get(base, [])]:
                if (letters := len(name) + len(model) + longest) > room:
                    tried = "search" if base in settings["search"] else "sweep"
                    key = (tried if model != base else "models", base)
                    also = (
                        f" and the longest name in {' or '.join(SECTIONS)} ({longest})"
                        if longest
                        else ""
                    )
                    yield Problem(
                        key,
                        f"the names {name} ({len(name)} letters) and {model} ({len(model)}){also} "
                        f"make {letters} letters, which stand in the names of files. "
                        f"Allowed: {room} together.",
                    )
                    break  # a sweep has many members


def under(file: str, folder: str) -> bool:
    """Whether a file lies in a folder or below, by whatever name or link it is called."""
    there = Path(folder).resolve()
    return any(
        place == there or (place.exists() and there.exists() and place.samefile(there))
        for place in Path(file).resolve().parents
    )
