"""By chance, with a seed; identical sequences stay together."""

from seq2score.splits.parts import Assignment, Rows, deal

TOGETHER = "hold the same sequence"  # rows that no split parts
ADVICE = "`duplicates: mean` makes them one"


def columns(split: dict) -> list[str]:
    """The user's columns that the split needs."""
    return []


def assign(split: dict, rows: Rows) -> Assignment:
    """The part of each row, by the seed of the split."""
    return Assignment(deal(rows.hashes, split, rows.strata), units=rows.hashes)
