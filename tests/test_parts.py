"""Work in parts over jobs, in a real run: one that dies is done again, and it alone."""

import os
import signal
import threading
from itertools import product
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc here"),
]


def kill_the_writer(log: Path, over: threading.Event) -> None:
    """Kill the process whose output goes to this file, once there is one."""
    while not over.wait(0.005):
        for output in Path("/proc").glob("[0-9]*/fd/1"):
            try:
                if output.readlink() == log:
                    os.kill(int(output.parts[2]), signal.SIGKILL)
                    return
            except OSError:
                continue


def test_a_part_that_dies_is_done_again_alone(run_workflow, tmp_path):
    words = map("".join, product("ACGT", repeat=8))
    rows = "".join(f"{word}{end}\n" for word in words for end in ("AC", "GT", "TA"))  # three pieces
    (tmp_path / "new.csv").write_text("sequence\n" + rows)
    config = {
        "datasets": {"made": {"synthetic": {"length": 10, "count": 2000}}},
        "models": {"linear": {"architecture": "linear"}},
        "training": {"epochs": 1},
        "predict": {"new": {"path": str(tmp_path / "new.csv"), "parts": 3}},
    }
    folder = tmp_path / "results/made/linear/predict"
    logs = [
        tmp_path / f"results/logs/predict_new_in_parts/made.linear.new.part{part}.log"
        for part in (1, 2, 3)
    ]
    over = threading.Event()
    killer = threading.Thread(target=kill_the_writer, args=(logs[1], over))
    killer.start()
    target = str(Path("results/made/linear/predict/new.tsv"))
    first = run_workflow(tmp_path, config, target)
    over.set()
    killer.join()
    assert first.returncode, first.stdout
    assert sorted(path.name for path in folder.iterdir()) == [
        "new.part1.parquet",
        "new.part3.parquet",
    ]
    before = [log.stat().st_mtime_ns for log in logs]

    second = run_workflow(tmp_path, config, target)
    assert second.returncode == 0, second.stdout
    after = [log.stat().st_mtime_ns for log in logs]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True]
    assert "2 steps to do" in second.stdout
    together = (tmp_path / target).read_bytes()
    assert together.count(b"\n") == 1 + 3 * 4**8

    config["predict"]["new"]["parts"] = 1
    item = run_workflow(tmp_path, config, target)
    assert item.returncode == 0, item.stdout
    assert (tmp_path / target).read_bytes() == together
