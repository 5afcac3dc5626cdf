"""Trained models joined in one, each by the weight that the validation set gives it.

What the members have learned is copied: the blend stands alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from seq2score.errors import InputError
from seq2score.inference.prediction import Predictor
from seq2score.inference.units import in_units
from seq2score.models import build
from seq2score.models.blend import Model as BlendModel
from seq2score.sequences.construct import Construct
from seq2score.sequences.encoding import encode
from seq2score.training import losses
from seq2score.training.examples import Target, weights_of
from seq2score.training.replicates import Replicates
from seq2score.training.scaling import Scaling
from seq2score.training.stacking import stack
from seq2score.training.train import Trained

# What members must have in common for their outputs to be summed.
SHARED = (
    *("input_length", "length", "alphabet", "flanks", "outputs", "classes"),
    *("target_scaling", "score_transform", "reverse_complement", "loss", "inputs"),
)


def join(members: Mapping[str, Predictor]) -> Predictor:
    """The blend of these models, its weights still 0, with a record made of theirs.

    Raises
    ------
    InputError
        For models that do not predict the same.
    """
    records = {name: member.record for name, member in members.items()}
    first, *others = records
    for name in others:
        for key in SHARED:
            if records[name].get(key) != records[first].get(key):
                raise InputError(
                    f"{key} is {records[first].get(key)} for {first} and {records[name].get(key)} "
                    f"for {name}. Members of a blend must be trained alike in this."
                )
    kept = [
        {"name": name, "architecture": record["architecture"], "options": record["options"]}
        for name, record in records.items()
    ]
    record = records[first]
    length = record["input_length"] + Construct.of(record.get("flanks")).letters
    outputs = len(record["classes"] or record["outputs"])
    inputs = members[first].inputs
    blend = cast(BlendModel, build("blend", {"members": kept}, length, outputs, inputs=inputs))
    for name, member in members.items():
        blend.members[name] = member.network
    parameters = sum(member["parameters"] for member in records.values())
    made = {"architecture": "blend", "options": {"members": kept}, "parameters": parameters}
    return Predictor(blend, {**record, **made, "best_epoch": 1})


def target_of(record: dict) -> Target:
    """What the model of a record has learned."""
    scaling = record["target_scaling"]
    return Target(
        record["outputs"],
        record["classes"],
        record["score_transform"],
        scaling and Scaling(np.array(scaling["mean"]), np.array(scaling["sd"])),
    )


def mean_loss(
    outputs: np.ndarray,
    table: pa.Table,
    record: dict,
    weight: str | None,
    replicates: Replicates | None = None,
) -> float:
    """Mean loss as a training tells it: over all rows, in the score's own units.

    Parameters
    ----------
    outputs
        Of a network, on the scale that was learned, float64 (n, outputs).
    table
        Scores and weights of the n rows.
    record
        Of the model.
    weight
        The column of sample weights, if any.
    replicates
        That weigh rows by their noise.
    """
    target = target_of(record)
    truth = target.values(table)
    truth = truth if target.classes else np.nan_to_num(truth)
    value, _ = losses.LOSSES[record["loss"]](torch.from_numpy(outputs), torch.from_numpy(truth))
    weights = weights_of(table, target, weight, replicates)
    mean = (value.numpy() * weights / weights.mean()).mean(axis=0)
    if target.scaling is not None:
        mean = losses.in_units(record["loss"], mean, target.scaling.sd)
    return float(mean.mean())


def in_score_units(outputs: np.ndarray, record: Mapping) -> np.ndarray:
    """What a network gave, float64 (n, outputs), as `Predictor.predict` returns it."""
    if record["classes"]:
        odds = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)
    predicted = in_units(outputs, record)
    return predicted[:, 0] if predicted.shape[1] == 1 else predicted


@dataclass(frozen=True)
class Blend:
    """Models joined by weights that fit a validation set."""

    predictor: Predictor  # the blend, its record complete
    members: Mapping[str, Predictor]
    weights: np.ndarray  # of each member, float64 (members, outputs)
    outputs: list[np.ndarray]  # of each member, and last the blend, for the validation set
    history: list[dict]  # of its one epoch

    @property
    def trained(self) -> Trained:
        """As a training gives it."""
        return Trained(self.predictor.network, self.predictor.record, self.history)

    @property
    def shares(self) -> str:
        """The mean weight of each member, in words."""
        pairs = zip(self.members, self.weights, strict=True)
        return ", ".join(f"{name} {weights.mean():.2f}" for name, weights in pairs)

    def member_rows(self, metric: str, scores: Sequence[float]) -> list[dict]:
        """A row a member, and one of the blend: weights, validation metric, and what it took.

        Of the metric, `scores` are the values of the members and then of the blend.
        """
        record = self.predictor.record
        several = len(record["outputs"]) > 1
        names = [f"weight_{o}" for o in record["outputs"]] if several else ["weight"]
        records = {name: member.record for name, member in self.members.items()}
        weights = [*self.weights.tolist(), [""] * len(names)]
        return [
            {"member": name, "architecture": of["architecture"]}
            | dict(zip(names, of_member, strict=False))
            | {f"validation_{metric}": value}
            | {key: of[key] for key in ("train_seconds", "parameters")}
            for (name, of), of_member, value in zip(
                (records | {"blend": record}).items(), weights, scores, strict=True
            )
        ]


def blend(
    members: Mapping[str, Predictor],
    train: str | Path,
    validation: str | Path,
    weight: str | None = None,
    weighing_replicates: Sequence[str] = (),
) -> Blend:
    """Join trained models by the weights that fit the validation set best.

    Parameters
    ----------
    members
        By name.
    train, validation
        Files of these parts.
    weight
        The column of sample weights.
    weighing_replicates
        Columns of replicates that weigh rows by their noise.

    Raises
    ------
    InputError
        For models that do not predict the same.
    """
    started = perf_counter()
    joint = join(members)
    record, target, replicates = joint.record, target_of(joint.record), None
    if weighing_replicates:
        replicates = Replicates.fit(train, weighing_replicates, record["score_transform"])
    parts = {"train": pq.read_table(train), "validation": pq.read_table(validation)}
    encoded, truth = encode(parts["validation"]["sequence"]), target.values(parts["validation"])
    inputs = joint.covariates(parts["validation"])
    outputs = [member.outputs(encoded, inputs) for member in members.values()]
    weights, shift = stack(
        np.stack(outputs),
        truth if target.classes else np.nan_to_num(truth),
        weights_of(parts["validation"], target, weight, replicates),
        record["loss"],
    )
    network = cast(BlendModel, joint.network)
    network.weights.copy_(torch.from_numpy(weights))
    network.shift.copy_(torch.from_numpy(shift))

    summed = joint.outputs(encoded, inputs)
    fitted = joint.outputs(encode(parts["train"]["sequence"]), joint.covariates(parts["train"]))
    losses = {
        f"{part}_loss": mean_loss(of, parts[part], record, weight, replicates)
        for part, of in (("train", fitted), ("validation", summed))
    }
    trained = sum(member.record["train_seconds"] for member in members.values())
    record["train_seconds"] = trained + perf_counter() - started
    row = {**losses, "epoch": 1, "learning_rate": math.nan, "seconds": record["train_seconds"]}
    return Blend(joint, members, weights, [*outputs, summed], [row])
