"""How long tables take from file to split, and how much memory: python benchmarks/tables.py

Random sequences of 100 letters in a CSV file go through the three steps, each in a process of its
own as in the workflow: check_table, import_table, split_sequences. Time must grow with the rows,
memory stay below 4 GB. `--rows 10000000` needs 4 GB of disk and some minutes.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

from seq2score.sequences import importing
from seq2score.sequences.encoding import strings
from seq2score.splits import checking, splitting

TABLE = {
    **{"sequence": "sequence", "score": "score", "scores": None, "id": None, "alphabet": "dna"},
    **{"weight": None, "replicates": [], "score_transform": "none", "invalid_rows": "error"},
    **{"duplicates": "keep", "length": "equal"},
}
SPLIT = {"method": "random", "test_fraction": 0.2, "validation_fraction": 0.2, "seed": 17}
ROWS_AT_ONCE = 100_000


def write_table(path: Path, rows: int, length: int = 100) -> None:
    """A CSV table of random sequences with scores and read counts."""
    random = np.random.default_rng(17)
    names = ["sequence", "score", "reads"]
    schema = pa.schema(zip(names, [pa.large_string(), pa.float64(), pa.int64()], strict=True))
    with pyarrow.csv.CSVWriter(path, schema) as writer:
        for start in range(0, rows, ROWS_AT_ONCE):
            count = min(ROWS_AT_ONCE, rows - start)
            codes = random.integers(4, size=(count, length), dtype=np.uint8)
            cells = [strings(codes), random.normal(size=count), random.integers(1000, size=count)]
            writer.write_table(pa.table([pa.array(column) for column in cells], schema=schema))


def check(folder: Path) -> None:
    verdict = checking.check_table(
        TABLE | {"path": folder / "table.csv"}, "regression", SPLIT, "none"
    )
    (folder / "checked.json").write_text(json.dumps(verdict))


def bring_in(folder: Path) -> None:
    verdict = json.loads((folder / "checked.json").read_text())
    table = TABLE | {"path": folder / "table.csv"}
    imported = importing.TableImport(table, "regression", False, verdict)
    imported.write(folder / "sequences.parquet")


def split(folder: Path) -> None:
    outputs = [folder / f"{part}.parquet" for part in ("train", "validation", "test")]
    source = folder / "sequences.parquet"
    splitting.split_sequences(
        source, SPLIT, ["score"], False, outputs, source.with_name("relatives.parquet")
    )


def measured(step, folder: Path) -> tuple[float, float, float]:
    """Seconds, seconds of processor time, and peak of resident memory in GB, in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_timed, (step, folder))


def _timed(step, folder: Path) -> tuple[float, float, float]:
    start, worked = time.perf_counter(), time.process_time()
    step(folder)
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds, worked, peak / (1 << 30 if sys.platform == "darwin" else 1 << 20)


def main(sizes: list[int]) -> None:
    """Print a row a size and step: seconds, microseconds of work a row, and peak memory."""
    print("rows\tstep\tseconds\tcpu_us_per_row\tpeak_gb")
    for rows in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_table(folder / "table.csv", rows)
            for step in (check, bring_in, split):
                seconds, worked, peak = measured(step, folder)
                each = 1e6 * worked / rows
                print(f"{rows}\t{step.__name__}\t{seconds:.1f}\t{each:.2f}\t{peak:.2f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    main(parser.parse_args().rows)
