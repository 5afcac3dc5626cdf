"""Train one model with one seed. Reads the train and validation sets; never the test set."""

import logging
import signal
import sys

import torch

from seq2score.training.loop import Stopped
from seq2score.training.work import Work, do, do_together

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    threads = snakemake.resources.compute_threads
    torch.set_num_interop_threads(threads)
    work = Work(
        dataset=snakemake.wildcards.dataset,
        model=snakemake.wildcards.model,
        seed=int(snakemake.wildcards.seed),
        files={name: file for name, file in snakemake.input.items() if name != "start_check"},
        output=dict(snakemake.output),
        settings=dict(snakemake.params),
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
