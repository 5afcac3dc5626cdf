"""Networks from one-hot letters to scores: one file an architecture, found by its name."""

from importlib import import_module


def build(architecture: str, options: dict, length: int, outputs: int):
    """A network with new random weights (seed torch's generator before).

    architecture: the name of a module here. options: what its `Model` takes by name.
    The network maps one-hot float32 (n, 4, length) to float32 (n, outputs).
    Raises InputError for options that do not fit the length.
    """
    return import_module(f"seq2score.models.{architecture}").Model(length, outputs, **options)
