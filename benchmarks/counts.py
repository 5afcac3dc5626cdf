"""Time and memory from barcode counts to activities, by the number of barcodes.

python benchmarks/counts.py --barcodes 100000 1000000 10000000
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]
OF_AN_OLIGO = 100  # barcodes
AT_ONCE = 500_000  # rows that are made


def write(folder: Path, barcodes: int) -> dict:
    """Files of an experiment of three replicates, and its section `counts`."""
    from factories.experiments import COUNTS, random_sequences

    random = np.random.default_rng(1)
    oligos = barcodes // OF_AN_OLIGO
    names = [f"oligo{i}" for i in range(oligos)]
    sequences = random_sequences(random, oligos, 200)
    lines = [f"{n}\t{s}\n" for n, s in zip(names, sequences, strict=True)]
    (folder / "design.tsv").write_text("name\tsequence\n" + "".join(lines))
    truth = random.normal(0, 1, oligos)
    columns = [f"{kind}_count_{r}" for r in (1, 2, 3) for kind in ("dna", "rna")]
    with (folder / "counts.tsv").open("w") as file:
        file.write("\t".join(["barcode", "oligo_name", *columns]) + "\n")
        for start in range(0, barcodes, AT_ONCE):
            rows = min(AT_ONCE, barcodes - start)
            of = random.integers(0, oligos, rows)
            plasmids = random.lognormal(2.5, 0.7, rows)
            counts = [
                random.poisson(plasmids * (2 ** truth[of] if kind else 1))
                for _ in range(3)
                for kind in (0, 1)
            ]
            letters = random_sequences(random, rows, 20)
            table = zip(letters, of.tolist(), *(c.tolist() for c in counts), strict=True)
            file.writelines(
                f"{b}\toligo{o}\t" + "\t".join(map(str, c)) + "\n" for b, o, *c in table
            )
    paths = {"path": str(folder / "counts.tsv"), "design": str(folder / "design.tsv")}
    return COUNTS | paths | {"invalid_rows": "drop"}  # chance makes some barcodes twice


def measure(counts: dict, barcodes: int) -> None:
    """Print what a process of its own needs for an experiment."""
    from seq2score.counts import experiment

    before, start = time.process_time(), time.perf_counter()
    measured = experiment.read_experiment(counts)
    table = experiment.activity_table(measured)
    seconds, wall = time.process_time() - before, time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"| {barcodes:,} | {len(table):,} | {seconds:.1f} s | {wall:.1f} s | {memory:.2f} GB |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--barcodes", type=int, nargs="+", default=[100_000, 1_000_000])
    print(
        "| barcodes | oligos | processor time | time | peak memory |\n|---|---|---|---|---|",
        flush=True,
    )
    for number in parser.parse_args().barcodes:
        with tempfile.TemporaryDirectory() as name:
            section = write(Path(name), number)
            process = multiprocessing.get_context("spawn").Process(
                target=measure, args=(section, number)
            )
            process.start()
            process.join()
