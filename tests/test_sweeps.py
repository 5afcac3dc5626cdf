"""A sweep trains every combination, ranks by validation alone, and carries the best one on."""

import csv
import resource

import pytest

from seq2score.evaluation.ranking import ranked
from seq2score.task import TASKS

pytestmark = pytest.mark.slow

SWEEP = {
    "datasets": {"made": {"synthetic": {"length": 5}}},
    "models": {"cnn": {"architecture": "cnn", "filters": 4}},
    "training": {"epochs": 2},
    "seeds": [1, 2],
    "sweep": {"cnn": {"filters": [2, 8], "learning_rate": [0.001, 0.01]}},
}


@pytest.fixture(scope="module")
def results(run_workflow, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    run = run_workflow(folder, SWEEP)
    assert run.returncode == 0, run.stdout
    return folder / "results/made"


def test_the_ranking_is_by_validation_score(results):
    with (results / "cnn~best/ranking.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    scores = [float(row["validation_r2"]) for row in rows]
    assert len(rows) == 4
    assert scores == sorted(scores, reverse=True)
    assert (results / "cnn~best/ranking.png").stat().st_size > 0


def test_the_best_one_is_evaluated_and_no_other(results):
    ranking = (results / "cnn~best/ranking.tsv").read_text().splitlines()
    best = ranking[1].split("\t")[ranking[0].split("\t").index("model")]
    for seed in SWEEP["seeds"]:
        for name in ["model.safetensors", "model.json", "history.tsv"]:
            member, chosen = (results / m / f"seed{seed}" / name for m in [best, "cnn~best"])
            assert chosen.read_bytes() == member.read_bytes()
        assert (results / f"cnn~best/seed{seed}/metrics.json").exists()
    assert not list(results.glob("cnn~filters*/*/predictions.parquet"))
    models = [line.split("\t")[1] for line in (results / "summary.tsv").read_text().splitlines()]
    assert {"cnn", "cnn~best"} <= set(models)


def test_planning_grows_with_the_number_of_configurations(run_workflow, tmp_path):
    """Ten times the configurations take less than ten times the processor's time, the start of
    Snakemake included; where each step looks at every other one, it would be a hundred times."""
    few, many = (
        planning_time(run_workflow, tmp_path / str(filters), filters) for filters in [5, 50]
    )
    assert many < 12 * few


def planning_time(run_workflow, folder, filters):
    """Processor seconds of a dry run over ten learning rates by a number of filters."""
    values = {
        "filters": list(range(1, filters + 1)),
        "learning_rate": [i / 1000 for i in range(1, 11)],
    }
    folder.mkdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    config = {**SWEEP, "seeds": [1], "sweep": {"cnn": values}}
    run = run_workflow(folder, config, "-n", "--quiet")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert run.returncode == 0, run.stdout
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_members_are_ranked_on_the_scale_that_they_learned():
    scores = {"a": [0.2, 0.4], "b": [0.9]}
    rows = ranked(scores, TASKS["regression"], "log2_")
    assert [row["model"] for row in rows] == ["b", "a"]
    assert rows[1]["validation_log2_r2"] == pytest.approx(0.3)
