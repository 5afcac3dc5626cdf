"""The whole workflow, end to end, on a small task: every promised file and column is there."""

import json
import re
import shutil

import pyarrow.parquet as pq
import pytest

SMALL = {
    "datasets": {
        "5mers": {
            "synthetic": {
                "length": 5,
                "letter_scores": {"A": 20, "C": 17, "G": 14, "T": 11},
                "motif_effects": {"TAT": 10, "GCG": -10},
            },
            "models": ["linear", "cnn", "cnn2d"],
        }
    },
    "models": {
        "linear": {"architecture": "linear"},
        "cnn": {"architecture": "cnn", "filters": 4},
        "cnn2d": {"architecture": "cnn2d", "filters": 4},
    },
    "training": {"epochs": 2, "target_scaling": "none"},
    "seeds": [1, 2],
}
SUMMARY = "dataset model seed n r2 pearson spearman mse mae train_seconds parameters"
HISTORY = "epoch train_loss validation_loss learning_rate seconds"


@pytest.fixture(scope="module")
def finished(run_workflow, tmp_path_factory):
    """The folder of a finished run; what it printed is in `printed` there."""
    folder = tmp_path_factory.mktemp("small")
    run = run_workflow(folder, SMALL)
    assert run.returncode == 0, run.stdout
    (folder / "printed").write_text(run.stdout)
    return folder


@pytest.fixture(scope="module")
def results(finished):
    return finished / "results"


def columns(path):
    if path.suffix == ".parquet":
        return pq.read_schema(path).names
    return path.read_text().splitlines()[0].split("\t")


def test_sequences_and_splits(results):
    table = results / "5mers/sequences.parquet"
    assert columns(table)[:3] == ["id", "sequence", "score"]
    parts = [results / f"5mers/splits/{p}.parquet" for p in ["train", "validation", "test"]]
    assert all(columns(part) == columns(table) for part in parts)
    assert sum(pq.read_metadata(part).num_rows for part in parts) == 4**5


@pytest.mark.parametrize("model", SMALL["models"])
@pytest.mark.parametrize("seed", SMALL["seeds"])
def test_every_model_has_its_files(results, model, seed):
    folder = results / f"5mers/{model}/seed{seed}"
    assert (folder / "model.safetensors").stat().st_size > 0
    metadata = json.loads((folder / "model.json").read_text())
    assert metadata["architecture"] == model
    assert metadata["input_length"] == 5
    assert metadata["target_scaling"] is None
    assert {"versions", "device", "threads", "git_commit"} <= metadata.keys()
    assert columns(folder / "history.tsv") == HISTORY.split()
    assert len((folder / "history.tsv").read_text().splitlines()) == 1 + 2
    assert (folder / "model_card.md").read_text().startswith(f"# {model}, trained on 5mers")
    expected = ["id", "sequence", "score", "prediction"]
    assert columns(folder / "predictions.parquet")[:4] == expected
    metrics = json.loads((folder / "metrics.json").read_text())
    for name in ["r2", "pearson", "spearman", "mse", "mae"]:
        low, high = metrics[f"{name}_ci"]
        assert low <= high
    assert metrics["n"] == pq.read_metadata(folder / "predictions.parquet").num_rows
    assert {"score", "prediction", "error"} <= set(columns(folder / "spot_check.tsv"))
    assert (folder / "parity.png").read_bytes().startswith(b"\x89PNG")
    assert "<html" in (folder / "parity.html").read_text().lower()


@pytest.mark.parametrize("model", ["cnn", "cnn2d"])
def test_filters_of_models_with_a_first_convolution(results, model):
    folder = results / f"5mers/{model}/seed1/filters"
    for figure in ["heatmaps.png", "logos.png"]:
        assert (folder / figure).read_bytes().startswith(b"\x89PNG")
    assert (folder / "filters.meme").read_text().startswith("MEME version")
    expected = {"filter", "sites", "threshold", "information_content", "consensus"}
    assert expected <= set(columns(folder / "filters.tsv"))
    assert len((folder / "filters.tsv").read_text().splitlines()) == 1 + 4
    assert not (results / "5mers/linear/seed1/filters").exists()


def test_joint_figures_summary_ensemble_and_report(results):
    for name in ["score_distribution", "loss_curves", "parity"]:
        assert (results / f"5mers/figures/{name}.png").stat().st_size > 0
        assert "<svg" in (results / f"5mers/figures/{name}.svg").read_text()
    lines = (results / "5mers/summary.tsv").read_text().splitlines()
    assert set(SUMMARY.split()) <= set(lines[0].split("\t"))
    rows = [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]
    for model in SMALL["models"]:
        seeds = [row["seed"] for row in rows if row["model"] == model]
        assert seeds == ["1", "2", "ensemble"]
    for model in SMALL["models"]:
        for name in ["predictions.parquet", "metrics.json"]:
            assert (results / f"5mers/{model}/ensemble/{name}").stat().st_size > 0
    assert (results / "report.html").stat().st_size > 1_000_000


def test_every_job_has_a_log_and_a_benchmark(results):
    rules = {path.name for path in (results / "logs").iterdir()}
    assert {"make_sequences", "split_sequences", "train", "predict", "evaluate"} <= rules
    assert rules == {path.name for path in (results / "benchmarks").iterdir()}


def test_the_terminal_shows_a_line_a_step_and_what_was_found(finished):
    lines = (finished / "printed").read_text().splitlines()
    steps = [line for line in lines if line.startswith("[")]
    (announced,) = (line for line in lines if line.endswith("steps to do"))
    assert announced == f"{len(steps)} steps to do"
    assert len(lines) < len(steps) + 10
    evaluated = [line for line in steps if " evaluate 5mers cnn seed1 " in line]
    assert len(evaluated) == 1
    assert "R² " in evaluated[0]
    assert lines[-3] == "The report: results/report.html"
    whole = min((finished / ".snakemake/log").glob("*.log")).read_text()  # the report's follows
    assert whole.count("reason: Missing output files") >= len(steps) - 1


@pytest.mark.slow
def test_a_report_of_a_part_and_of_nothing(finished, run_workflow, tmp_path):
    part, nothing = tmp_path / "part", tmp_path / "nothing"
    shutil.copytree(finished, part)
    nothing.mkdir()
    (part / "results/summary.html").unlink()
    (part / "results/5mers/summary.tsv").unlink()
    for card in (part / "results").rglob("model_card.md"):  # made of the summary
        card.unlink()
    run = run_workflow(part, SMALL, "--report", "part.html")
    assert run.returncode == 0, run.stdout
    assert re.search(r"A report of a part: \d+ of \d+ results are not there yet", run.stdout)
    page = (part / "part.html").read_text()
    assert "loss_curves.png" in page
    assert "the run is not complete" in page
    run = run_workflow(nothing, SMALL, "--report", "none.html")
    assert run.returncode == 1
    assert "There is nothing to report yet." in run.stdout


def test_a_second_run_does_nothing(finished, run_workflow):
    again = run_workflow(finished, SMALL)
    assert again.returncode == 0
    assert "Nothing to be done" in again.stdout


def test_a_dry_run_needs_nothing(tmp_path, run_workflow):
    run = run_workflow(tmp_path, SMALL, "-n")
    assert run.returncode == 0, run.stdout
    assert not (tmp_path / "results").exists()
