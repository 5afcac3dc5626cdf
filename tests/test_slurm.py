"""On a real SLURM cluster: the same results as on a workstation, whatever happens to the jobs."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slurm

ROOT = Path(__file__).parent.parent
BOX = ROOT / ".ci/slurm/cluster.sh"  # a cluster of three nodes on this machine

TASK = {
    "datasets": {"6mers": {"synthetic": {"length": 6}}},
    "models": {
        "undisturbed": {"architecture": "linear", "training": {"epochs": 2}},
        "cancelled": {"architecture": "cnn", "filters": 4},
        "too_big": {"architecture": "cnn", "filters": 5, "training": {"epochs": 2}},
        "too_slow": {"architecture": "cnn", "filters": 6},
        "preempted": {"architecture": "cnn", "filters": 7},
    },
    "training": {"optimizer": "adam", "batch_size": 32, "epochs": 400},
    "seeds": [1],
}
# Too little memory for one model's first attempt, too little time for another's, and a node of its
# own for the one that is to be preempted.
RESOURCES = [
    "train:mem_mb=350 if (wildcards.model, attempt) == ('too_big', 1) else 1500",
    "train:runtime=1 if (wildcards.model, attempt) == ('too_slow', 1) else 30",
    "train:slurm_extra='--nodelist=c2' if wildcards.model == 'preempted' else '--nodelist=c1'",
]


class Cluster:
    """A running SLURM, and what its jobs came to."""

    def __init__(self, box: Path):
        path = f"{box / 'bin'}:{os.environ['PATH']}"
        self.environment = {
            **os.environ,
            **{"SLURM_BOX": str(box), "SLURM_PORT": "18817", "PATH": path},
            "SLURM_CONF": str(box / "slurm.conf"),
        }

    def ask(self, *command: str | Path) -> str:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def snakemake(self, folder: Path, config: dict, *arguments: str) -> subprocess.Popen:
        """Start Snakemake with our profile, made impatient, and ended should it hang."""
        (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        impatient = ["--slurm-init-seconds-before-status-checks", "3", "--latency-wait", "10"]
        return subprocess.Popen(
            [
                *("timeout", "--kill-after", "5", "1800", sys.executable, "-m", "snakemake"),
                *("--snakefile", ROOT / "Snakefile", "--directory", folder),
                *("--workflow-profile", ROOT / "profiles" / "slurm"),
                *impatient,
                *arguments,
            ],
            env=self.environment,
            stdout=(folder / "output").open("w"),
            stderr=subprocess.STDOUT,
        )

    def jobs(self, *fields: str) -> list[list[str]]:
        """The given fields of all jobs, ended ones too, by squeue's letters (%i: id, %T: state)."""
        listed = self.ask("squeue", "--states", "all", "--noheader", "--format", "|".join(fields))
        return [line.split("|") for line in listed.splitlines()]

    def wait_for(self, job: str, state: str, seconds: float = 120) -> str:
        """The id of the first job in the given state whose comment names `job`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for number, now, comment in self.jobs("%i", "%T", "%k"):
                if now == state and job in comment:
                    return number
            time.sleep(0.5)
        raise AssertionError(f"no {job} was {state}: {self.jobs('%i', '%T', '%k')}")


@pytest.fixture(scope="module")
def cluster():
    with tempfile.TemporaryDirectory(prefix="slurm") as box:
        Path(box).chmod(0o755)  # munge wants its folder open to all
        cluster = Cluster(Path(box))
        install = subprocess.run(["bash", BOX, "install"], env=cluster.environment)
        if install.returncode:
            pytest.skip("SLURM is not here, and only root can install it: slurmctld slurmd munge")
        cluster.ask("bash", BOX, "start")
        yield cluster
        cluster.ask("bash", BOX, "stop")


def finish(run: subprocess.Popen, folder: Path) -> str:
    """What Snakemake printed, once it has ended."""
    run.wait()
    return (folder / "output").read_text()


def results(folder: Path) -> dict[str, bytes]:
    """Weights and predictions, by path."""
    expected = (*folder.glob("results/**/model.safetensors"), *folder.glob("results/**/*.parquet"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in expected}


def test_same_bytes_whatever_happens(cluster, run_workflow, tmp_path):
    """Jobs cancelled, out of memory, out of time and preempted: the run ends as if nothing had."""
    here, there = tmp_path / "workstation", tmp_path / "cluster"
    here.mkdir()
    there.mkdir()
    until = ["--until", "predict_synthetic"]
    run = cluster.snakemake(there, TASK, *until, "--set-resources", *RESOURCES)
    held = {}
    for model in ("cancelled", "preempted", "too_slow"):
        # Each is held still once it has something to lose.
        held[model] = cluster.wait_for(model, "RUNNING")
        while not (there / "results/6mers" / model / "seed1/checkpoint").exists():
            assert run.poll() is None, (there / "output").read_text()
            time.sleep(0.1)
        cluster.ask("scancel", "--signal", "STOP", held[model])
    cluster.ask("scancel", held["cancelled"])
    # Someone more urgent wants the whole node.
    urgent = ["sbatch", "--partition", "urgent", "--exclusive", "--nodelist", "c2"]
    cluster.ask(*urgent, "--output", "/dev/null", "--wrap", "true")

    undisturbed = run_workflow(here, TASK, *until)
    assert undisturbed.returncode == 0, undisturbed.stdout
    output = finish(run, there)
    assert run.returncode == 0, output
    states = {(state, comment) for state, comment in cluster.jobs("%T", "%k") if "train" in comment}
    ended = {model: {s for s, comment in states if model in comment} for model in TASK["models"]}
    assert ended["undisturbed"] == {"COMPLETED"}
    assert ended["cancelled"] == {"CANCELLED", "COMPLETED"}
    assert ended["too_big"] & {"OUT_OF_MEMORY", "FAILED"}
    assert "TIMEOUT" in ended["too_slow"]
    # SLURM calls it FAILED where a training takes the notice and ends by itself.
    assert ended["preempted"] & {"PREEMPTED", "FAILED"}
    assert output.count("SIGTERM: stopped in epoch") == 3
    assert results(here).items() <= results(there).items()


def test_a_whole_run_ends_with_a_report(cluster, tmp_path):
    task = {**TASK, "models": {"undisturbed": TASK["models"]["undisturbed"]}}
    run = cluster.snakemake(tmp_path, task)
    output = finish(run, tmp_path)
    assert run.returncode == 0, output
    assert (tmp_path / "results/report.html").exists()


def test_failing_step_stops_what_depends_on_it_and_nothing_else(cluster, tmp_path):
    models = {
        "fine": {"architecture": "linear"},
        "fails": {"architecture": "cnn", "training": {"optimizer": "sgd", "learning_rate": 100}},
    }
    task = {**TASK, "models": models, "training": {"epochs": 2, "target_scaling": "none"}}
    run = cluster.snakemake(tmp_path, task, "--retries", "0")
    output = finish(run, tmp_path)
    assert run.returncode != 0
    log = (tmp_path / "results/logs/train/6mers.fails.seed1.log").read_text()
    assert log.strip().splitlines()[-1] in output, "the log is shown"
    assert "] make_sequences 6mers (" in output, "a line a step"
    assert "rule make_sequences:" not in output, "and no more"
    assert (tmp_path / "results/6mers/fine/seed1/metrics.json").exists()
    assert not (tmp_path / "results/6mers/fails/seed1/model.safetensors").exists()
    assert not (tmp_path / "results/6mers/summary.tsv").exists()


def test_only_cuda_asks_for_a_gpu(cluster, tmp_path):
    """The box has GPU slots without a GPU behind them: what counts is what the jobs asked for."""
    partition = ["train:slurm_partition=gpu", "predict_synthetic:slurm_partition=gpu"]
    step_by_step = ["--set-resources", *partition, "--retries", "0", "--groups", "train=train"]
    # The prediction alone, though its training was on another device.
    again = ["--rerun-triggers", "mtime", "--forcerun", "predict_synthetic"]

    def requested(device: str, *arguments: str) -> list[str]:
        """What SLURM says of the jobs that a run submits, the first one first."""
        before = {job for (job,) in cluster.jobs("%i")}
        task = {**TASK, "device": device, "models": {"line": {"architecture": "linear"}}}
        task["training"] = {"epochs": 1}
        finish(cluster.snakemake(tmp_path, task, *step_by_step, *arguments), tmp_path)
        jobs = [job for (job,) in cluster.jobs("%i") if job not in before]
        return [cluster.ask("scontrol", "show", "job", "--oneliner", job) for job in sorted(jobs)]

    for job in requested("auto", "--until", "predict_synthetic"):
        assert "gres:gpu" not in job
    (prediction,) = requested("cuda", "--until", "predict_synthetic", *again)
    assert "TresPerJob=gres:gpu:1" in prediction
    (training,) = requested("cuda", "--until", "train", "--forcerun", "train")
    assert "TresPerJob=gres:gpu:1" in training
