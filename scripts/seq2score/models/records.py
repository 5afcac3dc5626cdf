"""What the record of a trained model (model.json) must hold for the model to be used again."""

import re
from pathlib import Path

from seq2score import __version__
from seq2score.errors import InputError


def _is_names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)


def _is_scaling(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(key), list) and all(isinstance(v, float | int) for v in value[key])
        for key in ("mean", "sd")
    )


# What is allowed of each key, in words and as a test.
RECORD = {
    "architecture": ("a text", lambda value: isinstance(value, str)),
    "options": ("a mapping", lambda value: isinstance(value, dict)),
    "input_length": (
        "a whole number from 1",
        lambda value: type(value) is int and value > 0,
    ),
    "length": ("equal, or a rule", lambda value: value == "equal" or isinstance(value, dict)),
    "alphabet": ("dna, rna", lambda value: value in ("dna", "rna")),
    "outputs": ("a list of names", _is_names),
    "classes": ("a list of names, or null", lambda value: value is None or _is_names(value)),
    "target_scaling": (
        "mean and sd, or null",
        lambda value: value is None or _is_scaling(value),
    ),
    "score_transform": (
        "none, log2, log1p",
        lambda value: value in ("none", "log2", "log1p"),
    ),
    "reverse_complement": (
        "none, augment, average",
        lambda value: value in ("none", "augment", "average"),
    ),
    "loss": ("a text", lambda value: isinstance(value, str)),
}


def check(record: object, path: Path) -> None:
    """Refuse a record, read from `path`, that no model can be built from.

    Raises
    ------
    InputError
        For one that is none of ours, or of a newer version.
    """
    if not isinstance(record, dict):
        raise InputError(f"{path}: not the record of a model of seq2score.")
    if _release(version := str(record.get("seq2score", ""))) > _release(__version__):
        raise InputError(
            f"{path}: made by seq2score {version}; this is {__version__}. Install that one."
        )
    for key, (allowed, fits) in RECORD.items():
        if key not in record or not fits(record[key]):
            what = f"{key}: {record[key]!r:.60}" if key in record else f"without {key}"
            raise InputError(f"{path}: not the record of a model: {what}. Allowed: {allowed}.")
    scaling, outputs = record["target_scaling"], len(record["outputs"])
    if scaling and not outputs == len(scaling["mean"]) == len(scaling["sd"]):
        raise InputError(
            f"{path}: not the record of a model: target_scaling is not of {outputs} outputs."
        )


def _release(version: str) -> tuple[int, ...]:
    """For comparing versions: (1, 10) of "1.10.0", as (1, 10, 0) is no newer."""
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
