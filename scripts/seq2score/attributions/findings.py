"""The strongest findings of an attribution, in sentences with their numbers."""

from collections.abc import Iterable, Sequence

from seq2score.attributions.cooperation import Syntax
from seq2score.attributions.tables import stands
from seq2score.evaluation.quality import Quality

FINDING = ["finding", "value", "low", "high", "quality"]
SIGNIFICANT = 0.05
NUMBER = 3
WORTH = 0.05  # of the strongest finding's number; what is certain and smaller says nothing
HALF = 0.5  # of a pair's strongest cooperation, for another distance or order to be told with it


def strongest(
    motifs: Iterable[dict],
    positions: Iterable[dict],
    pairs: Iterable[dict],
    epistasis: Iterable[dict],
    what: str,
    quality: Quality,
) -> list[dict]:
    """At most three sentences, each with its number and interval; the best of each kind first.

    Parameters
    ----------
    motifs, positions, pairs, epistasis
        Rows of the tables of these names.
    what
        Is predicted.
    quality
        Of the model: there are no findings of one that does not beat what is simpler, and none of
        cooperation where an additive regression does as well.

    Returns
    -------
    list of dict
        Of the columns FINDING.
    """
    if quality.fault:
        return []
    together = (
        []
        if quality.adds_up
        else [
            [_pair(row, pairs, what) for row in _certain(pairs, "cooperation")],
            [_letters(row, what) for row in _certain(epistasis, "additive")],
        ]
    )
    kinds = [
        [_motif(row, what) for row in motifs if stands(row)],
        _profiles(positions),
        *together,
    ]
    for kind in kinds:
        kind.sort(key=lambda row: -abs(row["value"]))
    best = [kind[0] for kind in kinds if kind]
    rest = [row for kind in kinds for row in kind[1:] if kind is kinds[0]]
    best.sort(key=lambda row: -abs(row["value"]))
    least = WORTH * max((abs(row["value"]) for row in best), default=0)
    chosen = [row for row in [*best, *rest] if abs(row["value"]) >= least][:NUMBER]
    return [row | {"quality": quality.text} for row in chosen]


def of_syntax(motifs: Iterable[dict], syntax: Syntax, what: str, quality: Quality) -> list[dict]:
    """The same as `strongest`, of a model's syntax."""
    return strongest(motifs, syntax.positions, syntax.pairs, syntax.epistasis, what, quality)


def message(rows: Sequence[dict], quality: Quality) -> str:
    """How many findings there are, and why none."""
    if quality.fault:
        return f"no findings: the model {quality.fault}"
    return f"{len(rows)} finding{'' if len(rows) == 1 else 's'}"


def _certain(rows: Iterable[dict], value: str) -> list[dict]:
    rows = [row for row in rows if row["q_value"] <= SIGNIFICANT]
    return sorted(rows, key=lambda row: -abs(row[value]))[:1]


def _motif(row: dict, what: str) -> dict:
    does = "raises" if row["effect"] > 0 else "lowers"
    return _finding(
        f"{row['consensus']} {does} the {what} by {{}} where it is put in; its letters contribute "
        f"in {row['sites']:,} places of {row['sequences']:,} sequences{_of_families(row)}.",
        row["effect"],
        row["effect_low"],
        row["effect_high"],
    )


def _of_families(row: dict) -> str:
    """Of how many families a motif's sequences are, where these are fewer."""
    units = row.get("units", row["sequences"])
    return f", {units:,} of them independent" if units < row["sequences"] else ""


def _profiles(rows: Iterable[dict]) -> list[dict]:
    """Of each motif, how much more it is worth at its best position than at its worst."""
    findings = []
    rows = list(rows)
    for motif in dict.fromkeys(row["motif"] for row in rows):
        of_motif = [row for row in rows if row["motif"] == motif]
        best = max(of_motif, key=lambda row: abs(row["effect"]))
        worst = min(of_motif, key=lambda row: abs(row["effect"]))
        value = best["effect"] - worst["effect"]
        half = ((best["high"] - best["low"]) ** 2 + (worst["high"] - worst["low"]) ** 2) ** 0.5 / 2
        if abs(value) > 2 * half:  # the best of many: more than an interval's half
            than = "higher" if value > 0 else "lower"
            sentence = (
                f"Where {motif} stands matters: its effect at position {best['position']} is {{}} "
                f"{than} than at position {worst['position']}."
            )
            findings.append(_finding(sentence, value, value - half, value + half))
    return findings


def _pair(row: dict, rows: Iterable[dict], what: str) -> dict:
    """The strongest cooperation of two motifs, and over which distances and orders it holds."""
    more = "more" if row["cooperation"] > 0 else "less"
    orders, gaps = _like(row, rows)
    apart = f"{gaps[0]} to {gaps[-1]}" if len(gaps) > 1 else f"{gaps[0]}"
    apart += " letter" if gaps[-1] == 1 else " letters"
    where = f"with {' or '.join(orders).replace(', ', ' before ')}, {apart} between them"
    several = len(orders) * len(gaps) > 1
    sentence = (
        f"{row['first']} and {row['second']} together change the {what} by "
        f"{'up to ' * several}{{}} {more} than the sum of what each does"
        f"{'; it is at least half of that' * several} {where}."
    )
    return _finding(sentence, row["cooperation"], row["low"], row["high"])


def _like(best: dict, rows: Iterable[dict]) -> tuple[list[str], list[int]]:
    """Orders of a pair, and numbers of letters between, with at least half of its most.

    The numbers are those around the best one in its own order; other orders are like it at all.
    """
    names = best["first"], best["second"]
    much = {
        (row["arrangement"], row["gap"])
        for row in rows
        if (row["first"], row["second"]) == names
        and row["cooperation"] / best["cooperation"] >= HALF
    }
    first = last = best["gap"]
    while (best["arrangement"], first - 1) in much:
        first -= 1
    while (best["arrangement"], last + 1) in much:
        last += 1
    gaps = list(range(first, last + 1))
    orders = dict.fromkeys(order for order, _ in sorted(much))
    alike = [order for order in orders if all((order, gap) in much for gap in gaps)]
    return sorted(alike, key=lambda order: order != best["arrangement"]), gaps


def _letters(row: dict, what: str) -> dict:
    more = "more" if row["additive"] > 0 else "less"
    sentence = (
        f"{row['letter_1']} at position {row['position_1']} and {row['letter_2']} at position "
        f"{row['position_2']} together change the {what} by {{}} {more} than the sum of what each "
        "does."
    )
    return _finding(sentence, row["additive"], row["low"], row["high"])


def _finding(sentence: str, value: float, low: float, high: float) -> dict:
    ends = sorted((abs(low), abs(high)))
    number = f"{abs(value):.3g} ({ends[0]:.3g} to {ends[1]:.3g})"
    return {"finding": sentence.format(number), "value": value, "low": low, "high": high}
