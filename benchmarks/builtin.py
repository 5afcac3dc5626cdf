"""How long the built-in run takes, and the teaching notebook, which does less (goal: 0.75 of it).

The run is counted without what explains the models further: mutagenesis, effects of motifs and
residuals. Three models instead of the notebook's two, their metrics, curves, parity plots, filters
and logos, and the whole report are in. The two take turns, for other work on the machine disturbs
them.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).parent.parent
ROUNDS = 3
MODELS, WITH_FILTERS = ("linear", "cnn", "cnn_deep"), ("cnn", "cnn_deep")
TARGETS = [
    "summary.tsv",
    *(f"figures/{name}.png" for name in ("score_distribution", "loss_curves", "parity")),
    *(f"{model}/seed17/parity.png" for model in MODELS),
    *(f"{model}/seed17/filters/logos.png" for model in WITH_FILTERS),
]


def timed(command: list, out: Path) -> float:
    """Seconds that the command takes; what it prints goes to `out`."""
    started = perf_counter()
    with out.open("w") as printed:
        subprocess.run(command, cwd=ROOT, stdout=printed, stderr=printed, check=True)
    return perf_counter() - started


def notebook(folder: Path) -> float:
    return timed([sys.executable, "benchmarks/notebook.py", folder], folder / "notebook.log")


def ours(folder: Path) -> float:
    """Seconds of the run and of the report, which is made of a complete run."""
    results = folder / "results"
    run = [sys.executable, "-m", "snakemake", "--config", f"results={results}", "--nolock"]
    seconds = timed([*run, "--", *(results / "8mers" / name for name in TARGETS)], folder / "log")
    timed(run, folder / "rest.log")  # not counted
    return seconds + timed([*run, "--report", results / "report.html"], folder / "report.log")


def by_step(results: Path) -> Counter:
    """Seconds of all jobs of each rule."""
    seconds = Counter()
    for file in (results / "benchmarks").glob("*/*.jsonl"):
        seconds[file.parent.name] += sum(json.loads(line)["s"] for line in file.open())
    return seconds


def main() -> None:
    times = {"notebook": [], "ours": []}
    for number in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            times["notebook"].append(notebook(Path(folder)))
            times["ours"].append(ours(Path(folder)))
            seconds = by_step(Path(folder, "results"))
        print(f"pair {number + 1} of {ROUNDS} done", file=sys.stderr)
    ratio = median(map(float.__truediv__, times["ours"], times["notebook"]))
    for name, of in times.items():
        print(f"{name:<10}{median(of):6.1f} s ({min(of):.1f} to {max(of):.1f})")
    print(f"the built-in run takes {ratio:.2f} of the notebook's time (goal: at most 0.75)")
    print("all its jobs, the further ones too; two at a time on two cores:")
    for rule, spent in seconds.most_common():
        print(f"{rule:<26}{spent:6.1f} s")


if __name__ == "__main__":
    main()
