"""Train one model with one seed. Reads the train and validation sets; never the test set."""

import logging
import signal
import sys
from pathlib import Path

import pyarrow.parquet as pq
import torch

from seq2score.models.devices import choose_device
from seq2score.models.files import save, write_whole
from seq2score.training.checkpoints import Checkpoint, digest_of
from seq2score.training.loop import Stopped, Watch
from seq2score.training.progress import Progress
from seq2score.training.train import provenance, train

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    files = {part: snakemake.input[part] for part in ("train", "validation")}
    output, seed = snakemake.output, int(snakemake.wildcards.seed)
    settings = dict(snakemake.params)
    threads = snakemake.resources.compute_threads
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(threads)
    device = choose_device(settings["device"])
    checkpoint = Checkpoint(
        Path(output.weights).with_name("checkpoint"),
        digest_of(files.values(), {**settings, "seed": seed}),
    )
    rows = pq.read_metadata(files["train"]).num_rows
    name, epochs = " ".join(snakemake.wildcards), settings["training"]["epochs"]
    progress = Progress(name, epochs, rows, job.terminal())
    try:
        trained = train(files, settings, seed, device, Watch(checkpoint, progress, lambda: stopped))
    except Stopped as stop:
        logging.info("SIGTERM: %s", stop)
        sys.exit(128 + signal.SIGTERM)
    record = {
        "dataset": snakemake.wildcards.dataset,
        "model": snakemake.wildcards.model,
        **trained.record,
        **provenance(device, threads),
    }
    with checkpoint.owned():
        save(trained.model, record, output.weights, output.description)
        write_whole(output.history, trained.history_table.encode())
    checkpoint.remove()
    job.tell(
        "%.1f s, best epoch %d of %d, validation loss %.4g",
        record["train_seconds"], record["best_epoch"], len(trained.history),
        trained.history[record["best_epoch"] - 1]["validation_loss"],
    )  # fmt: skip
