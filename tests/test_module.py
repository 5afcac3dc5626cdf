"""Another workflow builds on this one: own config and prefix, a rule overridden, a step added."""

import subprocess
import sys

import pytest

from conftest import ROOT

pytestmark = pytest.mark.slow

OUTER = """
configfile: "outer.yaml"


module seq2score:
    snakefile:
        "{root}/workflow/Snakefile"
    config:
        config["learn"]
    prefix:
        "learned"


use rule * from seq2score as seq2score_*


use rule train from seq2score as seq2score_train with:
    benchmark:
        "times/{{dataset}}.{{model}}.seed{{seed}}.jsonl"


rule best_r2:
    default_target: True
    input:
        "learned/results/made/summary.tsv",
    output:
        "r2.tsv",
    shell:
        "cut -f 2,5 {{input}} > {{output}}"
"""
CONFIG = """
learn:
  datasets: {made: {synthetic: {length: 4}}}
  models: {linear: {architecture: linear}}
  training: {epochs: 1}
"""


def test_an_outer_workflow(tmp_path):
    (tmp_path / "Snakefile").write_text(OUTER.format(root=ROOT))
    (tmp_path / "outer.yaml").write_text(CONFIG)
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert run.returncode == 0, run.stdout
    assert (tmp_path / "r2.tsv").read_text().startswith("model\tr2\nlinear\t")
    assert (tmp_path / "times/made.linear.seed17.jsonl").exists()
    assert not (tmp_path / "results").exists()
