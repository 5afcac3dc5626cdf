"""A change reruns exactly what it must: each case is one change and the job list of a dry run."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from copy import deepcopy

import pytest
import yaml

from conftest import ROOT

pytestmark = pytest.mark.slow

CONFIG = {
    "datasets": {
        "made": {"synthetic": {"length": 5}},
        "measured": {"table": {"path": "measured.tsv"}},
    },
    "models": {
        "linear": {"architecture": "linear"},
        "cnn": {"architecture": "cnn", "filters": 4},
    },
    "training": {"epochs": 1},
    "seeds": [1],
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A copy of the workflow with a finished run in it."""
    folder = tmp_path_factory.mktemp("reruns") / "checkout"
    tracked = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    for name in filter(None, tracked.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    rows = [f"{kmer}\t{i * 37 % 101}" for i, kmer in enumerate(kmers(5))]
    (folder / "measured.tsv").write_text("sequence\tscore\n" + "\n".join(rows) + "\n")
    run = snakemake(folder, CONFIG)
    assert run.returncode == 0, run.stdout
    return folder


def kmers(length):
    return [k + base for k in kmers(length - 1) for base in "ACGT"] if length else [""]


def snakemake(folder, config, *arguments):
    (folder / "own.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    command = [sys.executable, "-m", "snakemake", "--configfile", "own.yaml", *arguments]
    return subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def planned(position, config=CONFIG, *arguments):
    """The jobs that a dry run plans: a set of (rule, wildcards as text)."""
    run = snakemake(position, config, "-n", *arguments)
    assert run.returncode == 0, run.stdout
    jobs = set()
    for block in re.split(r"\n(?=(?:local)?(?:rule|checkpoint) )", run.stdout)[1:]:
        rule = re.match(r"(?:local)?(?:rule|checkpoint) (\w+)", block)[1]
        wildcards = re.search(r"\n    wildcards: (.*)", block)
        jobs.add((rule, wildcards[1] if wildcards else ""))
    return {job for job in jobs if job[0] != "all"}


def of_models(jobs):
    """The jobs of single models, less their cards, which tell of the joint summary too."""
    return {job for job in jobs if "model=" in job[1] and job[0] != "write_model_card"}


@pytest.fixture
def edit(finished):
    """Append to a file, or write `old` as `new`; undone after the test, times included."""
    undo = []

    def change(name, old=None, new="\nNEW = 1\n"):
        path = finished / name
        text, times = path.read_text(), path.stat()
        undo.append((path, text, (times.st_atime_ns, times.st_mtime_ns)))
        assert old is None or old in text
        path.write_text(text + new if old is None else text.replace(old, new, 1))

    yield change
    for path, text, times in reversed(undo):
        path.write_text(text)
        os.utime(path, ns=times)


def rules(jobs):
    return {rule for rule, _ in jobs}


def test_nothing(finished):
    assert planned(finished) == set()


def test_touching_every_file(finished):
    for path in finished.rglob("*"):
        if path.is_file() and ".snakemake" not in path.parts:
            path.touch()
    assert planned(finished) == set()


def test_comments_docstrings_and_formatting(finished, edit):
    for path in [*finished.glob("scripts/*.py"), *finished.glob("scripts/seq2score/**/*.py")]:
        edit(path.relative_to(finished), new="\n# why\n'''a string'''\n")
    assert planned(finished) == set()


@pytest.mark.parametrize(
    "arguments",
    [["--cores", "1"], ["--set-threads", "train=2"], ["--set-resources", "train:mem_mb=9000"]],
)
def test_threads_resources_and_cores(finished, arguments):
    assert planned(finished, CONFIG, *arguments) == set()


def test_a_key_of_one_model(finished):
    config = deepcopy(CONFIG)
    config["models"]["cnn"]["filters"] = 8
    jobs = planned(finished, config)
    per_model = of_models(jobs)
    assert ("train", "dataset=made, model=cnn, seed=1") in jobs
    assert {"train", "predict", "evaluate"} <= rules(per_model)
    assert all("model=cnn" in wildcards for _, wildcards in per_model)
    assert not {"make_sequences", "import_table", "split_sequences"} & rules(jobs)
    assert "summarize" in rules(jobs)


def test_a_figures_code(finished, edit):
    edit("scripts/seq2score/figures/loss_curves.py")
    assert rules(planned(finished)) == {"plot_models"}


def test_the_training_loop(finished, edit):
    edit("scripts/seq2score/training/loop.py")
    jobs = planned(finished)
    trained = {wildcards for rule, wildcards in jobs if rule == "train"}
    assert len(trained) == 4
    assert not {"make_sequences", "import_table", "split_sequences"} & rules(jobs)


def test_one_architecture(finished, edit):
    edit("scripts/seq2score/models/linear.py")
    per_model = of_models(planned(finished))
    assert rules(per_model) >= {"train", "predict", "evaluate"}
    assert all("model=linear" in wildcards for _, wildcards in per_model)


def test_a_seed_added(finished):
    jobs = planned(finished, {**CONFIG, "seeds": [1, 2]})
    assert ("train", "dataset=made, model=cnn, seed=2") in jobs
    assert not any("seed=1" in wildcards for _, wildcards in of_models(jobs))
    assert not {"make_sequences", "import_table", "split_sequences"} & rules(jobs)


def test_a_dataset_added(finished):
    config = deepcopy(CONFIG)
    config["datasets"]["more"] = {"synthetic": {"length": 4}}
    jobs = planned(finished, config)
    assert ("write_summary", "") in jobs
    assert all("dataset=more" in w for rule, w in jobs if rule != "write_summary")


def test_one_value_of_the_users_table(finished, edit):
    edit("measured.tsv", "AAAAA\t0", "AAAAA\t1")
    jobs = planned(finished)
    assert {"import_table", "split_sequences", "train", "summarize"} <= rules(jobs)
    assert all("dataset=measured" in w for rule, w in jobs if rule != "write_summary")


def test_a_typo_that_a_check_refused(finished):
    config = deepcopy(CONFIG)
    config["datasets"]["measured"]["table"]["score"] = "scrore"
    assert snakemake(finished, config).returncode != 0
    assert planned(finished) == set()


def test_a_question_changed(finished):
    """It is looked at again, and nothing is trained for it."""
    config = {**CONFIG, "interpretation": {"mutate": ["best", "seq7"]}}
    config["datasets"] = {"made": CONFIG["datasets"]["made"]}
    jobs = planned(finished, config)
    assert "preflight_question" in rules(jobs)
    assert not {"train", "split_sequences"} & rules(jobs)


def test_a_question_and_a_training_changed(finished):
    """Looking at the one again leaves the other not out."""
    config = {**CONFIG, "interpretation": {"mutate": ["best", "seq7"]}}
    config["training"] = {"epochs": 2}
    assert {"preflight_question", "train"} <= rules(planned(finished, config))


def test_a_question_that_was_refused(finished):
    config = {**CONFIG, "interpretation": {"mutate": ["best", "nobody"]}}
    run = snakemake(finished, config)
    assert run.returncode != 0
    assert "interpretation.mutate: no sequence has the id nobody" in run.stdout
    assert planned(finished) == set()


def test_one_figure_deleted(finished):
    figure = finished / "results/made/figures/loss_curves.png"
    kept = figure.read_bytes()
    figure.unlink()
    assert planned(finished) == {("plot_models", "dataset=made")}
    figure.write_bytes(kept)


def test_a_fresh_clone_beside_kept_results(finished, tmp_path):
    clone = tmp_path / "clone"
    shutil.copytree(finished, clone)  # times are those of a new checkout but for the results'
    for path in clone.rglob("*"):
        kept = {"results", ".snakemake"} & set(path.relative_to(clone).parts)
        if path.is_file() and not kept:
            path.touch()
    assert planned(clone) == set()


def test_a_run_killed_at_any_moment(tmp_path, run_workflow):
    """Started again, it ends with what an undisturbed run ends with."""
    config = {**CONFIG, "datasets": {"made": CONFIG["datasets"]["made"]}}
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    undisturbed.mkdir()
    killed.mkdir()
    started = time.monotonic()
    assert run_workflow(undisturbed, config).returncode == 0
    length = time.monotonic() - started
    shutil.copy2(undisturbed / "config.yaml", killed)
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", killed, "--configfile", killed / "config.yaml", "--cores", "2"]
    for share in (0.2, 0.4, 0.6):  # of an undisturbed run, each from where the last one ended
        run = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(share * length)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        subprocess.run([*command, "--unlock"], check=True, capture_output=True)
    assert run_workflow(killed, config).returncode == 0
    assert results(killed) == results(undisturbed)


def results(folder):
    """What jobs made, by name: contents, but for what tells of times. The report is no job."""
    timed = {"history.tsv", "model.json", "floors.json", "summary.tsv", "summary.html"}
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.name not in timed else None
        for path in (folder / "results").rglob("*")
        if path.is_file()
        and path.name not in ("report.html", ".report.html")
        and not {"logs", "benchmarks"} & set(path.relative_to(folder).parts)
    }
