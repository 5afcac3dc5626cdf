"""Training on a table that stays on disk, beside the same in memory: python benchmarks/large.py

Random sequences, as a split's Parquet file has them, train `linear`, the cheapest network, so that
reading them shows most. Each way runs in a process of its own. Memory is what the process holds
itself (RssAnon); pages mapped from files are not counted, for others may take them at any time.
`--rows 10000000` needs 2 GB of disk and some minutes.
"""

import argparse
import multiprocessing
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from training import settings

from seq2score.models import build
from seq2score.sequences.encoding import strings
from seq2score.splits import parts
from seq2score.training import examples
from seq2score.training.batches import Resident, Sets
from seq2score.training.loop import Training

ROWS_AT_ONCE = 2**16
EPOCHS = 2


def write_set(path: Path, rows: int, length: int) -> None:
    """Random sequences, whose score is the share of A, and noise."""
    random = np.random.default_rng(17)
    schema = pa.schema({"sequence": pa.large_string(), "score": pa.float64()})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, rows, ROWS_AT_ONCE):
            count = min(ROWS_AT_ONCE, rows - start)
            codes = random.integers(4, size=(count, length), dtype=np.uint8)
            score = (codes == 0).mean(axis=1) + random.normal(size=count)
            writer.write_table(pa.table([strings(codes), pa.array(score)], schema=schema))


def held() -> int:
    """Bytes of memory that are this process's own."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split("RssAnon:")[1].split()[0])


def train(path: Path, batch: int, resident: bool) -> tuple[float, list[float], float, float, float]:
    """Seconds to open the set, of each epoch, and of processor time an epoch; the most memory held
    in GB; the last loss."""
    torch.set_num_threads(1)
    examples.RESIDENT_LETTERS = 2**62 if resident else 0
    most, done = held(), threading.Event()

    def watch():
        nonlocal most
        while not done.wait(0.02):
            most = max(most, held())

    watching = threading.Thread(target=watch)
    watching.start()
    started = time.perf_counter()
    target = examples.Target.fit(path, ["score"], "none", "mse", standardize=True)
    opened = examples.open_set(path, target, None, torch.device("cpu"))
    opening = time.perf_counter() - started
    torch.manual_seed(1)
    network = build("linear", {}, parts.sequence_length(path), 1)
    few = Resident(opened.block.at(slice(1000)))
    run = Training(network, Sets(opened, few), {**settings(batch, "sgd"), "epochs": EPOCHS}, 1)
    used = time.process_time()
    history = run.run()
    used = (time.process_time() - used) / EPOCHS
    done.set()
    watching.join()
    seconds = [row["seconds"] for row in history]
    return opening, seconds, used, most / 1e9, history[-1]["train_loss"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, nargs="+", default=[500_000])
    arguments.add_argument("--length", type=int, default=100)
    arguments.add_argument("--batch", type=int, default=1024)
    arguments.add_argument("--rounds", type=int, default=2)
    arguments = arguments.parse_args()
    print("rows\tset\topened_s\tepoch_s\tcpu_s\tmemory_gb\tloss")
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "train.parquet")
            write_set(path, rows, arguments.length)
            for way in ("in memory", "on disk") * arguments.rounds:
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    of = pool.apply(train, (path, arguments.batch, way == "in memory"))
                opening, epochs, used, most, loss = of
                seconds = " ".join(f"{epoch:.1f}" for epoch in epochs)
                result = (
                    f"{rows}\t{way}\t{opening:.1f}\t{seconds}\t{used:.1f}\t{most:.2f}\t{loss:.6g}"
                )
                print(result, flush=True)


if __name__ == "__main__":
    main()
