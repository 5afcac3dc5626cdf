"""Profiles: what Snakemake makes of them, with nothing lost to the default profile."""

import contextlib
import io
from pathlib import Path

import pytest
from snakemake.cli import parse_args

ROOT = Path(__file__).parent.parent


@pytest.fixture
def effective(monkeypatch):
    """Snakemake's settings for a command line."""
    monkeypatch.chdir(ROOT)

    def settings(*arguments: str):
        with contextlib.redirect_stderr(io.StringIO()):
            return parse_args(arguments)[1]

    return settings


def amounts(resources) -> dict:
    return {name: resource.value for name, resource in resources.items()}


@pytest.mark.parametrize("profile", [None, "slurm", "gpus"])
def test_reruns_are_exact_everywhere(effective, profile):
    chosen = ["--workflow-profile", f"profiles/{profile}"] if profile else []
    settings = effective(*chosen)
    triggers = {str(trigger) for trigger in settings.rerun_triggers}
    assert triggers == {"mtime", "params", "input", "software-env"}
    assert settings.rerun_incomplete
    assert settings.show_failed_logs
    assert settings.max_checksum_file_size > 10**10
    assert settings.scheduler == "greedy"


def test_workstation(effective):
    settings = effective()
    assert settings.executor is None
    assert settings.cores >= 1
    assert amounts(settings.resources) == {"gpu": 1}


def test_several_gpus(effective):
    assert amounts(effective("--workflow-profile", "profiles/gpus").resources) == {"gpu": 4}


def test_cluster(effective):
    settings = effective("--workflow-profile", "profiles/slurm")
    assert settings.executor == "slurm"
    assert settings.cores is None
    assert amounts(settings.resources) == {}, "GPU jobs do not take turns"
    memory = settings.default_resources["mem_mb"]
    job = {"input": [], "threads": 1, "wildcards": {}, "rulename": "", "async_run": None}
    first, second = (memory.evaluate(attempt=attempt, **job).value for attempt in (1, 2))
    assert 600 <= first < second, "a job beside Snakemake itself, and more when it is tried again"
    assert settings.retries == 2
    assert settings.slurm_status_command == "squeue"
    assert settings.slurm_status_attempts > 100
    assert settings.slurm_no_requeue
