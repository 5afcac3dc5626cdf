"""From an edit to two sequences: the window around it with the one allele and with the other.

Both windows begin at the same letter, `offset` letters before the variant, and have the same
length: a deletion lets letters in from the right, an insertion pushes some out there. Positions and
offsets are of the forward strand; a window of the reverse strand is turned when it is whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from seq2score.sequences.vcf import about_allele

_TURN = str.maketrans("ACGTN", "TGCAN")


class Context(Protocol):
    """What variants lie in: a genome, or sequences by name.

    contigs: the letters that each has. whole: whether a contig that fits the window is the window.
    """

    contigs: dict[str, int]
    whole: bool

    def missing(self, contig: str) -> str:
        """Why a contig is not there."""

    def stretches(self, contigs, starts, ends) -> tuple[np.ndarray, np.ndarray]:
        """Letters end to end, uint8, and lengths; N outside of contigs."""


@dataclass(frozen=True)
class Edits:
    """Variants of a batch: contig, position (from 1), alleles in capitals, and strand + or -."""

    contigs: list[str]
    positions: np.ndarray
    refs: list[str]
    alts: list[str]
    strands: list[str]


@dataclass(frozen=True)
class Windows:
    """A batch's windows with either allele, "" where there is none; why; and what is noteworthy.

    wrong_column: which of contig, position, ref, alt is at fault. nearby: of a REF that disagrees,
    the letters from one before it to one behind it, for guessing why.
    """

    references: list[str]
    alternatives: list[str]
    columns: list[str]
    reasons: list[str]
    notes: list[str]
    nearby: dict[int, str]


def windows(edits: Edits, context: Context, length: int, offset: int, pad: bool) -> Windows:
    """The windows of `length` letters around each edit.

    offset: letters before the variant. pad: whether letters past an end count as N.
    """
    n = len(edits.contigs)
    sizes = np.array([context.contigs.get(name, -1) for name in edits.contigs], np.int64)
    starts = edits.positions - 1
    long_ref = np.array([len(ref) for ref in edits.refs], np.int64)
    long_alt = np.array([len(alt) for alt in edits.alts], np.int64)
    entire = (sizes <= length) if context.whole else np.zeros(n, bool)
    left = np.where(entire, starts, offset)
    width = np.where(entire, sizes, length)
    spare = np.maximum(long_ref - long_alt, 0)
    first = np.maximum(starts - left, -(1 << 40))
    last = first + width + np.where(entire, 0, spare)
    out = Windows([""] * n, [""] * n, [""] * n, [""] * n, [""] * n, {})

    def refuse(i: int, column: str, reason: str) -> None:
        out.columns[i], out.reasons[i] = column, reason

    for i in range(n):
        if fault := about_allele(edits.refs[i]):
            refuse(i, "ref", fault)
        elif fault := about_allele(edits.alts[i]):
            refuse(i, "alt", fault)
        elif edits.refs[i] == edits.alts[i]:
            refuse(i, "alt", "is the same as ref")
        elif sizes[i] < 0:
            refuse(i, "contig", context.missing(edits.contigs[i]))
        elif not 0 <= starts[i] <= sizes[i] - long_ref[i]:
            ends = f"{edits.contigs[i]} has {sizes[i]} letters"
            what = (
                "is less than 1; positions count from 1" if starts[i] < 0 else f"lies past: {ends}"
            )
            refuse(i, "position", what)
        elif left[i] + max(long_ref[i], long_alt[i]) > length:
            refuse(i, "alt", f"an allele reaches past the window of {length} letters")
        elif not pad and not entire[i] and (first[i] < 0 or last[i] > sizes[i]):
            refuse(
                i,
                "position",
                f"the window, {first[i] + 1} to {last[i]}, reaches past {edits.contigs[i]}, which "
                f"has {sizes[i]} letters (`past_end: pad` fills up with N)",
            )
    good = np.array([not reason for reason in out.reasons], bool)
    at, to = np.where(good, first, 0), np.where(good, last, 0)
    letters, lengths = context.stretches(edits.contigs, at, to)
    text = letters.tobytes().decode("ascii")
    ends = np.cumsum(lengths)
    for i in np.flatnonzero(good).tolist():
        stretch = text[ends[i] - lengths[i] : ends[i]]
        before, size = int(left[i]), int(long_ref[i])
        ref, alt = edits.refs[i], edits.alts[i]
        if (here := stretch[before : before + size]) != ref:
            place = f"{edits.contigs[i]}:{edits.positions[i]}"
            refuse(i, "ref", f"disagrees: {here} stands at {place}")
            out.nearby[i] = stretch[max(0, before - 1) : before + size + 1].rjust(size + 2, "N")
            continue
        reference = stretch[: int(width[i])]
        alternative = (stretch[:before] + alt + stretch[before + size :])[:length]
        if not entire[i]:
            alternative = alternative[: int(width[i])]
        elif len(alternative) < len(reference) and pad:
            alternative = alternative.ljust(len(reference), "N")
        notes = []
        if unread := reference.count("N"):
            notes.append(f"{unread} N in the window")
        if entire[i] and (lost := len(reference) + len(alt) - len(ref) - length) > 0:
            notes.append(f"the insertion pushes {lost} letters out at the end")
        if edits.strands[i] == "-":
            reference, alternative = (_turned(window) for window in (reference, alternative))
        out.references[i], out.alternatives[i] = reference, alternative
        out.notes[i] = "; ".join(notes)
    return out


def _turned(letters: str) -> str:
    return letters[::-1].translate(_TURN)


class Named:
    """Sequences by name, held in memory, as what variants lie in."""

    whole = True

    def __init__(self, path: str, names: Sequence[str], letters: Sequence[str]):
        self.path = path
        self.letters = {
            name: text.upper().replace("U", "T") for name, text in zip(names, letters, strict=True)
        }
        self.contigs = {name: len(text) for name, text in self.letters.items()}

    def missing(self, contig: str) -> str:
        """Why a contig is not there."""
        return f"{self.path} has no sequence {contig!r}"

    def stretches(self, contigs, starts, ends) -> tuple[np.ndarray, np.ndarray]:
        """Letters end to end, uint8, and lengths; N outside of contigs."""
        parts = []
        for name, start, end in zip(contigs, starts.tolist(), ends.tolist(), strict=True):
            text = self.letters.get(name, "")
            parts.append("N" * min(max(0, -start), end - start) + text[max(0, start) : max(0, end)])
            parts[-1] = parts[-1].ljust(end - start, "N")
        return np.frombuffer("".join(parts).encode(), np.uint8), ends - starts
