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
    """Deal whole clusters, the column `cluster` of rows, out by chance; see `assign_groups`."""
    kind = f"clusters at identity {split['identity']}"
    return assign_groups(split, rows.hashes, rows.columns["cluster"], kind, ADVICE)


def refuse_short(length: int) -> None:
    """Refuse sequences whose similarity would not tell related ones from chance.

    Raises
    ------
    InputError
        For fewer than SHORTEST letters.
    """
    if length < SHORTEST:
        raise InputError(
            f"split: the sequences have {length} letters; clusters by similarity mean something "
            f"from {SHORTEST} letters on, because shorter ones look alike by chance and related "
            "ones are missed; use `method: random`, or `group` if you know which belong together"
        )
