"""From an edit to two sequences: the window around it with the one allele and with the other.

Both windows begin at the same letter, so many letters (the offset) before the variant, and have the
same length: a deletion lets letters in from the right, an insertion pushes some out there.
Positions and offsets are of the forward strand; a window of the reverse strand is turned when it is
whole.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seq2score.sequences.encoding import reverse_complement_text
from seq2score.sequences.vcf import allele_problem
from seq2score.variants.contexts import Context


class Edit(NamedTuple):
    """A variant: its position counts from 1, its alleles are capitals, its strand is + or -."""

    contig: str
    position: int
    ref: str
    alt: str
    strand: str = "+"


class Window(NamedTuple):
    """An edit's window with either allele, and what is noteworthy."""

    reference: str
    alternative: str
    note: str = ""


class Fault(NamedTuple):
    """Why an edit has no window."""

    field: str  # which of contig, position, ref, alt is at fault
    reason: str
    nearby: str = ""  # of a REF that disagrees, the letters from one before it to one behind it


class _Span(NamedTuple):
    """The letters of a contig, from `first` to before `last`, that windows are cut from."""

    first: int
    last: int
    before: int  # how many of them stand before the edit
    width: int  # of a window
    whole: bool  # whether the window is the contig


def windows(
    edits: Sequence[Edit], context: Context, length: int, offsets: Sequence[int], pad: bool
) -> list[Window | Fault]:
    """The windows of each edit, or why there is none.

    Parameters
    ----------
    edits
        With alleles in capitals.
    context
        What they lie in.
    length
        Letters of a window.
    offsets
        Letters before each edit.
    pad
        Whether letters past an end of a contig count as N.
    """
    spans = [
        _fault(edit, context) or _span(edit, context, length, offset, pad)
        for edit, offset in zip(edits, offsets, strict=True)
    ]
    texts = _fetch(edits, spans, context)
    return [
        span if isinstance(span, Fault) else _cut(edit, span, text, length, pad)
        for edit, span, text in zip(edits, spans, texts, strict=True)
    ]


def _fault(edit: Edit, context: Context) -> Fault | None:
    """What is wrong with an edit by itself, or with its place."""
    if reason := allele_problem(edit.ref):
        return Fault("ref", reason)
    if reason := allele_problem(edit.alt):
        return Fault("alt", reason)
    if edit.ref == edit.alt:
        return Fault("alt", "is the same as ref")
    size = context.contigs.get(edit.contig)
    if size is None:
        return Fault("contig", context.missing(edit.contig))
    if edit.position < 1:
        return Fault("position", "is less than 1; positions count from 1")
    if edit.position - 1 > size - len(edit.ref):
        return Fault("position", f"lies past: {edit.contig} has {size} letters")
    return None


def _span(edit: Edit, context: Context, length: int, offset: int, pad: bool) -> _Span | Fault:
    """Where an edit's windows lie."""
    start, size = edit.position - 1, context.contigs[edit.contig]
    whole = context.whole and size <= length
    before, width = (start, size) if whole else (offset, length)
    if before + max(len(edit.ref), len(edit.alt)) > length:
        return Fault("alt", f"an allele reaches past the window of {length} letters")
    first = start - before
    last = first + width + (0 if whole else max(len(edit.ref) - len(edit.alt), 0))
    if not pad and not whole and (first < 0 or last > size):
        return Fault(
            "position",
            f"the window, {first + 1} to {last}, reaches past {edit.contig}, which has {size} "
            "letters (`past_end: pad` fills up with N)",
        )
    return _Span(first, last, before, width, whole)


def _fetch(edits: Sequence[Edit], spans: Sequence[_Span | Fault], context: Context) -> list[str]:
    """The letters of each span; none of a fault."""
    ends = [(0, 0) if isinstance(span, Fault) else (span.first, span.last) for span in spans]
    first, last = np.array(ends, np.int64).reshape(-1, 2).T
    letters, lengths = context.stretches([edit.contig for edit in edits], first, last)
    text, stops = letters.tobytes().decode("ascii"), np.cumsum(lengths)
    return [
        text[stop - size : stop]
        for stop, size in zip(stops.tolist(), lengths.tolist(), strict=True)
    ]


def _cut(edit: Edit, span: _Span, text: str, length: int, pad: bool) -> Window | Fault:
    """The windows of an edit in the letters around it."""
    before, after = span.before, span.before + len(edit.ref)
    if (here := text[before:after]) != edit.ref:
        nearby = text[max(0, before - 1) : after + 1].rjust(len(edit.ref) + 2, "N")
        position = f"{edit.contig}:{edit.position}"
        return Fault("ref", f"disagrees: {here} stands at {position}", nearby)
    reference = text[: span.width]
    alternative = (text[:before] + edit.alt + text[after:])[:length]
    if not span.whole:
        alternative = alternative[: span.width]
    elif len(alternative) < len(reference) and pad:
        alternative = alternative.ljust(len(reference), "N")
    notes = []
    if unread := max(window.count("N") for window in (reference, alternative)):
        notes.append(f"{unread} N in the window")
    lost = len(reference) + len(edit.alt) - len(edit.ref) - length
    if span.whole and lost > 0:
        notes.append(f"the insertion pushes {lost} letters out at the end")
    if edit.strand == "-":
        reference, alternative = map(reverse_complement_text, (reference, alternative))
    return Window(reference, alternative, "; ".join(notes))
