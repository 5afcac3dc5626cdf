"""Trainings side by side: each on a device of its own, as long as there are enough."""

import subprocess
import sys
from pathlib import Path

from seq2score.models.devices import _gpus, claim

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
