"""Every step runs with what its own environment declares, and with nothing else.

Snakemake is installed alone here: it appends its own site-packages to the path of every step, so
that with everything installed beside it an incomplete environment would pass unnoticed.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import fingerprints
from conftest import ROOT
from test_workflow import SMALL

pytestmark = pytest.mark.conda

CHANNEL = ROOT.parent / "shared/offline-conda/setup.sh"
ENVIRONMENTS = sorted(path.stem for path in (ROOT / "envs").glob("*.yaml"))


@pytest.fixture(scope="session")
def conda(tmp_path_factory):
    """The variables under which `conda` is found: one built from wheels, or the machine's own."""
    if not CHANNEL.exists():
        pytest.skip("no local conda channel beside the checkout")
    place = Path(os.environ.get("SEQ2SCORE_CONDA", tmp_path_factory.mktemp("conda")))
    envs = sorted(map(str, (ROOT / "envs").glob("*.yaml")))
    subprocess.run(["bash", CHANNEL, place, *envs], check=True)
    path = f"{place}/conda/bin:{os.environ['PATH']}"
    return {**os.environ, "HOME": f"{place}/home", "PATH": path, "CONDA_PREFIXES": f"{place}/envs"}


@pytest.fixture(scope="session")
def snakemake_alone(tmp_path_factory):
    """A Python that has Snakemake and nothing of ours."""
    place = tmp_path_factory.mktemp("snakemake")
    pinned = re.search(r"^snakemake==\S+", (ROOT / "requirements.txt").read_text(), re.M)[0]
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    subprocess.run([place / "bin/pip", "install", "-q", pinned], check=True)
    return place / "bin/python"


@pytest.fixture(scope="session")
def finished(conda, snakemake_alone, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    (folder / "config.yaml").write_text(yaml.safe_dump(SMALL))
    run = subprocess.run(
        [
            *(snakemake_alone, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"),
            *("--directory", folder, "--configfile", folder / "config.yaml", "--cores", "2"),
            *("--sdm", "conda", "--conda-prefix", conda["CONDA_PREFIXES"]),
        ],
        env=conda,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert run.returncode == 0, run.stdout
    return folder


def test_every_step_ran_in_an_environment_of_its_own(finished, conda):
    logs = list((finished / "results/logs").rglob("*.log"))
    assert logs
    for log in logs:
        prefix = re.search(r"Python \S+ in (\S+)", log.read_text())[1]
        assert prefix.startswith(conda["CONDA_PREFIXES"]), f"{log} ran in {prefix}"


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environment_holds_what_its_steps_import(name, finished, conda):
    wanted = imported_by(name)
    assert wanted, f"no rule uses envs/{name}.yaml"
    file = next(
        path
        for path in Path(conda["CONDA_PREFIXES"]).glob("*.yaml")
        if path.read_text() == (ROOT / f"envs/{name}.yaml").read_text()
    )
    prefix = file.with_suffix("")
    lines = [f"import {package}; print({package}.__file__)" for package in sorted(wanted)]
    found = subprocess.run(
        [prefix / "bin/python", "-I", "-c", "\n".join(lines)], capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
    assert all(line.startswith(str(prefix)) for line in found.stdout.splitlines())


def imported_by(environment: str) -> set[str]:
    """Packages that the steps of one environment import, read from their scripts."""
    scripts = set()
    for rules in (ROOT / "workflow/rules").glob("*.smk"):
        for rule in re.split(r"^rule ", rules.read_text(), flags=re.M)[1:]:
            if f"envs/{environment}.yaml" in rule:
                scripts.add(re.search(r"scripts/(\w+)\.py", rule)[1])
    packages = set()
    for path in fingerprints._reached_from([ROOT / f"scripts/{name}.py" for name in scripts]):
        packages |= {module.split(".")[0] for module in fingerprints._imports(path)}
    return packages - set(sys.stdlib_module_names) - {"seq2score"}
