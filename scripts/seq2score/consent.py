"""Whose code may be run: custom classes of models, by the word of whoever starts the process."""

from collections.abc import Mapping

_trusted: set[str] = set()


def trust_config(config: Mapping) -> None:
    """From now on, trust the classes (FILE.py:CLASS) that the models of a config name.

    Who runs a config has written or chosen it; what a model's folder names, nobody may have read.
    """
    for model in config.get("models", {}).values():
        architecture = str(model.get("architecture", ""))
        if ":" in architecture:
            _trusted.add(architecture)


def is_trusted(architecture: str) -> bool:
    """Whether a custom class may be run in this process."""
    return architecture in _trusted
