"""Small files as people have them, through the whole workflow, the right answer beside each.

A folder of `cases/` holds a config, its data and a README: what is right.
"""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from seq2score import tables
from seq2score.certainty.differences import UNMEASURED

CASES = Path(__file__).parent / "cases"
VARIANTS, PREDICTED = "cnn/variants/v.tsv", "cnn/predict/new.tsv"
# What is asked for, and what is said where it is refused.
EXPECTED = {
    "01": (VARIANTS, ""),
    "02": ("preflight.json", r"motifs: m\.meme, line 11: this motif has no matrix"),
    "04": (VARIANTS, r"s\.fa: 'tx1' names two different sequences \(lines 1 and 3\)"),
    "05": ("preflight.json", ""),
    "07": ("preflight.json", ""),
    "08": ("preflight.json", ""),
    "09": ("preflight.json", "every row has one cell more than the header, as R's write.table"),
    "10": ("preflight.json", "no header line; its first line holds a sequence and a number"),
    "11": ("preflight.json", ""),
    "12": (PREDICTED, ""),
    "14": (VARIANTS, ""),
}


def test_all_of_them():
    assert {folder.name for folder in CASES.iterdir()} == {*EXPECTED}


@pytest.mark.slow
@pytest.mark.parametrize("case", EXPECTED)
def test_the_right_answer(case, run_workflow, tmp_path):
    shutil.copytree(CASES / case, tmp_path, dirs_exist_ok=True)
    config = yaml.safe_load((tmp_path / "config.yaml").read_text())
    target, refusal = EXPECTED[case]
    run = run_workflow(tmp_path, config, f"results/d/{target}")
    results = tmp_path / "results/d"
    if refusal:
        assert run.returncode == 1
        assert len(re.findall(f"^Error: .*{refusal}", run.stdout, re.MULTILINE)) == 1, run.stdout
        assert not (results / target).exists()
        return
    assert run.returncode == 0, run.stdout
    rows = pd.read_parquet(results / "sequences.parquet")
    assert len(rows) == (60 if case == "07" else 120) and rows["id"].is_unique
    assert set("".join(rows["sequence"])) == {*"ACGT"}
    if target == "preflight.json":
        assert rows["score"].notna().all()
        return
    made = tables.read(results / target)
    if target == PREDICTED:
        problems = [f"has {n} cells where the header has 3" for n in (4, 2)]
        assert made["problem"].to_list() == ["", *problems]
        return
    assert made["effect"].notna().all() and len(made) == (6 if case == "01" else 2)
    if case == "14":
        noted = [note.split("; ") for note in made["note"]]
        assert noted == [["1 N in the window", UNMEASURED], [UNMEASURED]]
