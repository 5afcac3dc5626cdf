"""Trainings side by side: each on a device of its own, as long as there are enough."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from seq2score.models.devices import _gpus, choose_device, claim, random_states, set_random_states

SCRIPTS = Path(__file__).parent.parent / "scripts"
HOLDER = """
import sys
from seq2score.models.devices import claim
print(claim(["a", "b"], sys.argv[1]), flush=True)
sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen:
    """Another process, which claims one of two devices and keeps it until it is let go."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, folder],
        env={"PYTHONPATH": str(SCRIPTS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    process.claimed = int(process.stdout.readline())
    return process


def test_gpus_are_named_as_the_cluster_names_them(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    assert _gpus(2) == ["2", "5"]
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert _gpus(3) == ["0", "1", "2"]


def test_each_process_has_a_device_of_its_own(tmp_path):
    first, second = holder(tmp_path), holder(tmp_path)
    assert (first.claimed, second.claimed) == (0, 1)
    assert claim(["a", "b"], tmp_path) in (0, 1), "shared where none is left"
    second.communicate()
    assert claim(["a", "b"], tmp_path) == 1
    first.communicate()


@pytest.fixture
def gpu(monkeypatch):
    """As if this machine had one GPU; torch's settings are put back after the test."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a GPU")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    yield
    torch.use_deterministic_algorithms(False)
    torch.backends.cuda.enable_mem_efficient_sdp(True)


def test_a_gpu_computes_the_same_bytes_again(gpu, monkeypatch):
    monkeypatch.setattr("os.environ", environment := {})
    assert choose_device("cuda").type == "cuda"
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.backends.cuda.mem_efficient_sdp_enabled()
    assert environment["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


class OneGenerator:
    """A device's module in torch, as torch.cuda is one."""

    def __init__(self):
        self.generator = torch.Generator().manual_seed(3)

    def get_rng_state(self):
        return self.generator.get_state()

    def set_rng_state(self, state):
        self.generator.set_state(state)

    def draw(self):
        return torch.rand(3, generator=self.generator).tolist()


def test_a_device_goes_on_drawing_where_it_was(monkeypatch):
    there = OneGenerator()
    monkeypatch.setattr(torch, "get_device_module", lambda device: there)
    there.draw()
    states = random_states(torch.device("cuda"))
    expected = torch.rand(3).tolist(), there.draw()
    set_random_states(states)
    assert (torch.rand(3).tolist(), there.draw()) == expected
    assert random_states(torch.device("cpu")).keys() == {"cpu"}
