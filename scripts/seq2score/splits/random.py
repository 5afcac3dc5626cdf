"""By chance, with a seed; identical sequences and both strands of one stay together."""

from seq2score.splits.parts import Assignment, Rows, deal

TOGETHER = "hold the same sequence"  # rows that no split parts
ADVICE = "`duplicates: mean` makes them one"


def columns(split: dict) -> list[str]:
    """The user's columns that the split needs."""
    return []


def assign(split: dict, rows: Rows) -> Assignment:
    """Deal rows out by chance, both strands of an element together; see `parts.deal`."""
    return Assignment(deal(rows.elements, split, rows.strata), units=rows.elements)
