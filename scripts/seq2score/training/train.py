"""From the files of a split to a trained model, the record of it and how its loss fell."""

import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import safetensors
import torch

from seq2score import __version__
from seq2score.models import build, custom, noise
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
from seq2score.training.starting import Start, rate_multipliers

HISTORY = ("epoch", "train_loss", "validation_loss", "learning_rate", "seconds")
# Of the settings, what the record of a model keeps as it is.
KEPT = (
    *("architecture", "options", "length", "alphabet", "flanks", "task", "score_transform"),
    "reverse_complement",
)


@dataclass(frozen=True)
class Trained:
    """A trained model."""

    model: Network  # on its device
    record: dict  # of model.json
    history: list[dict]  # a row an epoch, by HISTORY

    @property
    def history_table(self) -> str:
        """The history as tab-separated text; of several datasets, with the losses of each score."""
        outputs = self.record["outputs"] if self.record.get("heads") else []
        by_output = [heads.losses_of(row, outputs) for row in self.history]
        rows = [row | losses for row, losses in zip(self.history, by_output, strict=True)]
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
    files: Mapping[str, str | Path],
    settings: Mapping,
    seed: int,
    device: torch.device,
    watch: Watch | None = None,
) -> Trained:
    """Train one model with one seed.

    Parameters
    ----------
    files
        Of the parts `train` and `validation`, and `start_weights` of a model to start from.
    settings
        Of the dataset and of the model, as the rule gives them, and `pruning_thresholds` of a trial
        (see `Training`). With `heads`, the scores of each of several datasets, losses are of scaled
        scores, so that none counts more for its unit.
    seed
        Of the weights and of the order of the rows.
    device
        That computes.
    watch
        What goes along.

    Raises
    ------
    InputError
        Where nothing can be learned.
    Stopped
        Where `watch` says so.
    """
    prepared = prepare(files, settings, device)
    model, new = build_model(prepared, seed, device)
    run = _run_of(model, new, prepared, seed, watch)
    history = run.run()
    return Trained(model, _record(prepared, model, run, history, seed), history)


@dataclass(frozen=True)
class Prepared:
    """All that a training needs but its network."""

    settings: Mapping
    training: dict  # the section of the settings, its loss given
    target: Target
    start: Start | None  # the model to start from
    predicts: bool  # whether that gives what is to be learned now
    construct: Construct
    inputs: Inputs
    replicates: Replicates | None
    sets: Sets
    length: int  # letters of a sequence
    constant_ends: dict[str, str]  # letters that all sequences share

    @property
    def letters(self) -> int:
        """Letters of a whole construct."""
        return self.length + self.construct.letters

    @property
    def tells_noise(self) -> bool:
        """Whether the network is to tell the noise too."""
        return noise.predicts_noise(self.training["loss"])


def prepare(files: Mapping[str, str | Path], settings: Mapping, device: torch.device) -> Prepared:
    """Fit on the train set what predictions depend on, and read both sets. As for `train`."""
    loss = settings["training"]["loss"] or TASKS[settings["task"]].loss
    training = {**settings["training"], "loss": loss}
    transform, train = settings["score_transform"], files["train"]
    standardize = training["target_scaling"] == "standardize"
    target = Target.fit(train, settings["outputs"], transform, loss, standardize)
    start, predicts = None, False
    if settings.get("start_from"):
        folder = Path(files["start_weights"]).parent
        start = Start.read(folder)
        if predicts := start.predicts(target, loss):
            target = start.scaled(target)
    inputs, replicates, construct = Inputs(), None, Construct.of(settings["flanks"])
    if kinds := settings.get("inputs"):
        inputs = Inputs.fit(pq.read_table(train, columns=[*kinds]), kinds, settings["at"])
    if weighing := settings.get("weighing_replicates"):
        replicates = Replicates.fit(train, weighing, transform)
    several = bool(settings.get("heads"))
    train_set, validation_set = (
        open_set(files[part], target, settings["weight"], device, construct, inputs, replicates)
        for part in ("train", "validation")
    )
    sequences = pq.ParquetFile(train).iter_batches(columns=["sequence"])
    return Prepared(
        settings=settings,
        training=training,
        target=target,
        start=start,
        predicts=predicts,
        construct=construct,
        inputs=inputs,
        replicates=replicates,
        sets=Sets(
            train_set,
            validation_set,
            both_strands=settings["reverse_complement"] != "none",
            unit=target.scaling.sd if target.scaling and not several else None,
            apart=several,
        ),
        length=sequence_length(train),
        constant_ends=constant_ends(batch["sequence"] for batch in sequences),
    )


def build_model(prepared: Prepared, seed: int, device: torch.device) -> tuple[Network, list[str]]:
    """A network to train, on its device, and the names of weights that no model was started from.

    Raises
    ------
    InputError
        For one that the prepared data do not suit.
    """
    settings, outputs = prepared.settings, prepared.target.outputs
    family, options = settings["architecture"], settings["options"]
    noisy, letters = prepared.tells_noise, prepared.letters
    if of_datasets := settings.get("heads"):
        heads.refuse_inseparable(family, options, letters, of_datasets, noisy)
    torch.manual_seed(seed)
    model = build(family, options, letters, outputs, noisy, inputs=prepared.inputs)
    if prepared.start:
        new = prepared.start.give(model, letters, outputs, prepared.predicts, noisy)
        return model.to(device), new
    model = model.to(device)
    strands.settle(model, prepared.sets, letters, outputs, seed)
    return model, []


def _run_of(
    model: Network, new: list[str], prepared: Prepared, seed: int, watch: Watch | None
) -> Training | Fitting:
    """What fits the model: a fit at once, or epochs of steps."""
    sets, training, settings = prepared.sets, prepared.training, prepared.settings
    if isinstance(model, Estimator):
        return Fitting(model, sets, training, seed, watch)
    multipliers = None
    if start := settings.get("start_from"):
        multipliers = rate_multipliers(model, new, start["freeze"], start.get("lower_layers", 1))
    thresholds = settings.get("pruning_thresholds")
    return Training(model, sets, training, seed, watch, multipliers, thresholds)


def _record(
    prepared: Prepared,
    model: Network,
    run: Training | Fitting,
    history: Sequence[dict],
    seed: int,
) -> dict:
    """All of model.json that the training knows."""
    settings, target = prepared.settings, prepared.target
    family = settings["architecture"]
    record = {
        **{key: settings[key] for key in KEPT},
        "input_length": prepared.length,
        "constant_ends": prepared.constant_ends,
        "outputs": target.scores,
        "classes": target.classes,
        "target_scaling": target.scaling and target.scaling.as_record(),
        "loss": prepared.training["loss"],
        "training": prepared.training,
        "seed": seed,
        "class_file": custom.digest_of(family) if custom.is_custom(family) else None,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "train_seconds": sum(row["seconds"] for row in history),
        "best_epoch": run.best_epoch,
    }
    if prepared.replicates:
        record["replicates"] = prepared.replicates.as_record()
    record |= {key: settings[key] for key in ("start_from", "heads") if settings.get(key)}
    if "pruning_thresholds" in settings:
        record["outcome"] = run.outcome
    if prepared.inputs:
        record["inputs"] = prepared.inputs.as_record()
    return record


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
