"""The workflow for GitHub: what it calls is there. (It runs there alone.)"""

import re
import tomllib

import yaml

from conftest import ROOT

JOBS = yaml.safe_load((ROOT / ".github/workflows/main.yml").read_text())["jobs"]
COMMANDS = "\n".join(step.get("run", "") for job in JOBS.values() for step in job["steps"])


def test_jobs_need_jobs_that_are_there_and_end():
    for job in JOBS.values():
        assert job.get("needs", "lint") in JOBS
        assert job["timeout-minutes"] <= 60
        assert any(step.get("uses", "").startswith("actions/checkout@") for step in job["steps"])


def test_lint_test_run_and_report():
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    called = re.findall(r"\bmake ([\w-]+)", COMMANDS)
    assert {"lint", "test", "run"} <= set(called) <= set(targets)
    assert "snakemake --report" in COMMANDS
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


def test_every_python_that_is_promised_is_tested():
    tested = JOBS["test"]["strategy"]["matrix"]["python-version"]
    promised = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    first, end = (int(minor) for minor in re.fullmatch(r">=3\.(\d+),<3\.(\d+)", promised).groups())
    assert tested == [f"3.{minor}" for minor in range(first, end)]
