"""`benchmarks/library.py`: one table for the blend, its members and what else one would try."""

import csv
import random
import subprocess
import sys

import pytest

from conftest import ROOT


def run(*arguments):
    command = [sys.executable, ROOT / "benchmarks/library.py", *map(str, arguments), "--cores", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {line[:12].strip(): line[12:].split() for line in done.stdout.splitlines() if line}


@pytest.mark.slow
def test_groups_are_held_out_whole(tmp_path):
    """Twelve letters that say nothing, and a score by group: only a leak could predict it."""
    randoms, path = random.Random(1), tmp_path / "table.csv"
    with path.open("w") as file:
        write = csv.writer(file).writerow
        write(["sequence", "score", "family"])
        for family in range(30):
            single, score = "".join(randoms.choices("ACGT", k=10)), randoms.gauss(0, 1)
            for last in ("AA", "AC", "CA", "CC", "GG", "GT"):
                write([single + last, score, family])
    table = (path, "sequence", "score", "--ways", "k-mers", "letters")
    apart, together = run(*table), run(*table, "--group", "family")
    assert min(float(apart[way][0]) for way in ("k-mers", "letters")) > 0.5
    assert max(float(together[way][0]) for way in ("k-mers", "letters")) < 0.2


@pytest.mark.slow
def test_the_blend_is_told_beside_its_members(tmp_path):
    randoms, path = random.Random(2), tmp_path / "table.csv"
    with path.open("w") as file:
        write = csv.writer(file).writerow
        write(["x", "y"])
        for _ in range(250):
            sequence = "".join(randoms.choices("ACGU", k=9))
            write(
                [sequence, sequence.count("G") - 2 * (sequence[4] == "A") + randoms.gauss(0, 0.3)]
            )
    columns = run(path, "x", "y", "--held-out", 1, "--ways", "library", "kernel", "letters")
    assert list(columns)[2:] == ["library", "kernel", "letters"]
    assert 0 <= float(columns["kernel"][-2]) <= 1.5  # the weight
    assert float(columns["library"][0]) == pytest.approx(float(columns["kernel"][0]), abs=0.15)
    assert float(columns["letters"][0]) > 0.9  # the truth is additive
