"""Single-letter variants a second of processor time, beside a plain loop and tangermeme.

python benchmarks/variants.py [--variants 100000] [--length 200]

One contig, a VCF file in order, a small cnn with random weights, one thread; from the files to
effects. Each way runs in a process of its own, whose peak memory is told.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import torch

from seq2score.inference.prediction import Predictor
from seq2score.models import build

FEW = 2_000  # that the plain loop scores; its time is scaled
RECORD = {
    **{"architecture": "cnn", "length": "equal", "alphabet": "dna", "outputs": ["score"]},
    **{"classes": None, "target_scaling": None, "score_transform": "none", "loss": "mse"},
    **{"reverse_complement": "none", "flanks": None},
}
ENDS = {"past_end": "error", "invalid_rows": "error", "sequence": "sequence"}
KEYS = "reference alternative reference_id alternative_id sequence_id sequences chromosome position"
KEYS += " ref alt edit offset strand saturate id measured"


def make(folder: Path, variants: int, length: int) -> None:
    """A contig of random letters, and a variant at every tenth of them."""
    random = np.random.default_rng(1)
    letters = random.choice(np.frombuffer(b"ACGT", "u1"), 10 * variants + 2 * length)
    (folder / "genome.fa").write_bytes(b">chr1\n" + letters.tobytes() + b"\n")
    text = letters.tobytes().decode()
    with (folder / "a.vcf").open("w") as file:
        file.write("##fileformat=VCFv4.2\n##contig=<ID=chr1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL")
        file.write("\tFILTER\tINFO\n")
        for position in range(length, length + 10 * variants, 10):
            alt = "ACGT"["ACGT".index(text[position]) - 1]
            file.write(f"chr1\t{position + 1}\t.\t{text[position]}\t{alt}\t.\t.\t.\n")


def ours(folder: Path, network, length: int, count: int) -> np.ndarray:
    from functools import partial

    import pyarrow.parquet as pq

    from seq2score.variants import checking
    from seq2score.variants.effects import score, score_part
    from seq2score.variants.rows import Dataset

    section = dict.fromkeys(KEYS.split()) | ENDS
    section |= {"path": str(folder / "a.vcf"), "genome": str(folder / "genome.fa")}
    single = Dataset({**RECORD, "input_length": length}, "", "")
    checking.check_variants(section, single, folder / "checked.parquet")
    model = Predictor(network, {**RECORD, "input_length": length, "seed": 1})
    scored = folder / "scored.parquet"
    score_part(partial(score, model), folder / "checked.parquet", scored)
    return pq.read_table(scored)["effect"].to_numpy()


def windows(folder: Path, length: int, count: int | None = None) -> tuple[np.ndarray, list]:
    """The contig as codes, and place and letter of each variant."""
    text = (folder / "genome.fa").read_bytes().splitlines()[1]
    codes = np.zeros(256, "u1")
    codes[np.frombuffer(b"ACGT", "u1")] = range(4)
    rows = []
    with (folder / "a.vcf").open() as file:
        for line in file:
            if not line.startswith("#"):
                _, position, _, _, alt, *_ = line.split("\t")
                rows.append((int(position) - 1, "ACGT".index(alt)))
                if len(rows) == count:
                    break
    return codes[np.frombuffer(text, "u1")], rows


@torch.inference_mode()
def loop(folder: Path, network, length: int, count: int) -> np.ndarray:
    contig, rows = windows(folder, length, FEW)
    effects = []
    for position, alt in rows:
        start = position - length // 2
        before = np.eye(4, dtype="f4")[contig[start : start + length]].T
        after = before.copy()
        after[:, length // 2] = np.eye(4)[alt]
        columns = [network(torch.from_numpy(x[None].copy())).item() for x in (before, after)]
        effects.append(columns[1] - columns[0])
    return np.array(effects)


def tangermeme(folder: Path, network, length: int, count: int) -> np.ndarray:
    from tangermeme.variant_effect import substitution_effect

    contig, rows = windows(folder, length)
    places = np.array([position for position, _ in rows])
    results = []
    for start in range(0, len(rows), 8192):
        here = places[start : start + 8192, None] - length // 2 + np.arange(length)
        letters = torch.from_numpy(np.eye(4, dtype="f4")[contig[here]].transpose(0, 2, 1).copy())
        changed = [(i, length // 2, alt) for i, (_, alt) in enumerate(rows[start : start + 8192])]
        columns = substitution_effect(network, letters, torch.tensor(changed), device="cpu")
        before, after = (
            getattr(columns, name, columns[k]) for k, name in enumerate(["y", "y_perturbed"])
        )
        results.append((after - before)[:, 0].numpy())
    return np.concatenate(results)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--variants", type=int, default=100_000)
    arguments.add_argument("--length", type=int, default=200)
    arguments.add_argument("--way", choices=["ours", "loop", "tangermeme"])
    arguments.add_argument("--folder", type=Path)
    given = arguments.parse_args()
    if given.way:
        torch.set_num_threads(1)
        torch.manual_seed(1)
        network = build("cnn", {"filters": 32, "kernel_size": 7}, given.length, 1).eval()
        way = globals()[given.way]
        started = process_time()
        effects = way(given.folder, network, given.length, given.variants)
        seconds = (process_time() - started) * given.variants / len(effects)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        np.save(given.folder / f"{given.way}.npy", effects)
        print(f"{given.way}\t{seconds:.1f} s\t{given.variants / seconds:.0f}/s\t{memory:.2f} GB")
        return
    with tempfile.TemporaryDirectory() as name:
        make(Path(name), given.variants, given.length)
        for way in ("ours", "loop", "tangermeme"):
            options = ["--way", way, "--folder", name, "--variants", str(given.variants)]
            options += ["--length", str(given.length)]
            subprocess.run([sys.executable, __file__, *options], check=True)
        columns = {
            way: np.load(Path(name) / f"{way}.npy") for way in ("ours", "loop", "tangermeme")
        }
        for way in ("loop", "tangermeme"):
            worst = np.abs(columns["ours"][: len(columns[way])] - columns[way]).max()
            print(f"largest difference from {way}: {worst:.1e}")


if __name__ == "__main__":
    main()
