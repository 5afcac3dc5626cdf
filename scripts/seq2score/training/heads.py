"""A network of several datasets, which has the outputs of all side by side, taken apart.

All that the datasets share stays as it is; of what there is once an output, each has its own.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from seq2score.errors import InputError
from seq2score.models import build, custom
from seq2score.models.estimator import Estimator
from seq2score.models.network import Network, one_hot

LOSSES = ("train_loss", "validation_loss")
TOLERANCE = 1e-4  # sums of other shapes differ in float32's last bits


def take(joint: Network, alone: Network, chosen: Sequence[int], outputs: int) -> None:
    """Put into a network what the joint one has learned of some of its outputs.

    Where a network tells the noise, its outputs come twice.

    Parameters
    ----------
    joint
        Network of so many `outputs`.
    alone
        Of the same family and options, with the `chosen` ones alone, in this order.
    chosen
        Places of its outputs among those of the joint one.
    outputs
        How many the joint one has.

    Raises
    ------
    InputError
        Where a weight belongs to no one output.
    """
    learned = joint.state_dict()
    state = {
        name: _of(name, learned[name], tensor, chosen, outputs)
        for name, tensor in alone.state_dict().items()
    }
    alone.load_state_dict(state)


def _of(name: str, learned: Tensor, tensor: Tensor, chosen: Sequence[int], outputs: int) -> Tensor:
    """The rows of a tensor that belong to the chosen outputs; all of one that they share."""
    if learned.shape == tensor.shape:
        return learned
    times, rest = divmod(len(learned), outputs)  # twice with the noise
    rows = [i + time * outputs for time in range(times) for i in chosen]
    if rest or (len(rows), *learned.shape[1:]) != tensor.shape:
        raise InputError(f"{name} has no rows by output, so that no dataset has its own of it")
    return learned[rows]


def refuse_inseparable(
    architecture: str, options: dict, length: int, heads: dict[str, list[str]], noise: bool
) -> None:
    """Try on random weights whether networks of this kind can be taken apart.

    Parameters
    ----------
    architecture, options
        Of the networks.
    length
        Letters of a construct.
    heads
        Names of the outputs, by dataset.
    noise
        Whether they tell the noise too.

    Raises
    ------
    InputError
        For an estimator, and where the part of a network does not give what the whole one gave.
    """
    torch.manual_seed(0)
    outputs = [name for names in heads.values() for name in names]
    whole = build(architecture, options, length, len(outputs), noise)
    if isinstance(whole, Estimator):
        raise InputError(f"together: {architecture} is no network. Allowed: networks.")
    if custom.is_custom(architecture):
        custom.refuse_fixed_outputs(architecture, "it has a head for each dataset")
    letters = one_hot(torch.randint(4, (8, length)))
    expected = _given(whole, letters, len(outputs))
    for names in heads.values():
        chosen = [outputs.index(name) for name in names]
        alone = build(architecture, options, length, len(chosen), noise)
        try:
            take(whole, alone, chosen, len(outputs))
        except (InputError, IndexError, RuntimeError) as error:
            raise _inseparable(architecture, str(error)) from None
        part = _given(alone, letters, len(chosen))
        if not torch.allclose(part, expected[:, :, chosen], TOLERANCE, TOLERANCE):
            raise _inseparable(architecture, "what it gives for one dataset depends on the others")


def losses_of(row: Mapping, outputs: Sequence[str]) -> dict[str, float]:
    """Of a row of a history, the losses by output, each a column of its own."""
    return {
        f"{part} {output}": loss
        for part in LOSSES
        for output, loss in zip(outputs, row[f"{part}es"] if outputs else (), strict=True)
    }


def losses_in(row: Mapping, outputs: Sequence[str]) -> dict[str, np.ndarray]:
    """The losses of these outputs, float64 (outputs,), of a row with the columns of `losses_of`."""
    return {part: np.array([row[f"{part} {output}"] for output in outputs]) for part in LOSSES}


def _given(network: Network, letters: Tensor, outputs: int) -> Tensor:
    """What a network gives, its noise apart: (n, 1 or 2, outputs)."""
    with torch.no_grad():
        return network.eval()(letters).unflatten(1, (-1, outputs))


def _inseparable(architecture: str, why: str) -> InputError:
    return InputError(f"together: {architecture} cannot be taken apart by dataset: {why}.")
