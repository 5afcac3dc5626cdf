"""Check a table in every respect that any later step of its import and split depends on."""

import json
import logging
from pathlib import Path

import numpy as np
import pyarrow as pa

from seq2score.errors import InputError
from seq2score.sequences.columns import Columns, find_columns
from seq2score.sequences.duplicates import merge
from seq2score.sequences.sources import at, open_source
from seq2score.sequences.survey import Survey, examples, refuse, survey
from seq2score.splits import parts, similarity, trainable
from seq2score.splits.column import SharedSequences
from seq2score.task import TASKS, Task

WORTH_TELLING = 4  # letters at an end that all sequences share


def check(table: dict, task: Task, split: dict, reverse_complement: str) -> dict:
    """The verdict on a table: what the import needs to know, and what it comes to.

    table, split: config sections. Raises InputError for anything that would stop a later step.
    """
    source = open_source(table)
    columns = find_columns(source, table, parts.columns(split))
    found = survey(source, columns, table, task, reverse_complement != "none")
    refuse(found, source, columns, table, task)
    stays = np.ones(len(found.records), bool)
    if table["duplicates"] == "mean":
        stays = merge(found, columns, source.path, task).first
    try:
        sizes = try_split(found, stays, columns, task, split, table["at"])
    except SharedSequences as error:
        shown = examples(source, columns.sequence, found.records[stays][error.rows])
        raise InputError(f"{source.path}: {error}. For example: {shown}") from None
    except InputError as error:
        raise InputError(f"{source.path}: {error}") from None
    return {
        "rows": found.rows,
        "rejected": found.rows - len(found.records),
        "merged": int((~stays).sum()),
        "kept": int(stays.sum()),
        "sequences": len(np.unique(found.hashes)),
        "length": max(found.lengths),
        "lengths": {length: count for length, (count, _) in found.lengths.items()},
        "constant_ends": found.constant,
        "split_columns": columns.texts,
        "renamed": columns.renamed,
        "types": {name: str(kind) for name, kind in found.types.items()},
        "split": sizes,
    }


def try_split(
    found: Survey, stays: np.ndarray, columns: Columns, task: Task, split: dict, at: dict
) -> list[list[int]]:
    """Sizes of train, validation and test, of every fold.

    stays: bool (usable rows,), False for those merged into another. at: of the section. Raises
    InputError for a part that is too small, or that cannot be trained on.
    """
    if split["method"] == "similarity":  # the clusters are a later step's, which checks the same
        similarity.refuse_short(max(found.lengths))
        return []
    kept = pa.array(stays)
    values = pa.table({name: column.filter(kept) for name, column in found.columns.items()})
    scores, sizes = [*columns.scores], []
    rows = parts.Rows(
        hashes=found.hashes[stays],
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
    """What becomes of the rows of a table, for the terminal."""
    kept, distinct = verdict["kept"], verdict["sequences"]
    told = [f"{verdict['rows']:,} rows, {distinct:,} distinct sequences"]
    told += [f"{verdict[part]:,} {part}" for part in ("rejected", "merged") if verdict[part]]
    return ", ".join([*told, f"{kept:,} used" if kept < verdict["rows"] else "all used"])


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params = snakemake.params
    table = at(params.table, snakemake.input)
    verdict = check(table, TASKS[params.task], params.split, params.reverse_complement)
    told = {side: len(letters) for side, letters in verdict["constant_ends"].items()}
    if max(told.values()) >= WORTH_TELLING:
        logging.warning(
            "all sequences begin with the same %(left)d letters and end with the same %(right)d",
            told,
        )
    for name, ours in verdict["renamed"].items():
        job.tell("our tables have a column %s: that of the table is kept as %s", name, ours)
    job.tell(headline(verdict))
    Path(snakemake.output[0]).write_text(json.dumps(verdict, indent=1), encoding="utf-8")
