"""A job ends with its run: else it would write over what the next run has made."""

import os
import pathlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import ROOT

SNAKEFILE = """
rule all:
    input: "made"

rule make:
    output: "made"
    log: "make.log"
    script: "{script}"
"""
SCRIPT = f"""
import os, sys, time
sys.path.insert(0, {str(ROOT / "scripts")!r})
from pathlib import Path
from seq2score import job

if __name__ == "__main__":
    job.start(snakemake)
    Path("started").write_text(str(os.getpid()))
    while not Path("go").exists():
        time.sleep(0.05)
    Path(snakemake.output[0]).write_text("by an orphan")
"""


def wait_for(condition, seconds=60):
    ends = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < ends
        time.sleep(0.05)
    return value


def is_alive(process):
    try:
        with pathlib.Path(f"/proc/{process}/stat").open() as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell who is gone")
@pytest.mark.parametrize("through", ["", "shell"])
def test_a_job_ends_with_a_run_that_is_killed(through, tmp_path):
    """Also where a shell stands between them, as conda's does."""
    (tmp_path / "make.py").write_text(SCRIPT)
    if through:
        command = "cd $PWD && python wrapped.py"
        (tmp_path / "wrapped.py").write_text(
            "from types import SimpleNamespace\n"
            "snakemake = SimpleNamespace(log=['make.log'], config={}, output=['made'])\n" + SCRIPT
        )
        text = SNAKEFILE.replace('script: "{script}"', f"shell: \"bash -c '{command}; true'\"")
    else:
        text = SNAKEFILE.format(script=tmp_path / "make.py")
    (tmp_path / "Snakefile").write_text(text)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--quiet", "all"]
    path = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    run = subprocess.Popen(command, cwd=tmp_path, env=path, stderr=subprocess.DEVNULL)
    started = tmp_path / "started"
    job = int(wait_for(lambda: started.exists() and started.read_text()))
    assert is_alive(job)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    wait_for(lambda: not is_alive(job))
    (tmp_path / "go").touch()
    assert not (tmp_path / "made").exists()
