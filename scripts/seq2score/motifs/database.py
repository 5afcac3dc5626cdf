"""Known motifs to compare with: JASPAR's, or those of a MEME file."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np

from seq2score.errors import InputError

LOOSE = 0.1  # how far from 1 rounded probabilities may add up


@dataclass(frozen=True)
class Database:
    """Motifs to compare with."""

    ids: list[str]
    names: list[str]
    ppms: list[np.ndarray]  # float64 (4, length) each


class Jaspar(TypedDict):
    """Which motifs of JASPAR, as `read_jaspar` takes them."""

    release: str
    taxa: list[str]


def read_jaspar(release: str, taxa: list[str]) -> Database:
    """The latest versions in JASPAR's CORE collection (Rauluseviciute and colleagues 2024).

    The database comes with pyjaspar, so nothing is fetched.

    Parameters
    ----------
    release
        Such as "JASPAR2026".
    taxa
        Taxonomic groups, such as "vertebrates"; none for all.
    """
    from pyjaspar import jaspardb

    motifs = jaspardb(release=release).fetch_motifs(collection="CORE", tax_group=taxa or None)
    counts = [np.array([motif.counts[base] for base in "ACGT"], dtype=float) for motif in motifs]
    return Database(
        [motif.matrix_id for motif in motifs],
        [motif.name for motif in motifs],
        [matrix / matrix.sum(axis=0) for matrix in counts],
    )


def read_meme(path: str | Path) -> Database:
    """The motifs of a MEME file; the name that may follow an id stands for it elsewhere too.

    Raises
    ------
    InputError
        For a file that is not there, or holds no DNA motif.
    """
    from memelite.io import read_meme as read

    if not Path(path).is_file():
        raise InputError(f"interpretation.motifs: there is no file {path}")
    _refuse_unclear(Path(path))
    try:
        motifs = read(str(path))
    except (ValueError, AttributeError, IndexError) as error:
        raise InputError(f"{path}: not a MEME file of DNA motifs ({error})") from error
    if not motifs:
        raise InputError(f"{path}: holds no motif; a MEME file has a line MOTIF before each matrix")
    for name, ppm in motifs.items():
        if not (np.all(ppm >= 0) and np.allclose(ppm.sum(axis=0), 1, atol=LOOSE)):
            raise InputError(
                f"{path}: motif {name} is no matrix of probabilities; each of its lines holds four "
                "numbers of at least 0 that add up to 1"
            )
    fields = [name.split() for name in motifs]
    return Database([f[0] for f in fields], [f[-1] for f in fields], list(motifs.values()))


def _refuse_unclear(path: Path) -> None:
    """Raise InputError where a motif has no matrix of its own, or the name of another one."""
    lines_of: dict[str, int] = {}
    open_line = 0  # of a motif whose matrix has not come yet
    with path.open(encoding="utf-8", errors="replace") as file:
        for line, text in enumerate(file, 1):
            if text.startswith("MOTIF"):
                name = " ".join(text.split()[1:])
                if open_line:
                    raise InputError(
                        f"{path}, line {open_line}: this motif has no matrix; the next motif "
                        f"begins in line {line}. Take it out, or give it its lines"
                    )
                if name in lines_of:
                    raise InputError(
                        f"{path}, line {line}: motif {name} stands in line {lines_of[name]} too; "
                        "names must differ"
                    )
                lines_of[name], open_line = line, line
            elif text.lstrip().startswith("letter-probability matrix"):
                open_line = 0
    if open_line:
        raise InputError(f"{path}, line {open_line}: this motif has no matrix")
