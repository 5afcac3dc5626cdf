"""The oligos of a design: their names, sequences and whatever else is known of them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from seq2score.errors import InputError
from seq2score.sequences.columns import listed
from seq2score.sequences.sources import open_source

SHOWN = 10
NAMES = ("name", "oligo_name", "id")
LETTERS = re.compile(r"[ACGTUNacgtun]+")
INACTIVE = "element inactive control"  # of IGVF's classes
SPACES = re.compile(r"[\s\[\]]")  # for which MPRAsnakeflow writes "_"


@dataclass(frozen=True)
class Design:
    """Oligos in the order of their file.

    table: `name`, `sequence` (without adapters) and all further columns of design and labels, as
    text. controls: bool (n,), the negative ones. path: of the design.
    """

    path: Path
    table: pd.DataFrame
    controls: np.ndarray

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def names(self) -> list[str]:
        """Names of the oligos."""
        return self.table["name"].tolist()

    @cached_property
    def by_name(self) -> dict[str, int]:
        """The position of each oligo, by its name and by that with "_" for spaces and brackets."""
        tolerant = {SPACES.sub("_", name): i for i, name in enumerate(self.names)}
        return tolerant | {name: i for i, name in enumerate(self.names)}


def read_design(counts: Mapping) -> Design:
    """The oligos of a `counts` section.

    Raises
    ------
    InputError
        For a design or labels that cannot be used, or controls that are not among them.
    """
    path = Path(counts["design"])
    table = _read(path)
    name = next((name for name in NAMES if name in table), None)
    if name is None or "sequence" not in table:
        raise InputError(
            f"{path}: a design needs columns name and sequence. The columns are {listed([*table])}"
        )
    table = table.rename(columns={name: "name"})
    table["name"] = table["name"].str.strip()
    table["sequence"] = table["sequence"].str.strip()
    _refuse_names(path, table)
    _refuse_sequences(path, table)
    table["sequence"] = _without(path, table, counts["adapters"])
    if counts["labels"]:
        table = _with_labels(table, Path(counts["labels"]))
    first = ["name", "sequence"]
    table = table[first + [column for column in table if column not in first]]
    return Design(path, table, _controls(path, table, counts["controls"]))


def _read(path: Path) -> pd.DataFrame:
    source = open_source({"path": str(path), "sequence": "sequence", "id": "name"})
    batches = [batch.to_pandas() for batch in source.batches()]
    if source.ragged:
        line, problem = source.locate([])[1][0]
        raise InputError(f"{path}, line {line}: {problem}")
    if not batches:
        raise InputError(f"{path}: the table has a header but no rows")
    return pd.concat(batches, ignore_index=True).astype("str").fillna("")


def _refuse_names(path: Path, table: pd.DataFrame) -> None:
    if (table["name"] == "").any():
        row = int((table["name"] == "").argmax()) + 1
        raise InputError(f"{path}: oligo {row} has no name")
    twice = table["name"].duplicated()
    if twice.any():
        names = table["name"][twice].unique()
        raise InputError(
            f"{path}: {len(names):,} names stand twice: {some(names)}. Every oligo needs a name of "
            "its own"
        )


def _refuse_sequences(path: Path, table: pd.DataFrame) -> None:
    wrong = ~table["sequence"].str.fullmatch(LETTERS)
    if wrong.any():
        name, sequence = table[wrong].iloc[0][["name", "sequence"]]
        what = f"holds {re.sub(LETTERS, '', sequence)[0]!r}" if sequence else "is missing"
        raise InputError(
            f"{path}: the sequence of {name} {what}; {wrong.sum():,} of {len(table):,} oligos have "
            "none that can be used. Allowed: the letters A, C, G, T, U and N"
        )


def _without(path: Path, table: pd.DataFrame, adapters: Mapping | None) -> pd.Series:
    """Sequences without adapters, which all of them must have."""
    sequences = table["sequence"]
    if not adapters:
        return sequences
    left, right = adapters["left"].upper(), adapters["right"].upper()
    upper = sequences.str.upper()
    longer = upper.str.len() > len(left) + len(right)
    lacking = ~(upper.str.startswith(left) & upper.str.endswith(right) & longer)
    if lacking.any():
        raise InputError(
            f"{path}: {lacking.sum():,} of {len(table):,} oligos do not stand between the adapters "
            f"{left or '(none)'} and {right or '(none)'}: {some(table['name'][lacking])}. Correct "
            "`counts.adapters`, or leave it out"
        )
    return sequences.str.slice(len(left), -len(right) if right else None)


def _with_labels(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    labels = _read(path)
    name = next((name for name in ("oligo_name", "name", "id") if name in labels), None)
    if name is None:
        raise InputError(
            f"{path}: labels need a column oligo_name or name. The columns are {listed([*labels])}"
        )
    labels = labels.rename(columns={name: "name"})
    labels["name"] = labels["name"].str.strip()
    _refuse_names(path, labels)
    known = labels["name"].isin(table["name"])
    if not known.any():
        raise InputError(
            f"{path}: none of its names is in the design: {some(labels['name'])}, where the design "
            f"has {some(table['name'])}"
        )
    clash = [column for column in labels if column in table and column != "name"]
    labels = labels.rename(columns={column: f"label_{column}" for column in clash})
    return table.merge(labels, on="name", how="left").fillna("")


def _controls(path: Path, table: pd.DataFrame, controls: object) -> np.ndarray:
    """The negative controls, bool (n,)."""
    if controls is None:
        if "class" not in table:
            return np.zeros(len(table), bool)
        return (table["class"] == INACTIVE).to_numpy()
    if isinstance(controls, list):
        lacking = [name for name in controls if name not in {*table["name"]}]
        if lacking:
            raise InputError(
                f"{path}: {len(lacking)} of the {len(controls)} names in `counts.controls` are not "
                f"in the design: {some(lacking)}"
            )
        return table["name"].isin(controls).to_numpy()
    column, value = "class", str(controls)
    if isinstance(controls, Mapping):
        column, value = controls["column"], str(controls["value"])
    if column not in table:
        raise InputError(
            f"{path}: there is no column {column!r} (counts.controls). The columns are "
            f"{listed([*table])}"
        )
    chosen = (table[column] == value).to_numpy()
    if not chosen.any():
        raise InputError(
            f"{path}: no oligo has {value!r} in column {column!r} (counts.controls). There are: "
            f"{some(table[column].unique())}"
        )
    return chosen


def some(names: Iterable[object]) -> str:
    """The first names, and how many more there are."""
    every = [str(name) or "(nothing)" for name in names]
    more = f" and {len(every) - SHOWN:,} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + more
