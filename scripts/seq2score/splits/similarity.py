"""By clusters of similar sequences, which another step finds."""

from seq2score.errors import InputError
from seq2score.splits.group import assign_groups
from seq2score.splits.parts import Assignment, Rows

SHORTEST = 40
TOGETHER = "are one cluster"  # rows that no split parts
ADVICE = "a higher `identity` makes smaller ones"


def columns(split: dict) -> list[str]:
    """The user's columns that the split needs."""
    return []


def assign(split: dict, rows: Rows) -> Assignment:
    """Deal whole clusters out by chance; they stand in the column `cluster`."""
    kind = f"clusters at identity {split['identity']}"
    return assign_groups(split, rows.hashes, rows.columns["cluster"], kind, ADVICE)


def refuse_short(length: int) -> None:
    """Raise InputError where similarity would not tell related sequences from chance."""
    if length < SHORTEST:
        raise InputError(
            f"split: the sequences have {length} letters; clusters by similarity mean something "
            f"from {SHORTEST} letters on, because shorter ones look alike by chance and related "
            "ones are missed; use `method: random`, or `group` if you know which belong together"
        )
