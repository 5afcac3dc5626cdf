"""Shared by all tests: a way to run the workflow on a small config, in a folder of its own.

Plain `pytest` leaves out what needs more than Python, and says so; `--all` or `-m` runs it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import settings

ROOT = Path(__file__).parent.parent
# A contributor's own settings of these tools must not reach the runs that tests start.
for name in [name for name in os.environ if name.startswith("SNAKEMAKE_")] + ["PYTHONPATH"]:
    os.environ.pop(name, None)
# The same examples every time, and no clock: a busy machine is no failure.
settings.register_profile("exact", deadline=None, derandomize=True)
settings.load_profile("exact")
NEEDS_MORE = ("conda", "slurm", "browser", "data", "slow")


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true", help="also what needs more than Python")


def pytest_collection_modifyitems(config, items):
    longest_first(items)
    if config.option.all or config.option.markexpr:
        return
    reasons = dict(line.split(": ", 1) for line in config.getini("markers"))
    for item in items:
        for name in NEEDS_MORE:
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=f"{reasons[name]} (make test-all)"))


def longest_first(items):
    """Files in order of what their tests need: no worker is left alone with conda at the end."""
    kinds = {}
    for item in items:
        marked = [
            position for position, name in enumerate(NEEDS_MORE) if item.get_closest_marker(name)
        ]
        kinds[item.path] = min([*marked, kinds.get(item.path, len(NEEDS_MORE))])
    items.sort(key=lambda item: kinds[item.path])  # stable


@pytest.fixture(scope="session")
def run_workflow():
    """Run Snakemake on a config in `folder`; returns the finished process, output in `.stdout`."""

    def run(folder: Path, config: dict, *arguments: str) -> subprocess.CompletedProcess:
        (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        return subprocess.run(
            [
                *(sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"),
                *("--directory", folder, "--configfile", folder / "config.yaml", "--cores", "2"),
                *arguments,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return run


@pytest.fixture
def files(tmp_path):
    """A train and a validation set with a score, a second one, a class and a weight."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from seq2score.sequences.encoding import decode

    random, made = np.random.default_rng(1), {}
    for part, rows in {"train": 120, "validation": 40}.items():
        codes = random.integers(0, 4, (rows, 7), dtype=np.uint8)
        score = 5.0 + (codes == 2).sum(axis=1)
        columns = {"sequence": decode(codes), "score": score, "b": -score}
        columns |= {
            "reads": random.integers(1, 9, rows),
            "kind": np.where(score > 7, "high", "low"),
        }
        pq.write_table(pa.table(columns), made.setdefault(part, tmp_path / f"{part}.parquet"))
    return made
