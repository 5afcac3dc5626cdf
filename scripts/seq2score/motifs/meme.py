"""Motifs in the MEME format, which every motif tool reads."""

from pathlib import Path

import numpy as np

from seq2score.errors import InputError
from seq2score.sequences.encoding import BASES


def to_meme(names: list[str], ppms: np.ndarray, sites: np.ndarray, background: np.ndarray) -> str:
    """The text of a MEME file. ppms: (motifs, 4, width). sites: (motifs,). background: (4,)."""
    shares = " ".join(f"{base} {share:.6f}" for base, share in zip(BASES, background, strict=True))
    blocks = [
        f"MOTIF {name}\n"
        f"letter-probability matrix: alength= 4 w= {ppm.shape[1]} nsites= {number} E= 0\n"
        + "".join(" ".join(f"{p:.6f}" for p in position) + "\n" for position in ppm.T)
        for name, ppm, number in zip(names, ppms, sites, strict=True)
    ]
    head = (
        f"MEME version 4\n\nALPHABET= {BASES}\n\nstrands: +\n\n"
        f"Background letter frequencies\n{shares}\n"
    )
    return "\n".join([head, *blocks])


def read_meme(path: str) -> dict[str, np.ndarray]:
    """PPMs, float64 (4, width), by the name that follows MOTIF. Raises InputError."""
    from memelite.io import read_meme

    if not Path(path).is_file():
        raise InputError(f"interpretation.motifs: there is no file {path}")
    try:
        motifs = read_meme(path)
    except (ValueError, AttributeError, IndexError) as error:
        raise InputError(f"{path}: not a MEME file of DNA motifs ({error})") from error
    if not motifs:
        raise InputError(f"{path}: holds no motif; a MEME file has a line MOTIF before each matrix")
    return motifs
