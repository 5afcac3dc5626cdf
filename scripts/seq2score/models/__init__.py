"""Families of models, from one-hot letters to scores: one file each, found by its name.

A family is a class `Model`: a `Network`, trained by gradients, or an `Estimator`, fitted at once.
Both are built, saved, loaded and called alike.
"""

from importlib import import_module

from seq2score.models import own


def build(architecture: str, options: dict, length: int, outputs: int, noise: bool = False):
    """A model that has learned nothing yet; a network with random weights (seed torch before).

    architecture: the name of a module here, or FILE.py:CLASS of the user's own (see `own`).
    options: what its class takes by name. noise: whether it tells the noise too (see `noise`).
    The model maps one-hot float32 (n, 4, length) to float32 (n, outputs), or (n, 2 x outputs).
    Raises InputError for options that do not fit the length, or a class that cannot be used.
    """
    if own.is_own(architecture):
        return own.build(architecture, options, length, outputs, noise)
    family = import_module(f"seq2score.models.{architecture}").Model
    return (family.with_noise if noise else family)(length, outputs, **options)
