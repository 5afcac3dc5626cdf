"""A table checked in every respect that any later step of its import and split depends on."""

import numpy as np
import pyarrow as pa

from seq2score.errors import InputError
from seq2score.sequences import sources
from seq2score.sequences.columns import Columns, find_columns
from seq2score.sequences.duplicates import merge
from seq2score.sequences.sources import open_source
from seq2score.sequences.survey import Survey, examples, refuse, survey
from seq2score.splits import parts, similarity, trainable
from seq2score.splits.column import SharedSequences
from seq2score.task import Task


def check_table(table: dict, task: Task, split: dict, reverse_complement: str) -> dict:
    """The verdict on a table: what the import needs to know, and what it comes to.

    Parameters
    ----------
    table, split
        Sections of the config.
    task
        What its scores are for.
    reverse_complement
        The dataset's; "none" if strands differ.

    Returns
    -------
    dict
        How many rows there are, and are rejected, merged and kept; distinct sequences and their
        lengths; columns and types; and the sizes of the parts, as JSON has it.

    Raises
    ------
    InputError
        For anything that would stop a later step.
    """
    source = open_source(table)
    columns = find_columns(source, table, parts.columns(split))
    state = sources.state(table)
    surveyed = survey(source, columns, table, task, reverse_complement != "none")
    refuse(surveyed, source, columns, table, task)
    stays = np.ones(len(surveyed.records), bool)
    if table["duplicates"] == "mean":
        stays = merge(surveyed, columns, source.path, task).first
    try:
        sizes = split_sizes(surveyed, stays, columns, split, table["at"])
    except SharedSequences as error:
        shown = examples(source, columns.sequence, surveyed.records[stays][error.rows])
        raise InputError(f"{source.path}: {error}. For example: {shown}") from None
    except InputError as error:
        raise InputError(f"{source.path}: {error}") from None
    sources.refuse_changed(table, state)
    return {
        "files": state,
        "rows": surveyed.rows,
        "rejected": surveyed.rows - len(surveyed.records),
        "merged": int((~stays).sum()),
        "kept": int(stays.sum()),
        "sequences": len(np.unique(surveyed.hashes)),
        "length": max(surveyed.lengths),
        "lengths": {length: count for length, (count, _) in surveyed.lengths.items()},
        "constant_ends": surveyed.constant,
        "split_columns": columns.texts,
        "renamed": columns.renamed,
        "types": {name: str(kind) for name, kind in surveyed.types.items()},
        "split": sizes,
    }


def split_sizes(
    survey: Survey, stays: np.ndarray, columns: Columns, split: dict, at: dict
) -> list[list[int]]:
    """Sizes of train, validation and test set, of every fold; none of a split by similarity.

    Parameters
    ----------
    survey
        Of the table.
    stays
        Which usable rows are not merged into another, bool (usable rows,).
    columns
        Of the table, by what they are for.
    split
        A section of the config.
    at
        Values of covariates where sequences are asked alone, by column.

    Raises
    ------
    InputError
        For a part that is too small, or that cannot be trained on.
    """
    if split["method"] == "similarity":  # the clusters are a later step's, which checks the same
        similarity.refuse_short(max(survey.lengths))
        return []
    kept = pa.array(stays)
    values = pa.table({name: column.filter(kept) for name, column in survey.columns.items()})
    scores, sizes = [*columns.scores], []
    rows = parts.Rows(
        hashes=survey.hashes[stays],
        strata=parts.strata(values[scores[0]]) if split.get("stratify") else None,
        columns={name: parts.as_dictionary(values[name]) for name in parts.columns(split)},
    )
    for fold in parts.folds(split):
        assigned = parts.assign(fold, rows).parts
        trainable.refuse(values, scores, columns.weight, assigned)
        trainable.refuse_inputs(values, columns.inputs, at, assigned)
        sizes.append(parts.sizes(assigned))
    return sizes


def headline(verdict: dict) -> str:
    """What becomes of the rows of a table, for the terminal, by the verdict of `check_table`."""
    kept, distinct = verdict["kept"], verdict["sequences"]
    texts = [f"{verdict['rows']:,} rows, {distinct:,} distinct sequences"]
    texts += [f"{verdict[part]:,} {part}" for part in ("rejected", "merged") if verdict[part]]
    return ", ".join([*texts, f"{kept:,} used" if kept < verdict["rows"] else "all used"])
