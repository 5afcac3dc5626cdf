"""Which expected motifs do words, TF-MoDISco and first-layer filters find, training by training?

python benchmarks/motifs.py results/jaspar/jaspar/resnet [--method gradient] [--sequences 1000]

The models are those of a finished run with `seeds: [1, 2, 3, 4, 5]` in the config, and expected are
those of examples/jaspar.yaml. Each seed's network explains the first test sequences, which it was
not trained on; all of JASPAR is searched with what is found in these contributions, by the
statistics of the run. TF-MoDISco is left out where it is not installed.
"""

import argparse
import os
import sys
import time
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import pyarrow.parquet as pq
import torch

from seq2score import tables
from seq2score.attributions import described, methods, modisco, motifs
from seq2score.errors import InputError
from seq2score.inference.prediction import load
from seq2score.motifs.database import Database, read_jaspar
from seq2score.motifs.matches import match_database
from seq2score.motifs.tables import Filters

EXPECTED = ["MA0139.2", "MA0046.3", "MA0099.4", "MA0052.5", "MA0060.4", "MA0090.4"]
REFERENCES, BACKGROUNDS = 10, 2000


def matched(filters: Filters, database: Database) -> set[str]:
    """Names of expected motifs that something matches."""
    rows = match_database(filters, database, EXPECTED, False, 1) if len(filters.bits) else []
    return {row["name"] for row in rows if row["match"] and row["motif"] in EXPECTED}


def results_of(folder: Path, method: str, sequences: int, database: Database) -> None:
    """Print what is found of one training. folder: of its files."""
    model, started = load(folder), time.process_time()
    predicted = pq.read_table(folder / "predictions.parquet", columns=["sequence"])
    codes, _ = model.read(predicted["sequence"].slice(0, sequences).combine_chunks())
    explained = methods.explain(method, methods.score_of(model, 0), codes, REFERENCES, 17)
    letters = codes[:, None] == np.arange(4)[:, None]
    hypothetical = explained.hypothetical.astype(np.float32)
    ways = {"words": motifs.discover(codes, explained.contributions(codes))[1]}
    try:
        ways["TF-MoDISco"] = modisco.patterns(letters, hypothetical, both_strands=False)
    except InputError as error:
        print(error)
    scores = methods.predicted(model, None, None)
    for way, results in ways.items():
        of = described.described(results, scores, codes, np.arange(len(codes)), {}, BACKGROUNDS)
        every = matched(described.side_by_side(results, of.background), database)
        names, sure = matched(of.matrices, database), sum(row["confirmed"] for row in of.rows)
        lacking = ", ".join(sorted(every - names)) or "none"
        print(
            f"{folder.name}, {way}: {len(names)} of {len(EXPECTED)} ({', '.join(sorted(names))}); "
            f"{len(results)} found, {sure} confirmed, {len(of.kept)} stand for themselves; "
            f"lost by that: {lacking}"
        )
    if (table := folder / "filters/matches.tsv").exists():
        rows = tables.read_rows(table, text=["motif", "name", "strand"])
        names = {row["name"] for row in rows if row["match"] and row["motif"] in EXPECTED}
        print(
            f"{folder.name}, filters: {len(names)} of {len(EXPECTED)} ({', '.join(sorted(names))})"
        )
    print(f"  {time.process_time() - started:.0f} s of one processor", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("model", type=Path, help="a model's folder, that of all its seeds")
    arguments.add_argument("--method", default="gradient", choices=methods.METHODS)
    arguments.add_argument("--sequences", type=int, default=1000)
    arguments = arguments.parse_args()
    torch.set_num_threads(1)
    database = read_jaspar("JASPAR2026", [])
    for folder in sorted(arguments.model.glob("seed*")):
        results_of(folder, arguments.method, arguments.sequences, database)


if __name__ == "__main__":
    main()
