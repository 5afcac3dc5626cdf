"""From the files of a split to a trained model, the record of it and how its loss fell."""

import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import safetensors
import torch

from seq2score import __version__
from seq2score.models import build, noise, own
from seq2score.models import files as files_of_models
from seq2score.models.estimator import Estimator
from seq2score.models.network import Network
from seq2score.sequences.construct import Construct, constant_ends
from seq2score.sequences.inputs import Inputs
from seq2score.splits.parts import sequence_length
from seq2score.task import TASKS
from seq2score.training import heads, strands
from seq2score.training.batches import Sets
from seq2score.training.examples import Target, open_set
from seq2score.training.fitting import Fitting
from seq2score.training.loop import Training, Watch
from seq2score.training.replicates import Replicates
from seq2score.training.starting import Start, paces

HISTORY = ("epoch", "train_loss", "validation_loss", "learning_rate", "seconds")
# Of the settings, what the record of a model keeps as it is.
KEPT = (
    *("architecture", "options", "length", "alphabet", "flanks", "task", "score_transform"),
    "reverse_complement",
)


@dataclass(frozen=True)
class Trained:
    """model: on its device. record: of model.json. history: a row an epoch, by HISTORY."""

    model: Network
    record: dict
    history: list[dict]

    @property
    def history_table(self) -> str:
        """The history as tab-separated text; of several datasets, with the losses of each score."""
        outputs = self.record["outputs"] if self.record.get("heads") else []
        by_output = [heads.losses_of(row, outputs) for row in self.history]
        rows = [row | own for row, own in zip(self.history, by_output, strict=True)]
        return as_text(rows, [*HISTORY, *by_output[0]])

    def save(self, weights: str | Path, description: str | Path, history: str | Path) -> None:
        """Write the files of a model."""
        files_of_models.save(self.model, self.record, weights, description)
        files_of_models.write_whole(history, self.history_table.encode())


def as_text(history: Sequence[dict], columns: Sequence[str] = HISTORY) -> str:
    """A history, a row an epoch, as tab-separated text."""
    rows = [columns, *([f"{row[name]:.9g}" for name in columns] for row in history)]
    return "".join("\t".join(row) + "\n" for row in rows)


def train(
    files: dict[str, str | Path],
    settings: dict,
    seed: int,
    device: torch.device,
    watch: Watch | None = None,
) -> Trained:
    """Train one model with one seed.

    files: of the parts `train` and `validation`, and `start_weights` of a model to start from.
    settings: of the dataset and of the model, as the rule gives them, and `bars` of a trial (see
    `Training`). With `heads`, the scores of each of several datasets, losses are of scaled scores,
    so that none counts more for its unit. Raises InputError where nothing can be learned, Stopped
    where `watch` says so.
    """
    task = TASKS[settings["task"]]
    training = {**settings["training"], "loss": settings["training"]["loss"] or task.loss}
    target = Target.fit(
        files["train"],
        settings["outputs"],
        settings["score_transform"],
        training["loss"],
        training["target_scaling"] == "standardize",
    )
    asked = settings.get("start_from")
    start = (
        Start.read(Path(files["start_weights"]).parent, settings.get("trust_code", False))
        if asked
        else None
    )
    if same_outputs := start is not None and start.predicts(target, training["loss"]):
        target = start.scaled(target)
    of_datasets = settings.get("heads")
    construct, inputs, replicates = Construct.of(settings["flanks"]), Inputs(), None
    if kinds := settings.get("inputs"):
        seen = pq.read_table(files["train"], columns=[*kinds])
        inputs = Inputs.fit(seen, kinds, settings["at"])
    if weighing := settings.get("weighing_replicates"):
        replicates = Replicates.fit(files["train"], weighing, settings["score_transform"])
    about = settings["weight"], device, construct, inputs, replicates
    sets = Sets(
        *(open_set(files[part], target, *about) for part in ("train", "validation")),
        both_strands=settings["reverse_complement"] != "none",
        unit=None if of_datasets else target.scaling and target.scaling.sd,
        apart=bool(of_datasets),
    )
    length = sequence_length(files["train"])
    letters = length + construct.letters
    tells, family = noise.is_told(training["loss"]), settings["architecture"]
    if of_datasets:
        heads.refuse_inseparable(family, settings["options"], letters, of_datasets, tells)
    torch.manual_seed(seed)
    about = family, settings["options"], letters, target.outputs, tells
    model = build(*about, inputs=inputs)
    taken = (letters, target.outputs, same_outputs, tells)
    new = start.give(model, *taken) if start else []
    model = model.to(device)
    if not start:
        strands.settle(model, sets, letters, target.outputs, seed)
    if isinstance(model, Estimator):
        run = Fitting(model, sets, training, seed, watch)
    else:
        pace = paces(model, new, asked["freeze"], asked.get("lower_layers", 1)) if asked else None
        run = Training(model, sets, training, seed, watch, pace, settings.get("bars"))
    history = run.run()
    sequences = pq.ParquetFile(files["train"]).iter_batches(columns=["sequence"])
    record = {
        **{key: settings[key] for key in KEPT},
        "input_length": length,
        "constant_ends": constant_ends(batch["sequence"] for batch in sequences),
        "outputs": target.scores,
        "classes": target.classes,
        "target_scaling": target.scaling and target.scaling.as_record(),
        "loss": training["loss"],
        "training": training,
        "seed": seed,
        "class_file": own.digest_of(settings["architecture"])
        if own.is_own(settings["architecture"])
        else None,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "train_seconds": sum(row["seconds"] for row in history),
        "best_epoch": run.best_epoch,
        **({"replicates": replicates.as_record()} if replicates else {}),
        **({"start_from": asked} if asked else {}),
        **({"heads": of_datasets} if of_datasets else {}),
        **({"outcome": run.outcome} if "bars" in settings else {}),
        **({"inputs": inputs.as_record()} if inputs else {}),
    }
    return Trained(model, record, history)


def provenance(device: torch.device, threads: int) -> dict:
    """What computed the weights."""
    packages = {package.__name__: package.__version__ for package in (torch, np, pa, safetensors)}
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True) if shutil.which("git") else None
    return {
        "versions": {"python": platform.python_version(), **packages},
        "device": str(device),
        "threads": threads,
        "git_commit": commit.stdout.strip() if commit and not commit.returncode else None,
        "seq2score": __version__,
    }
