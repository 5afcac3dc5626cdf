"""What a small step costs beyond its computing: python benchmarks/jobs.py

Five networks with two seeds each on all 5-mers, one step at a time: trained, predicted, evaluated,
summed up. Of the whole run, start and end included, the seconds that trainings say they took are
taken off.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import yaml

ROOT = Path(__file__).parent.parent
MODELS = {
    **{"linear": {"architecture": "linear"}, "wide": {"architecture": "cnn", "filters": 16}},
    **{f"cnn{width}": {"architecture": "cnn", "kernel_size": width} for width in (2, 3, 4)},
}


def config(seeds: int) -> dict:
    rule = {"length": 5, "count": "all", "motif_effects": {"TAT": 10, "GCG": -10}}
    return {
        "datasets": {"5mers": {"synthetic": rule}},
        "models": MODELS,
        "training": {"epochs": 2},
        "seeds": list(range(1, seeds + 1)),
    }


def processor() -> float:
    """Seconds of processor time of all that was started and has ended, waited for here."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(seeds: int) -> tuple[int, float, float]:
    """Steps, and seconds a step beyond training: of wall time and of processor time."""
    with tempfile.TemporaryDirectory() as folder:
        file, results = Path(folder, "config.yaml"), Path(folder, "results")
        file.write_text(yaml.safe_dump(config(seeds) | {"results": str(results)}))
        command = [sys.executable, "-m", "snakemake", "--configfile", file, "--nolock"]
        command += ["--cores", "1", "--", results / "5mers" / "summary.tsv"]
        started, used = perf_counter(), processor()
        with Path(folder, "log").open("w") as log:
            subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=True)
        wall, used = perf_counter() - started, processor() - used
        steps = len(list((results / "benchmarks").glob("*/*.jsonl")))
        records = (results / "5mers").glob("*/seed*/model.json")
        trained = sum(json.loads(record.read_text())["train_seconds"] for record in records)
    return steps, (wall - trained) / steps, (used - trained) / steps


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=1)
    arguments = arguments.parse_args()
    rounds = [measured(arguments.seeds) for _ in range(arguments.rounds)]
    steps, wall, used = (median(of) for of in zip(*rounds, strict=True))
    print(
        f"{steps:4.0f} steps: {wall:.2f} s a step beyond training, {used:.2f} s of processor time",
        flush=True,
    )


if __name__ == "__main__":
    main()
