"""Tell what the members of a blend will take to train, before they are."""

import pyarrow.parquet as pq
import torch

from seq2score import tables
from seq2score.sequences.construct import Construct
from seq2score.splits.parts import sequence_length
from seq2score.training.cost import minutes, seconds


def estimates(members: dict[str, dict], files: dict[str, str], flanks: dict) -> list[dict]:
    """A row a member: core seconds that one training of it will take."""
    rows = tuple(pq.read_metadata(files[part]).num_rows for part in ("train", "validation"))
    length = sequence_length(files["train"]) + Construct.of(flanks).letters
    return [
        {"member": name, "rows": rows[0], "length": length, "seconds": seconds(m, rows, length)}
        for name, m in members.items()
    ]


def told(rows: list[dict], seeds: int) -> str:
    """One line for the terminal."""
    each = ", ".join(f"{row['member']} {row['seconds'] / 60:.1f}" for row in rows)
    every = minutes(seeds * sum(row["seconds"] for row in rows))
    of_all = f" for {seeds} seeds" if seeds > 1 else ""
    return f"training will take {every}{of_all} on one core (an estimate; minutes a seed: {each})"


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)
    input, params = snakemake.input, snakemake.params
    rows = estimates(params.members, dict(input.items()), params.flanks)
    tables.write(rows, snakemake.output[0])
    job.tell("%s: %s", snakemake.wildcards.model, told(rows, params.seeds))
