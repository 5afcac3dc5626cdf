"""A network of several datasets made one of a single dataset: what they share, and its own head."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from seq2score import tables
from seq2score.models import build, noise
from seq2score.models import files as files_of_models
from seq2score.sequences.construct import Construct, constant_ends
from seq2score.training import heads, losses
from seq2score.training.replicates import Replicates
from seq2score.training.train import Trained


def head_of(record: Mapping, dataset: str) -> list[int]:
    """Where the outputs of a dataset stand among those of a joint network's record."""
    return [record["outputs"].index(name) for name in record["heads"][dataset]]


def record_of(joint: Mapping, dataset: str, settings: Mapping, rows: Mapping[str, int]) -> dict:
    """The record (model.json) of one dataset's network.

    Parameters
    ----------
    joint
        The record of the network of all.
    dataset
        Its name.
    settings
        Of its section.
    rows
        Of each train set that was learned from.
    """
    scaling, chosen = joint["target_scaling"], head_of(joint, dataset)
    of_dataset = scaling and {key: [values[i] for i in chosen] for key, values in scaling.items()}
    record = {key: value for key, value in joint.items() if key != "heads"}
    return record | {**settings, "dataset": dataset, "target_scaling": of_dataset, "together": rows}


def history_of(history: Sequence[dict], joint: Mapping, dataset: str) -> list[dict]:
    """The history of one dataset, its losses in its own units.

    Parameters
    ----------
    history
        Of all datasets, with the losses of each output, of scaled scores.
    joint
        The record of the network of all.
    dataset
        Its name.
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


def separate(
    folder: str | Path,
    dataset: str,
    settings: Mapping,
    files: Mapping[str, str | Path],
    weighing_replicates: Sequence[str] = (),
) -> Trained:
    """The network of one dataset, from that of all that were learned together.

    Parameters
    ----------
    folder
        Of the joint network.
    dataset
        Its name.
    settings
        Of the dataset, for the record.
    files
        `train`, the dataset's train set; `history` of the joint network; `summary` of the join.
    weighing_replicates
        Columns of replicates that weighed its rows.
    """
    network, joint = files_of_models.load(Path(folder))
    train = [row for row in tables.read_rows(files["summary"]) if row["part"] == "train"]
    record = record_of(joint, dataset, settings, {row["dataset"]: row["rows"] for row in train})
    letters = record["input_length"] + Construct.of(record["flanks"]).letters
    outputs, noisy = record["outputs"], noise.predicts_noise(record["loss"])
    alone = build(record["architecture"], record["options"], letters, len(outputs), noisy)
    heads.take(network, alone, head_of(joint, dataset), len(joint["outputs"]))
    record["parameters"] = sum(parameter.numel() for parameter in alone.parameters())
    sequences = pq.ParquetFile(files["train"]).iter_batches(columns=["sequence"])
    record["constant_ends"] = constant_ends(batch["sequence"] for batch in sequences)
    if weighing_replicates:
        replicates = Replicates.fit(files["train"], weighing_replicates, record["score_transform"])
        record["replicates"] = replicates.as_record()
    history = history_of(tables.read_rows(files["history"]), joint, dataset)
    return Trained(alone, record, history)
