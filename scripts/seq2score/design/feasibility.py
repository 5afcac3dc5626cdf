"""Constraints that no sequence can meet, told before any search."""

from collections.abc import Iterator

import numpy as np

from seq2score.design.constraints import Constraints, gc_counts, other_strand
from seq2score.errors import InputError
from seq2score.sequences.encoding import decode

TRIES = 400  # rounds of repair
PROPOSALS = 24  # single changes a round


def refuse_impossible(constraints: Constraints, starts: np.ndarray | None = None) -> None:
    """Raise InputError for constraints that contradict each other.

    starts: uint8 (n, length), where designs have to resemble them.
    """
    _refuse_gc(constraints)
    _refuse_sites(constraints)
    _refuse_runs(constraints)
    _refuse_repeats(constraints)
    if starts is not None:
        _refuse_starts(constraints, starts)


def _refuse_gc(constraints: Constraints) -> None:
    """Where the template leaves too few, or too many, positions for G and C."""
    template = constraints.template
    most = template[:, [1, 2]].any(axis=1).astype(int)
    least = most * ~template[:, [0, 3]].any(axis=1)
    length = len(template)
    ranges = [("gc", 0, length, *constraints.gc)] if constraints.gc else []
    if constraints.window:
        width = min(constraints.window[0], length)
        places = range(length - width + 1)
        ranges += [("gc_window", at, at + width, *constraints.window[1:]) for at in places]
    for key, begin, end, low, high in ranges:
        fewest, highest = gc_counts(end - begin, low, high)
        where = f"positions {begin + 1} to {end}"
        if fewest > highest:
            raise InputError(
                f"{key}: of {end - begin} letters no whole number lies between {low:g} and {high:g}"
            )
        if least[begin:end].sum() > highest:
            raise InputError(f"{key}: the template has more than {high:g} G and C at {where}")
        if most[begin:end].sum() < fewest:
            raise InputError(f"{key}: the template allows less than {low:g} G and C at {where}")


def _refuse_sites(constraints: Constraints) -> None:
    """Where a site stands whatever the open letters become."""
    for name, pattern in constraints.avoid.items():
        for strand in (pattern, other_strand(pattern)):
            for at, there in _stretches(constraints, len(strand)):
                if (there <= strand).all():
                    raise InputError(
                        f"avoid: {name} stands in the template, whatever its open letters become, "
                        f"at position {at}"
                    )


def _refuse_runs(constraints: Constraints) -> None:
    if longest := constraints.max_homopolymer:
        for at, there in _stretches(constraints, longest + 1):
            if there[0].sum() == 1 and (there == there[0]).all():
                raise InputError(
                    f"max_homopolymer: the template fixes a run of more than {longest} at position "
                    f"{at}"
                )


def _refuse_repeats(constraints: Constraints) -> None:
    template = constraints.template
    words: dict[bytes, int] = {}
    if not (width := (constraints.max_repeat or 0) + 1) > 1:
        return
    for at in range(len(template) - width + 1):
        word = template[at : at + width]
        if (word.sum(axis=1) == 1).all():
            first = words.setdefault(word.tobytes(), at)
            if first != at:
                raise InputError(
                    f"max_repeat: the template fixes the same {width} letters at positions "
                    f"{first + 1} and {at + 1}"
                )


def _stretches(constraints: Constraints, width: int) -> Iterator[tuple[int, np.ndarray]]:
    """Stretches of the template and its flanks that are not in a flank alone.

    The position of each in the template, counted from 1, and its bases, bool (width, 4).
    """
    left, right = (np.eye(5, 4, dtype=bool)[f] for f in (constraints.left, constraints.right))
    whole, length = np.vstack([left, constraints.template, right]), len(constraints.template)
    for at in range(len(whole) - width + 1):
        if at + width > len(left) and at < len(left) + length:
            yield at - len(left) + 1, whole[at : at + width]


def _refuse_starts(constraints: Constraints, starts: np.ndarray) -> None:
    """Where no start fits the template by as many edits as there may be."""
    allowed = constraints.template[np.arange(starts.shape[1]), np.minimum(starts, 3)]
    allowed &= starts < 4
    kept = constraints.protected
    if kept is not None and not allowed[:, kept].all(axis=1).any():
        raise InputError("protect: the template forbids a protected letter of every start")
    if constraints.edits is not None and (~allowed).sum(axis=1).min() > constraints.edits:
        raise InputError(
            f"edits: every start differs from the template in more than {constraints.edits} letters"
        )


