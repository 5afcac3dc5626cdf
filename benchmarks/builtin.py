"""How long the whole built-in run takes, and the teaching notebook, which does less (goal: half).

python benchmarks/builtin.py [--rounds 3]

All of it is counted, from starting Snakemake to the report: three models instead of the notebook's
two, intervals and novelty, floors, mutagenesis, effects of motifs, residuals. The two take turns,
for other work on the machine disturbs them; of wall time and of processor time, which it disturbs
less.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median
from time import perf_counter

from jobs import processor, wait_for_orphans

ROOT = Path(__file__).parent.parent


def timed(command: list, out: Path) -> tuple[float, float]:
    """Seconds that the command takes, and of processor time; what it prints goes to `out`."""
    started, used = perf_counter(), processor()
    with out.open("w") as printed:
        subprocess.run(command, cwd=ROOT, stdout=printed, stderr=printed, check=True)
    return perf_counter() - started, processor() - used


def notebook(folder: Path) -> tuple[float, float]:
    return timed([sys.executable, "benchmarks/notebook.py", folder], folder / "notebook.log")


def ours(folder: Path) -> tuple[float, float]:
    results = folder / "results"
    run = [sys.executable, "-m", "snakemake", "--config", f"results={results}", "--nolock"]
    return timed(run, folder / "log")


def by_step(results: Path) -> Counter:
    """Seconds of all jobs of each rule."""
    seconds = Counter()
    for file in (results / "benchmarks").glob("*/*.jsonl"):
        seconds[file.parent.name] += sum(json.loads(line)["s"] for line in file.open())
    return seconds


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=3)
    rounds = arguments.parse_args().rounds
    wait_for_orphans()
    times = {"notebook": [], "ours": []}
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            times["notebook"].append(notebook(Path(folder)))
            times["ours"].append(ours(Path(folder)))
            seconds = by_step(Path(folder, "results"))
        print(f"pair {number + 1} of {rounds} done", file=sys.stderr)
    for position, kind in enumerate(("seconds", "seconds of processor time")):
        theirs, mine = ([pair[position] for pair in times[name]] for name in ("notebook", "ours"))
        ratio = median(map(float.__truediv__, mine, theirs))
        spread = f"({min(mine):.1f} to {max(mine):.1f})"
        print(
            f"{kind}: notebook {median(theirs):.1f}, the built-in run {median(mine):.1f} {spread}: "
            f"{ratio:.2f} of the notebook's (goal: at most 0.5)"
        )
    print("its jobs; two at a time on two cores:")
    for rule, spent in seconds.most_common():
        print(f"{rule:<26}{spent:6.1f} s")


if __name__ == "__main__":
    main()
