"""Train one model with one seed. Reads the train and validation sets; never the test set."""

import logging
import signal
import sys

import torch

from seq2score.training.loop import Stopped
from seq2score.training.trials import with_values
from seq2score.training.work import Work, do, do_together

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    threads = snakemake.resources.compute_threads
    torch.set_num_interop_threads(threads)
    settings = dict(snakemake.params)
    if chosen := snakemake.input.get("chosen"):
        settings = with_values(settings, chosen, snakemake.wildcards.model)
    work = Work(
        dataset=snakemake.wildcards.dataset,
        model=snakemake.wildcards.model,
        seed=int(snakemake.wildcards.seed),
        files={n: f for n, f in snakemake.input.items() if n not in ("start_check", "chosen")},
        output=dict(snakemake.output),
        settings=settings,
        threads=threads,
    )
    gpus = work.settings["training"]["gpus"]
    try:
        if gpus > 1:
            told = do_together(work, gpus, lambda: stopped)
        else:
            told = do(work, lambda: stopped, job.terminal())
    except Stopped as stop:
        logging.info("SIGTERM: %s", stop)
        sys.exit(128 + signal.SIGTERM)
    job.tell(told)
