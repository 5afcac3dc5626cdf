"""Which of the user's columns is which."""

import difflib
from dataclasses import dataclass

from seq2score.errors import InputError

OURS = ("id", "sequence", "score", "prediction", "novelty", "extrapolation")
OUR_PREFIXES = ("prediction_", "probability_")
SHOWN = 30
SEPARATORS = {
    ";": "semicolons; save it with commas",
    "\t": "tabs; give it a name that ends in .tsv",
    ",": "commas; give it a name that ends in .csv",
}


@dataclass(frozen=True)
class Columns:
    """The user's columns by what they are for.

    scores: the user's name of each score by its name in our table. texts: those that the split
    reads. others: those that only travel along.
    """

    sequence: str
    scores: dict[str, str]
    id: str | None
    weight: str | None
    replicates: list[str]
    texts: list[str]
    others: list[str]

    @property
    def used(self) -> list[str]:
        """Those that are read, not only carried along."""
        single = [self.sequence, self.id, self.weight]
        return [*filter(None, single), *self.scores.values(), *self.replicates, *self.texts]


def find_columns(source, table: dict, needed: list[str]) -> Columns:
    """Match the columns that a `table` section names to those of the table.

    source: the table. Of the section, `score` gives the user's column of each of our scores.
    needed: the columns of the split. Raises InputError for a column that is not there, and for one
    whose name our tables need for something else.
    """
    scores = table["score"]
    weight = [table["weight"]] if table["weight"] else []
    keys = {
        "sequence": [table["sequence"]],
        "score": [*scores.values()],
        "id": [table["id"]] if table["id"] else [],
        "weight": weight,
        "replicates": table["replicates"],
        "split: column": needed,
    }
    for key, columns in keys.items():
        for column in columns:
            if column not in source.columns:
                raise InputError(_no_such_column(source, key, column))
    identifier = table["id"] or ("id" if "id" in source.columns else None)
    ours = {identifier, table["sequence"], *scores.values()}
    read = {*weight, *table["replicates"], *needed}
    others = [column for column in source.columns if column not in ours | read]
    for column in [*others, *read]:
        if column in {*OURS, *scores} or column.startswith(OUR_PREFIXES):
            raise InputError(
                f"{source.path}: a column is named {column!r}, which our own tables need; rename it"
            )
    return Columns(
        sequence=table["sequence"],
        scores=scores,
        id=identifier,
        weight=table["weight"],
        replicates=table["replicates"],
        texts=[column for column in needed if column not in {*weight, *table["replicates"]}],
        others=others,
    )


def _no_such_column(source, key: str, name: str) -> str:
    told = f"{source.path}: there is no column {name!r} ({key})"
    if len(source.columns) == 1:
        for mark, advice in SEPARATORS.items():
            if mark in source.columns[0]:
                return f"{told}; the cells seem to be separated by {advice}"
    near = difflib.get_close_matches(name.lower(), [c.lower() for c in source.columns], 1, 0.6)
    if near:
        told += f", but {next(c for c in source.columns if c.lower() == near[0])!r}"
    more = f" and {len(source.columns) - SHOWN} more" if len(source.columns) > SHOWN else ""
    return f"{told}. The columns are {', '.join(source.columns[:SHOWN])}{more}"
