"""`make bench-gpu`: what can be seen of it without a GPU."""

import subprocess
import sys

import pytest
import torch

from conftest import ROOT

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU to measure")


def run(*arguments):
    command = [sys.executable, ROOT / "benchmarks/gpu.py", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_without_a_gpu_it_says_so():
    assert run() == ["No GPU here: nothing was measured."]


@pytest.mark.slow
def test_a_tiny_version_measures_every_family():
    lines = run("--cpu")
    tables = [line.split() for line in lines if not line.startswith(("the ", "ms ", "prediction"))]
    families = ["cnn", "resnet", "bilstm", "transformer"]
    assert [cells[0] for cells in tables] == families * 2
    for name, batch, ours, plain, ratio, *_, share in tables[:4]:
        assert batch == "8" and float(ours) > 0 and float(plain) > 0, name
        assert float(ratio) == pytest.approx(float(plain) / float(ours), rel=0.02, abs=0.01)
        assert 0 < float(share.rstrip("%")) <= 100
    assert all(float(cells[1].replace(",", "")) > 0 for cells in tables[4:])
