"""Stretches of a genome: FASTA, plain or packed by bgzip, read by htslib where an index says.

An index beside the file is used where it is that file's; else one is made in a folder of the job's
own, which takes ten seconds for a human genome and leaves the user's folder as it is.
"""

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pysam

from seq2score.errors import InputError
from seq2score.sequences import faidx
from seq2score.sequences.delimited import GZIP, reading

GAP = 4096  # letters; stretches that lie closer are read at once
SHOWN = 5
# Capital letters of a genome's bytes; those of IUPAC for one of several bases are N.
UNCLEAR_AS_N = np.frombuffer(bytes(range(256)).upper(), np.uint8).copy()
UNCLEAR_AS_N[[*b"RYSWKMBDHVryswkmbdhv"]] = ord("N")


class Genome:
    """Contigs of a FASTA file.

    Attributes
    ----------
    path
        The file.
    contigs
        By name, the letters that each has.

    Raises
    ------
    InputError
        For a file that is no genome, or cannot be read in parts.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._folder = tempfile.TemporaryDirectory(prefix="index")
        with reading(self.path):
            packed = _is_packed(self.path)
            index, blocks = _index(self.path, packed, Path(self._folder.name))
        try:
            self._file = pysam.FastaFile(
                str(self.path), filepath_index=index, filepath_index_compressed=blocks
            )
        except (OSError, ValueError) as error:
            raise InputError(f"{self.path}: the genome cannot be read ({error})") from None
        self.whole = False  # no contig is a window
        self._reach = 0  # the furthest end of a run of stretches
        self.contigs = dict(zip(self._file.references, self._file.lengths, strict=True))

    def missing(self, contig: str) -> str:
        """Why a contig is not there, for one that is not."""
        other = contig.removeprefix("chr") if contig.startswith("chr") else f"chr{contig}"
        if other in self.contigs:
            return f"{self.path.name} has no contig {contig!r}, but {other!r}: rename one of them"
        some = ", ".join([*self.contigs][:SHOWN])
        return f"{self.path.name} has no contig {contig!r}; it has {some} and so on"

    def stretches(
        self, contigs: Sequence[str], starts: np.ndarray, ends: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Letters of stretches, end to end.

        What lies outside of a contig is N, and a contig that is not there is all N.

        Parameters
        ----------
        contigs
            Names, one a stretch.
        starts, ends
            int64 (n,), from 0, the end not included.

        Returns
        -------
        letters : ndarray
            Bytes of text, uint8 (letters,).
        lengths : ndarray
            How many each stretch has, int64 (n,).
        """
        lengths = ends - starts
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        letters = np.full(offsets[-1], ord("N"), np.uint8)
        order = np.lexsort((starts, np.asarray(contigs, dtype=object).astype(str)))
        run: list[int] = []
        for i in order.tolist():
            if run and (contigs[i] != contigs[run[0]] or starts[i] > self._reach + GAP):
                self._fill(run, contigs, starts, ends, offsets, letters)
                run = []
            self._reach = max(self._reach, ends[i]) if run else ends[i]
            run.append(i)
        if run:
            self._fill(run, contigs, starts, ends, offsets, letters)
        return letters, lengths

    def _fill(
        self,
        run: list[int],
        contigs: Sequence[str],
        starts: np.ndarray,
        ends: np.ndarray,
        offsets: np.ndarray,
        letters: np.ndarray,
    ) -> None:
        """Read a run of near stretches at once, and put each where it belongs."""
        contig = contigs[run[0]]
        if contig not in self.contigs:
            return
        low = max(0, starts[run[0]])
        high = min(self.contigs[contig], self._reach)
        if high <= low:
            return
        text = UNCLEAR_AS_N[np.frombuffer(self._fetch(contig, low, high).encode(), np.uint8)]
        for i in run:
            start, end = max(starts[i], low), min(ends[i], high)
            if end > start:
                to = offsets[i] + start - starts[i]
                letters[to : to + end - start] = text[start - low : end - low]

    def _fetch(self, contig: str, start: int, end: int) -> str:
        try:
            text = self._file.fetch(contig, start, end)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{self.path}: {contig}:{start + 1}-{end} cannot be read ({error})"
            ) from None
        if len(text) != end - start or not text.isascii():  # htslib leaves out what is no letter
            raise InputError(
                f"{self.path}: {contig}:{start + 1}-{end} holds something that is no letter, such "
                "as a space or a byte of 0; is the file damaged?"
            )
        return text


def _is_packed(path: Path) -> bool:
    """Whether a file is packed by bgzip. Raises InputError for one packed by gzip."""
    with path.open("rb") as file:
        beginning = file.read(16)
    if not beginning:
        raise InputError(f"{path}: the file is empty; a genome is FASTA")
    if not beginning.startswith(GZIP):
        if not beginning.startswith(b">"):
            raise InputError(f"{path}: this is not FASTA, which begins with '>'")
        return False
    if not (beginning[3] & 4 and beginning[12:14] == b"BC"):
        raise InputError(
            f"{path}: packed by gzip, of which no part can be read alone. Unpack it (`gunzip`), "
            "or pack it by bgzip: `gunzip -c FILE | bgzip > NEW`"
        )
    return True


def _index(path: Path, packed: bool, folder: Path) -> tuple[str, str | None]:
    """The index of a genome and, where it is packed, that of its blocks."""
    index, blocks = Path(f"{path}.fai"), Path(f"{path}.gzi")
    if not faidx.fits(path, index, blocks if packed else None):
        which = "no index of its own" if index.is_file() else "no index"
        logging.info("%s has %s beside it: making one (`samtools faidx` keeps one)", path, which)
        index, blocks = folder / "genome.fai", folder / "genome.gzi"
        faidx.make(path, packed, index, blocks)
    return str(index), str(blocks) if packed else None


def turned(letters: np.ndarray, lengths: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Letters end to end, uint8, the stretches that `which` (bool) names as reverse complements."""
    if not which.any():
        return letters
    ends = np.cumsum(lengths)
    within = np.arange(len(letters)) - np.repeat(ends - lengths, lengths)
    mirrored = np.repeat(ends - 1, lengths) - within
    turns = np.repeat(which, lengths)
    return np.where(turns, COMPLEMENT[letters[mirrored]], letters)


COMPLEMENT = np.arange(256, dtype=np.uint8)
for _letter, _other in zip(b"ACGTRYKMBVDHacgt", b"TGCAYRMKVBHDtgca", strict=True):
    COMPLEMENT[_letter] = _other
