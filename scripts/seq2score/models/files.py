"""A trained model on disk: what it has learned in model.safetensors, all else in model.json."""

import json
import os
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes

from seq2score import consent
from seq2score.errors import InputError
from seq2score.models import build, custom, noise, records
from seq2score.models.network import Network
from seq2score.sequences.construct import Construct
from seq2score.sequences.inputs import Inputs


def save(network: Network, record: dict, weights: str | Path, description: str | Path) -> None:
    """Write what a model has learned and its record, each whole or not at all.

    Parameters
    ----------
    network
        That has learned.
    record
        Everything needed to build and use the model again; of it, `load` needs what `records`
        lists, and of a custom class `class_file`, the digest of its file.
    weights, description
        The files, model.safetensors and model.json.
    """
    state = {name: tensor.detach().cpu().clone() for name, tensor in network.state_dict().items()}
    write_whole(weights, to_bytes(state))
    write_whole(description, (json.dumps(record, indent=2) + "\n").encode())


def load(folder: str | Path, trust_code: bool = False) -> tuple[Network, dict]:
    """The model of a folder, ready to predict, and its record.

    Nothing that comes with the folder is run or unpickled, unless `trust_code` says so.

    Parameters
    ----------
    folder
        Of one seed, such as results/8mers/cnn/seed17.
    trust_code
        Whether the file of a custom class, which the record names, may be run; it must then be the
        very file that the model was trained with. Steps of a run trust the classes that its config
        names (`consent`).

    Raises
    ------
    InputError
        For a folder that holds no model, a damaged or foreign one, one that a newer version made,
        one of a custom class without `trust_code`, or one whose class is not there as it was.
    """
    folder = Path(folder)
    try:
        record = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        state = load_file(folder / "model.safetensors")
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        raise InputError(f"{folder}: no model here, {missing} is missing.") from None
    except (SafetensorError, ValueError, OSError) as error:
        raise InputError(f"{folder}: the model cannot be read: {_line(error)}") from None
    records.check(record, folder / "model.json")
    _refuse_code(folder, record, trust_code)
    outputs = len(record["classes"] or record["outputs"])
    try:
        length = record["input_length"] + Construct.of(record.get("flanks")).letters
        tells, inputs = noise.predicts_noise(record["loss"]), Inputs.of(record.get("inputs"))
        parts = record["architecture"], record["options"], length, outputs, tells
        network = build(*parts, inputs=inputs)
    except (ImportError, AttributeError, KeyError, TypeError, InputError) as error:
        raise InputError(f"{folder / 'model.json'}: no such model here: {_line(error)}") from None
    try:
        network.load_state_dict(state)
    except (KeyError, RuntimeError) as error:
        raise InputError(
            f"{folder / 'model.safetensors'}: not the weights of model.json: {_line(error)}"
        ) from None
    for name, tensor in state.items() if network.differentiable else ():
        if not tensor.isfinite().all():
            raise InputError(f"{folder / 'model.safetensors'}: {name} holds a number not finite.")
    return network.eval(), record


def _refuse_code(folder: Path, record: dict, trust_code: bool) -> None:
    """Raise InputError for a model that runs code which nobody trusts, or which has changed."""
    architecture = record["architecture"]
    members = record["options"].get("members") if architecture == "blend" else None
    for member in members if isinstance(members, list) else []:
        if isinstance(member, dict) and custom.is_custom(str(member.get("architecture"))):
            raise InputError(f"{folder}: not the record of a model: a blend of custom classes.")
    if not custom.is_custom(architecture):
        return
    if not (trust_code or consent.is_trusted(architecture)):
        raise InputError(
            f"{folder}: its model is the class {architecture}, and to load it is to run that file. "
            "Look into the file; if you trust it, load with trust_code=True, or say "
            "`trust_code: true` beside `start_from`."
        )
    if custom.digest_of(architecture) != record.get("class_file"):
        raise InputError(
            f"{folder}: {architecture} has changed since the model was trained. Put the file back "
            "as it was, or train again."
        )


def _line(error: Exception) -> str:
    """What is wrong, in one line."""
    return " ".join(str(error).split())


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file such that, whenever the job dies, its old or its new content stands there."""
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
