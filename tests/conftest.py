"""Shared by all tests: a way to run the workflow on a small config, in a folder of its own."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent


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
