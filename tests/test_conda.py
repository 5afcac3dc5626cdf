"""Every step in its own environment: a whole run, with Snakemake installed alone.

Alone, because Snakemake appends its own packages to each step's path: beside a full installation,
an environment that lacks something would go unnoticed.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from test_environments import ENVIRONMENTS, PACKAGES, PROGRAMS, listed, steps

pytestmark = pytest.mark.conda

ROOT = Path(__file__).parent.parent
SETUP = ROOT / ".ci/conda/setup.sh"  # conda and a channel of its own, out of PyPI's wheels
# MoDISco's is made by runs that ask for it, which this one does not: test_environments.py alone
# holds it against its script.
MADE = [file for file in ENVIRONMENTS if file.name != "modisco.yaml"]
ALSO = {"match_motifs": "table.yaml"}  # for planted motifs
IMPORTED_AS = {package: name for name, package in PACKAGES.items()}

# A small task that needs every environment. Every rule once or twice: a step's cold start is what
# this test waits for.
TASK = {
    "datasets": {
        "similar": {
            "synthetic": {"length": 60, "count": 300, "motif_effects": {"TAT": 10}},
            "split": {"method": "similarity"},
        }
    },
    "models": {
        "small": {"architecture": "cnn", "filters": 4},
        "mine": {"architecture": "mine.py:Net"},
    },
    "training": {"epochs": 1},
    "seeds": [17],
    "search": {"small": {"trials": 2, "space": {"learning_rate": [0.1, 0.01]}}},
    "predict": {"new": {"path": "new.fasta", "format": "parquet"}},
    "export": "onnx",
}


MINE = """
from torch import nn


class Net(nn.Sequential):
    def __init__(self, length):
        super().__init__(nn.Flatten(), nn.Linear(4 * length, 1))
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a run in conda environments, which lie in `conda/envs` there."""
    folder = tmp_path_factory.mktemp("conda")
    conda, alone = folder / "conda", folder / "snakemake"
    # Pygments belongs to Snakemake: its report needs it.
    expected = re.compile(r"^(?:snakemake|pygments)==.*", re.MULTILINE)
    pinned = expected.findall((ROOT / "requirements.txt").read_text())
    (folder / "config.yaml").write_text(yaml.safe_dump(TASK, sort_keys=False))
    (folder / "mine.py").write_text(MINE)
    (folder / "new.fasta").write_text(f">new\n{'ACGTT' * 12}\n")
    for command in (
        ["bash", SETUP, conda, *MADE],
        [sys.executable, "-m", "venv", alone],
        [alone / "bin/pip", "install", "--quiet", *pinned],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    # JASPAR's motifs take an environment of their own, which planted ones do without.
    matches = "results/similar/small/seed17/filters/matches.tsv"
    for arguments in ([matches, "--config", "interpretation={motifs: jaspar}"], []):
        run = snakemake(folder, ROOT, *arguments)
        assert run.returncode == 0, run.stdout
    return folder


def snakemake(folder: Path, checkout: Path, *arguments: str) -> subprocess.CompletedProcess:
    """The workflow of a checkout in a folder, by the Snakemake and the conda that lie there."""
    conda = folder / "conda"
    environment = {**os.environ, "HOME": str(conda / "home")}
    environment["PATH"] = f"{conda}/conda/bin:{os.environ['PATH']}"
    run = [folder / "snakemake/bin/python", "-m", "snakemake"]
    run += ["--snakefile", checkout / "Snakefile", "--directory", folder]
    run += ["--sdm", "conda", "--conda-prefix", conda / "envs", *arguments]
    return subprocess.run(
        run, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def prefix_of(file: Path, finished: Path) -> Path:
    """Where Snakemake made the environment of this file."""
    for copy in (finished / "conda/envs").glob("*.yaml"):
        if copy.read_text() == file.read_text():
            return copy.with_suffix("")
    raise AssertionError(f"{file.name} was not made")


def test_the_run_is_whole(finished):
    assert (finished / "results/report.html").exists()
    best = finished / "results/similar/small~best"
    assert (best / "seed17/metrics.json").exists()
    assert (best / "predict/new.parquet").exists()


@pytest.mark.parametrize("file", MADE, ids=lambda file: file.name)
def test_packages_come_from_the_environment(file, finished):
    prefix = prefix_of(file, finished)
    packages = set(listed(file)) - {"python", "pip"} - PROGRAMS.get(file.name, set())
    names = [IMPORTED_AS.get(package, package) for package in packages]
    code = f"import {', '.join(names)}\nfor name in {names}: print(globals()[name].__file__)"
    results = subprocess.run([prefix / "bin/python", "-c", code], capture_output=True, text=True)
    assert results.returncode == 0, results.stderr
    assert all(line.startswith(str(prefix)) for line in results.stdout.splitlines())


def test_jobs_ran_in_their_environments(finished):
    prefixes = {file.name: prefix_of(file, finished) for file in MADE}
    logs = list((finished / "results/logs").glob("*/*.log"))
    assert logs
    for log in logs:
        rule = log.parent.name
        possible = {steps()[rule][0], ALSO.get(rule, steps()[rule][0])}
        prefix = log.read_text().splitlines()[0].split()[-1]
        assert prefix in {str(prefixes[environment]) for environment in possible}, log


def test_a_container_holds_every_environment(finished):
    jaspar = "interpretation={motifs: jaspar}"
    made = snakemake(finished, ROOT, "--containerize", "apptainer", "--config", jaspar)
    assert made.returncode == 0, made.stdout
    for file in ENVIRONMENTS:
        lines = file.read_text().strip().splitlines()
        assert "\n".join(f"#   {line}" for line in lines) in made.stdout, file.name
    assert "\nBootstrap: docker\n" in made.stdout


def test_a_changed_environment_reruns_its_steps_and_what_follows(finished, tmp_path):
    checkout = tmp_path / "checkout"
    for part in ("workflow", "scripts", "envs", "profiles"):
        shutil.copytree(ROOT / part, checkout / part)
    shutil.copy2(ROOT / "Snakefile", checkout)
    assert "Nothing to be done" in snakemake(finished, checkout, "-n").stdout
    file = checkout / "envs/plot.yaml"
    file.write_text(file.read_text().replace("pyarrow =25.0", "pyarrow =25.0.1"))
    planned = snakemake(finished, checkout, "-n").stdout
    rerun = set(re.findall(r"^(?:local)?rule (\w+):", planned, re.MULTILINE))
    of_environment = {
        rule for rule, (environment, _) in steps().items() if environment == file.name
    }
    assert "plot_parity" in rerun
    assert rerun - of_environment <= {"write_summary", "all"}
