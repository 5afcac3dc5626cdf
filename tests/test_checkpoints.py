"""A training that is killed goes on where it was, and ends with the very same bytes."""

import logging
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch

from seq2score.training.checkpoints import Checkpoint, Superseded

KILLS = 6  # each in a sixth of its own of the training
SCRIPTS = Path(__file__).parent.parent / "scripts"

# One training as the script runs it, with dropout, Adam and early stopping: all that has a state.
TRAINING = """
import os, signal, sys
from pathlib import Path
import numpy as np, torch
from seq2score.models import build
from seq2score.models.devices import choose_device
from seq2score.models.files import save
from seq2score.training.batches import Block, Resident, Sets
from seq2score.training.checkpoints import Checkpoint
from seq2score.training.loop import Stopped, Training, Watch

torch.set_num_threads(1)
folder, device = Path(sys.argv[1]), choose_device(sys.argv[2])
stopped, held = [], []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))

def stop():
    if "hold" in sys.argv and not held and (folder / "checkpoint").exists():
        held.append(True)
        os.kill(os.getpid(), signal.SIGSTOP)
    return stopped

def some_set(rows, seed):
    drawn = np.random.default_rng(seed)
    codes = torch.from_numpy(drawn.integers(0, 4, (rows, 10), dtype=np.uint8))
    noise = torch.from_numpy(drawn.normal(size=(rows, 1))).float()
    return Resident(Block(codes.to(device), (codes.float()[:, :1] + noise).to(device), None))

settings = dict(loss="mse", optimizer="adam", learning_rate=0.003, schedule="one_cycle",
                weight_decay=0.01, weight_decay_per="step", gradient_clip=1.0, batch_size=16,
                epochs=6, early_stopping=1000, precision="float32")
torch.manual_seed(5)
network = build("resnet", {"filters": 8, "kernel_size": 3, "hidden": 8, "batch_norm": True}, 10, 1)
checkpoint = Checkpoint(folder / "checkpoint", "this training")
print("started", flush=True)
run = Training(network.to(device), Sets(some_set(800, 1), some_set(200, 2)), settings, 5,
               Watch(checkpoint, stop=stop))
try:
    history = run.run()
except Stopped:
    sys.exit(143)
with checkpoint.owned():
    save(network, {"losses": [row["train_loss"] for row in history]},
         folder / "model.safetensors", folder / "model.json")
checkpoint.remove()
"""


def start(folder, device="cpu", *hold):
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", TRAINING, str(folder), device, *hold]
    environment = {"PYTHONPATH": str(SCRIPTS), "PATH": "", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "started\n"
    return process


def started_epoch(folder, device="cpu"):
    """A training held still amid its second epoch, until it gets SIGCONT."""
    process = start(folder, device, "hold")
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), "the training ended before it kept a checkpoint"
    return process


def made(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What the training makes when left alone, and how long it takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    process, started = start(folder), time.monotonic()
    assert process.wait() == 0
    assert set(made(folder)) == {"model.safetensors", "model.json"}
    return made(folder), time.monotonic() - started


@pytest.mark.slow
def test_killed_at_random_moments(undisturbed, tmp_path):
    expected, seconds = undisturbed
    moments = random.Random(0)
    for kill in range(KILLS):
        folder = tmp_path / str(kill)
        process = start(folder)
        time.sleep(seconds * (kill + moments.random()) / KILLS)
        process.kill()
        process.wait()
        assert start(folder).wait() == 0
        assert {name: made(folder)[name] for name in expected} == expected
        assert not (folder / "checkpoint").exists()


@pytest.mark.slow
def test_killed_twice(undisturbed, tmp_path):
    for fraction in (0.4, 0.6):
        process = start(tmp_path)
        time.sleep(fraction * undisturbed[1])
        process.kill()
        process.wait()
    assert start(tmp_path).wait() == 0
    assert undisturbed[0].items() <= made(tmp_path).items()


def test_sigterm_keeps_what_was_done(tmp_path, undisturbed):
    """Even amid an epoch, and within five seconds (of its own: the machine may be busy)."""
    process = started_epoch(tmp_path)
    before = psutil.Process(process.pid).cpu_times()
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGCONT)
    _, status, after = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 128 + signal.SIGTERM
    assert after.ru_utime + after.ru_stime - before.user - before.system < 5
    assert (tmp_path / "checkpoint").exists()
    assert not (tmp_path / "model.safetensors").exists()
    assert start(tmp_path).wait() == 0
    assert undisturbed[0].items() <= made(tmp_path).items()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_dropout_goes_on_where_it_was_on_a_gpu(tmp_path):
    left_alone, stopped = tmp_path / "left_alone", tmp_path / "stopped"
    assert start(left_alone, "cuda").wait() == 0
    process = started_epoch(stopped, "cuda")
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGCONT)
    assert process.wait() == 128 + signal.SIGTERM
    assert start(stopped, "cuda").wait() == 0
    assert made(left_alone).items() <= made(stopped).items()


def test_an_orphan_gives_way(tmp_path, undisturbed):
    """The process of a killed run still lives when the next run starts on the same model."""
    orphan = started_epoch(tmp_path)
    heir = start(tmp_path)
    orphan.send_signal(signal.SIGCONT)
    assert heir.wait() == 0
    assert orphan.wait() == 1
    assert undisturbed[0].items() <= made(tmp_path).items()


# --------------------------------------------------------------------------------------- files
TENSORS = {"a": torch.arange(4.0), "b": torch.zeros(2, dtype=torch.uint8)}


def test_saved_and_loaded(tmp_path):
    path = tmp_path / "new" / "checkpoint"
    assert Checkpoint(path, "mine").load() is None
    Checkpoint(path, "mine").save(TENSORS, {"epoch": 3})
    tensors, facts = Checkpoint(path, "mine").load()
    assert facts == {"epoch": 3}
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)


def test_removed_when_done(tmp_path):
    checkpoint = Checkpoint(tmp_path / "checkpoint", "mine")
    checkpoint.save(TENSORS, {})
    checkpoint.remove()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("length", [0, 10, 64, 200, -1])
def test_a_truncated_one_is_noticed(length, tmp_path, caplog):
    path = tmp_path / "checkpoint"
    Checkpoint(path, "mine").save(TENSORS, {})
    path.write_bytes(path.read_bytes()[:length])
    assert Checkpoint(path, "mine").load() is None
    assert "is damaged: training starts over" in caplog.text


def test_a_foreign_one_is_noticed(tmp_path, caplog):
    path = tmp_path / "checkpoint"
    Checkpoint(path, "theirs").save(TENSORS, {})
    caplog.set_level(logging.WARNING)
    assert Checkpoint(path, "mine").load() is None
    assert "is of another training: training starts over" in caplog.text


def test_it_has_one_writer(tmp_path):
    first = Checkpoint(tmp_path / "checkpoint", "mine")
    first.save(TENSORS, {"epoch": 1})
    second = Checkpoint(tmp_path / "checkpoint", "mine")
    with pytest.raises(Superseded):
        first.save(TENSORS, {"epoch": 2})
    assert second.load()[1] == {"epoch": 1}
    second.remove()
    with pytest.raises(Superseded):
        first.save(TENSORS, {"epoch": 2})
