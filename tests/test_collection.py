"""Which tests there are depends on their source alone, so that pytest's workers agree on it."""

import os
import subprocess
import sys

import pytest

from conftest import ROOT

COLLECT = """
import os, sys, time
clock, later = time.time, float(sys.argv.pop())
time.time = lambda: clock() + later
import pytest
options = ["-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts="]
code = pytest.main(["--collect-only", "--quiet", *options])
print("settings left:", sorted(set(sys.argv[1:]) & set(os.environ)))
sys.exit(code)
"""
# What a contributor may have set for other projects.
FOREIGN = {"SNAKEMAKE_PROFILE": "nowhere", "SNAKEMAKE_CORES": "1", "PYTHONPATH": "nowhere"}


def collecting(later: int, **environment: str) -> subprocess.Popen:
    """pytest that lists all tests, with its clock so many seconds ahead."""
    return subprocess.Popen(
        [sys.executable, "-c", COLLECT, *FOREIGN, str(later)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
def test_the_same_tests_whoever_collects_them_and_when(tmp_path):
    here = collecting(0, PYTHONHASHSEED="1", LC_ALL="C.UTF-8", TZ="UTC")
    elsewhere = {"LC_ALL": "POSIX", "TZ": "Asia/Tokyo", "HOME": str(tmp_path)}
    there = collecting(12_345_678, PYTHONHASHSEED="2", **elsewhere, **FOREIGN)
    first, second = (process.communicate()[0].splitlines() for process in (here, there))
    assert here.returncode == there.returncode == 0, "\n".join(first[-20:])
    tests = [line for line in first if "::" in line]
    assert len(tests) > 400
    assert tests == [line for line in second if "::" in line]
    assert second[-1] == "settings left: []", "runs that tests start must not see them"


def test_make_keeps_a_users_settings_out_of_runs():
    foreign = {**FOREIGN, "PYTEST_ADDOPTS": "--exitfirst"}
    shown = subprocess.run(
        ["make", "--eval", "show:; @env", "show"],
        cwd=ROOT,
        env={**os.environ, **foreign},
        capture_output=True,
        text=True,
        check=True,
    )
    left = {line.partition("=")[0] for line in shown.stdout.splitlines()}
    assert not {"SNAKEMAKE_PROFILE", "PYTHONPATH", "PYTEST_ADDOPTS"} & left
