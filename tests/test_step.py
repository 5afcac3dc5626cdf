"""One step by hand: the script of a rule gets what a run would give it."""

import subprocess
import sys

import pyarrow.parquet as pq
import pytest
import yaml

from conftest import ROOT
from step import mock_snakemake

CONFIG = {
    "datasets": {"made": {"synthetic": {"length": 4}}},
    "models": {"linear": {"architecture": "linear"}},
    "results": "here",
}


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "config.yaml"
    path.write_text(yaml.dump(CONFIG))
    return path


def test_a_script_gets_what_its_rule_says(config):
    snakemake = mock_snakemake(
        "train", configfiles=[config], dataset="made", model="linear", seed=17
    )
    assert snakemake.input.train == "here/made/splits/train.parquet"
    assert snakemake.output.weights == "here/made/linear/seed17/model.safetensors"
    assert snakemake.params.settings["architecture"] == "linear"
    assert snakemake.wildcards.seed == "17"


@pytest.mark.parametrize(
    ("rule", "message"), [("trian", "There are: .*train"), ("train", "needs model, seed")]
)
def test_what_is_not_there_is_named(config, rule, message):
    with pytest.raises(KeyError, match=message):
        mock_snakemake(rule, configfiles=[config], dataset="made")


def test_a_step_runs_by_hand(config):
    command = [sys.executable, ROOT / "workflow/step.py", "make_sequences", "dataset=made"]
    run = subprocess.run(
        [*command, "--configfile", config], capture_output=True, text=True, check=True
    )
    assert "256 sequences of 4 letters" in run.stderr
    assert pq.read_metadata("here/made/sequences.parquet").num_rows == 256
