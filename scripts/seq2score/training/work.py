"""One training from files to files, by one process or by several that share each batch.

What is asked for is plain data, so that `torchrun` can hand it to processes of its own, one a GPU:
each holds the network and the sets, computes the gradient of its share of a batch, and all add them
up (data parallelism; Li and colleagues 2020). The first of them keeps the checkpoint and writes.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import pyarrow.parquet as pq
import torch
from torch import distributed

import seq2score
from seq2score.errors import InputError
from seq2score.models.devices import choose_device
from seq2score.models.files import save, write_whole
from seq2score.training.checkpoints import Checkpoint, Follower, digest_of
from seq2score.training.gradients import rank
from seq2score.training.loop import Stopped, Watch
from seq2score.training.progress import Progress
from seq2score.training.train import provenance, train


@dataclass(frozen=True)
class Work:
    """What one training is of, as plain data."""

    dataset: str
    model: str
    seed: int
    files: dict[str, str]  # as `train` reads them
    output: dict[str, str]  # weights, description and history
    settings: dict  # of the dataset and of the model, as the rule gives them
    threads: int  # to compute with


@dataclass
class Interrupt:
    """Whether SIGTERM has come, from `listen` on; false until then.

    It ends at once, by `Stopped`, whatever keeps no state (reading, a fit of a kernel or of trees);
    what does keep some is `patient`, and asks.
    """

    came: bool = False
    waits: bool = False

    @classmethod
    def listen(cls) -> "Interrupt":
        """Take SIGTERM as a wish to stop."""
        interrupt = cls()
        signal.signal(signal.SIGTERM, interrupt._note)
        return interrupt

    @contextmanager
    def patient(self) -> Iterator[None]:
        """While inside, SIGTERM is only noted."""
        self.waits = True
        try:
            yield
        finally:
            self.waits = False

    def _note(self, *_: object) -> None:
        self.came = True
        if not self.waits:
            raise Stopped("stopped; there was nothing to keep")

    def __call__(self) -> bool:
        return self.came


def run(work: Work, terminal: TextIO | None = None) -> str:
    """Train and write, by as many processes as there are GPUs to use; what it came to, in a line.

    SIGTERM ends the process, with the status that says so: a network after its checkpoint is
    written, all else at once. Raises what `train` raises. A live bar goes to `terminal`.
    """
    interrupt, gpus = Interrupt.listen(), work.settings["training"]["gpus"]
    torch.set_num_interop_threads(work.threads)
    try:
        if gpus > 1:
            with interrupt.patient():
                return do_together(work, gpus, interrupt)
        return do(work, interrupt, terminal)
    except Stopped as stop:
        logging.info("SIGTERM: %s", stop)
        sys.exit(128 + signal.SIGTERM)


def do(work: Work, interrupt: Interrupt | None = None, terminal: TextIO | None = None) -> str:
    """Train and write; what it came to, in a line. Raises what `train` raises.

    Parameters
    ----------
    work
        To do.
    interrupt
        What may stop it.
    terminal
        For the live bar.
    """
    interrupt = interrupt or Interrupt()
    torch.set_num_threads(work.threads)
    device, settings = _device(work.settings["device"]), work.settings
    belongs_to = digest_of(work.files.values(), {**settings, "seed": work.seed})
    folder = Path(work.output["weights"]).with_name("checkpoint")
    checkpoint = None if rank() else Checkpoint(folder, belongs_to)
    rows = pq.read_metadata(work.files["train"]).num_rows
    name, epochs = f"{work.dataset} {work.model} {work.seed}", settings["training"]["epochs"]
    progress = None if rank() else Progress(name, epochs, rows, terminal)
    keeper = checkpoint or Follower(folder, belongs_to)
    watch = Watch(keeper, progress, lambda: _any(interrupt(), device), interrupt.patient)
    trained = train(work.files, settings, work.seed, device, watch)
    record = {
        **{"dataset": work.dataset, "model": work.model},
        **trained.record,
        **provenance(device, work.threads),
    }
    if checkpoint:
        with checkpoint.owned():
            save(trained.model, record, work.output["weights"], work.output["description"])
            write_whole(work.output["history"], trained.history_table.encode())
        checkpoint.remove()
    best = trained.history[record["best_epoch"] - 1]["validation_loss"]
    outcome = f"{record['outcome']}, " if record.get("outcome", "finished") != "finished" else ""
    return (
        f"{outcome}{record['train_seconds']:.1f} s, best epoch {record['best_epoch']} of "
        f"{trained.history[-1]['epoch']}, validation loss {best:.4g}"
    )


def do_together(work: Work, processes: int, stop: Callable[[], object] = lambda: False) -> str:
    """The same by several processes of this machine, one a GPU, through `torchrun`.

    Raises
    ------
    InputError, Stopped
        Where they end so.
    """
    with tempfile.TemporaryDirectory() as folder:
        request, answer = Path(folder, "work.json"), Path(folder, "answer.json")
        request.write_text(json.dumps(asdict(work)), encoding="utf-8")
        library = str(Path(seq2score.__file__).parent.parent)
        paths = [library, *filter(None, [os.environ.get("PYTHONPATH")])]
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        command += ["--nproc-per-node", str(processes), "-m", __name__, str(request), str(answer)]
        running = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        )
        while running.poll() is None:
            if stop():
                running.terminate()  # and so all of them, which save where they are
                running.wait()
            time.sleep(0.2)
        if not answer.exists():
            raise RuntimeError(f"torchrun ended with {running.returncode}; the log says why")
        kind, text = json.loads(answer.read_text(encoding="utf-8"))
    for error in (InputError, Stopped):
        if kind == error.__name__:
            raise error(text)
    return text


def _device(name: str) -> torch.device:
    if not distributed.is_initialized() or name == "cpu":
        return choose_device(name)
    torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    return torch.device("cuda")


def _any(value: object, device: torch.device) -> bool:
    """Whether it holds in any of the processes: they stop together or not at all."""
    if not distributed.is_initialized():
        return bool(value)
    flag = torch.tensor(float(bool(value)), device=device)
    distributed.all_reduce(flag)
    return bool(flag)


def main(request: str, result: str) -> None:
    """What each of the processes runs that `torchrun` starts."""
    interrupt = Interrupt.listen()
    work = Work(**json.loads(Path(request).read_text(encoding="utf-8")))
    on_gpu = work.settings["device"] != "cpu"
    distributed.init_process_group("nccl" if on_gpu else "gloo")
    logging.basicConfig(
        level=logging.INFO if not rank() else logging.WARNING,
        format="%(asctime)s %(message)s",
        datefmt="%H:%M:%S",
    )
    logging.info("one of %d processes", distributed.get_world_size())
    try:
        answer = ("", do(work, interrupt))
    except (InputError, Stopped) as error:
        answer = (type(error).__name__, str(error))
    if not rank():
        write_whole(result, json.dumps(answer).encode())
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(*sys.argv[1:])
