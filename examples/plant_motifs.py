"""Make the table of examples/jaspar.yaml: python examples/plant_motifs.py data

20,000 random sequences of 100 nt. Each may hold each of six JASPAR motifs, drawn letter by letter
from its matrix; every motif that it holds changes its score, and noise is added.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.append(str(Path(__file__).parent.parent / "scripts"))

from seq2score.motifs.database import read_jaspar
from seq2score.sequences.encoding import strings

EFFECTS = {
    "MA0139.2": 3.0,  # CTCF
    "MA0046.3": -2.5,  # HNF1A
    "MA0099.4": 2.0,  # FOS::JUN
    "MA0052.5": -1.5,  # MEF2A
    "MA0060.4": 1.5,  # NFYA
    "MA0090.4": 1.0,  # TEAD1
}
SEQUENCES, LENGTH = 20_000, 100
SHARE = 0.25  # of the sequences that hold a motif
NOISE = 0.5  # standard deviation


def plant(ppms: dict[str, np.ndarray], random: np.random.Generator) -> tuple[np.ndarray, dict]:
    """Sequences as codes, uint8 (n, length), and which hold each motif, bool (n,).

    ppms: (4, width) each. Every motif has a sixth of the sequence for itself, the order of the
    motifs being another in each sequence, so that none overlap.
    """
    codes = random.integers(4, size=(SEQUENCES, LENGTH), dtype=np.uint8)
    slots = random.permuted(np.tile(np.arange(len(ppms)), (SEQUENCES, 1)), axis=1)
    room = LENGTH // len(ppms)
    held = {}
    for (motif, ppm), slot in zip(ppms.items(), slots.T, strict=True):
        width = ppm.shape[1]
        held[motif] = random.random(SEQUENCES) < SHARE
        rows = np.flatnonzero(held[motif])
        starts = slot[rows] * room + random.integers(max(1, room - width + 1), size=len(rows))
        codes[rows[:, None], starts[:, None] + np.arange(width)] = random_sites(
            ppm, len(rows), random
        )
    return codes, held


def random_sites(ppm: np.ndarray, number: int, random: np.random.Generator) -> np.ndarray:
    """Sites of a motif (4, width), drawn letter by letter: codes, uint8 (number, width)."""
    chances = random.random((number, ppm.shape[1], 1))
    return (chances > ppm.T[:, :3].cumsum(axis=1)).sum(axis=2).astype(np.uint8)


def main(data: Path) -> None:
    path = data / "jaspar.parquet"
    if path.exists():
        return
    data.mkdir(parents=True, exist_ok=True)
    database, random = read_jaspar("JASPAR2026", []), np.random.default_rng(17)
    places = {motif: database.ids.index(motif) for motif in EFFECTS}
    codes, held = plant({motif: database.ppms[i] for motif, i in places.items()}, random)
    score = random.normal(0, NOISE, SEQUENCES)
    score += sum(effect * held[motif] for motif, effect in EFFECTS.items())
    names = {database.names[i]: held[motif].astype(int) for motif, i in places.items()}
    sequences = strings(codes).cast(pa.string())
    pq.write_table(pa.table({"sequence": sequences, "score": score, **names}), path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
