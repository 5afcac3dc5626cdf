"""How a job ends that cannot go on: told to stop, without room on the disk, given damaged files."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from conftest import ROOT
from factories.training import settings
from seq2score import job
from seq2score.training.work import Work, run

ENDLESS = """
import os, signal, time

class Slow:
    def fit(self, one_hot, scores):
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000):
            try:
                time.sleep(0.05)
            except Exception:  # as libraries catch them
                pass
        raise RuntimeError("it went on for 50 seconds")

    def predict(self, one_hot):
        return one_hot.sum((1, 2))
"""


def test_sigterm_is_heard_while_something_is_fitted_at_once(files, tmp_path):
    (tmp_path / "slow.py").write_text(ENDLESS)
    names = {"weights": "model.safetensors", "description": "model.json", "history": "history.tsv"}
    (tmp_path / "made").mkdir()
    output = {key: str(tmp_path / "made" / name) for key, name in names.items()}
    family = {"architecture": f"{tmp_path}/slow.py:Slow", "device": "cpu"}
    family["training"] = {**settings()["training"], "gpus": 1}
    paths = {part: str(file) for part, file in files.items()}
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:
            run(Work("d", "slow", 1, paths, output, settings(**family), 1))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 128 + signal.SIGTERM
    assert [file.name for file in (tmp_path / "made").iterdir()] == ["checkpoint.lock"]


def ended(tmp_path, body, inputs=(), outputs=("made/out.parquet",)):
    """The log of a job in a process of its own, and its terminal."""
    (tmp_path / "made").mkdir(exist_ok=True)
    (tmp_path / "job.py").write_text(
        "from types import SimpleNamespace\nfrom seq2score import job\n"
        f"snakemake = SimpleNamespace(log=['job.log'], config={{}}, input={[*inputs]!r}, "
        f"output={[*outputs]!r})\njob.start(snakemake)\n{body}"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    process = subprocess.run(
        [sys.executable, "job.py"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert process.returncode
    return (tmp_path / "job.log").read_text(), process.stderr


WRITE_MUCH = """
import resource, signal
import pyarrow as pa, pyarrow.parquet as pq
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
pq.write_table(pa.table({"a": [*range(100_000)]}), snakemake.output[0])
"""


def test_a_file_that_has_no_room_says_so_and_is_gone(tmp_path):
    log, _ = ended(tmp_path, WRITE_MUCH)
    assert "Traceback" not in log
    (line,) = [line for line in log.splitlines() if line.startswith("Error: ")]
    assert line.startswith("Error: /") and "file too large. Make room on this disk" in line
    assert not (tmp_path / "made/out.parquet").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full here")
def test_a_full_disk_is_told_in_the_terminal_where_the_log_has_no_room_either(tmp_path):
    body = "import pathlib, sys\nsys.stderr = open('/dev/full', 'w')\n"
    body += "pathlib.Path('/dev/full').write_text('x')\n"
    _, terminal = ended(tmp_path, body)
    assert terminal.startswith("Error: /") and "no space left on device. Make" in terminal


@pytest.mark.parametrize("left", [0, 5, 2000])
def test_a_table_of_an_earlier_step_that_is_cut_off_is_named(tmp_path, left):
    import pyarrow as pa
    import pyarrow.parquet as pq

    for name in ("good.parquet", "bad.parquet"):
        pq.write_table(pa.table({"a": [*range(1000)]}), tmp_path / name)
    os.truncate(tmp_path / "bad.parquet", left)
    body = "import pyarrow.parquet as pq\npq.read_table('bad.parquet')\n"
    log, _ = ended(tmp_path, body, ["t.tsv", "good.parquet", "bad.parquet"])
    assert "Traceback" not in log
    assert "Error: bad.parquet: damaged, or cut off before its end. Delete it" in log


def test_other_errors_keep_their_traceback(tmp_path):
    log, _ = ended(tmp_path, "1 / 0\n", ["job.py"])
    assert "Traceback" in log and "ZeroDivisionError" in log and "Error: " not in log.splitlines()


def test_nothing_is_left_of_a_file_that_could_not_be_written(tmp_path):
    from seq2score.models.files import write_whole

    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        write_whole(tmp_path / "folder", b"x")  # where it cannot go
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_job_by_hand_keeps_its_own_messages():
    job.start(SimpleNamespace(log=[], config={}))
    assert sys.excepthook is sys.__excepthook__
