"""By chance, with a seed; identical sequences and both strands of one stay together."""

from seq2score.splits.parts import Assignment, Rows, deal

TOGETHER = "hold the same sequence"  # rows that no split parts
ADVICE = "`duplicates: mean` makes them one"


def columns(split: dict) -> list[str]:
    """The user's columns that the split needs."""
    return []


def assign(split: dict, rows: Rows) -> Assignment:
    """The part of each row, by the seed of the split."""
    return Assignment(deal(rows.elements, split, rows.strata), units=rows.elements)
