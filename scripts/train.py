"""Train one model with one seed. Reads the train and validation sets; never the test set."""

import hashlib
import json
import logging
import platform
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import safetensors
import torch

from seq2score import __version__
from seq2score.models import build, own
from seq2score.models.devices import choose_device
from seq2score.models.estimator import Estimator
from seq2score.models.files import save, write_whole
from seq2score.sequences.construct import Construct, constant_ends
from seq2score.task import TASKS
from seq2score.training.checkpoints import Checkpoint
from seq2score.training.examples import Target, open_set, sequence_length
from seq2score.training.fitting import Fitting
from seq2score.training.loop import Stopped, Training
from seq2score.training.progress import Progress

HISTORY = ("epoch", "train_loss", "validation_loss", "learning_rate", "seconds")


def digest_of(files: list[str], settings: dict) -> str:
    """Of all that a training depends on: what its checkpoint belongs to."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for file in files:
        digest.update(Path(file).read_bytes())
    return digest.hexdigest()


def history_table(history: list[dict]) -> str:
    rows = [HISTORY, *([f"{row[name]:.9g}" for name in HISTORY] for row in history)]
    return "".join("\t".join(row) + "\n" for row in rows)


def provenance(device: torch.device, threads: int) -> dict:
    """What computed the weights."""
    packages = {package.__name__: package.__version__ for package in (torch, np, pa, safetensors)}
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    found = subprocess.run(git, capture_output=True, text=True) if shutil.which("git") else None
    return {
        "versions": {"python": platform.python_version(), **packages},
        "device": str(device),
        "threads": threads,
        "git_commit": found.stdout.strip() if found and not found.returncode else None,
        "seq2score": __version__,
    }


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    files = [snakemake.input.train, snakemake.input.validation]
    output, seed = snakemake.output, int(snakemake.wildcards.seed)
    settings = dict(snakemake.params)
    threads = snakemake.resources.compute_threads
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(threads)
    device = choose_device(snakemake.params.device)

    default = TASKS[settings["task"]].loss
    training = {**settings["training"], "loss": settings["training"]["loss"] or default}
    target = Target.fit(
        files[0],
        settings["outputs"],
        settings["score_transform"],
        training["loss"],
        training["target_scaling"] == "standardize",
    )
    construct = Construct.of(settings["flanks"])
    train, validation = (
        open_set(file, target, settings["weight"], device, construct) for file in files
    )
    length = sequence_length(files[0])

    torch.manual_seed(seed)
    network = build(
        settings["architecture"], settings["options"], length + construct.letters, target.outputs
    )
    checkpoint = Checkpoint(
        Path(output.weights).with_name("checkpoint"), digest_of(files, {**settings, "seed": seed})
    )
    run = (Fitting if isinstance(network, Estimator) else Training)(
        network.to(device),
        train,
        validation,
        training,
        seed,
        unit=target.scaling and target.scaling.sd,
        both_strands=settings["reverse_complement"] != "none",
        checkpoint=checkpoint,
        progress=Progress(
            " ".join(snakemake.wildcards), training["epochs"], train.rows, job.terminal()
        ),
        stop=lambda: stopped,
    )
    try:
        history = run.run()
    except Stopped as told:
        logging.info("SIGTERM: %s", told)
        sys.exit(128 + signal.SIGTERM)

    told = ["architecture", "options", "length", "alphabet", "flanks", "task", "score_transform"]
    record = {
        "dataset": snakemake.wildcards.dataset,
        "model": snakemake.wildcards.model,
        **{key: settings[key] for key in [*told, "reverse_complement"]},
        "input_length": length,
        "constant_ends": constant_ends(pq.read_table(files[0], columns=["sequence"])["sequence"]),
        "outputs": target.scores,
        "classes": target.classes,
        "target_scaling": target.scaling and target.scaling.as_record(),
        "loss": training["loss"],
        "training": training,
        "seed": seed,
        "class_file": own.digest_of(settings["architecture"])
        if own.is_own(settings["architecture"])
        else None,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "train_seconds": sum(row["seconds"] for row in history),
        "best_epoch": run.best_epoch,
        **provenance(device, threads),
    }
    with checkpoint.owned():
        save(network, record, output.weights, output.description)
        write_whole(output.history, history_table(history).encode())
    checkpoint.remove()
    job.tell(
        "%.1f s, best epoch %d of %d, validation loss %.4g",
        record["train_seconds"], run.best_epoch, len(history),
        history[run.best_epoch - 1]["validation_loss"],
    )  # fmt: skip
