"""Make of a network of several datasets that of one: what they share, and its own head."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from seq2score import tables
from seq2score.models import build, files, noise
from seq2score.sequences.construct import Construct, constant_ends
from seq2score.training import heads, losses
from seq2score.training.replicates import Replicates
from seq2score.training.train import as_text


def head_of(record: dict, dataset: str) -> list[int]:
    """Where the outputs of a dataset stand among those of a joint network's record."""
    return [record["outputs"].index(name) for name in record["heads"][dataset]]


def record_of(joint: dict, dataset: str, about: dict, rows: dict[str, int]) -> dict:
    """The record (model.json) of one dataset's network.

    joint: the record of all of them. about: of the dataset's section. rows: of each dataset's train
    set, that it has learned from.
    """
    scaling, chosen = joint["target_scaling"], head_of(joint, dataset)
    own = scaling and {key: [values[i] for i in chosen] for key, values in scaling.items()}
    record = {key: value for key, value in joint.items() if key != "heads"}
    return record | {**about, "dataset": dataset, "target_scaling": own, "together": rows}


def history_of(history: list[dict], joint: dict, dataset: str) -> list[dict]:
    """The history of one dataset, its losses in its own units.

    history: of all datasets, with the losses of each output, of scaled scores.
    """
    scaling, chosen = joint["target_scaling"], head_of(joint, dataset)
    rows = []
    for row in history:
        by_output = heads.losses_in(row, joint["heads"][dataset])
        if scaling:
            sd = np.array(scaling["sd"])[chosen]
            by_output = {k: losses.in_units(joint["loss"], v, sd) for k, v in by_output.items()}
        rows.append(row | {name: float(values.mean()) for name, values in by_output.items()})
    return rows


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    input, output, params = snakemake.input, snakemake.output, snakemake.params
    dataset = snakemake.wildcards.dataset
    network, joint = files.load(Path(input.weights).parent)
    train = [row for row in tables.read_rows(input.summary) if row["part"] == "train"]
    rows = {row["dataset"]: row["rows"] for row in train}
    record = record_of(joint, dataset, params.about, rows)

    letters = record["input_length"] + Construct.of(record["flanks"]).letters
    tells, outputs = noise.is_told(record["loss"]), record["outputs"]
    alone = build(record["architecture"], record["options"], letters, len(outputs), tells)
    heads.take(network, alone, head_of(joint, dataset), len(joint["outputs"]))
    record["parameters"] = sum(parameter.numel() for parameter in alone.parameters())
    sequences = pq.ParquetFile(input.train).iter_batches(columns=["sequence"])
    record["constant_ends"] = constant_ends(batch["sequence"] for batch in sequences)
    if params.weighing_replicates:
        of_all = input.train, params.weighing_replicates, record["score_transform"]
        record["replicates"] = Replicates.fit(*of_all).as_record()

    files.save(alone, record, output.weights, output.description)
    history = history_of(tables.read_rows(input.history), joint, dataset)
    files.write_whole(output.history, as_text(history).encode())
    best = history[record["best_epoch"] - 1]["validation_loss"]
    job.tell("validation loss %.4g in epoch %d, the best of all", best, record["best_epoch"])
