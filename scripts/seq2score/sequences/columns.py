"""Which of the user's columns is which."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from seq2score import job
from seq2score.errors import InputError, printable
from seq2score.sequences.sources import Source

SHOWN = 30
LONGEST_SHOWN = 60  # letters of a name
SEPARATORS = {
    ";": "semicolons; save it with commas, and points as decimal marks",
    "\t": "tabs; give it a name that ends in .tsv",
    ",": "commas; give it a name that ends in .csv",
    "|": "bars; save it with commas",
    " ": "spaces; save it with commas",
}


@dataclass(frozen=True)
class Names:
    """Names that a table of ours needs: in whole, and by how they begin."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    def __contains__(self, name: str) -> bool:
        return name in self.whole or name.startswith(self.beginnings)

    def free(self, names: Iterable[str], used: Iterable[str] = ()) -> dict[str, str]:
        """The user's columns by names that are free: their own, or with `table_` before it.

        The one rule for columns that only travel along; those `used` are not free either.
        """
        names, others = [*names], {}
        used = {*used, *(name for name in names if name not in self)}
        for name in names:
            ours = name
            while ours in self or (ours != name and ours in used) or ours in others:
                ours = f"table_{ours}"
            others[ours] = name
        return others


# Of tables of sequences, their parts and predictions; and of effects of variants.
SEQUENCES = Names(
    frozenset({"id", "sequence", "score", "prediction", "novelty", "extrapolation"}),
    ("prediction_", "probability_"),
)
EFFECTS = Names(
    frozenset(
        {"id", "chromosome", "position", "ref", "alt", "strand", "region", "effect", "note"},
    ),
    ("reference_prediction", "alternative_prediction", "effect_", "p_positive"),
)


def tell_renamed(renamed: Mapping[str, str]) -> None:
    """Tell of each column of the user's, by its name, what it is called in our tables."""
    for name, ours in renamed.items():
        job.tell("our tables have a column %s: that of the table is kept as %s", name, ours)


@dataclass(frozen=True)
class Columns:
    """The user's columns by what they are for."""

    sequence: str
    scores: dict[str, str]  # the user's name of each score by its name in our table
    id: str | None
    weight: str | None
    replicates: list[str]
    texts: list[str]  # that the split reads
    inputs: dict[str, str]  # that models see beside the sequence, the kind of each by its name
    others: dict[str, str]  # that only travel along, the user's name by that in our table
    literal_ids: bool  # as of the source

    @property
    def used(self) -> list[str]:
        """Those that are read, not only carried along."""
        single = [self.sequence, self.id, self.weight]
        return [
            *filter(None, single),
            *self.scores.values(),
            *self.replicates,
            *self.texts,
            *self.inputs,
        ]

    @property
    def renamed(self) -> dict[str, str]:
        """Our name of each column of the user's whose own name our tables need."""
        return {name: ours for ours, name in self.others.items() if ours != name}


def find_columns(source: Source, table: Mapping, needed: list[str]) -> Columns:
    """Match the columns that a `table` section names to those of the table.

    Parameters
    ----------
    source
        The table.
    table
        The section, of which `score` gives the user's column of each of our scores.
    needed
        The columns of the split.

    Raises
    ------
    InputError
        For a column that is not there, and for a weight and such whose name our tables need for
        something else.
    """
    scores, weight = table["score"], [table["weight"]] if table["weight"] else []
    inputs = table["inputs"]
    read = [*weight, *table["replicates"], *needed, *inputs]
    by_key = {
        "sequence": [table["sequence"]],
        "score": [*scores.values()],
        "id": [table["id"]] if table["id"] else [],
        "weight": weight,
        "replicates": table["replicates"],
        "split: column": needed,
        "inputs": [*inputs],
    }
    for key, names in by_key.items():
        for name in names:
            if name not in source.columns:
                raise InputError(_no_such_column(source, key, name))
    for key in ("sequence", "score", "id", "weight", "replicates"):
        for name in inputs.keys() & by_key[key]:
            raise InputError(f"{source.path}: inputs: {name!r} is the column of `{key}` already")
    for name in [*read, *(score for score in scores if score != "score")]:
        if name in scores.keys() - scores.values() or name in SEQUENCES:
            raise InputError(
                f"{source.path}: a column is named {name!r}, which our own tables need; rename it"
            )
    identifier = table["id"] or ("id" if "id" in source.columns else None)
    named = {identifier, *(name for names in by_key.values() for name in names)}
    return Columns(
        sequence=table["sequence"],
        scores=scores,
        id=identifier,
        weight=table["weight"],
        replicates=table["replicates"],
        texts=[name for name in needed if name not in {*weight, *table["replicates"], *inputs}],
        inputs=inputs,
        others=SEQUENCES.free((n for n in source.columns if n not in named), {*scores, *read}),
        literal_ids=source.literal_ids,
    )


def listed(columns: Sequence[str]) -> str:
    """The names of columns, those that fit into a message."""
    more = f" and {len(columns) - SHOWN} more" if len(columns) > SHOWN else ""
    return ", ".join(map(_shortened, columns[:SHOWN])) + more


def _shortened(name: str) -> str:
    return printable(name[:LONGEST_SHOWN]) + "..." * (len(name) > LONGEST_SHOWN)


def _no_such_column(source: Source, key: str, name: str) -> str:
    text = f"{source.path}: there is no column {name!r} ({key})"
    if len(source.columns) == 1:
        for mark, advice in SEPARATORS.items():
            if mark in source.columns[0]:
                return f"{text}; the cells seem to be separated by {advice}"
    repeated = [column for column in source.columns if column.startswith(f"{name} (column ")]
    if repeated:
        text += f"; {len(repeated)} columns are called so: give them other names"
    near = difflib.get_close_matches(name.lower(), [c.lower() for c in source.columns], 1, 0.6)
    if near:
        text += f", but {next(c for c in source.columns if c.lower() == near[0])!r}"
    return f"{text}. The columns are {listed(source.columns)}"
