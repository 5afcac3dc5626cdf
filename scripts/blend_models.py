"""Join trained models in one, each by the weight that the validation set gives it.

Never reads the test set. What the members have learned is copied: the blend stands alone.
"""

import math
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from seq2score import tables
from seq2score.errors import InputError
from seq2score.evaluation.evaluate import evaluate
from seq2score.inference.prediction import Predictor, load
from seq2score.inference.predictions import columns
from seq2score.inference.units import in_units
from seq2score.models import build, files
from seq2score.sequences.construct import Construct
from seq2score.sequences.encoding import encode
from seq2score.task import task_of
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


def joined(members: dict[str, Predictor]) -> Predictor:
    """The blend of these models, its weights still 0, with a record made of theirs.

    Raises InputError for models that do not predict the same.
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
    about = [
        {"name": name, "architecture": record["architecture"], "options": record["options"]}
        for name, record in records.items()
    ]
    record = records[first]
    length = record["input_length"] + Construct.of(record.get("flanks")).letters
    outputs = len(record["classes"] or record["outputs"])
    inputs = members[first].inputs
    blend = build("blend", {"members": about}, length, outputs, inputs=inputs)
    for name, member in members.items():
        blend.members[name] = member.network
    parameters = sum(member["parameters"] for member in records.values())
    made = {"architecture": "blend", "options": {"members": about}, "parameters": parameters}
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
    """As a training tells it: over all rows, in the score's own units."""
    target = target_of(record)
    truth = target.values(table)
    truth = truth if target.classes else np.nan_to_num(truth)
    value, _ = losses.LOSSES[record["loss"]](torch.from_numpy(outputs), torch.from_numpy(truth))
    weights = weights_of(table, target, weight, replicates)
    mean = (value.numpy() * weights / weights.mean()).mean(axis=0)
    if target.scaling is not None:
        mean = losses.in_units(record["loss"], mean, target.scaling.sd)
    return float(mean.mean())


def score(outputs: np.ndarray, record: dict, table: pa.Table) -> float:
    """The metric that sweeps are ranked by, of outputs for the rows of a table."""
    if record["classes"]:
        odds = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        predicted = odds / odds.sum(axis=1, keepdims=True)
    else:
        predicted = in_units(outputs, record)
        predicted = predicted[:, 0] if predicted.shape[1] == 1 else predicted
    truth = {name: table[name] for name in record["outputs"]}
    told = columns(predicted, record["outputs"], record["classes"])
    return evaluate(pa.table(truth | told))[task_of(record["classes"]).ranked_by]


def contributions(
    weights: np.ndarray, records: dict[str, dict], scores: list[float], blend: dict
) -> list[dict]:
    """A row a member, and one of the blend: weights, validation metric, and what it took.

    scores: of the members, and of the blend. blend: its record.
    """
    several = len(blend["outputs"]) > 1
    names = [f"weight_{o}" for o in blend["outputs"]] if several else ["weight"]
    metric = f"validation_{task_of(blend['classes']).ranked_by}"
    of_all = [*weights.tolist(), [""] * len(names)]
    return [
        {"member": name, "architecture": record["architecture"]}
        | dict(zip(names, own, strict=False))
        | {metric: value, **{key: record[key] for key in ("train_seconds", "parameters")}}
        for (name, record), own, value in zip(
            (records | {"blend": blend}).items(), of_all, scores, strict=True
        )
    ]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    started, params, output = perf_counter(), snakemake.params, snakemake.output
    folders = [Path(path).parent for path in snakemake.input.weights]
    members = dict(zip(params.members, map(load, folders), strict=True))
    records = {name: member.record for name, member in members.items()}
    blend = joined(members)
    record, target = blend.record, target_of(blend.record)
    record["model"] = snakemake.wildcards.model

    replicates = None
    if weighing := params.weighing_replicates:
        replicates = Replicates.fit(snakemake.input.train, weighing, record["score_transform"])
    train, validation = (pq.read_table(snakemake.input[of]) for of in ("train", "validation"))
    codes, truth = encode(validation["sequence"]), target.values(validation)
    inputs = blend.beside(validation)
    outputs = np.stack([member.outputs(codes, inputs) for member in members.values()])
    weights, shift = stack(
        outputs,
        truth if target.classes else np.nan_to_num(truth),
        weights_of(validation, target, params.weight, replicates),
        record["loss"],
    )
    blend.network.weights.copy_(torch.from_numpy(weights))
    blend.network.shift.copy_(torch.from_numpy(shift))

    summed = blend.outputs(codes, inputs)
    fitted = blend.outputs(encode(train["sequence"]), blend.beside(train))
    losses = [
        mean_loss(of, table, record, params.weight, replicates)
        for of, table in ((fitted, train), (summed, validation))
    ]
    spent = sum(r["train_seconds"] for r in records.values()) + perf_counter() - started
    record["train_seconds"] = spent
    row = dict(zip(("train_loss", "validation_loss"), losses, strict=True))
    row |= {"epoch": 1, "learning_rate": math.nan, "seconds": spent}
    scores = [score(of, record, validation) for of in (*outputs, summed)]
    files.save(blend.network, record, output.weights, output.description)
    made = Trained(blend.network, record, [row])
    files.write_whole(output.history, made.history_table.encode())
    tables.write(contributions(weights, records, scores, record), output.members)
    shares = (f"{name} {own.mean():.2f}" for name, own in zip(members, weights, strict=True))
    job.tell(
        "%s; validation %s %.4g",
        ", ".join(shares),
        task_of(record["classes"]).ranked_by,
        scores[-1],
    )
