"""Motifs as a MEME file, which every motif tool reads."""

from collections.abc import Iterable

import numpy as np

from seq2score.sequences.encoding import BASES


def to_meme(
    names: list[str], ppms: Iterable[np.ndarray], sites: np.ndarray, background: np.ndarray
) -> str:
    """The text of a MEME file.

    Parameters
    ----------
    names
        Of the motifs.
    ppms
        Of each, float (4, width).
    sites
        That each is of, int (motifs,).
    background
        Shares of the letters, float (4,).
    """
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
