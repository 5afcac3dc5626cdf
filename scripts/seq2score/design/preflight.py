"""Designs that nobody could search for, whatever the models say: known once the length is."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from seq2score.design import feasibility, search
from seq2score.design.constraints import Constraints, with_adapters
from seq2score.errors import InputError

STARTS = 32  # random sequences, of which one at least can be changed until it is allowed


def refuse(
    designs: Mapping[str, Mapping],
    length: int,
    flanks: Mapping[str, str],
    adapters: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Refuse what no sequence of a dataset's length can be.

    Parameters
    ----------
    designs
        Sections of the config, complete, by the keys that lead to them.
    length
        Letters of the dataset's sequences.
    flanks
        `left` and `right` of their construct.
    adapters
        `left` and `right` letters of the sequences themselves, which designs keep.

    Raises
    ------
    InputError
        For constraints that contradict each other or that nothing meets, distances longer than a
        sequence, and an exhaustive search among too many.
    """
    for key, request in designs.items():
        template = with_adapters(request["template"] or "N" * length, adapters)
        try:
            _refuse({**request, "template": template}, length, flanks)
        except InputError as error:
            raise InputError(f"{key}.{error}") from None


def _refuse(request: Mapping, length: int, flanks: Mapping[str, str]) -> None:
    for name in ("distance", "distance_from_training"):
        if request[name] > length:
            raise InputError(f"{name}: {request[name]} is more than a sequence's {length} letters")
    known = {**request, "distance_from_training": 0}  # from what: known to the search
    constraints = Constraints.of(known, length, flanks, np.empty((0, length), np.uint8))
    feasibility.refuse_impossible(constraints)
    sequences = search.size(constraints)
    if request["method"] == "exhaustive" and sequences > search.MOST_SEQUENCES:
        raise InputError(
            f"method: exhaustive looks at {search.MOST_SEQUENCES} sequences at most, and there are "
            f"{sequences:.3g}; fix more of the template, or leave the method out"
        )
    if request["start"] == "random":
        _refuse_nothing(constraints, request["seed"])


def _refuse_nothing(constraints: Constraints, seed: int) -> None:
    """Refuse constraints that random sequences cannot be changed to meet."""
    random = np.random.default_rng(seed)
    shape = STARTS, len(constraints.template)
    starts = random.integers(4, size=shape, dtype=np.uint8)
    try:
        feasibility.allowed_starts(constraints, starts, bound=False, random=random)
    except InputError as error:
        raise InputError(f"start: {error}") from None
