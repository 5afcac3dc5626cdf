"""Families of models, from one-hot letters to scores: one file each, found by its name.

A family is a class `Model`: a `Network`, trained by gradients, or an `Estimator`, fitted at once.
Both are built, saved, loaded and called alike.
"""

from importlib import import_module
from typing import Any

from seq2score.models import custom
from seq2score.models.estimator import Estimator
from seq2score.models.fusion import Fusion, Sum
from seq2score.models.network import Network
from seq2score.sequences.inputs import Inputs

ALONE = Inputs()


def build(
    architecture: str,
    options: dict,
    length: int,
    outputs: int,
    noise: bool = False,
    *,
    inputs: Inputs = ALONE,
) -> Network:
    """A model that has learned nothing yet; a network with random weights (seed torch before).

    Parameters
    ----------
    architecture
        The name of a module here, or FILE.py:CLASS of the user's (see `custom`).
    options
        What its class takes by name.
    length
        Letters of a construct.
    outputs
        How many scores or classes there are.
    noise
        Whether it tells the noise too (see `models.noise`).
    inputs
        What models see beside sequences.

    Returns
    -------
    Network
        From one-hot float32 (n, 4, length) to float32 (n, outputs), or (n, 2 x outputs) with the
        noise. Covariates, float32 (n, width), are its second argument, where there are some.

    Raises
    ------
    InputError
        For options that do not fit the length, or a class that cannot be used.
    """

    def made(outputs: int, noise: bool = False, **more: Any) -> Network:
        if custom.is_custom(architecture):
            return custom.build(architecture, options, length, outputs, noise)
        family = import_module(f"seq2score.models.{architecture}").Model
        return (family.with_noise if noise else family)(length, outputs, **options, **more)

    if not inputs:
        return made(outputs, noise)
    if architecture == "blend":  # whose members have them
        return made(outputs, noise, inputs=inputs)
    if isinstance(model := made(outputs, noise), Estimator):
        model.arms = inputs.arms
        return model
    if custom.is_custom(architecture):
        why = "the table has `inputs`, which are joined with what the class makes of a sequence"
        custom.refuse_fixed_outputs(architecture, why)
    kind = Sum if architecture == "linear" else Fusion
    return kind(made, outputs * (1 + noise), inputs, length)
