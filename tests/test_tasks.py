"""Whole runs of what the built-in task does not touch: classes, several scores, weights, folds."""

import csv
import json
import random

import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(run_workflow, tmp_path_factory):
    folder, chance = tmp_path_factory.mktemp("tasks"), random.Random(1)
    rows = ["name,seq,a,b,r1,r2,reads"]
    for i in range(300):
        sequence = "".join(chance.choices("ACGU", k=7))
        a = sequence.count("A") + chance.gauss(0, 0.3)
        b = "" if i % 5 == 0 else f"{sequence.count('G')}"
        noisy = [f"{a + chance.gauss(0, 0.1):.3f}" for _ in range(2)]
        rows.append(f"n{i},{sequence},{a:.3f},{b},{','.join(noisy)},{chance.randint(1, 9)}")
    (folder / "table.csv").write_text("\n".join(rows) + "\n")
    table = {"path": "table.csv", "id": "name", "sequence": "seq", "score": ["a", "b"]}
    table |= {"weight": "reads", "replicates": ["r1", "r2"], "alphabet": "rna"}
    classes = {"synthetic": {"length": 6}, "task": "classification"}
    config = {
        "datasets": {
            "several": {"table": table},
            "classes": classes | {"split": {"stratify": True}},
            "folded": {"synthetic": {"length": 5}, "split": {"folds": 2}},
        },
        "models": {"linear": {"architecture": "linear"}},
        "training": {"epochs": 3, "learning_rate": 0.01},
        "seeds": [1, 2],
        "interpretation": {"mutate": []},
    }
    run = run_workflow(folder, config)
    assert run.returncode == 0, run.stdout
    return folder / "results"


def summary(results, dataset):
    with (results / dataset / "summary.tsv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_several_scores_each_have_predictions_metrics_and_weighted_ones(results):
    names = pq.read_schema(results / "several/linear/seed1/predictions.parquet").names
    assert names[:5] == ["id", "sequence", "a", "b", "prediction_a"]
    assert "prediction_b" in names
    assert "reads" in names
    metrics = json.loads((results / "several/linear/ensemble/metrics.json").read_text())
    assert metrics["outputs"]["b"]["n"] < metrics["n"]
    mean = (metrics["outputs"]["a"]["r2"] + metrics["outputs"]["b"]["r2"]) / 2
    assert metrics["r2"] == pytest.approx(mean)
    assert metrics["weighted_r2"] != metrics["r2"]
    row = summary(results, "several")[0]
    assert float(row["replicates_pearson"]) > 0.9
    assert {"r2_a", "r2_b", "weighted_r2", "train_r2", "validation_r2", "warnings"} <= row.keys()


def test_classes_have_probabilities_and_their_own_metrics_and_figures(results):
    folder = results / "classes/linear/ensemble"
    table = pq.read_table(folder / "predictions.parquet")
    classes = ["GCG", "TAT", "TAT+GCG", "none"]
    assert table.column_names[:4] == ["id", "sequence", "score", "prediction"]
    probability = sum(table[f"probability_{name}"].to_numpy() for name in classes)
    assert probability == pytest.approx(1)
    metrics = json.loads((folder / "metrics.json").read_text())
    assert {"accuracy", "auroc", "auprc", "cross_entropy", "auroc_ci"} <= metrics.keys()
    assert sum(map(sum, metrics["confusion"])) == metrics["n"]
    assert (folder / "classification.png").stat().st_size > 0
    assert (results / "classes/figures/classification.svg").stat().st_size > 0
    assert {"accuracy", "auroc", "auprc", "cross_entropy"} <= summary(results, "classes")[0].keys()


def test_folds_have_a_cross_validated_row(results):
    rows = summary(results, "folded")
    assert (rows[0]["model"], rows[0]["seed"]) == ("linear", "cross-validated")
    of_folds = [r for r in rows if r["dataset"] != "folded" and r["seed"] == "ensemble"]
    assert len(of_folds) == 2
    mean = sum(float(row["r2"]) for row in of_folds) / 2
    assert float(rows[0]["r2"]) == pytest.approx(mean, rel=1e-4)
    assert "Cross-validated over 2 folds" in (results / "summary.html").read_text()


def test_where_the_models_are_wrong_is_told_by_letter(results):
    with (results / "several/residuals.tsv").open(newline="") as file:
        message = {(row["output"], row["what"]) for row in csv.DictReader(file, delimiter="\t")}
    assert ("b", "number of U") in message