def fill(constraints: Constraints, starts: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Starts with a random allowed letter wherever theirs is not: uint8 (n, length)."""
    allowed = constraints.allowed(starts)
    rows, places = np.indices(starts.shape)
    fits = (starts < 4) & allowed[rows, places, np.minimum(starts, 3)]
    random_letters = (random.random(allowed.shape) * allowed).argmax(axis=2).astype(np.uint8)
    return np.where(fits, starts, random_letters)


def repair(
    constraints: Constraints,
    encoded: np.ndarray,
    starts: np.ndarray,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Sequences changed letter by letter until they are allowed, and whether they are, bool (n,).

    Of several random changes of a sequence the one is kept that fails least, unless it fails by
    more than before; now and then one that does (a walk as in WalkSAT, Selman and others 1994).
    """
    encoded = encoded.copy()
    failing = constraints.total(encoded, starts)
    for _ in range(TRIES):
        rows = np.flatnonzero(failing)
        if not len(rows):
            break
        of = np.repeat(rows, PROPOSALS)
        tried = changed(constraints, encoded[of], starts[of], random, most=2)
        counts = constraints.total(tried, starts[of])
        counts = counts.reshape(len(rows), PROPOSALS)
        best = (counts + 0.5 * random.random(counts.shape)).argmin(axis=1)
        least = counts[np.arange(len(rows)), best]
        better = (least <= failing[rows]) | (random.random(len(rows)) < 0.05)
        chosen = tried.reshape(len(rows), PROPOSALS, -1)[np.arange(len(rows)), best]
        encoded[rows[better]], failing[rows[better]] = chosen[better], least[better]
    return encoded, failing == 0


def changed(
    constraints: Constraints,
    encoded: np.ndarray,
    starts: np.ndarray,
    random: np.random.Generator,
    most: int = 1,
) -> np.ndarray:
    """Each sequence with 1 to `most` letters changed at random to others that are allowed.

    With a limit of edits, a sequence that has reached it also gets letters of its start back.
    """
    allowed, encoded = constraints.allowed(starts), encoded.copy()
    length = encoded.shape[1]
    open_places = allowed.sum(axis=2) > 1
    rows = np.flatnonzero(open_places.any(axis=1))
    for step in range(most):
        active = rows if step == 0 else rows[random.random(len(rows)) < 0.5]
        if not len(active):
            break
        choice = random.random((len(active), length)) * open_places[active]
        if constraints.edits is not None:
            differs = encoded[active] != starts[active]
            full = differs.sum(axis=1) >= constraints.edits
            choice = np.where(full[:, None], choice * differs, choice)
        position = choice.argmax(axis=1)
        letters = random.random((len(active), 4)) * allowed[active, position]
        letters[np.arange(len(active)), np.minimum(encoded[active, position], 3)] = 0
        new = letters.argmax(axis=1).astype(np.uint8)
        if constraints.edits is not None:
            back = full & (random.random(len(active)) < 0.5)
            new = np.where(back, starts[active, position], new)
        movable = letters.max(axis=1) > 0
        encoded[active[movable], position[movable]] = new[movable]
    return encoded


def worst(constraints: Constraints, encoded: np.ndarray, starts: np.ndarray) -> str:
    """Which check the sequences fail most often, in words, with the nearest miss as an example."""
    failures = constraints.failures(encoded, starts)
    name = max(failures, key=lambda key: (failures[key] > 0).mean())
    nearest_miss = int(np.sum([*failures.values()], axis=0).argmin())
    return f"{name} (closest: {decode(encoded[nearest_miss : nearest_miss + 1])[0]})"


def allowed_starts(
    constraints: Constraints, starts: np.ndarray, bound: bool, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sequences made of the starts that meet the constraints, and the row of each one's start.

    bound: whether designs must be near their starts. Raises InputError where there are none.
    """
    refuse_impossible(constraints, starts if bound else None)
    filled = fill(constraints, starts, random)
    repaired, fits = repair(constraints, filled, starts, random)
    if not fits.any():
        why = worst(constraints, repaired, starts)
        raise InputError(
            f"no sequence was found that meets all constraints, in {len(starts)} searches of "
            f"{TRIES} rounds; the hardest one is {why}"
        )
    rows = np.flatnonzero(fits)
    return repaired[rows], rows
