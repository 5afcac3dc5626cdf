"""From DNA sequences with measured scores to models that can be trusted and understood.

The modules form a ladder, each importing only what stands below it:
sequences, splits, models, training, inference, evaluation, certainty, motifs, variants, design,
attributions, figures.
"""

from importlib import import_module
from typing import Any

__version__ = "0.2.0"


def __getattr__(name: str) -> Any:
    """`load` and `effects`, found only when asked for: torch takes a second to import."""
    if name == "load":
        return import_module("seq2score.inference.prediction").load
    if name == "effects":
        return import_module("seq2score.variants.effects").predict_effects
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
