"""Whose code may be run: custom classes of models, by the word of whoever starts the process."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

_trusted: set[str] = set()


def trust_config(config: Mapping) -> None:
    """From now on, trust the classes (FILE.py:CLASS) that the models of a config name.

    Who runs a config has written or chosen it; what a model's folder names, nobody may have read,
    unless the config says `trust_code` of a model that starts from it.
    """
    for model in config.get("models", {}).values():
        named = [str(model.get("architecture", ""))]
        if model.get("trust_code") is True:
            named += _named_in(Path(str(model.get("start_from"))))
        _trusted.update(architecture for architecture in named if ":" in architecture)


def _named_in(folder: Path) -> Iterator[str]:
    """The architectures of a model's seeds, or of the one that the folder is of."""
    for file in [folder / "model.json", *folder.glob("seed*/model.json")]:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            yield str(json.loads(file.read_text(encoding="utf-8")).get("architecture"))


def is_trusted(architecture: str) -> bool:
    """Whether a custom class may be run in this process."""
    return architecture in _trusted
